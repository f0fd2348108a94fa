import { existsSync } from 'node:fs';
import { parseTable } from '@cohortium/analysis';
import type { TextTable } from '@cohortium/analysis';
import { YAMLParseError, parse } from 'yaml';
import { readText } from '../outputs/files.js';
import { radiomicsCliErrors } from '../radiomics/errors.js';

/** Parameters of an operation: JSON in place, or a YAML or JSON file; none is `{}`. @throws `CLI.CANNOT_READ`, `CLI.NOT_YAML` */
export function readParams(text: string | undefined): unknown {
  if (text === undefined) return {};
  const inPlace = text.trimStart().startsWith('{') && !existsSync(text);
  const path = inPlace ? '--params' : text;
  try {
    return (parse(inPlace ? text : readText(text), { maxAliasCount: 100 }) as unknown) ?? {};
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    throw radiomicsCliErrors.error('CLI.NOT_YAML', { path, reason: error.message.split('\n')[0] as string });
  }
}

/**
 * A table with one row per participant, turned over where participants stand in columns. There the header names the participants; a first
 * column that is called `id`, has no name or holds no number names the variables, which otherwise are V1, V2, ... in file order.
 */
export function readTable(path: string, orient: 'rows' | 'cols', id: string): TextTable {
  const table = parseTable(readText(path), path);
  return orient === 'rows' ? table : turnOver(table, id);
}

function turnOver(table: TextTable, id: string): TextTable {
  const first = table.rows.map((row) => (row[0] ?? '').trim());
  const named = table.columns[0] === id || table.columns[0] === '' || first.every((cell) => cell !== '' && Number.isNaN(Number(cell)));
  const variables = table.rows.map((row, k) => (named ? (row[0] as string) : `V${k + 1}`));
  const participants = table.columns.slice(named ? 1 : 0);
  const offset = named ? 1 : 0;
  return {
    file: table.file,
    columns: [id, ...variables],
    rows: participants.map((participant, i) => [participant, ...table.rows.map((row) => row[i + offset] as string)]),
    lines: participants.map(() => 1),
  };
}

/** The same table with further columns. @throws `METHOD.BAD_PARAMS`-like length errors are left to the caller */
export function withColumns(table: TextTable, columns: Readonly<Record<string, readonly (string | number)[]>>): TextTable {
  const names = Object.keys(columns);
  if (names.length === 0) return table;
  return {
    ...table,
    columns: [...table.columns, ...names],
    rows: table.rows.map((row, i) => [...row, ...names.map((name) => String(columns[name]?.[i] ?? ''))]),
  };
}
