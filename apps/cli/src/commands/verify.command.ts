import { canonicalJson, isAppError } from '@cohortium/kernel';
import { parseBundle, parseCheckpoint, verifyBundle } from '@cohortium/ledger';
import type { Bundle, BundleReport, Finding } from '@cohortium/ledger';
import { rosterFingerprint } from '@cohortium/protocol';
import { keysOf, knownSigners } from '../bundle/known-signers.js';
import type { KnownSigners } from '../bundle/known-signers.js';
import { bundleWords } from '../bundle/messages.js';
import type { BundleKey } from '../bundle/messages.js';
import { cliErrors } from '../errors.js';
import { readText } from '../outputs/files.js';
import type { Terminal } from '../terminal.js';

/** Options of `cohortium verify`. */
export interface VerifyCommandOptions {
  readonly full?: true;
  readonly roster?: string;
  readonly atLeast?: string;
}

type Words = ReturnType<typeof bundleWords>;

/** Integrity failure. */
const altered = 6;
/** Findings that are told beside the first. */
const shown = 9;

/**
 * `cohortium verify BUNDLE`: reads one file, asks nobody, and says whether the study's record is whole.
 * @returns 0, or 6 when anything was altered, dropped, reordered or rolled back
 */
export async function verify(terminal: Terminal, file: string, options: VerifyCommandOptions): Promise<number> {
  const text = readText(file);
  const signers = options.roster === undefined ? undefined : await knownSigners(options.roster);
  const atLeast = options.atLeast === undefined ? undefined : readCheckpoint(options.atLeast);
  const read = parseBundle(text);
  const { bundle } = read;
  if (options.full === true && bundle.content !== 'full') throw cliErrors.error('CLI.BUNDLE_LIGHT', { path: file });
  // The methods of the catalogue take a second to load, and only a full bundle needs them.
  const recompute = bundle.content === 'full' ? (await import('../bundle/recompute-total.js')).recomputeTotal : undefined;
  const report = verifyBundle(read, {
    ...(signers === undefined ? {} : { roster: keysOf(signers, bundle.study) }),
    ...(atLeast === undefined ? {} : { atLeast }),
    ...(recompute === undefined ? {} : { recomputeTotal: recompute }),
  });
  const science = report.content === 'full' && report.findings.length === 0 ? await scienceFindings(bundle) : [];
  const findings = [...report.findings, ...science];
  tell(terminal, { ...report, findings }, signers);
  return findings.length === 0 ? 0 : altered;
}

/** @throws `CLI.CANNOT_READ`, `CLI.BAD_CHECKPOINT`: what the reader brought is at fault, not the bundle */
function readCheckpoint(path: string): string {
  const text = readText(path);
  try {
    parseCheckpoint(text);
    return text;
  } catch (cause) {
    const reason = isAppError(cause) ? String(cause.params['reason'] ?? cause.code) : 'unreadable';
    throw cliErrors.error('CLI.BAD_CHECKPOINT', { path, reason }, { cause });
  }
}

/** The results and the model, computed again from the totals. */
async function scienceFindings(bundle: Bundle): Promise<readonly Finding[]> {
  const { recomputeScience } = await import('../bundle/recompute-science.js');
  const differs: Finding = { rule: 'scienceDiffers', log: bundle.logs[0]?.origin ?? null, index: null, type: null };
  try {
    for (const { run, science, modelSha256 } of await recomputeScience(bundle)) {
      const stated = bundle.results.find((held) => held.run === run)?.results as { science?: unknown } | undefined;
      const leaf = bundle.logs[0]?.leaves.find((one) => isLock(one, run)) as { modelSha256?: string } | undefined;
      if (canonicalJson(science) !== canonicalJson(stated?.science ?? null) || leaf?.modelSha256 !== modelSha256) return [differs];
    }
    return [];
  } catch {
    // A program that cannot go on from these totals did not come from them.
    return [differs];
  }
}

function isLock(leaf: unknown, run: string): boolean {
  const { type, run: of } = leaf as { type?: unknown; run?: unknown };
  return type === 'modelCommit' && of === run;
}

function tell(terminal: Terminal, report: BundleReport, signers: KnownSigners | undefined): void {
  const words = bundleWords(terminal.language);
  const say = (key: BundleKey, params = {}): void => terminal.data(words(key, params));
  const { study, findings, checked } = report;
  const [first, ...others] = findings;
  if (first === undefined) say('verified', { study });
  else say('altered', { study, count: findings.length, first: sentence(first, words) });
  for (const finding of others.slice(0, shown)) say('further', { finding: sentence(finding, words) });
  if (others.length > shown) say('more', { count: others.length - shown });
  say('scopeLine', { protocols: report.protocols, rounds: report.rounds });
  for (const { version, sha256: hash } of report.protocolVersions) say('protocolIs', { version, hash });
  for (const { origin, leaves, released, bytes, withheld, witnessedBy, witnesses } of report.logs)
    say('logLine', { log: origin, leaves, released, bytes, withheld, by: witnessedBy, of: witnesses });
  say(checked.totals ? 'totalsChecked' : 'totalsUnchecked');
  say('rosterIs', { fingerprint: report.rosterFingerprint });
  say(checked.signers ? 'signersChecked' : 'signersUnchecked');
  if (signers !== undefined && 'roster' in signers) {
    const { consortium, version } = signers.roster;
    say('signedRosterIs', { consortium, version, fingerprint: rosterFingerprint(signers.roster) });
  }
  say(checked.freshness ? 'freshnessChecked' : 'freshnessUnchecked');
  terminal.jsonObject({ schemaVersion: 1, intact: first === undefined, first: first ?? null, ...report });
}

function sentence({ rule, log, index, type }: Finding, words: Words): string {
  const what = words(rule);
  if (log === null) return what;
  return index === null ? words('inLog', { what, log }) : words('atLeaf', { what, log, index, type: type ?? 'none' });
}
