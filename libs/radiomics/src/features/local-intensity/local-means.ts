import { pow } from '@cohortium/numerics';
import type { Roi } from '../../roi/roi.js';

/** Radius of the sphere of 1 cm^3: (3 / (4 pi))^(1/3) cm. */
export const peakRadiusMm = 10 * pow(3 / (4 * Math.PI), 1 / 3);

/** The two extremes that the local intensity features report. */
export interface IntensityPeaks {
  /** Highest mean around a voxel of the highest intensity. */
  readonly local: number;
  /** Highest mean around any voxel of the intensity mask. */
  readonly global: number;
}

/** A row of voxels that a sphere covers, seen from its center: rows j + dj, k + dk from i - half to i + half. */
interface Chord {
  readonly dj: number;
  readonly dk: number;
  readonly half: number;
}

/**
 * Means of all voxels with centers within {@link peakRadiusMm} of each voxel of the intensity mask, inside the region or not. The sum
 * over a sphere is a sum over rows of differences of running sums, so a voxel costs one step per row instead of one per voxel of the
 * sphere. Voxels beyond the box and voxels without a finite intensity are as absent as those beyond the image.
 */
export function intensityPeaks(roi: Roi): IntensityPeaks {
  const sphere = chordsOf(roi.spacingMm, roi.dimensions);
  const reach = sphere.reduce((most, { half }) => Math.max(most, half), 0);
  const [ni, nj, nk] = roi.dimensions;
  const sums = runningSums(roi, reach, false);
  const ones = isWhole(roi) ? undefined : runningSums(roi, reach, true);
  const cuts = new SphereCuts(sphere, roi.dimensions);
  const highest = highestIntensity(roi);
  const total = new Float64Array(ni);
  const scratch = new Float64Array(ni + 1 + 2 * reach);
  let local = -Infinity;
  let global = -Infinity;
  for (let k = 0; k < nk; k++) {
    for (let j = 0; j < nj; j++) {
      const start = ni * (j + nj * k);
      const [first, last] = extent(roi.intensityMask, start, ni);
      if (first > last) continue;
      const { chords, voxelCounts } = cuts.at(j, k);
      const row = { j, k, nj, ni, reach, first, last };
      addChords(total, sums, chords, row, scratch);
      const count = ones ? addChords(new Float64Array(ni), ones, chords, row, scratch) : voxelCounts;
      for (let i = first; i <= last; i++) {
        if (roi.intensityMask[start + i] === 0) continue;
        const mean = (total[i] as number) / (count[i] as number);
        if (mean > global) global = mean;
        if (mean > local && roi.intensities[start + i] === highest) local = mean;
      }
    }
  }
  return { local, global };
}

/** A sphere as far as it lies in the box, for centers in a row. */
interface CutSphere {
  readonly chords: readonly Chord[];
  /** Voxels of the sphere in the box, by the center's place in the row. */
  readonly voxelCounts: Float64Array;
}

/** Spheres cut by the box's faces. Rows that are equally far from the faces, as far as it matters, share one. */
class SphereCuts {
  private readonly known = new Map<number, CutSphere>();
  private readonly reachJ: number;
  private readonly reachK: number;

  constructor(
    private readonly sphere: readonly Chord[],
    private readonly dimensions: readonly [number, number, number],
  ) {
    this.reachJ = sphere.reduce((most, { dj }) => Math.max(most, dj), 0);
    this.reachK = sphere.reduce((most, { dk }) => Math.max(most, dk), 0);
  }

  /** The sphere around the voxels of row (j, k). */
  at(j: number, k: number): CutSphere {
    const [ni, nj, nk] = this.dimensions;
    const room = [Math.min(j, this.reachJ), Math.min(nj - 1 - j, this.reachJ), Math.min(k, this.reachK), Math.min(nk - 1 - k, this.reachK)];
    const [before, after, below, above] = room as [number, number, number, number];
    const key = before + (this.reachJ + 1) * (after + (this.reachJ + 1) * (below + (this.reachK + 1) * above));
    const known = this.known.get(key);
    if (known) return known;
    const chords = this.sphere.filter(({ dj, dk }) => dj >= -before && dj <= after && dk >= -below && dk <= above);
    const cut = { chords, voxelCounts: voxelCounts(chords, ni) };
    this.known.set(key, cut);
    return cut;
  }
}

/** Voxels of some chords between the ends of a row of `length` voxels, by the center's place in it. */
function voxelCounts(chords: readonly Chord[], length: number): Float64Array {
  const counts = new Float64Array(length);
  for (const { half } of chords)
    for (let i = 0; i < length; i++)
      counts[i] = (counts[i] as number) + (i + half < length ? i + half : length - 1) - (i > half ? i - half : 0) + 1;
  return counts;
}

/** The rows of the sphere, for a spacing; rows that no voxel of the box can reach are left out. */
function chordsOf([si, sj, sk]: readonly [number, number, number], [ni, nj, nk]: readonly [number, number, number]): Chord[] {
  const chords: Chord[] = [];
  const square = peakRadiusMm * peakRadiusMm;
  const reachJ = Math.min(nj - 1, Math.floor(peakRadiusMm / sj));
  const reachK = Math.min(nk - 1, Math.floor(peakRadiusMm / sk));
  for (let dk = -reachK; dk <= reachK; dk++) {
    for (let dj = -reachJ; dj <= reachJ; dj++) {
      const rest = square - dj * sj * (dj * sj) - dk * sk * (dk * sk);
      if (rest >= 0) chords.push({ dj, dk, half: Math.min(ni, Math.floor(Math.sqrt(rest) / si)) });
    }
  }
  // Equal lengths together.
  return chords.sort(byLength);
}

/** Of the module and not a closure: an engine throws away what it compiled for a closure when the closure is gone. */
const byLength = (a: Chord, b: Chord) => a.half - b.half;

/** For each row, running sums (of ones if `count`) with `reach` extra entries on both sides, so that chords need no clipping. */
function runningSums(roi: Roi, reach: number, count: boolean): Float64Array {
  const [ni, nj, nk] = roi.dimensions;
  const width = ni + 1 + 2 * reach;
  const sums = new Float64Array(width * nj * nk);
  for (let row = 0, from = 0; row < nj * nk; row++) {
    let sum = 0;
    let at = row * width + reach + 1;
    for (const end = from + ni; from < end; from++, at++) {
      const x = roi.intensities[from] as number;
      if (Number.isFinite(x)) sum += count ? 1 : x;
      sums[at] = sum;
    }
    sums.fill(sum, at, (row + 1) * width);
  }
  return sums;
}

/** First and last voxel of a row that the mask holds; first above last if none. */
function extent(mask: Uint8Array, start: number, length: number): [number, number] {
  let first = 0;
  let last = length - 1;
  while (first <= last && mask[start + first] === 0) first++;
  while (last >= first && mask[start + last] === 0) last--;
  return [first, last];
}

/**
 * Sums over the chords around each voxel from `first` to `last` of row (j, k). Running sums of rows with chords of one length are added
 * up first, so that only one difference per length is left.
 */
function addChords(
  total: Float64Array,
  sums: Float64Array,
  chords: readonly Chord[],
  row: { readonly [key in 'j' | 'k' | 'nj' | 'ni' | 'reach' | 'first' | 'last']: number },
  scratch: Float64Array,
): Float64Array {
  const { j, k, nj, ni, reach, first, last } = row;
  const width = ni + 1 + 2 * reach;
  const rows = new Int32Array(4);
  total.fill(0, first, last + 1);
  for (let c = 0; c < chords.length;) {
    const { half } = chords[c] as Chord;
    const from = reach + first - half;
    const to = reach + last + half + 1;
    scratch.fill(0, from, to + 1);
    for (let end = c; c < chords.length && (chords[c] as Chord).half === half; c = end) {
      // Four rows at a time, so that the partial sums are read and written once for four.
      while (end < chords.length && end < c + 4 && (chords[end] as Chord).half === half) end++;
      for (let n = c; n < end; n++) rows[n - c] = width * (j + (chords[n] as Chord).dj + nj * (k + (chords[n] as Chord).dk));
      if (end === c + 4) addFour(scratch, sums, rows, from, to);
      else for (let n = c; n < end; n++) addOne(scratch, sums, rows[n - c] as number, from, to);
    }
    for (let i = first, at = from, ahead = from + 2 * half + 1; i <= last; i++) {
      total[i] = (total[i] as number) + (scratch[ahead++] as number) - (scratch[at++] as number);
    }
  }
  return total;
}

function addFour(scratch: Float64Array, sums: Float64Array, rows: Int32Array, from: number, to: number): void {
  const [a, b, c, d] = [rows[0] as number, rows[1] as number, rows[2] as number, rows[3] as number];
  for (let at = from; at <= to; at++) {
    const near = (sums[a + at] as number) + (sums[b + at] as number);
    const far = (sums[c + at] as number) + (sums[d + at] as number);
    scratch[at] = (scratch[at] as number) + (near + far);
  }
}

function addOne(scratch: Float64Array, sums: Float64Array, row: number, from: number, to: number): void {
  for (let at = from; at <= to; at++) scratch[at] = (scratch[at] as number) + (sums[row + at] as number);
}

/** True if every intensity of the box is finite. */
function isWhole({ intensities }: Roi): boolean {
  for (let v = 0; v < intensities.length; v++) if (!Number.isFinite(intensities[v])) return false;
  return true;
}

/** The highest intensity in the intensity mask. */
function highestIntensity(roi: Roi): number {
  let highest = -Infinity;
  for (let v = 0; v < roi.intensities.length; v++) {
    if (roi.intensityMask[v] !== 0 && (roi.intensities[v] as number) > highest) highest = roi.intensities[v] as number;
  }
  return highest;
}
