import { ln } from '@cohortium/numerics';

/** How much two images on one grid look alike. */
export interface Similarity {
  /** Correlation of the intensities, -1 to 1; null where one image is constant. */
  readonly correlation: number | null;
  /** Mutual information of the intensities in {@link mutualInformationBins} bins each, nats. */
  readonly mutualInformation: number;
  /** Voxels that both images have. */
  readonly voxels: number;
}

/** Bins of each image in the joint histogram. */
export const mutualInformationBins = 32;

/**
 * Normalized cross-correlation and mutual information over the voxels at which both images are finite.
 * @param region voxels that count (1); all without it
 */
export function similarity(a: ArrayLike<number>, b: ArrayLike<number>, region?: Uint8Array): Similarity {
  const [x, y] = [new Float64Array(a.length), new Float64Array(a.length)];
  let count = 0;
  for (let at = 0; at < a.length; at++) {
    const [p, q] = [a[at] as number, b[at] as number];
    if ((region !== undefined && region[at] !== 1) || !Number.isFinite(p) || !Number.isFinite(q)) continue;
    x[count] = p;
    y[count++] = q;
  }
  const [u, v] = [x.subarray(0, count), y.subarray(0, count)];
  return { correlation: correlationOf(u, v), mutualInformation: mutualInformationOf(u, v), voxels: count };
}

function correlationOf(x: Float64Array, y: Float64Array): number | null {
  const n = x.length;
  let [mx, my] = [0, 0];
  for (let at = 0; at < n; at++) {
    mx += x[at] as number;
    my += y[at] as number;
  }
  mx /= n;
  my /= n;
  let [xx, yy, xy] = [0, 0, 0];
  for (let at = 0; at < n; at++) {
    const [dx, dy] = [(x[at] as number) - mx, (y[at] as number) - my];
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : null;
}

function mutualInformationOf(x: Float64Array, y: Float64Array): number {
  const bins = mutualInformationBins;
  const [bx, by] = [binsOf(x), binsOf(y)];
  const joint = new Float64Array(bins * bins);
  for (let at = 0; at < x.length; at++) {
    const cell = (bx[at] as number) * bins + (by[at] as number);
    joint[cell] = (joint[cell] as number) + 1;
  }
  const [px, py] = [new Float64Array(bins), new Float64Array(bins)];
  joint.forEach((count, cell) => {
    const [i, j] = [Math.floor(cell / bins), cell % bins];
    px[i] = (px[i] as number) + count / x.length;
    py[j] = (py[j] as number) + count / x.length;
  });
  let sum = 0;
  joint.forEach((count, cell) => {
    if (count === 0) return;
    const p = count / x.length;
    sum += p * ln(p / ((px[Math.floor(cell / bins)] as number) * (py[cell % bins] as number)));
  });
  return sum;
}

/** Bin of each value, equally wide between the 1st and the 99th percentile, so that a bright vessel does not empty the others. */
function binsOf(values: Float64Array): Uint8Array {
  const sorted = values.slice().sort();
  const low = sorted[Math.floor(0.01 * (sorted.length - 1))] ?? 0;
  const high = sorted[Math.ceil(0.99 * (sorted.length - 1))] ?? 0;
  const width = (high - low) / mutualInformationBins;
  return Uint8Array.from(values, (value) =>
    width > 0 ? Math.min(mutualInformationBins - 1, Math.max(0, Math.floor((value - low) / width))) : 0,
  );
}
