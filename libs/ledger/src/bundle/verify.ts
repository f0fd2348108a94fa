import { canonicalJson } from '@cohortium/kernel';
import { parseCheckpoint } from '../note/checkpoint.js';
import { equalHashes } from '../merkle/hash.js';
import { isSignedBy, parseNote } from '../note/note.js';
import { checkReleased, loadProtocols } from './check-clauses.js';
import { checkDocuments, checkFrames } from './check-content.js';
import type { RecomputeTotal } from './check-content.js';
import { keyOf, loadLogs } from './check-logs.js';
import { checkOrder } from './check-order.js';
import { checkRounds } from './check-rounds.js';
import { checkUnmasks } from './check-unmasks.js';
import { Findings } from './findings.js';
import type { Finding } from './findings.js';
import { leavesOf } from './loaded.js';
import type { LoadedLog } from './loaded.js';
import { parseBundle, rosterFingerprint, sealTextOf } from './schema.js';
import type { Bundle, ReadBundle } from './schema.js';

/** What a bundle is held against. */
export interface VerifyOptions {
  /** The signers that the reader knows from elsewhere: fingerprint of the bundle's roster, or the public key of each log by its name. */
  readonly roster?: string | ReadonlyMap<string, Uint8Array>;
  /** A signed checkpoint that the reader knows from elsewhere: the bundle may not be older, nor tell another story. */
  readonly atLeast?: string;
  /** How totals follow from frames; left out, a full bundle's totals are held against their hashes only. */
  readonly recomputeTotal?: RecomputeTotal;
}

/** What the log of one node says. */
export interface LogSummary {
  readonly origin: string;
  readonly leaves: number;
  readonly checkpoints: number;
  readonly released: number;
  readonly withheld: number;
  /** Bytes of released content. */
  readonly bytes: number;
  /** Other sites that cosigned the last checkpoint, and how many there are. */
  readonly witnessedBy: number;
  readonly witnesses: number;
}

/** What `verifyBundle` found. */
export interface BundleReport {
  readonly study: string;
  readonly content: Bundle['content'];
  /** In the order of looking: the first is what to look at. Empty when all is as it should be. */
  readonly findings: readonly Finding[];
  readonly rosterFingerprint: string;
  /** What was compared with something that the reader brought. */
  readonly checked: { readonly signers: boolean; readonly freshness: boolean; readonly totals: boolean };
  readonly protocols: number;
  /** Versions of the protocol that fit the coordinator's log, with the hash that people sign. */
  readonly protocolVersions: readonly { readonly version: string; readonly sha256: string }[];
  readonly rounds: number;
  readonly logs: readonly LogSummary[];
}

/**
 * Checks a study bundle with nothing but the bundle: form, leaves, trees, signatures, cosignatures, clauses, rounds, order of lock and
 * openings, documents, and frames where it has them. Does no I/O.
 * @param given the text of the file, or the bundle as {@link parseBundle} read it
 * @throws `LEDGER.NOT_A_BUNDLE` when the text cannot be read as a bundle at all
 */
export function verifyBundle(given: string | ReadBundle, options: VerifyOptions = {}): BundleReport {
  const read = typeof given === 'string' ? parseBundle(given) : given;
  const { bundle } = read;
  const findings = new Findings();
  const logs = loadLogs(bundle, findings);
  const coordinator = logs.find(({ site }) => site === null);
  const sites = logs.filter(({ site }) => site !== null);
  checkKinds(logs, findings);
  const protocols = loadProtocols(bundle.protocols, coordinator, bundle.study, findings);
  for (const log of sites) checkReleased(log, protocols, findings);
  if (coordinator !== undefined) {
    checkRounds(coordinator, sites, findings);
    checkOrder(coordinator, sites, protocols, findings);
    checkUnmasks(coordinator, sites, protocols, findings);
    checkDocuments(bundle, coordinator, findings);
    if (bundle.content === 'full') checkFrames(bundle, coordinator, options.recomputeTotal, findings);
    else if (hasContent(bundle)) findings.add('frameUnknown');
    checkSeal(read, coordinator, findings);
  }
  checkForm(read, findings);
  const fingerprint = rosterFingerprint(bundle.roster);
  if (typeof options.roster === 'string') {
    if (options.roster !== fingerprint) findings.add('roster');
  } else if (options.roster !== undefined) checkKeys(bundle, options.roster, findings);
  if (options.atLeast !== undefined) checkFreshness(options.atLeast, logs, findings);
  return {
    study: bundle.study,
    content: bundle.content,
    findings: findings.list,
    rosterFingerprint: fingerprint,
    checked: {
      signers: options.roster !== undefined,
      freshness: options.atLeast !== undefined,
      totals: bundle.content === 'full' && options.recomputeTotal !== undefined,
    },
    protocols: bundle.protocols.length,
    protocolVersions: [...protocols].map(([sha256, { version }]) => ({ version, sha256 })),
    rounds: coordinator === undefined ? 0 : leavesOf(coordinator, 'roundCommit').length,
    logs: logs.map(summaryOf),
  };
}

function hasContent({ frames, seeds, totals, masking }: Bundle): boolean {
  return frames.length + seeds.length + totals.length + masking.batches.length + masking.rounds.length > 0;
}

/** The file is the one form of its value; where it is not, the leaf in which it first departs from it is named. */
function checkForm({ bundle, text, canonical }: ReadBundle, findings: Findings): void {
  if (text === canonical) return;
  let differs = 0;
  while (text[differs] === canonical[differs]) differs++;
  // Before that place both texts are the same. Leaves stand in the one form in the order of the logs, so each is found after the one before.
  let end = 0;
  for (const log of bundle.logs) {
    for (const [index, leaf] of log.leaves.entries()) {
      const leafText = canonicalJson(leaf);
      const start = canonical.indexOf(leafText, end);
      end = start + leafText.length;
      if (start <= differs && differs < end) return findings.add('notCanonical', { log: log.origin, index });
    }
  }
  findings.add('notCanonical');
}

/** Sites log what leaves them, the coordinator what it asked and learned; a leaf in the other's log is none of theirs. */
function checkKinds(logs: readonly LoadedLog[], findings: Findings): void {
  const own = new Set<string>(['protocolVersion', 'roundCommit', 'modelCommit', 'runClosed']);
  for (const log of logs) {
    for (const [index, { type }] of log.leaves.entries())
      if (own.has(type) !== (log.site === null)) findings.add('leafNotOfThisLog', { log: log.origin, index, type });
  }
}

function checkSeal(read: ReadBundle, coordinator: LoadedLog, findings: Findings): void {
  try {
    const note = parseNote(read.bundle.seal);
    if (note.text === sealTextOf(read) && note.signatures.length === 1 && isSignedBy(note, coordinator.key)) return;
  } catch {
    // Falls through: a seal that cannot be read is no seal.
  }
  findings.add('seal');
}

/** The bundle names no key of a log but the one that the reader knows. */
function checkKeys({ roster }: Bundle, known: ReadonlyMap<string, Uint8Array>, findings: Findings): void {
  for (const entry of roster) {
    const [own, expected] = [keyOf(entry), known.get(entry.log)];
    if (own === undefined || expected === undefined || !equalHashes(own.publicKey, expected)) findings.add('roster', { log: entry.log });
  }
}

/** The log of the reader's checkpoint is in the bundle, is as large, and had this root at that size. */
function checkFreshness(note: string, logs: readonly LoadedLog[], findings: Findings): void {
  const known = parseCheckpoint(note);
  const log = logs.find(({ origin }) => origin === known.origin);
  const fits = log !== undefined && known.size <= log.tree.size && equalHashes(log.tree.root(known.size), known.root);
  if (!fits) findings.add('freshness', { log: known.origin, index: Math.min(known.size, log?.tree.size ?? 0) });
}

function summaryOf(log: LoadedLog): LogSummary {
  const released = leavesOf(log, 'released');
  return {
    origin: log.origin,
    leaves: log.leaves.length,
    checkpoints: log.checkpoints.length,
    released: released.length,
    withheld: leavesOf(log, 'withheld').length,
    bytes: released.reduce((sum, { leaf }) => sum + leaf.bytes, 0),
    witnessedBy: log.checkpoints.at(-1)?.cosigners.length ?? 0,
    witnesses: log.witnesses.length,
  };
}
