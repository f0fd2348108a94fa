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
  const chords = chordsOf(roi.spacingMm, roi.dimensions);
  const reach = chords.reduce((most, { half }) => Math.max(most, half), 0);
  const sums = runningSums(roi, reach, (x) => (Number.isFinite(x) ? x : 0));
  const isWhole = roi.intensities.every(Number.isFinite);
  const ones = isWhole ? undefined : runningSums(roi, reach, (x) => (Number.isFinite(x) ? 1 : 0));
  const [ni, nj, nk] = roi.dimensions;
  const highest = highestIntensity(roi);
  const total = new Float64Array(ni);
  const counts = new Map<string, Float64Array>();
  let local = -Infinity;
  let global = -Infinity;
  for (let k = 0; k < nk; k++) {
    for (let j = 0; j < nj; j++) {
      const start = ni * (j + nj * k);
      const [first, last] = extent(roi.intensityMask, start, ni);
      if (first > last) continue;
      const inside = chords.filter(({ dj, dk }) => j + dj >= 0 && j + dj < nj && k + dk >= 0 && k + dk < nk);
      addChords(total, sums, inside, { j, k, nj, ni, reach, first, last });
      const count = ones
        ? addChords(new Float64Array(ni), ones, inside, { j, k, nj, ni, reach, first, last })
        : voxelCounts(counts, inside, ni);
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
  return chords;
}

/** For each row, running sums with `reach` extra entries on both sides, so that chords need no clipping. */
function runningSums(roi: Roi, reach: number, of: (x: number) => number): Float64Array {
  const [ni, nj, nk] = roi.dimensions;
  const width = ni + 1 + 2 * reach;
  const sums = new Float64Array(width * nj * nk);
  for (let row = 0, from = 0; row < nj * nk; row++) {
    let sum = 0;
    let at = row * width + reach + 1;
    for (const end = from + ni; from < end; from++) sums[at++] = sum += of(roi.intensities[from] as number);
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

/** Sums over the chords around each voxel from `first` to `last` of row (j, k). */
function addChords(
  total: Float64Array,
  sums: Float64Array,
  chords: readonly Chord[],
  row: { readonly [key in 'j' | 'k' | 'nj' | 'ni' | 'reach' | 'first' | 'last']: number },
): Float64Array {
  const { j, k, nj, ni, reach, first, last } = row;
  const width = ni + 1 + 2 * reach;
  total.fill(0);
  for (const { dj, dk, half } of chords) {
    const start = width * (j + dj + nj * (k + dk)) + reach;
    let before = start + first - half;
    let after = start + first + half + 1;
    for (let i = first; i <= last; i++) total[i] = (total[i] as number) + (sums[after++] as number) - (sums[before++] as number);
  }
  return total;
}

/** Voxels of the sphere that lie in the box, around each voxel of a row; rows cut alike by the box share them. */
function voxelCounts(known: Map<string, Float64Array>, chords: readonly Chord[], ni: number): Float64Array {
  const bounds = [0, 0, 0, 0];
  for (const { dj, dk } of chords) {
    bounds[0] = Math.min(bounds[0] as number, dj);
    bounds[1] = Math.max(bounds[1] as number, dj);
    bounds[2] = Math.min(bounds[2] as number, dk);
    bounds[3] = Math.max(bounds[3] as number, dk);
  }
  const key = bounds.join();
  const found = known.get(key);
  if (found) return found;
  const count = Float64Array.from({ length: ni }, (_, i) =>
    chords.reduce((sum, { half }) => sum + Math.min(ni - 1, i + half) - Math.max(0, i - half) + 1, 0),
  );
  known.set(key, count);
  return count;
}

/** The highest intensity in the intensity mask. */
function highestIntensity(roi: Roi): number {
  let highest = -Infinity;
  for (let v = 0; v < roi.intensities.length; v++) {
    if (roi.intensityMask[v] !== 0 && (roi.intensities[v] as number) > highest) highest = roi.intensities[v] as number;
  }
  return highest;
}
