/** Cosine and sine of an angle in [0, pi/4] by their Taylor series, to the last bit or two. */
function smallCosSin(angle: number): [number, number] {
  const square = angle * angle;
  let cosine = 1;
  let sine = 1;
  for (let k = 10; k >= 1; k--) {
    cosine = 1 - (cosine * square) / ((2 * k - 1) * 2 * k);
    sine = 1 - (sine * square) / (2 * k * (2 * k + 1));
  }
  return [cosine, sine * angle];
}

/**
 * cos and sin of 2 pi k / n. The octant is found in whole numbers, so symmetric roots are equal to the bit and every machine gets the
 * same ones (`Math.cos` differs between engines).
 */
export function rootOfUnity(k: number, n: number): [number, number] {
  const eighths = 8 * (k % n);
  const octant = Math.floor(eighths / n);
  const rest = eighths - octant * n;
  const odd = octant % 2 === 1;
  const [c, s] = smallCosSin(((odd ? n - rest : rest) / n) * (Math.PI / 4));
  const [near, far] = odd ? [s, c] : [c, s];
  switch (octant >> 1) {
    case 0:
      return [near, far];
    case 1:
      return [-far, near];
    case 2:
      return [-near, -far];
    default:
      return [far, -near];
  }
}
