import { exp, normalNoise } from '@cohortium/numerics';
import type { SeededRandom } from '@cohortium/numerics';
import { indexToPatient, voxelCount } from '@cohortium/imaging';
import type { Geometry } from '@cohortium/imaging';

/** The logarithm of a coil's sensitivity: a polynomial of degree 2 in the place over 100 mm. */
export interface BiasField {
  readonly linear: readonly [number, number, number];
  readonly quadratic: readonly [number, number, number];
}

/** A field that does nothing. */
export const noBias: BiasField = { linear: [0, 0, 0], quadratic: [0, 0, 0] };

/** Draws a field whose slopes over 100 mm have the SD `strength` in the logarithm. */
export function drawBias(random: SeededRandom, strength: number): BiasField {
  const three = (scale: number) => [0, 0, 0].map(() => strength * scale * random.normal()) as [number, number, number];
  const linear = three(1);
  return { linear, quadratic: three(0.5) };
}

/** The field's factor in every voxel of a grid. */
export function biasFactors(field: BiasField, geometry: Geometry, centerMm: readonly [number, number, number]): Float64Array {
  const out = new Float64Array(voxelCount(geometry));
  const [ni, nj, nk] = geometry.dimensions;
  // A polynomial of one axis after the other: its exponential is a product over the axes of a grid that lies along them.
  const along = (axis: 0 | 1 | 2, count: number) =>
    Float64Array.from({ length: count }, (_, n) => {
      const index: [number, number, number] = [0, 0, 0];
      index[axis] = n;
      const place = (indexToPatient(geometry, index)[axis] - centerMm[axis]) / 100;
      return exp(place * (field.linear[axis] + place * field.quadratic[axis]));
    });
  const [fi, fj, fk] = [along(0, ni), along(1, nj), along(2, nk)];
  for (let k = 0, at = 0; k < nk; k++)
    for (let j = 0; j < nj; j++) {
      const plane = (fj[j] as number) * (fk[k] as number);
      for (let i = 0; i < ni; i++, at++) out[at] = plane * (fi[i] as number);
    }
  return out;
}

/**
 * Multiplies by the field and adds Rician noise: the magnitude of a complex signal with normal noise in both parts.
 * @param sigma SD of the noise in either part; 0 for none
 * @see Gudbjartsson and Patz 1995, doi:10.1002/mrm.1910340618
 */
export function receive(signal: Float64Array, factors: Float64Array, sigma: number, random: SeededRandom): Float64Array {
  const out = new Float64Array(signal.length);
  for (let at = 0; at < out.length; at++) {
    const exact = (signal[at] as number) * (factors[at] as number);
    if (sigma === 0) {
      out[at] = exact;
      continue;
    }
    const real = exact + sigma * normalNoise(random);
    const imaginary = sigma * normalNoise(random);
    out[at] = Math.sqrt(real * real + imaginary * imaginary);
  }
  return out;
}
