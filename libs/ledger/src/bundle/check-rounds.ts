import type { LeafOf } from '../leaf.js';
import type { Findings } from './findings.js';
import { leavesOf } from './loaded.js';
import type { LoadedLog, PlacedLeaf } from './loaded.js';

type Answer = PlacedLeaf<LeafOf<'released' | 'withheld'>>;

/** A site's answers by request, in the order of its log. */
function answersOf(log: LoadedLog): ReadonlyMap<string, Answer[]> {
  const answers = new Map<string, Answer[]>();
  for (const answer of leavesOf(log, 'released', 'withheld')) {
    const key = requestKey(answer.leaf);
    const earlier = answers.get(key);
    if (earlier === undefined) answers.set(key, [answer]);
    else earlier.push(answer);
  }
  return answers;
}

function requestKey({ run, round, requestHash }: { run: string; round: number; requestHash: string }): string {
  return `${run} ${round} ${requestHash}`;
}

/**
 * Holds what the coordinator says that it received against what the sites say that left: the same rounds, the same content, and the same
 * bytes in sum. Rounds of a run are committed one after another.
 */
export function checkRounds(coordinator: LoadedLog, sites: readonly LoadedLog[], findings: Findings): void {
  const answers = new Map(sites.map((log) => [log.site as string, answersOf(log)]));
  const committed = new Map<string, number>();
  const requests = new Map<string, LeafOf<'roundCommit'>>();
  const totals = new Map<string, { answers: number; bytes: number }>();
  const closed = new Set<string>();
  for (const { leaf, place } of leavesOf(coordinator, 'roundCommit', 'runClosed')) {
    if (closed.has(leaf.run)) findings.add('roundOrder', place);
    if (leaf.type === 'runClosed') {
      closed.add(leaf.run);
      checkBytes({ leaf, place }, totals, findings);
      continue;
    }
    if (leaf.round !== (committed.get(leaf.run) ?? 0) + 1) findings.add('roundOrder', place);
    committed.set(leaf.run, Math.max(leaf.round, committed.get(leaf.run) ?? 0));
    requests.set(`${leaf.run} ${leaf.round}`, leaf);
    checkContributions({ leaf, place }, answers, totals, findings);
  }
  for (const log of sites) checkCommitted(log, committed, requests, findings);
}

function checkContributions(
  { leaf, place }: PlacedLeaf<LeafOf<'roundCommit'>>,
  answers: ReadonlyMap<string, ReadonlyMap<string, Answer[]>>,
  totals: Map<string, { answers: number; bytes: number }>,
  findings: Findings,
): void {
  const met = new Set<string>();
  const request = requestKey(leaf);
  for (const { site, state, contentSha256 } of leaf.contributions) {
    const found = answers.get(site)?.get(request) ?? [];
    if (met.has(site)) findings.add('contributionDiffers', place);
    met.add(site);
    const answer = found.find(
      (one) => one.leaf.type === state && (one.leaf.type === 'withheld' || one.leaf.contentSha256 === contentSha256),
    );
    const first = found[0];
    if (first === undefined) findings.add('contributionMissing', place);
    else if (answer === undefined || !agrees(answer.leaf, leaf)) findings.add('contributionDiffers', first.place);
    else if (answer.leaf.type === 'released') {
      const key = `${leaf.run} ${site}`;
      const sum = totals.get(key) ?? { answers: 0, bytes: 0 };
      totals.set(key, { answers: sum.answers + 1, bytes: sum.bytes + answer.leaf.bytes });
    }
  }
  const first = firstAnswer(answers, request);
  // A sum over other sites than the request named would tell the difference.
  if (first !== undefined && [...first.leaf.scope.sites].sort().join() !== [...met].sort().join())
    findings.add('contributionDiffers', place);
}

/** Some site's first answer to a request. */
function firstAnswer(answers: ReadonlyMap<string, ReadonlyMap<string, Answer[]>>, request: string): Answer | undefined {
  for (const bySite of answers.values()) {
    const first = bySite.get(request)?.[0];
    if (first !== undefined) return first;
  }
  return undefined;
}

function agrees(answer: LeafOf<'released' | 'withheld'>, round: LeafOf<'roundCommit'>): boolean {
  return answer.operation === round.operation && answer.kind === round.kind && answer.protocolHash === round.protocolHash;
}

/** What a site released was committed, or belongs to the one round that was open when the run or the bundle ended. */
function checkCommitted(
  log: LoadedLog,
  committed: ReadonlyMap<string, number>,
  requests: ReadonlyMap<string, LeafOf<'roundCommit'>>,
  findings: Findings,
): void {
  for (const { leaf, place } of leavesOf(log, 'released')) {
    const last = committed.get(leaf.run) ?? 0;
    const commit = requests.get(`${leaf.run} ${leaf.round}`);
    const isOpen = commit === undefined && leaf.round === last + 1;
    if (!isOpen && commit?.requestHash !== leaf.requestHash) findings.add('answerNotCommitted', place);
  }
}

function checkBytes(
  { leaf, place }: PlacedLeaf<LeafOf<'runClosed'>>,
  totals: ReadonlyMap<string, { answers: number; bytes: number }>,
  findings: Findings,
): void {
  const stated = new Map(leaf.bytes.map((line) => [`${leaf.run} ${line.site}`, line]));
  const keys = new Set([...stated.keys(), ...[...totals.keys()].filter((key) => key.startsWith(`${leaf.run} `))]);
  for (const key of keys) {
    const said = stated.get(key) ?? { answers: 0, bytes: 0 };
    const summed = totals.get(key) ?? { answers: 0, bytes: 0 };
    if (said.answers !== summed.answers || said.bytes !== summed.bytes) return findings.add('byteTotals', place);
  }
}
