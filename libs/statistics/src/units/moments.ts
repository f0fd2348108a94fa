import type { ArmSums } from './moments-query.js';
import type { UnitProgram } from './queries.js';

/** Means and SDs of one arm, groups x columns (`group * columnCount + column`). */
export interface ArmMoments {
  readonly groupCount: number;
  readonly columnCount: number;
  /** Units of each group, observed or not. */
  readonly units: Float64Array;
  /** Observed values. */
  readonly n: Float64Array;
  /** 0 where nothing is observed. */
  readonly mean: Float64Array;
  /** Sum of squared deviations from the mean; 0 for a column that is constant up to rounding. */
  readonly squares: Float64Array;
  /** Sample SD (n - 1); 0 for a constant column and for fewer than two values. */
  readonly sd: Float64Array;
}

/** Moments of all groups together, by column. */
export interface TotalMoments {
  readonly n: Float64Array;
  readonly mean: Float64Array;
  readonly squares: Float64Array;
  readonly sd: Float64Array;
}

/** Moments of all groups of an arm together. */
export function totalMoments({ groupCount, columnCount, n, mean, squares }: ArmMoments): TotalMoments {
  const blank = () => new Float64Array(columnCount);
  const total = { n: blank(), mean: blank(), squares: blank(), sd: blank() };
  for (let j = 0; j < columnCount; j++) {
    const cells = Array.from({ length: groupCount }, (_, g) => g * columnCount + j);
    const count = cells.reduce((sum, k) => sum + (n[k] as number), 0);
    const center = count > 0 ? cells.reduce((sum, k) => sum + (n[k] as number) * (mean[k] as number), 0) / count : 0;
    const spread = cells.reduce((sum, k) => {
      const d = (mean[k] as number) - center;
      return sum + (squares[k] as number) + (n[k] as number) * d * d;
    }, 0);
    total.n[j] = count;
    total.mean[j] = center;
    // Means of constant groups that agree up to rounding are no spread.
    total.squares[j] = spread > (constantShare * center) ** 2 * count ? spread : 0;
    total.sd[j] = count > 1 ? Math.sqrt((total.squares[j] as number) / (count - 1)) : 0;
  }
  return total;
}

/** A column whose SD is below this share of its mean is constant up to rounding. */
const constantShare = 1e-12;

/**
 * Mean and SD by group and column in two rounds: the second is centered on the means of the first and scaled to values near 1, so
 * that nothing is lost to cancellation or to the last bit of a word. Source: Chan, Golub & LeVeque 1983, doi
 * 10.1080/00031305.1983.10483115.
 */
export async function fitUnitMoments<R>({ federation, queries, scope, arms }: UnitProgram<R>): Promise<ArmMoments[]> {
  const { source } = queries;
  const shapes = arms.map(({ recipe: { value } }) => ({ g: source.groupCount(value), p: source.columnCount(value) }));
  const blank = (value: number) => shapes.map(({ g, p }) => new Float64Array(g * p).fill(value));
  const { value: first } = await federation.sum(queries.moments, { arms, centers: blank(0), scales: blank(1), spread: 'absolute' }, scope);
  const centers = first.map(({ first: sums, observed }) => sums.map((s, k) => ratio(s, observed[k] as number)));
  const scales = first.map(({ second: sums, observed }) => sums.map((s, k) => powerOfTwoNear(ratio(s, observed[k] as number))));
  const { value: second } = await federation.sum(queries.moments, { arms, centers, scales, spread: 'square' }, scope);
  return second.map((sums, a) => {
    const { g, p } = shapes[a] as { g: number; p: number };
    return { groupCount: g, columnCount: p, ...armMoments(sums, centers[a] as Float64Array, scales[a] as Float64Array) };
  });
}

/** Rows of each group and observed values (groups x columns), by arm: one round. */
export async function countUnits<R>(program: UnitProgram<R>): Promise<{ readonly units: Float64Array; readonly n: Float64Array }[]> {
  const { federation, queries, scope, arms } = program;
  const { source } = queries;
  const blank = (value: number) =>
    arms.map(({ recipe: { value: recipe } }) => new Float64Array(source.groupCount(recipe) * source.columnCount(recipe)).fill(value));
  const { value } = await federation.sum(queries.moments, { arms, centers: blank(0), scales: blank(1), spread: 'absolute' }, scope);
  return value.map(({ units, observed }) => ({ units, n: observed }));
}

function ratio(sum: number, count: number): number {
  return count > 0 ? sum / count : 0;
}

/** The power of two at or below a value; 1 for 0. */
export function powerOfTwoNear(value: number): number {
  if (!(value > 0)) return 1;
  let power = 1;
  while (power > value) power /= 2;
  while (power * 2 <= value) power *= 2;
  return power;
}

function armMoments(sums: ArmSums, center: Float64Array, scale: Float64Array): Pick<ArmMoments, 'units' | 'n' | 'mean' | 'squares' | 'sd'> {
  const n = sums.observed;
  const mean = center.map((c, k) => c + (scale[k] as number) * ratio(sums.first[k] as number, n[k] as number));
  const squares = sums.second.map((s2, k) => {
    const count = n[k] as number;
    if (count < 2) return 0;
    const s = scale[k] as number;
    const value = (s2 - ((sums.first[k] as number) * (sums.first[k] as number)) / count) * s * s;
    const limit = constantShare * Math.abs(mean[k] as number);
    return value > limit * limit * (count - 1) ? value : 0;
  });
  const sd = squares.map((s, k) => (s > 0 ? Math.sqrt(s / ((n[k] as number) - 1)) : 0));
  return { units: sums.units, n, mean, squares, sd };
}
