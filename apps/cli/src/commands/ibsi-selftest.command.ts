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
import { radiomicsWords } from '../radiomics/messages.js';
import type { Terminal } from '../terminal.js';

/** `cohortium ibsi-selftest [--data DIR]`: every reference row of the IBSI that is there. Exit code 6 when one fails. */
export async function ibsiSelftest(terminal: Terminal, { data }: { readonly data?: string }): Promise<number> {
  const words = radiomicsWords(terminal.language);
  if (data !== undefined) assertReferenceFolder(data);
  const rows: CheckedRow[] = [];
  for (const name of presentDatasets(data)) {
    terminal.status(words('checking', { dataset: name }));
    const { image, mask } = readDataset(name, data);
    rows.push(...checkRows(readTable(name, data), computeDataset(name, image, mask)));
  }
  if (data !== undefined) rows.push(...chapterTwo(terminal, data));
  terminal.clearStatus();
  const code = reportChecks(terminal, rows, ({ pass }) => !pass);
  if (data === undefined) terminal.say(words('phantomOnly'));
  return code;
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
