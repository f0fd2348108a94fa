import { resultsSchemaVersion } from '@cohortium/analysis';
import type { Results, RunFacts, Science } from '@cohortium/analysis';
import { canonicalJson } from '@cohortium/kernel';
import { coordinatorLog, decodeLeaf, hexOf } from '@cohortium/ledger';
import type { LedgerBook, RunRow, SiteTraffic } from '@cohortium/persistence';
import type { Protocol } from '@cohortium/protocol';
import { availableParallelism } from 'node:os';
import { release } from '../release.js';

/** results.json of a run as canonical JSON: the numbers of `science`, and in `run` what may differ between two runs. */
export function resultsJson(
  science: Science,
  { run, protocol }: { readonly run: RunRow; readonly protocol: Protocol },
  traffic: readonly SiteTraffic[],
  ledger: NonNullable<RunFacts['ledger']>,
  finishedAt: Date,
): string {
  const startedAt = run.startedAt ?? run.createdAt;
  const facts: RunFacts = {
    run: run.id,
    mode: 'federated',
    startedAt: startedAt.toISOString(),
    finishedAt: finishedAt.toISOString(),
    durationMs: finishedAt.getTime() - startedAt.getTime(),
    software: { cohortium: release, node: process.versions.node },
    host: { platform: process.platform, arch: process.arch, cpus: availableParallelism() },
    sites: traffic.map(({ site, messages, bytes }) => ({ site, messages, bytes })),
    contributionsVisibleToCoordinator: protocol.clauses.some(
      ({ kind, secureAggregation }) => kind === 'sum' && secureAggregation === 'off',
    ),
    ledger,
  };
  const results: Results = { schemaVersion: resultsSchemaVersion, science, run: facts };
  return canonicalJson(results);
}

/** The leaves of a run that its figures are computed from: what each round came to, and the lock of the model. */
export async function leavesBehindFigures(
  ledger: Pick<LedgerBook, 'leavesOfRun'>,
  study: string,
  run: string,
): Promise<NonNullable<RunFacts['ledger']>> {
  const log = coordinatorLog(study);
  const rows = await ledger.leavesOfRun(log, run);
  return {
    log,
    leaves: rows.flatMap(({ index, leaf: text, hash }): NonNullable<RunFacts['ledger']>['leaves'] => {
      const leaf = decodeLeaf(text);
      const place = { index, leafSha256: hexOf(hash) };
      if (leaf.type === 'roundCommit') return [{ ...place, type: leaf.type, round: leaf.round, operation: leaf.operation }];
      return leaf.type === 'modelCommit' ? [{ ...place, type: leaf.type, round: null, operation: null }] : [];
    }),
  };
}
