import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Folder of the reference outputs, or undefined where they are absent. */
export const referenceFolder = process.env['COHORTIUM_REFERENCE'];

/** Says why a test of this folder is skipped. */
export function warnIfAbsent(what: string): void {
  if (!referenceFolder) console.warn(`skipped: ${what} needs COHORTIUM_REFERENCE, the folder of the reference outputs`);
}

/** A reference file as text. */
export function referenceText(...path: string[]): string {
  return readFileSync(join(referenceFolder ?? '', ...path), 'utf8');
}

/** Columns of a reference CSV by name (RFC 4180 quoting, as R writes it). */
export function referenceColumns(...path: string[]): Readonly<Record<string, readonly string[]>> {
  const rows = referenceText(...path)
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map((match) => match[1] ?? ''))
    .map((cells) => cells.slice(0, -1).map((cell) => (cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell)));
  const [names = [], ...body] = rows;
  return Object.fromEntries(names.map((name, k) => [name, body.map((row) => row[k] ?? '')]));
}

/** One column as doubles; empty and NA cells are NaN. */
export function numbers(columns: Readonly<Record<string, readonly string[]>>, name: string): Float64Array {
  const cells = columns[name];
  if (!cells) throw new Error(`no column ${name} in the reference table`);
  return Float64Array.from(cells, (cell) => (cell === '' || cell === 'NA' ? NaN : Number(cell)));
}

/** Rows for which `keep` holds, of several columns at once. */
export function filterRows(vectors: readonly Float64Array[], keep: (row: number) => boolean): Float64Array[] {
  return vectors.map((vector) => vector.filter((_, row) => keep(row)));
}
