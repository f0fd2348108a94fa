import type { IbsiCertificate } from '@cohortium/analysis';
import { canonicalJson, hashJson } from '@cohortium/kernel';
import { checkFiltered, checkResponseMap, checkRows, computeDataset, responseMapTests, unknownResponseMap } from '@cohortium/radiomics';
import type { CheckedRow } from '@cohortium/radiomics';
import { reportChecks } from '../radiomics/check-report.js';
import {
  assertReferenceFolder,
  presentDatasets,
  presentMaps,
  readDataset,
  readFilteredTable,
  readMap,
  readTable,
} from '../radiomics/ibsi-data.js';
import { extractorSha256 } from '@cohortium/intake';
import { radiomicsWords } from '../radiomics/messages.js';
import { replaceFile } from '../outputs/files.js';
import type { Terminal } from '../terminal.js';

/** Options of `cohortium ibsi-selftest`. */
export interface SelftestOptions {
  readonly data?: string;
  /** Where a certificate is written for the record of an extraction. */
  readonly certificate?: string;
}

/** `cohortium ibsi-selftest [--data DIR] [--certificate FILE]`: every reference row of the IBSI that is there. Exit code 6 when one fails. */
export async function ibsiSelftest(terminal: Terminal, { data, certificate }: SelftestOptions): Promise<number> {
  const words = radiomicsWords(terminal.language);
  if (data !== undefined) assertReferenceFolder(data);
  const rows = [...chapterOne(terminal, data), ...(data === undefined ? [] : chapterTwo(terminal, data))];
  terminal.clearStatus();
  if (certificate !== undefined)
    terminal.say(words('certificateIn', { path: replaceFile(certificate, `${canonicalJson(certificateOf(rows))}\n`) }));
  const code = reportChecks(terminal, rows, ({ pass }) => !pass);
  if (data === undefined) terminal.say(words('phantomOnly'));
  return code;
}

/** Rows of the digital phantom, which ships with the product, and of the configurations whose reference data are in a folder. */
export function chapterOne(terminal: Terminal, folder: string | undefined): readonly CheckedRow[] {
  const words = radiomicsWords(terminal.language);
  return presentDatasets(folder).flatMap((name) => {
    terminal.status(words('checking', { dataset: name }));
    const { image, mask } = readDataset(name, folder);
    return checkRows(readTable(name, folder), computeDataset(name, image, mask));
  });
}

/** What the rows say of this program; a protocol may ask for it (`extraction`). */
export function certificateOf(rows: readonly CheckedRow[]): IbsiCertificate {
  const failed = rows.filter(({ pass }) => !pass).length;
  return { schemaVersion: 1, extractorSha256: extractorSha256(), rows: rows.length, failed, reportSha256: hashJson(rows) };
}

function chapterTwo(terminal: Terminal, folder: string): readonly CheckedRow[] {
  const words = radiomicsWords(terminal.language);
  const rows: CheckedRow[] = [];
  for (const { name, id } of presentMaps(folder)) {
    terminal.status(words('checking', { dataset: `IBSI 2, ${id}` }));
    const test = Object.hasOwn(responseMapTests, id) ? responseMapTests[id] : undefined;
    if (test === undefined) rows.push(unknownResponseMap(id));
    else rows.push(checkResponseMap(id, readMap(folder, 'phantoms', test.phantom), readMap(folder, 'response_maps', name)));
  }
  const table = readFilteredTable(folder);
  if (table.length === 0) return rows;
  const { image, mask } = readDataset('A', folder);
  for (const id of new Set(table.map(({ filterId }) => filterId))) {
    terminal.status(words('checking', { dataset: `IBSI 2, ${id}` }));
    const wanted = table.filter(({ filterId }) => filterId === id);
    rows.push(...checkFiltered(id, wanted, image, mask));
  }
  return rows;
}
