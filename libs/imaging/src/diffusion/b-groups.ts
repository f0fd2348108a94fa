import { exp, ln } from '@cohortium/numerics';
import { imagingErrors } from '../errors.js';

/** Images of one b-value. */
export interface BGroup {
  /** Mean of the b-values of its images, s/mm^2. */
  readonly b: number;
  /** Places of its images, ascending. */
  readonly images: readonly number[];
}

/** Gradients of different directions have b-values that differ by their imaging gradients; small ones (IVIM) are told apart. */
const sameB = { relative: 0.01, from: 100 } as const;

/**
 * Groups images by b-value, ascending: those within 1 % of the group's first are one b-value in several directions or averages; below 100 s/mm^2
 * only equal ones are.
 * @param bValues s/mm^2, one per image
 * @throws `IMAGING.BAD_DIFFUSION` for negative b-values
 */
export function groupByB(bValues: readonly number[]): readonly BGroup[] {
  if (bValues.some((b) => !(b >= 0 && Number.isFinite(b)))) throw imagingErrors.error('IMAGING.BAD_DIFFUSION', { problem: 'negative' });
  const order = bValues.map((b, image) => ({ b, image })).sort((x, y) => x.b - y.b || x.image - y.image);
  const groups: { first: number; members: { b: number; image: number }[] }[] = [];
  for (const member of order) {
    const group = groups.at(-1);
    const tolerance = group !== undefined && group.first >= sameB.from ? sameB.relative * group.first : 0;
    if (group !== undefined && member.b - group.first <= tolerance) group.members.push(member);
    else groups.push({ first: member.b, members: [member] });
  }
  return groups.map(({ members }) => ({
    b: members.reduce((sum, { b }) => sum + b, 0) / members.length,
    images: members.map(({ image }) => image).sort((x, y) => x - y),
  }));
}

/**
 * One image per b-value: the geometric mean of its images (the trace image; its logarithm falls with the mean of the directions' ADC). A voxel that
 * is 0 or less in one of them is 0.
 */
export function traceImages(images: readonly ArrayLike<number>[], groups: readonly BGroup[]): readonly ArrayLike<number>[] {
  return groups.map(({ images: members }) => {
    const first = images[members[0] as number] as ArrayLike<number>;
    if (members.length === 1) return first;
    const out = new Float64Array(first.length);
    for (let voxel = 0; voxel < out.length; voxel++) {
      let sum = 0;
      let least = Infinity;
      for (const member of members) {
        const value = (images[member] as ArrayLike<number>)[voxel] as number;
        least = Math.min(least, value);
        if (value > 0) sum += ln(value);
      }
      out[voxel] = least > 0 ? exp(sum / members.length) : 0;
    }
    return out;
  });
}
