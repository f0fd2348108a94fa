import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CohortTable, parseTable, readCohort, resolveProtocol, runStudy, splitCohortBySite } from '@cohortium/analysis';
import type { Science, SiteCohort } from '@cohortium/analysis';
import { MemoryJournal, PooledFederation, operationName, simulatedFederation } from '@cohortium/federation';
import type {
  Draft,
  Federation,
  Gate,
  GateOutcome,
  ReleaseHistory,
  RosterScope,
  SimulatedSite,
  SumQuery,
  SummaryQuery,
  Total,
} from '@cohortium/federation';
import { parseSiteId, sha256 } from '@cohortium/kernel';
import type { Json, SiteId } from '@cohortium/kernel';
import { createGate } from '@cohortium/privacy';
import { parseProtocol } from '@cohortium/protocol';
import type { Protocol } from '@cohortium/protocol';

const reference = process.env['COHORTIUM_REFERENCE'] ?? '';
const folder = join(reference, 'duke-breast');

/** Real patients of six scanners, and an independent run of the recipe; CC BY-NC, so they are read where they lie. */
export const dukeAvailable = existsSync(join(folder, 'features.csv')) && existsSync(join(reference, 'end-to-end-duke'));
if (!dukeAvailable) console.warn('skipped: Duke reference (COHORTIUM_REFERENCE names no folder with duke-breast and end-to-end-duke)');

/** Text of a file of the reference run. */
export function endToEndFile(name: string): string {
  return readFileSync(join(reference, 'end-to-end-duke', name), 'utf8');
}

/** The Duke table under a protocol of this repository. */
export interface DukeStudy {
  readonly protocol: Protocol;
  readonly cohorts: ReadonlyMap<SiteId, SiteCohort>;
}

/** Reads the table, resolves the protocol and splits by site. */
export function readDuke(protocolFolder: string, external: readonly string[] = []): DukeStudy {
  const read = (file: string) => readFileSync(join(folder, file), 'utf8');
  const files = { features: read('features.csv'), clinical: read('clinical.csv') };
  const parts = splitCohortBySite(files);
  const path = join(import.meta.dirname, '../../protocols', protocolFolder, 'protocol.yaml');
  const protocol = resolveProtocol(parseProtocol(readFileSync(path, 'utf8'), path), {
    featureColumns: parseTable(files.features, 'features.csv').columns,
    dictionary: read('feature_dictionary.csv'),
    sites: [...parts.keys()],
    external,
  });
  return { protocol, cohorts: new Map([...parts].map(([site, part]) => [site, readCohort(part, protocol, site)])) };
}

/** A run of the study program and what its sites were asked last, by operation. */
export interface DukeRun {
  readonly science: Science;
  readonly asked: ReadonlyMap<string, unknown>;
}

/** Runs the study over simulated sites with real packing, encoding and gates, or on the pooled table. */
export async function runDuke(study: DukeStudy, mode: 'simulated' | 'pooled'): Promise<DukeRun> {
  const { protocol, cohorts } = study;
  const sites = new Map([...cohorts].map(([site, { rows }]) => [site, simulatedSite(protocol, site, rows)]));
  const inner = mode === 'pooled' ? pooled(study, sites) : simulatedFederation(sites, new MemoryJournal());
  const federation = new AskedFederation(inner);
  const training = (protocol.sites.training ?? []).map(parseSiteId);
  const external = protocol.sites.external.map(parseSiteId);
  const host = { lockModel: () => Promise.resolve(), stepBegins: () => undefined };
  return { science: await runStudy({ protocol, training, external }, federation, host), asked: federation.asked };
}

function pooled({ cohorts }: DukeStudy, sites: ReadonlyMap<SiteId, SimulatedSite>): Federation {
  const stacks = new Map<string, CohortTable>();
  return new PooledFederation((wanted) => {
    const key = wanted.join(' ');
    const stack = stacks.get(key) ?? CohortTable.stack(wanted.map((site) => (cohorts.get(site) as SiteCohort).rows));
    stacks.set(key, stack);
    return stack;
  }, sites);
}

/** A site behind the real gate, which remembers what left. */
function simulatedSite(protocol: Protocol, site: SiteId, rows: CohortTable): SimulatedSite {
  const released = new Map<string, string>();
  const counts = new Map<string, number>();
  const scopes = new Map<string, readonly string[]>();
  const gate = createGate({ protocol, site });
  const remembering: Gate = {
    decide: (draft: Draft, history: ReleaseHistory): GateOutcome => {
      const outcome = gate.decide(draft, history);
      if (outcome.state === 'withheld') return outcome;
      released.set(draft.releaseKey, sha256(outcome.released.bytes));
      counts.set(outcome.released.clauseId, (counts.get(outcome.released.clauseId) ?? 0) + 1);
      if (draft.kind === 'sum' && !scopes.has(draft.scope.name)) scopes.set(draft.scope.name, draft.scope.sites);
      return outcome;
    },
  };
  const history = {
    find: (key: string) => released.get(key),
    countInRun: (id: string) => counts.get(id) ?? 0,
    sitesOfSums: (scope: string) => scopes.get(scope),
  };
  return { rows, gate: remembering, history };
}

class AskedFederation implements Federation {
  readonly asked = new Map<string, unknown>();
  constructor(private readonly inner: Federation) {}

  sum<P, V>(query: SumQuery<P, V>, params: P, scope: RosterScope): Promise<Total<V>> {
    return this.inner.sum(query, params, scope);
  }

  summaries<P, V extends Json>(query: SummaryQuery<P, V>, params: P, scope: RosterScope): Promise<ReadonlyMap<SiteId, V>> {
    this.asked.set(operationName(query), params);
    return this.inner.summaries(query, params, scope);
  }
}
