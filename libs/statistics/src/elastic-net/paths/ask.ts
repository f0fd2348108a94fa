import { elementsPerVector } from './context.js';
import type { PathContext } from './context.js';
import { penalizedScoresQuery, penalizedSumsQuery } from './query.js';
import type { PointAnswer } from './query.js';
import { coefficientCount, pointHeader, triangle } from './request.js';
import type { PointParams } from './request.js';

/** A model to be evaluated, and the coefficients whose slope is asked: null for all. */
export interface AskedPoint {
  readonly leftOut: number;
  readonly coefficients: Float64Array;
  readonly set: Float64Array | null;
}

/** Second derivatives to be evaluated at one of the points. */
export interface AskedCurvature {
  readonly point: number;
  readonly set: Float64Array;
}

/** One sum: some points, some curvatures. */
interface Part {
  readonly points: number[];
  readonly curvatures: number[];
}

const nothing = new Float64Array(0);

/** Asks about many points, in as few sums as the size of a vector allows. */
export async function askPoints(
  context: PathContext,
  points: readonly AskedPoint[],
  curvatures: readonly AskedCurvature[],
): Promise<{ answers: PointAnswer[]; matrices: Float64Array[] }> {
  const answers: PointAnswer[] = [];
  const matrices: Float64Array[] = [];
  const query = context.bounded ? penalizedScoresQuery : penalizedSumsQuery;
  for (const part of divide(context, points, curvatures)) {
    const { value } = await context.federation.sum(query, partParams(context, points, curvatures, part), context.scope);
    part.points.forEach((k, at) => (answers[k] = value.points[at] as PointAnswer));
    part.curvatures.forEach((k, at) => (matrices[k] = value.curvatures[at] as Float64Array));
  }
  return { answers, matrices };
}

function divide(context: PathContext, points: readonly AskedPoint[], curvatures: readonly AskedCurvature[]): Part[] {
  const room = elementsPerVector(context);
  const count = coefficientCount(context.data.value);
  const parts: Part[] = [{ points: [], curvatures: [] }];
  let used = 0;
  const place = (size: number): Part => {
    if (used > 0 && used + size > room) {
      parts.push({ points: [], curvatures: [] });
      used = 0;
    }
    used += size;
    return parts[parts.length - 1] as Part;
  };
  points.forEach(({ set }, k) => place(pointHeader + (set?.length ?? count)).points.push(k));
  curvatures.forEach(({ set }, k) => place(triangle(set.length)).curvatures.push(k));
  return parts;
}

/** Parameters of one sum. A curvature whose point travels in another one brings the point along, with nothing asked about its slope. */
function partParams(context: PathContext, points: readonly AskedPoint[], curvatures: readonly AskedCurvature[], part: Part): PointParams {
  const models = part.points.map((k) => points[k] as AskedPoint);
  const placeOf = new Map(part.points.map((k, at) => [k, at]));
  for (const k of part.curvatures) {
    const { point } = curvatures[k] as AskedCurvature;
    if (placeOf.has(point)) continue;
    placeOf.set(point, models.length);
    models.push({ ...(points[point] as AskedPoint), set: nothing });
  }
  const sets: Float64Array[] = [];
  const positions = new Map<Float64Array, number>();
  const positionOf = (set: Float64Array) => {
    const known = positions.get(set);
    if (known !== undefined) return known;
    positions.set(set, sets.length);
    return sets.push(set) - 1;
  };
  const indices: number[] = [];
  const values: number[] = [];
  const sizes = models.map(({ coefficients }) => {
    const before = indices.length;
    for (let index = 0; index < coefficients.length; index++) {
      if (coefficients[index] === 0) continue;
      indices.push(index);
      values.push(coefficients[index] as number);
    }
    return indices.length - before;
  });
  return {
    data: context.data,
    participants: context.participants,
    weight: context.weight,
    limit: context.limit,
    leftOut: Float64Array.from(models, (model) => model.leftOut),
    setOf: Float64Array.from(models, ({ set }) => (set ? positionOf(set) : -1)),
    sizes: Float64Array.from(sizes),
    indices: Float64Array.from(indices),
    values: Float64Array.from(values),
    curved: Float64Array.from(part.curvatures, (k) => placeOf.get((curvatures[k] as AskedCurvature).point) as number),
    curvedSets: Float64Array.from(part.curvatures, (k) => positionOf((curvatures[k] as AskedCurvature).set)),
    sets,
  };
}
