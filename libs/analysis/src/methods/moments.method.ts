import { fitScaling, matrixMomentsQuery, plainSpec } from '@cohortium/statistics';
import { z } from 'zod';
import type { Method } from './method.js';
import { numberColumns } from './params.js';

const params = z.strictObject({
  columns: z.array(z.string()).min(1).optional().describe('Columns of numbers; all of them where none is named'),
});

/** Mean and SD of columns over the participants who have all of them. */
export const moments: Method<z.output<typeof params>> = {
  name: 'moments',
  title: { en: 'mean and SD of columns over complete rows', zh: '完整行各列的均值与标准差' },
  params,
  leaves: [{ query: matrixMomentsQuery, shape: '1 + 2p: rows, sums, sums of squares of p columns; twice, the second time centered' }],
  definition: () => 'Mean; SD with division by n - 1 (two passes). Rows with a missing cell in any of the columns are left out.',
  run: async ({ federation, scope, table }, { columns }) => {
    const names = numberColumns(table, columns);
    const terms = names.map((name) => ({ name, factors: [{ column: name }] }));
    const { rows, mean, sd } = await fitScaling(federation, plainSpec(terms, []), scope);
    return { rows, columns: names.map((column, j) => ({ column, mean: mean[j] as number, sd: sd[j] as number })) };
  },
};
