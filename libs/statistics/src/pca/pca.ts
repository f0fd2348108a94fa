import { symmetricEigen } from '@cohortium/numerics';
import { fitUnitMoments, totalMoments } from '../units/moments.js';
import type { UnitProgram } from '../units/queries.js';

/** Principal components of one arm. */
export interface PrincipalComponents {
  /** Units that have every column. */
  readonly n: number;
  /** Subtracted from each column, and what it is then divided by. */
  readonly center: Float64Array;
  readonly scale: Float64Array;
  /** SD of each component, descending. */
  readonly sd: Float64Array;
  /** Row-major columns x components: weights of the components; see `symmetricEigen` for their sign. */
  readonly rotation: Float64Array;
}

/**
 * Principal components from the cross products of the columns, by arm (R: `prcomp`): eigenvectors of the correlation matrix (`scaled`)
 * or of the covariance matrix. The recipe of an arm must leave out units that lack a column. Constant columns have scale 1 and no
 * weight. Three rounds.
 */
export async function fitComponents<R>(program: UnitProgram<R>, scaled: boolean): Promise<PrincipalComponents[]> {
  const { federation, queries, scope, arms } = program;
  const moments = (await fitUnitMoments(program)).map(totalMoments);
  const scales = moments.map(({ sd }) => sd.map((s) => (s > 0 ? s : 1)));
  const transforms = moments.map(({ mean }, a) => ({ kind: 'scale' as const, center: mean, scale: scales[a] as Float64Array }));
  const { value } = await federation.sum(queries.products, { arms, transforms }, scope);
  return value.map(({ units: n, first, second }, a) => {
    const p = first.length;
    const { mean, sd } = moments[a] as (typeof moments)[number];
    const factor = (j: number) => (n > 1 && (sd[j] as number) > 0 ? (scaled ? 1 : (sd[j] as number)) : 0);
    const matrix = new Float64Array(p * p);
    for (let j = 0; j < p; j++)
      for (let k = 0; k < p; k++) {
        const moment = (second[j * p + k] as number) - ((first[j] as number) * (first[k] as number)) / n;
        matrix[j * p + k] = n > 1 ? (moment / (n - 1)) * factor(j) * factor(k) : 0;
      }
    const { values, vectors } = symmetricEigen(matrix, p);
    return {
      n,
      center: mean,
      scale: scaled ? (scales[a] as Float64Array) : new Float64Array(p).fill(1),
      // What is left of a component without variance is rounding.
      sd: values.map((v) => (v > 1e-14 * p * (values[0] as number) ? Math.sqrt(v) : 0)),
      rotation: vectors,
    };
  });
}
