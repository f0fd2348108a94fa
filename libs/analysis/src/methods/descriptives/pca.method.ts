import { columnOf } from '@cohortium/federation';
import { fitComponents } from '@cohortium/statistics';
import type { PrincipalComponents } from '@cohortium/statistics';
import { z } from 'zod';
import type { Method } from '../method.js';
import { numberColumns } from '../params.js';
import { columnArm, columnProgram, columnQueries, refused, unitLeaves } from './column-program.js';

const params = z.strictObject({
  columns: z.array(z.string()).min(1).optional().describe('Columns of numbers; all of them where none is named'),
  scale: z.boolean().default(true).describe('true: of the correlation matrix (columns over their SD). false: of the covariance matrix'),
  components: z.int().min(1).optional().describe('How many components to show; all that have variance where it is absent'),
  scores: z.boolean().default(false).describe('Scores of participants: they stay at the sites (--rows)'),
});
type Params = z.output<typeof params>;

interface Estimates {
  readonly columns: string[];
  readonly center: number[];
  readonly scale: number[];
  readonly rotation: number[][];
}

/** SDs below this share of the first are rounding. */
const smallestShare = 1e-7;

/** Principal components. */
export const pca: Method<Params> = {
  name: 'pca',
  title: { en: 'principal components from secure cross products', zh: '基于安全叉积的主成分分析' },
  params,
  leaves: unitLeaves(columnQueries, ['moments', 'products']),
  definition: ({ scale }) =>
    `R prcomp(center = TRUE, scale. = ${scale ? 'TRUE' : 'FALSE'}) over complete rows: eigenvectors of the ${
      scale ? 'correlation' : 'covariance'
    } matrix (n - 1). In each component the weight of largest size is positive (the first of equal ones).`,
  run: async (context, { columns, scale, components }) => {
    const names = numberColumns(context.table, columns);
    if (names.length === 0) throw refused('pca', 'the table has no column of numbers');
    const [found] = await fitComponents(columnProgram(context, [columnArm(names, { needs: names })]), scale);
    const { n, center, scale: scales, sd, rotation } = found as PrincipalComponents;
    if (n < 2) throw refused('pca', 'fewer than two rows have every column');
    if (!((sd[0] as number) > 0)) throw refused('pca', 'every column is constant');
    const shown = Array.from(sd).filter((value) => value > smallestShare * (sd[0] as number)).length;
    const count = Math.min(shown, components ?? shown);
    const total = sd.reduce((sum, value) => sum + value * value, 0);
    const shares = Array.from(sd.subarray(0, count), (value) => (value * value) / total);
    return {
      n,
      columns: names,
      center: Array.from(center),
      scale: Array.from(scales),
      sdev: Array.from(sd.subarray(0, count)),
      explained: shares,
      cumulative: shares.map((_, k) => shares.slice(0, k + 1).reduce((sum, share) => sum + share, 0)),
      rotation: names.map((_, j) => Array.from(rotation.subarray(j * names.length, j * names.length + count))),
    };
  },
  stays: (rows, { scores }, estimates) => {
    if (!scores) return {};
    const { columns, center, scale, rotation } = estimates as unknown as Estimates;
    const values = columns.map((name) => columnOf(rows, name) as Float64Array);
    const out: Record<string, Float64Array> = {};
    for (let k = 0; k < (rotation[0] as number[]).length; k++)
      out[`PC${k + 1}`] = Float64Array.from({ length: rows.rowCount }, (_, i) =>
        values.reduce(
          (sum, column, j) => sum + (((column[i] as number) - (center[j] as number)) / (scale[j] as number)) * (rotation[j]?.[k] as number),
          0,
        ),
      );
    return out;
  },
};
