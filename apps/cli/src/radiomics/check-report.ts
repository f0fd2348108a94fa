import { summarizeChecks } from '@cohortium/radiomics';
import type { CheckedRow } from '@cohortium/radiomics';
import { table } from '../terminal.js';
import type { Terminal } from '../terminal.js';
import { radiomicsWords } from './messages.js';

/**
 * Prints checked rows: failed ones on stderr, counts by family on stdout, everything in JSON mode.
 * @param isFailed which rows count as failed
 * @returns exit code: 0, or 6 when a row fails
 */
export function reportChecks(terminal: Terminal, rows: readonly CheckedRow[], isFailed: (row: CheckedRow) => boolean): number {
  const words = radiomicsWords(terminal.language);
  const summary = summarizeChecks(rows);
  const failed = rows.filter(isFailed);
  for (const { dataset, feature, ibsiCode, aggregation, value, reference, tolerance } of failed)
    terminal.say(
      words('failedRow', {
        dataset,
        feature,
        code: ibsiCode || '-',
        aggregation: aggregation || 'none',
        value: value === null ? words('noValue') : String(value),
        reference: String(reference),
        tolerance: String(tolerance),
      }),
    );
  const line = (name: readonly [string, string], counts: Omit<typeof summary, 'families'>) => [
    ...name,
    ...[counts.rows, counts.passed, counts.failed, counts.missing, counts.notStandardized].map(String),
  ];
  const header = ['datasetColumn', 'familyColumn', 'rowsColumn', 'passedColumn', 'failedColumn', 'missingColumn', 'openColumn'] as const;
  const lines = summary.families.map((family) => line([family.dataset, family.family], family));
  terminal.data(
    table(
      header.map((key) => words(key)),
      [...lines, line([words('allRows'), ''], summary)],
      [2, 3, 4, 5, 6],
    ),
  );
  terminal.data(failed.length === 0 ? words('allPassed') : words('someFailed', { count: failed.length }));
  terminal.jsonObject({ schemaVersion: 1, summary, rows });
  return failed.length === 0 ? 0 : 6;
}
