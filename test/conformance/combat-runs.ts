import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findMethod, parseMethodParams, parseTable, readMethodTable } from '@cohortium/analysis';
import type { TextTable } from '@cohortium/analysis';
import type { Json } from '@cohortium/kernel';
import { withColumns } from '../../apps/cli/src/analyze/read-input.js';
import { runMethod } from '../../apps/cli/src/analyze/run-method.js';
import { combatFolder } from './combat-reference.js';

/** Where the sites of a run come from. */
export type Sites = Parameters<typeof readMethodTable>[1]['sites'];
/** Values of some features by participant. */
export type FeatureRows = ReadonlyMap<string, readonly number[]>;

/** What a method gave on a table: estimates, and what stayed at the sites. */
export interface MethodRun {
  readonly estimates: Json;
  readonly rows: FeatureRows;
}

const parsed = new Map<string, TextTable>();

/** A table of the ComBat reference folder, read once. */
export function referenceTable(...path: string[]): TextTable {
  const name = path.join('/');
  const known = parsed.get(name);
  if (known) return known;
  const table = parseTable(readFileSync(join(combatFolder ?? '', ...path), 'utf8'), name);
  parsed.set(name, table);
  return table;
}

/** Numeric columns by participant (first column); empty and NA are missing. */
export function columnsById(table: TextTable, names: readonly string[]): Map<string, number[]> {
  const at = names.map((name) => table.columns.indexOf(name));
  const cell = (text: string | undefined) => (text === undefined || text === '' || text === 'NA' || text === 'NaN' ? NaN : Number(text));
  return new Map(table.rows.map((row) => [row[0] as string, at.map((c) => cell(row[c]))]));
}

/** Runs a method on a table as `cohortium analyze` does, over simulated sites. */
export async function runOn(
  name: string,
  text: TextTable,
  sites: Sites,
  params: unknown,
  features: readonly string[],
  id = 'id',
): Promise<MethodRun> {
  const method = findMethod(name);
  const asked = parseMethodParams(method, params);
  const full = withColumns(text, method.inlineColumns?.(asked) ?? {});
  const table = readMethodTable(full, { id, sites, categories: method.categories?.(asked) ?? [] });
  const { estimates, stays } = await runMethod(method, asked, table, false);
  const rows = new Map<string, readonly number[]>();
  for (const [site, participants] of table.participants) {
    const own = stays?.get(site);
    participants.forEach((participant, i) =>
      rows.set(
        participant,
        features.map((feature) => own?.[feature]?.[i] ?? NaN),
      ),
    );
  }
  return { estimates, rows };
}

/** SD (n - 1) of each feature over observed cells. */
export function sdOf(rows: FeatureRows, count: number): number[] {
  return Array.from({ length: count }, (_, f) => {
    const values = [...rows.values()].map((row) => row[f] as number).filter((value) => !Number.isNaN(value));
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
  });
}

/**
 * Largest difference over all cells in units of the SD of the raw feature. A cell that is missing in the raw table must be missing in both.
 * Where the reference alone is missing (its non-parametric weights underflowed) the result must be a number.
 */
export function worstInSd(found: FeatureRows, expected: FeatureRows, raw: FeatureRows): number {
  const sd = sdOf(raw, [...expected.values()][0]?.length ?? 0);
  let worst = 0;
  for (const [participant, row] of expected) {
    row.forEach((value, f) => {
      const own = found.get(participant)?.[f] as number;
      if (Number.isNaN(raw.get(participant)?.[f])) worst = Number.isNaN(own) && Number.isNaN(value) ? worst : Infinity;
      else if (Number.isNaN(value)) worst = Number.isFinite(own) ? worst : Infinity;
      else worst = Math.max(worst, Number.isNaN(own) ? Infinity : Math.abs(own - value) / (sd[f] as number));
    });
  }
  return worst;
}
