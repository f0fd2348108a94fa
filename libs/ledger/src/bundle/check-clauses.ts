import { z } from 'zod';
import { hashOfProtocol } from '../leaf.js';
import type { LeafOf } from '../leaf.js';
import type { Findings } from './findings.js';
import { leavesOf } from './loaded.js';
import type { LoadedLog, PlacedLeaf } from './loaded.js';

/** What a verifier reads of a protocol: who takes part and what may leave. Everything else is bound by the hash alone. */
const readProtocol = z.looseObject({
  study: z.string(),
  version: z.string(),
  sites: z.looseObject({ training: z.array(z.string()).optional(), external: z.array(z.string()).default([]) }),
  clauses: z.array(
    z.looseObject({
      clauseId: z.string(),
      operations: z.array(z.string()),
      kind: z.enum(['sum', 'siteSummary']),
      scope: z.enum(['training', 'external', 'all']),
      minSites: z.number(),
      maxBytes: z.number(),
      maxPerRun: z.number(),
      secureAggregation: z.enum(['required', 'off']),
    }),
  ),
});
/** A protocol as far as a verifier reads it. */
export type ReadProtocol = z.output<typeof readProtocol>;

/** Protocols by hash: those of the bundle are exactly those that the coordinator's log names, in its order. */
export function loadProtocols(
  protocols: readonly unknown[],
  coordinator: LoadedLog | undefined,
  study: string,
  findings: Findings,
): ReadonlyMap<string, ReadProtocol> {
  const byHash = new Map<string, ReadProtocol>();
  const named = coordinator === undefined ? [] : leavesOf(coordinator, 'protocolVersion');
  if (protocols.length !== named.length) findings.add('protocolDiffers', named[protocols.length]?.place);
  for (const [index, value] of protocols.entries()) {
    const hash = hashOfProtocol(value);
    const at = named[index];
    const parsed = readProtocol.safeParse(value);
    const fits = parsed.success && parsed.data.study === study && at?.leaf.protocolHash === hash && at.leaf.version === parsed.data.version;
    if (fits) byHash.set(hash, parsed.data);
    else findings.add('protocolDiffers', at?.place);
  }
  return byHash;
}

type Answer = PlacedLeaf<LeafOf<'released'>>;

/** Holds every released message of a site against the protocol that the site had approved when it left. */
export function checkReleased(log: LoadedLog, protocols: ReadonlyMap<string, ReadProtocol>, findings: Findings): void {
  const approved = new Map<string, string>();
  const roundsOf = new Map<string, Set<number>>();
  const contents = new Map<string, string>();
  for (const [index, leaf] of log.leaves.entries()) {
    const place = { log: log.origin, index, type: leaf.type };
    if (leaf.type === 'approval') approved.set(leaf.protocolHash, leaf.decision);
    if (leaf.type !== 'released') continue;
    const answer = { leaf, place };
    if (approved.get(leaf.protocolHash) !== 'approved') findings.add('notApproved', place);
    const protocol = protocols.get(leaf.protocolHash);
    if (protocol === undefined) findings.add('protocolDiffers', place);
    else checkClause(answer, log.site, protocol, findings);
    // One request of a run has one content, whatever attempt carries it.
    const request = `${leaf.run} ${leaf.round} ${leaf.requestHash}`;
    if ((contents.get(request) ?? leaf.contentSha256) !== leaf.contentSha256) findings.add('releasedTwice', place);
    contents.set(request, leaf.contentSha256);
    const key = `${leaf.run} ${leaf.clauseId}`;
    const rounds = roundsOf.get(key) ?? new Set();
    roundsOf.set(key, rounds.add(leaf.round));
    const clause = protocol?.clauses.find(({ clauseId }) => clauseId === leaf.clauseId);
    if (clause !== undefined && rounds.size > clause.maxPerRun) findings.add('clauseCount', place);
  }
}

function checkClause({ leaf, place }: Answer, site: string | null, protocol: ReadProtocol, findings: Findings): void {
  const clause = protocol.clauses.find(({ clauseId }) => clauseId === leaf.clauseId);
  if (clause === undefined) return findings.add('clauseUnknown', place);
  if (!clause.operations.includes(leaf.operation)) findings.add('clauseOperation', place);
  if (clause.kind !== leaf.kind) findings.add('clauseKind', place);
  if (clause.scope !== 'all' && clause.scope !== leaf.scope.name) findings.add('clauseScope', place);
  if (leaf.bytes > clause.maxBytes) findings.add('clauseBytes', place);
  const { training = [], external } = protocol.sites;
  const listed = new Set(
    leaf.scope.name === 'training' ? training : leaf.scope.name === 'external' ? external : [...training, ...external],
  );
  const isListed = leaf.scope.sites.every((code) => listed.has(code)) && new Set(leaf.scope.sites).size === leaf.scope.sites.length;
  if (!isListed || site === null || !leaf.scope.sites.includes(site)) findings.add('clauseScope', place);
  if (leaf.kind === 'sum' && leaf.scope.sites.length < clause.minSites) findings.add('clauseSites', place);
}
