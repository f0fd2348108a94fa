import { dirname, resolve } from 'node:path';
import { parseCsv } from '@cohortium/radiomics';
import { readText } from '../outputs/files.js';
import { radiomicsCliErrors } from './errors.js';
import type { CaseFiles } from './extract-case.js';

/** One row of a list of cases. */
export interface Case extends CaseFiles {
  readonly name: string;
}

/**
 * Reads a list of cases; paths are relative to the folder of the list.
 * @throws `CLI.CANNOT_READ`, `CLI.BAD_CASES`
 */
export function readCases(path: string): readonly Case[] {
  const bad = (problem: string, detail = '', line = 0) => radiomicsCliErrors.error('CLI.BAD_CASES', { path, problem, detail, line });
  const [header = [], ...records] = parseCsv(readText(path));
  const columns = header.map((name) => name.trim().toLowerCase());
  for (const needed of ['case', 'image', 'mask']) if (!columns.includes(needed)) throw bad('column', needed);
  if (records.length === 0) throw bad('empty');
  const seen = new Set<string>();
  return records.map((record, at) => {
    const cell = (column: string) => (record[columns.indexOf(column)] ?? '').trim();
    for (const needed of ['case', 'image', 'mask']) if (cell(needed) === '') throw bad('cell', needed, at + 2);
    const name = cell('case');
    if (seen.has(name)) throw bad('twice', name);
    seen.add(name);
    const label = columns.includes('label') ? cell('label') : '';
    if (label !== '' && !/^-?\d+$/.test(label)) throw bad('label', label, at + 2);
    const place = (file: string) => resolve(dirname(path), file);
    return { name, image: place(cell('image')), mask: place(cell('mask')), label: label === '' ? undefined : Number(label) };
  });
}
