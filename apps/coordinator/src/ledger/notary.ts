import type { Signer } from '@cohortium/kernel';
import { encodeMessage, subjects, wireVersion } from '@cohortium/contracts';
import type { WitnessMessage, WitnessedMessage } from '@cohortium/contracts';
import {
  consistencyProof,
  coordinatorLog,
  cosignedAt,
  decodeLeaf,
  equalHashes,
  formatKey,
  hexOf,
  inclusionProof,
  isSignedBy,
  leafHash,
  parseCheckpoint,
  parseKey,
  parseNote,
  quorumOf,
  signCheckpoint,
  signatureTypes,
  siteLog,
  witnessKey,
} from '@cohortium/ledger';
import type { SeenState } from '@cohortium/ledger';
import { isAppError, parseSiteId } from '@cohortium/kernel';
import type { CoordinatorDatabase } from '@cohortium/persistence';
import type { RosterKeys } from '@cohortium/privacy';
import { randomBytes } from 'node:crypto';
import type { Log } from '../log.js';
import type { OutboxRelay } from '../outbox-relay.js';
import { waitFor } from '../signals.js';
import type { Signals } from '../signals.js';

/** What the notary works with. */
export interface NotaryParts {
  readonly database: CoordinatorDatabase;
  readonly relay: Pick<OutboxRelay, 'offer'>;
  readonly signals: Signals;
  readonly log: Log;
  readonly signer: Signer;
  /** Keys of the sites by the signed roster; undefined where there is none. */
  readonly roster: () => Promise<RosterKeys | undefined>;
  readonly reissueMs: number;
}

/** A study as the notary sees it. */
export interface WitnessedStudy {
  readonly study: string;
  /** All sites. */
  readonly sites: readonly string[];
}

/** A run whose model is locked. */
export interface LockedRun {
  readonly run: string;
  readonly modelSha256: string;
  /** Sites that open labels under the lock. */
  readonly external: readonly string[];
}

/** Topic of what sites have witnessed in a study. */
const witnessTopic = (study: string): string => `witness ${study}`;
const longestPauseMs = 60_000;

/**
 * Signs the coordinator's log, has the sites witness it and each other, and keeps copies of their logs. Asking costs two messages per
 * site, however much happened since; rounds wait for none of it. What a site signs is checked before it is kept.
 */
export class Notary {
  constructor(private readonly parts: NotaryParts) {}

  /** Signs the coordinator's logs. */
  get signer(): Signer {
    return this.parts.signer;
  }

  /** Signs the log as it stands and asks every site once, without waiting. */
  async nudge(of: WitnessedStudy, lock: LockedRun | null = null): Promise<SeenState> {
    const state = await this.sign(of.study);
    if (state.size > 0) for (const site of of.sites) await this.ask(of, site, lock);
    return state;
  }

  /**
   * Resolves when more than half of the sites have witnessed the log as it stands now, or its lock, and the external sites of a locked run have shown
   * that they opened labels for that model. Asks again until then.
   * @throws what the database throws; the reason of `signal` when it aborts
   */
  async witnessed(of: WitnessedStudy, lock: LockedRun | null, signal: AbortSignal): Promise<void> {
    const { signals, reissueMs } = this.parts;
    const size = await this.sizeToWitness(of.study, lock);
    if (await this.isWitnessed(of, size, lock)) return;
    await this.nudge(of, lock);
    let pauseMs = reissueMs;
    let askAtMs = Date.now() + pauseMs;
    for (;;) {
      const ticket = signals.ticket(witnessTopic(of.study));
      if (await this.isWitnessed(of, size, lock)) return;
      signal.throwIfAborted();
      if (Date.now() >= askAtMs) {
        await this.nudge(of, lock);
        pauseMs = Math.min(2 * pauseMs, longestPauseMs);
        askAtMs = Date.now() + pauseMs;
      }
      await waitFor(ticket, Math.max(0, askAtMs - Date.now()), signal);
    }
  }

  /** Takes what a site has witnessed: cosignatures, refusals, and the leaves of its log that were lacking. */
  async received(message: WitnessedMessage, sites: readonly string[]): Promise<void> {
    const { log, signals } = this.parts;
    const { study, site } = message;
    const known = await this.takeLog(message);
    if (known) for (const line of message.cosignatures) await this.takeLine(message, line);
    for (const { log: name, size, reason } of message.refused)
      log.error({ event: 'ledger.not_witnessed', study, site, log: name, size, reason });
    if (known && message.more) await this.ask({ study, sites }, site, null);
    signals.wake(witnessTopic(study));
  }

  /** Leaves that a checkpoint must cover: up to the lock, or all. */
  private async sizeToWitness(study: string, lock: LockedRun | null): Promise<number> {
    const { ledger } = this.parts.database;
    const found = lock === null ? undefined : await ledger.leafOfRun(coordinatorLog(study), 'modelCommit', lock.run);
    return found === undefined ? (await ledger.state(coordinatorLog(study))).size : found.index + 1;
  }

  private async isWitnessed({ study, sites }: WitnessedStudy, size: number, lock: LockedRun | null): Promise<boolean> {
    const { checkpoints, ledger } = this.parts.database;
    if ((await checkpoints.witnessed(coordinatorLog(study), size)) < quorumOf(sites.length)) return false;
    for (const site of lock?.external ?? []) {
      const opening = await ledger.leafOfRun(siteLog(study, site), 'validationOpening', lock?.run ?? '');
      if (opening === undefined) return false;
    }
    return true;
  }

  private async sign(study: string): Promise<SeenState> {
    const { database, signer } = this.parts;
    const origin = coordinatorLog(study);
    const state = await database.ledger.state(origin);
    if (state.size > 0) await database.checkpoints.save(origin, state.size, signCheckpoint({ origin, ...state }, signer));
    return state;
  }

  private async ask({ study, sites }: WitnessedStudy, site: string, lock: LockedRun | null): Promise<void> {
    const { database, relay } = this.parts;
    const own = siteLog(study, site);
    const names = [coordinatorLog(study), ...sites.filter((other) => other !== site).map((other) => siteLog(study, other))];
    const logs: WitnessMessage['logs'] = [];
    for (const name of names) {
      const asked = await this.stateFor(name, own);
      if (asked !== undefined) logs.push(asked);
    }
    const have = (await database.ledger.state(own)).size;
    const echo = (await database.checkpoints.latest(own))?.note ?? null;
    const proven = lock === null ? null : await this.lockProof(study, lock);
    const message = encodeMessage({ v: wireVersion, study, site, type: 'witness', have, echo, logs, lock: proven });
    const messageId = `witness.${study}.${site}.${Date.now()}.${randomBytes(6).toString('hex')}`;
    relay.offer([{ messageId, subject: subjects.task(study, site), run: null, head: message, slice: null }]);
  }

  /** The newest checkpoint of a log, with the proof from what a witness saw last. */
  private async stateFor(name: string, witness: string): Promise<WitnessMessage['logs'][number] | undefined> {
    const { database, signer } = this.parts;
    const latest = await database.checkpoints.latest(name);
    if (latest === undefined) return undefined;
    const from = Math.min(await database.checkpoints.seenBy(name, witness), latest.size);
    const tree = await database.ledger.tree(name);
    const proof = consistencyProof(from, latest.size, tree.read).map(hexOf);
    const peer = await database.checkpoints.peer(name);
    const key = peer?.key ?? formatKey({ name, type: signatureTypes.ed25519, publicKey: signer.publicKey });
    return { log: name, key, note: latest.note, from, proof };
  }

  private async lockProof(study: string, { run }: LockedRun): Promise<WitnessMessage['lock']> {
    const { ledger, checkpoints } = this.parts.database;
    const origin = coordinatorLog(study);
    const [found, latest] = [await ledger.leafOfRun(origin, 'modelCommit', run), await checkpoints.latest(origin)];
    if (found === undefined || latest === undefined || found.index >= latest.size) return null;
    const inclusion = inclusionProof(found.index, latest.size, (await ledger.tree(origin)).read).map(hexOf);
    return { ...found, inclusion };
  }

  /** The key is the one that the signed roster lists for the site; without a roster, any is. A roster that does not hold lists nobody. */
  private async isKeyOfRoster(site: string, key: string): Promise<boolean> {
    try {
      const roster = await this.parts.roster();
      return roster === undefined || roster.signingKey(parseSiteId(site)) === hexOf(parseKey(key).publicKey);
    } catch (error) {
      if (!isAppError(error)) throw error;
      return false;
    }
  }

  /** Takes the state of a site's log: signed by its key, and a continuation of what is held. @returns false for what is neither */
  private async takeLog({ study, site, key, from, leaves, note }: WitnessedMessage): Promise<boolean> {
    const { database, log } = this.parts;
    const name = siteLog(study, site);
    const refuse = (reason: string): boolean => {
      log.error({ event: 'ledger.copy_refused', study, site, reason });
      return false;
    };
    if (parseKey(key).name !== name) return refuse('key');
    const peer = await database.checkpoints.peer(name);
    if ((peer !== undefined && peer.key !== key) || !(await this.isKeyOfRoster(site, key))) return refuse('otherKey');
    if (note === null) return true;
    const checkpoint = parseCheckpoint(note);
    if (checkpoint.origin !== name || !isSignedBy(checkpoint.note, parseKey(key))) return refuse('signature');
    const held = await database.ledger.state(name);
    // Told twice, or asked before the last answer had arrived: only what is new is added.
    const fresh = held.size >= from ? leaves.slice(held.size - from) : [];
    if (checkpoint.size !== held.size + fresh.length) return held.size > checkpoint.size || fresh.length > 0 ? true : refuse('gap');
    const tree = await database.ledger.tree(name);
    for (const leaf of fresh) tree.append(leafHash(Buffer.from(leaf, 'utf8')));
    if (!equalHashes(tree.root(), checkpoint.root)) return refuse('forked');
    if (fresh.length > 0) await database.ledger.appendAlone(name, fresh.map(decodeLeaf));
    await database.checkpoints.save(name, checkpoint.size, note);
    await database.checkpoints.seen({ log: name, key, size: checkpoint.size, root: checkpoint.root, note });
    return true;
  }

  /** Keeps a cosignature that is one. */
  private async takeLine(
    { study, site, key }: WitnessedMessage,
    { log: name, size, line }: WitnessedMessage['cosignatures'][number],
  ): Promise<void> {
    const { database, log } = this.parts;
    const witness = siteLog(study, site);
    const note = await database.checkpoints.note(name, size);
    if (note === undefined || name === witness) return;
    const { text } = parseNote(note);
    try {
      if (cosignedAt(parseNote(`${text}\n${line}`), witnessKey(witness, parseKey(key).publicKey)) !== undefined)
        return await database.checkpoints.cosign({ log: name, size, witness, line });
    } catch {
      // Falls through: a line that cannot be read is no signature.
    }
    log.error({ event: 'ledger.cosignature_refused', study, site, log: name, size });
  }
}
