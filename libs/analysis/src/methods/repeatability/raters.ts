import { z } from 'zod';
import type { MethodContext } from '../method.js';
import { levelAt } from '../names.js';
import { needColumn, numberColumns } from '../params.js';
import { refused } from '../descriptives/column-program.js';
import type { Ratings } from '@cohortium/statistics';

/** Schema keys of methods on repeated measurements. */
export const ratingKeys = {
  rater: z.string().describe('Column that tells repeated rows of a participant apart: rater, reader, time point, scanner, perturbation'),
  raters: z.array(z.string()).min(2).optional().describe('Raters to use, in this order; all of them where none is named'),
  columns: z.array(z.string()).min(1).optional().describe('Columns of numbers; all of them where none is named'),
};

/** Rater names with the measurements they made. */
export interface NamedRatings {
  readonly labels: readonly string[];
  readonly ratings: Ratings;
}

/** The measurements that parameters name. @throws `METHOD.NO_COLUMN`, `METHOD.NOT_NUMERIC`, `METHOD.REFUSED` */
export function ratingsOf(
  method: string,
  { table }: MethodContext,
  {
    rater,
    raters,
    columns,
  }: { readonly rater: string; readonly raters?: readonly string[] | undefined; readonly columns?: readonly string[] | undefined },
): NamedRatings {
  const { levels } = needColumn(table, rater);
  const labels = raters ?? levels;
  const codes = labels.map((label) => {
    const code = levelAt(levels, label);
    if (code < 0) throw refused(method, `the column "${rater}" has no category "${label}"`);
    return code;
  });
  if (codes.length < 2) throw refused(method, `the column "${rater}" has fewer than two categories`);
  if (new Set(codes).size < codes.length) throw refused(method, 'a rater is named twice');
  const names = numberColumns(table, columns, [rater]);
  if (names.length === 0) throw refused(method, 'the table has no column of numbers');
  return { labels, ratings: { columns: names, rater, codes } };
}
