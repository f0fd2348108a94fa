import { formatCsv, parseTable } from '@cohortium/analysis';
import type { Protocol } from '@cohortium/protocol';
import type { CohortTables } from '../cohort/prepare-cohort.js';

/** Tables in which every hospital of the protocol has rows, and the codes of those that were stood in for. */
export interface StaffedTables {
  readonly tables: CohortTables;
  readonly standIns: readonly string[];
}

/**
 * At a hospital only its own rows are at hand. Where the protocol needs others, the hospital's own rows stand in for them under their codes, so
 * that the program can run: totals are then not those of the study, but what this hospital would send has its form and size.
 * @param site the hospital that looks
 */
export function withStandIns(tables: CohortTables, protocol: Protocol, site: string): StaffedTables {
  const present = new Set(sitesOf(tables.features, 'features.csv'));
  const needed = [...(protocol.sites.training ?? madeUp(protocol, present, site)), ...protocol.sites.external];
  const standIns = needed.filter((code) => !present.has(code));
  if (standIns.length === 0) return { tables, standIns };
  const stand = (csv: string, file: string) => withCopies(csv, file, site, standIns);
  return {
    tables: { ...tables, features: stand(tables.features, 'features.csv'), clinical: stand(tables.clinical, 'clinical.csv') },
    standIns,
  };
}

/** Codes for the hospitals of a protocol that does not list them. */
function madeUp(protocol: Protocol, present: ReadonlySet<string>, site: string): string[] {
  const codes = new Set([...present, site].filter((code) => !protocol.sites.external.includes(code)));
  const wanted = Math.max(protocol.sites.minTraining, ...protocol.clauses.map(({ minSites }) => minSites), 5);
  for (let k = 1; codes.size < wanted; k++) codes.add(`stand-in-${k}`);
  return [...codes];
}

function sitesOf(csv: string, file: string): string[] {
  const table = parseTable(csv, file);
  const at = table.columns.indexOf('site');
  return table.rows.map((row) => row[at] ?? '');
}

function withCopies(csv: string, file: string, site: string, codes: readonly string[]): string {
  const table = parseTable(csv, file);
  const [id, siteAt] = [table.columns.indexOf('patient_id'), table.columns.indexOf('site')];
  const own = table.rows.filter((row) => row[siteAt] === site);
  const copies = codes.flatMap((code) =>
    own.map((row) => row.map((cell, c) => (c === siteAt ? code : c === id ? `${code}-${cell}` : cell))),
  );
  return formatCsv(table.columns, [...table.rows, ...copies]);
}
