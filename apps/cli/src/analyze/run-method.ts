import { CohortTable } from '@cohortium/analysis';
import type { AnyMethod, MethodTable, StayingColumns, SummaryTable } from '@cohortium/analysis';
import { MemoryJournal, PooledFederation, operationName, simulatedFederation } from '@cohortium/federation';
import type { AnswerObserver, Federation, RosterScope, SimulatedSite } from '@cohortium/federation';
import type { Json, SiteId } from '@cohortium/kernel';
import { createGate } from '@cohortium/privacy';
import { checkProtocol } from '@cohortium/protocol';
import type { Protocol } from '@cohortium/protocol';
import { SimulatedEgress } from '../simulation/recording.js';

/** What left each site under one operation. */
export interface LeafCount {
  readonly operation: string;
  readonly kind: 'sum' | 'siteSummary';
  readonly shape: string;
  /** Messages of one site. */
  readonly messages: number;
  /** Bytes of one site, all messages and the largest. */
  readonly bytes: number;
  readonly largestBytes: number;
}

/** What a method yields. */
export interface MethodResult {
  readonly estimates: Json;
  readonly leaves: readonly LeafCount[];
  /** Per site, in the order of its rows; undefined for a method whose results are all aggregates. */
  readonly stays: ReadonlyMap<SiteId, StayingColumns> | undefined;
}

/** Runs a method on a table: over simulated sites through encoding and gate, or on the stacked table. */
export async function runMethod(method: AnyMethod, params: unknown, table: MethodTable, pooled: boolean): Promise<MethodResult> {
  const scope: RosterScope = { name: 'training', sites: [...table.sites.keys()] };
  const counts = new Map<string, LeafCount>();
  const first = scope.sites[0];
  const observe: AnswerObserver = (site, request, answer) => {
    if (site === first && answer.state === 'released') count(counts, method, operationName(request.query), answer.bytes.length);
  };
  const federation = pooled ? pooledTwin(table) : federated(method, table, scope, observe);
  const estimates = await method.run({ federation, scope, table: table.shape }, params);
  return { estimates, leaves: [...counts.values()], stays: staying(method, params, table, estimates) };
}

/** Runs a method that needs no rows of participants: on a table of site summaries, or on its parameters alone. Nothing leaves a site. */
export async function runWithoutSites(method: AnyMethod, params: unknown, summaries?: SummaryTable): Promise<Json> {
  const federation = new PooledFederation(() => {
    throw new TypeError(`${method.name} asked for rows, although it declares that it needs none`);
  });
  const scope: RosterScope = { name: 'training', sites: [] };
  return method.run({ federation, scope, table: { columns: [] }, ...(summaries && { summaries }) }, params);
}

function count(counts: Map<string, LeafCount>, method: AnyMethod, operation: string, bytes: number): void {
  const leaf = method.leaves.find(({ query }) => operationName(query) === operation);
  const before = counts.get(operation);
  counts.set(operation, {
    operation,
    kind: leaf?.query.kind ?? 'sum',
    shape: leaf?.shape ?? '',
    messages: (before?.messages ?? 0) + 1,
    bytes: (before?.bytes ?? 0) + bytes,
    largestBytes: Math.max(before?.largestBytes ?? 0, bytes),
  });
}

function federated(method: AnyMethod, table: MethodTable, scope: RosterScope, observe: AnswerObserver): Federation {
  const protocol = openProtocol(method, scope);
  const sites = new Map<SiteId, SimulatedSite>();
  for (const [site, rows] of table.sites) {
    const history = new SimulatedEgress(site);
    sites.set(site, { rows, gate: history.remembering(createGate({ protocol, site })), history });
  }
  return simulatedFederation(sites, new MemoryJournal(), observe);
}

/** Stacks are kept, so that a prepared matrix is made once. */
function pooledTwin(table: MethodTable): Federation {
  const stacks = new Map<string, CohortTable>();
  return new PooledFederation((sites) => {
    const key = [...sites].sort().join(' ');
    let stack = stacks.get(key);
    if (!stack) stacks.set(key, (stack = CohortTable.stack(sites.map((site) => table.sites.get(site) as CohortTable))));
    return stack;
  });
}

/**
 * A protocol that allows the operations of one method and nothing else, at any number of sites and participants: the table is the
 * user's own. In a study each operation needs a clause with limits.
 */
function openProtocol(method: AnyMethod, scope: RosterScope): Protocol {
  const text = { en: 'one operation on a table of the user', zh: '在用户自己的表上运行一项操作' };
  const limits = { minSites: 1, minParticipantsPerSite: 0, minCell: 0, maxParametersPerRow: null, maxPerRun: 1_000_000, maxBytes: 2 ** 30 };
  const clause = (kind: 'sum' | 'siteSummary') => {
    const operations = method.leaves.filter(({ query }) => query.kind === kind).map(({ query }) => operationName(query));
    return operations.length === 0
      ? []
      : [{ clauseId: kind, purpose: text, operations, kind, scope: 'training', secureAggregation: 'off', ...limits }];
  };
  return checkProtocol({
    schemaVersion: 1,
    study: 'analyze',
    version: '1.0.0',
    title: text,
    endpoint: { name: 'none', label: text, column: 'none', positive: [1], negative: [0] },
    features: { all: true },
    sites: { minTraining: 2, training: scope.sites },
    analysis: { models: [{ id: 'none', alpha: 1, penalty: { rule: 'fixed', lambda: 1 } }], primaryModel: 'none' },
    validation: { leaveOneSiteOut: { enabled: false } },
    clauses: [...clause('sum'), ...clause('siteSummary')],
  });
}

function staying(method: AnyMethod, params: unknown, table: MethodTable, estimates: Json): Map<SiteId, StayingColumns> | undefined {
  if (!method.stays) return undefined;
  const bySite = new Map<SiteId, StayingColumns>();
  for (const [site, rows] of table.sites) bySite.set(site, method.stays(rows, params, estimates, table.shape));
  return bySite;
}
