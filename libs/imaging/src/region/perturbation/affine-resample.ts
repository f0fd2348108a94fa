import { indexToPatient, patientToIndex, voxelCount } from '../../geometry/geometry.js';
import type { Triple } from '../../geometry/geometry.js';
import type { Geometry, RoiMask, Volume } from '../../volume.js';

/** Positions on a voxel are exactly there, so that a grid that was not moved gives its values back. */
const snapVoxels = 1e-9;

/** Weights of the four samples around a position between the middle two, written into `out`. */
type Kernel = (fraction: number, out: Float64Array) => void;

/** Cubic convolution with a = -1/2: R. Keys 1981, doi:10.1109/TASSP.1981.1163711. */
const cubic: Kernel = (f, out) => {
  out[0] = f * (-0.5 + f * (1 - 0.5 * f));
  out[1] = 1 + f * f * (-2.5 + 1.5 * f);
  out[2] = f * (0.5 + f * (2 - 1.5 * f));
  out[3] = f * f * (-0.5 + 0.5 * f);
};
const linear: Kernel = (f, out) => {
  out[0] = 0;
  out[1] = 1 - f;
  out[2] = f;
  out[3] = 0;
};

/** An image on any other grid by cubic convolution; beyond the outermost voxels it goes on with their values. */
export function resampleVolumeOnto({ geometry, values }: Volume, onto: Geometry): Volume {
  return { geometry: onto, values: interpolate(values, geometry, onto, cubic) };
}

/** Shares, such as probabilities, on any other grid, by linear interpolation; beyond the outermost voxels they go on. */
export function interpolateSharesOnto(values: ArrayLike<number>, from: Geometry, onto: Geometry): Float64Array {
  return interpolate(values, from, onto, linear);
}

/** A region on any other grid: voxels whose linearly interpolated share is at least one half; the region ends with its grid. */
export function interpolateMaskOnto({ geometry, voxels }: RoiMask, onto: Geometry): RoiMask {
  const shares = interpolate(voxels, geometry, onto, linear);
  const out = new Uint8Array(shares.length);
  // Half-way positions of rotated grids are not exactly half.
  for (let at = 0; at < out.length; at++) if ((shares[at] as number) >= 0.5 - 1e-9) out[at] = 1;
  return { geometry: onto, voxels: out };
}

function interpolate(values: ArrayLike<number>, from: Geometry, onto: Geometry, kernel: Kernel): Float64Array {
  const place = (index: Triple) => patientToIndex(from, indexToPatient(onto, index));
  const start = place([0, 0, 0]);
  const step = (to: Triple): Triple => [to[0] - start[0], to[1] - start[1], to[2] - start[2]];
  const [di, dj, dk] = [step(place([1, 0, 0])), step(place([0, 1, 0])), step(place([0, 0, 1]))];
  const axes = ([0, 1, 2] as const).map((axis) => new AxisTaps(from.dimensions[axis], kernel)) as [AxisTaps, AxisTaps, AxisTaps];
  const [ax, ay, az] = axes;
  const [mi, mj] = from.dimensions;
  const [ni, nj, nk] = onto.dimensions;
  const out = new Float64Array(voxelCount(onto));
  for (let k = 0, at = 0; k < nk; k++)
    for (let j = 0; j < nj; j++)
      for (let i = 0; i < ni; i++, at++) {
        ax.set(start[0] + i * di[0] + j * dj[0] + k * dk[0]);
        ay.set(start[1] + i * di[1] + j * dj[1] + k * dk[1]);
        az.set(start[2] + i * di[2] + j * dj[2] + k * dk[2]);
        let sum = 0;
        for (let c = az.first; c < az.last; c++)
          for (let b = ay.first; b < ay.last; b++) {
            const row = mi * ((ay.sources[b] as number) + mj * (az.sources[c] as number));
            let line = 0;
            for (let a = ax.first; a < ax.last; a++)
              line += (ax.weights[a] as number) * (values[row + (ax.sources[a] as number)] as number);
            sum += (az.weights[c] as number) * (ay.weights[b] as number) * line;
          }
        out[at] = sum;
      }
  return out;
}

/** The samples that a position along one axis is made of. */
class AxisTaps {
  readonly weights = new Float64Array(4);
  readonly sources = new Int32Array(4);
  /** Taps with weight: from the first up to before the last. */
  first = 0;
  last = 4;

  constructor(
    private readonly count: number,
    private readonly kernel: Kernel,
  ) {}

  set(position: number): void {
    const nearest = Math.round(position);
    const isOn = Math.abs(position - nearest) < snapVoxels;
    const low = isOn ? nearest : Math.floor(position);
    for (let tap = 0; tap < 4; tap++) this.sources[tap] = Math.min(Math.max(low - 1 + tap, 0), this.count - 1);
    if (isOn) {
      this.weights[1] = 1;
      [this.first, this.last] = [1, 2];
      return;
    }
    this.kernel(position - low, this.weights);
    [this.first, this.last] = this.kernel === linear ? [1, 3] : [0, 4];
  }
}
