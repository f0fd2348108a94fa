import { MemoryJournal, PooledFederation, packSummary, simulatedFederation } from '@cohortium/federation';
import type { AnswerObserver, Gate, ReleaseHistory, RosterScope, RoundFederation } from '@cohortium/federation';
import { parseSiteId, sha256 } from '@cohortium/kernel';
import type { Packable } from '@cohortium/kernel';
import { rowsFromTable, tableOfSites } from './rows.js';
import type { TestTable } from './rows.js';

/**
 * A gate that lets everything out, for tests of mathematics: what a site may release is tested in libs/privacy, and never with
 * this gate.
 */
export const openGate: Gate = {
  decide: (draft) => {
    const bytes = draft.words ?? packSummary(draft.summary as Packable);
    return { state: 'released', released: { clauseId: 'open', bytes, byteLength: bytes.length, sha256: sha256(bytes) } };
  },
};

const noHistory: ReleaseHistory = { find: () => undefined, countInRun: () => 0 };

/** The sites of a table as a scope, in ascending order of code. */
export function scopeOf(table: TestTable, name: RosterScope['name'] = 'training'): RosterScope {
  return { name, sites: [...new Set(table.site)].sort().map(parseSiteId) };
}

/** The pooled twin over a table. */
export function pooledFederationOf(table: TestTable): PooledFederation {
  return new PooledFederation((sites) => rowsFromTable(tableOfSites(table, sites)));
}

/** One simulated site per site of a table, with real packing and encoding, behind {@link openGate}. */
export function simulatedFederationOf(table: TestTable, observe?: AnswerObserver): RoundFederation {
  const sites = scopeOf(table).sites.map(
    (site) => [site, { rows: rowsFromTable(tableOfSites(table, [site])), gate: openGate, history: noHistory }] as const,
  );
  return simulatedFederation(new Map(sites), new MemoryJournal(), observe);
}
