import type { ReadProtocol } from './check-clauses.js';
import type { Findings } from './findings.js';
import { leavesOf } from './loaded.js';
import type { LoadedLog } from './loaded.js';

/**
 * What sites revealed to open masked sums: once per round, for the very request that they answered, and never without a site of the scope,
 * since the difference of two such sums would show one hospital. A round that was committed under a clause with masks was opened by every
 * site that answered it.
 */
export function checkUnmasks(
  coordinator: LoadedLog,
  sites: readonly LoadedLog[],
  protocols: ReadonlyMap<string, ReadProtocol>,
  findings: Findings,
): void {
  const committed = new Set(leavesOf(coordinator, 'roundCommit').map(({ leaf }) => roundKey(leaf)));
  for (const log of sites) checkSite(log, committed, protocols, findings);
}

function checkSite(log: LoadedLog, committed: ReadonlySet<string>, protocols: ReadonlyMap<string, ReadProtocol>, findings: Findings): void {
  const answered = new Set<string>();
  const opened = new Map<string, string>();
  for (const { leaf, place } of leavesOf(log, 'released', 'unmask')) {
    const key = roundKey(leaf);
    if (leaf.type === 'released') {
      answered.add(key);
      continue;
    }
    const round = `${leaf.run} ${leaf.round}`;
    if (opened.has(round)) findings.add('unmaskedTwice', place);
    opened.set(round, key);
    if (!answered.has(key)) findings.add('unmaskedWithoutAnswer', place);
    if (leaf.dropped.length > 0) findings.add('unmaskedPartly', place);
  }
  const known = new Set(opened.values());
  for (const { leaf, place } of leavesOf(log, 'released')) {
    const clause = protocols.get(leaf.protocolHash)?.clauses.find(({ clauseId }) => clauseId === leaf.clauseId);
    const isMasked = leaf.kind === 'sum' && clause?.secureAggregation === 'required';
    if (isMasked && committed.has(roundKey(leaf)) && !known.has(roundKey(leaf))) findings.add('unmaskMissing', place);
  }
}

function roundKey({ run, round, requestHash }: { run: string; round: number; requestHash: string }): string {
  return `${run} ${round} ${requestHash}`;
}
