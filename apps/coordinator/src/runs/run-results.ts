import { resultsSchemaVersion } from '@cohortium/analysis';
import type { Results, RunFacts, Science } from '@cohortium/analysis';
import { canonicalJson } from '@cohortium/kernel';
import type { RunRow, SiteTraffic } from '@cohortium/persistence';
import type { Protocol } from '@cohortium/protocol';
import { availableParallelism } from 'node:os';
import { release } from '../release.js';

/** results.json of a run as canonical JSON: the numbers of `science`, and in `run` what may differ between two runs. */
export function resultsJson(
  science: Science,
  { run, protocol }: { readonly run: RunRow; readonly protocol: Protocol },
  traffic: readonly SiteTraffic[],
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
  };
  const results: Results = { schemaVersion: resultsSchemaVersion, science, run: facts };
  return canonicalJson(results);
}
