import type { Signer } from '@cohortium/kernel';
import { maxLeafChars, wireVersion } from '@cohortium/contracts';
import type { WitnessMessage, WitnessedMessage } from '@cohortium/contracts';
import { AppError, isAppError } from '@cohortium/kernel';
import {
  coordinatorLog,
  cosign,
  formatKey,
  isSignedBy,
  judgeCheckpoint,
  logKey,
  openingOf,
  parseCheckpoint,
  parseKey,
  parseNote,
  signCheckpoint,
  signatureLine,
  signatureTypes,
  siteLog,
  siteOfLog,
} from '@cohortium/ledger';
import type { CheckpointRepository, LedgerBook, SiteOutboxRepository, SiteProtocolRepository } from '@cohortium/persistence';
import { protocolSchema } from '@cohortium/protocol';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { witnessedMessage } from '../egress/outgoing.js';
import type { Relay } from '../egress/relay.js';
import { siteErrors } from '../errors.js';
import type { SiteLog } from '../log.js';
import { errorFields } from '../own-errors.js';
import { paths, readPrivateFile, writePrivateFile } from '../own-files.js';
import type { Approvals } from '../review/approvals.js';

/** What the desk works with. */
export interface WitnessParts {
  readonly site: string;
  readonly dataDir: string;
  readonly signer: Signer;
  readonly book: LedgerBook;
  readonly checkpoints: CheckpointRepository;
  readonly protocols: SiteProtocolRepository;
  readonly outbox: SiteOutboxRepository;
  readonly relay: Relay;
  /** Which key the roster gives another site, and the coordinator's logs. */
  readonly approvals: Pick<Approvals, 'logKeyOf'>;
  readonly log: SiteLog;
}

type Asked = WitnessMessage['logs'][number];

/**
 * Where this site signs: checkpoints of its own logs, and cosignatures under those of others. The key of each log is the one that the
 * signed roster lists; only where no roster is in force, the key of the first meeting holds. What it has signed itself it keeps in a file beside the database, so that an older database is met at the next start.
 */
export class WitnessDesk {
  /** Models under which labels were opened, by run. */
  private readonly opened = new Map<string, string>();
  /** Sizes of the checkpoints in files beside the database, by study. */
  private readonly beside = new Map<string, number>();
  private sent = 0;

  constructor(private readonly parts: WitnessParts) {}

  /** Holds every log against what this site signed before. Logs that do not hold are blocked from here on, which the log of the node tells. */
  async start(): Promise<void> {
    const folder = paths.ledger(this.parts.dataDir);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const file of (await readdir(folder)).filter((name) => name.endsWith('.checkpoint'))) {
      const note = `${await readPrivateFile(join(folder, file))}\n`;
      this.beside.set(file.slice(0, -'.checkpoint'.length), parseCheckpoint(note).size);
      await this.guard(note);
    }
  }

  /** Hash of the model under which the labels of a run were opened here, if they were. */
  async openedFor(study: string, run: string): Promise<string | undefined> {
    const known = this.opened.get(run);
    if (known !== undefined) return known;
    const found = await this.parts.book.leafOfRun(siteLog(study, this.parts.site), 'validationOpening', run);
    if (found === undefined) return undefined;
    const { modelSha256 } = JSON.parse(found.leaf) as { modelSha256: string };
    this.opened.set(run, modelSha256);
    return modelSha256;
  }

  /** Witnesses what is asked, opens labels for a proven lock where this site validates, and answers with the state of the own log. */
  async handle(message: WitnessMessage): Promise<void> {
    const { study, echo } = message;
    try {
      if (echo !== null) await this.guard(echo);
      const verdicts = [];
      for (const asked of message.logs) verdicts.push(await this.judge(study, asked));
      if (message.lock !== null) await this.open(message, message.lock);
      const own = await this.ownState(study, message.have);
      await this.answer({
        v: wireVersion,
        study,
        site: this.parts.site,
        type: 'witnessed',
        cosignatures: verdicts.flatMap((verdict) => ('line' in verdict ? [verdict] : [])),
        refused: verdicts.flatMap((verdict) => ('reason' in verdict ? [verdict] : [])),
        ...own,
      });
    } catch (error) {
      // A log that does not hold says so once; the broker need not deliver the question again.
      if (!(error instanceof AppError) || !error.code.startsWith('LEDGER.')) throw error;
      this.parts.log.error({ event: 'ledger-incident', study, ...errorFields(error) });
    }
  }

  /** Holds an own log against a checkpoint that this site signed. What it did not sign says nothing. */
  private async guard(note: string): Promise<void> {
    const { origin, size, root, note: parsed } = parseCheckpoint(note);
    if (!isSignedBy(parsed, logKey(origin, this.parts.signer.publicKey))) return;
    try {
      await this.parts.book.guard(origin, { size, root });
    } catch (error) {
      if (!isAppError(error) || !error.code.startsWith('LEDGER.')) throw error;
      this.parts.log.error({ event: 'ledger-incident', ...errorFields(error) });
    }
  }

  private async judge(
    study: string,
    { log, key, note, from, proof }: Asked,
  ): Promise<WitnessedMessage['cosignatures'][number] | WitnessedMessage['refused'][number]> {
    const { checkpoints, signer, site } = this.parts;
    const size = parseCheckpoint(note).size;
    const seen = await checkpoints.peer(log);
    if ((seen !== undefined && seen.key !== key) || !(await this.isKeyOfRoster(study, log, key))) {
      this.parts.log.error({ event: 'ledger-incident', study, ...errorFields(siteErrors.error('SITE.OTHER_LOG_KEY', { log })) });
      return this.refuse(log, size, 'otherKey');
    }
    // The coordinator does not know what this site saw last: it is told, by a fresh signature under that.
    const known = seen !== undefined && seen.size !== from && size >= seen.size ? seen.note : undefined;
    const verdict = judgeCheckpoint(
      known ?? note,
      parseKey(key),
      seen,
      known === undefined ? proof.map((hex) => Buffer.from(hex, 'hex')) : [],
    );
    if (!verdict.accepts) return this.refuse(log, size, verdict.refusal);
    const { checkpoint } = verdict;
    if (known === undefined && !(await checkpoints.seen({ log, key, size, root: checkpoint.root, note })))
      return this.refuse(log, size, 'older');
    const line = cosign(parseNote(known ?? note), siteLog(study, site), signer, Math.floor(Date.now() / 1000));
    return { log, size: checkpoint.size, line: signatureLine(line) };
  }

  private async isKeyOfRoster(study: string, log: string, key: string): Promise<boolean> {
    const site = log === coordinatorLog(study) ? null : siteOfLog(study, log);
    if (site === undefined) return false;
    const listed = await this.parts.approvals.logKeyOf(site);
    return listed === undefined || Buffer.from(parseKey(key).publicKey).toString('base64url') === listed;
  }

  private refuse<Reason extends WitnessedMessage['refused'][number]['reason']>(
    log: string,
    size: number,
    reason: Reason,
  ): { log: string; size: number; reason: Reason } {
    this.parts.log.error({ event: 'not-witnessed', log, size, reason });
    return { log, size, reason };
  }

  /** The opening of labels stands in the log before any label is used; once per run. */
  private async open({ study, logs }: WitnessMessage, { leaf, index, inclusion }: NonNullable<WitnessMessage['lock']>): Promise<void> {
    const { site, book, checkpoints, protocols, log } = this.parts;
    const protocolsHere = (await protocols.list()).filter((record) => record.study === study && record.decision === 'approved');
    const isExternal = protocolsHere.some(({ protocolJson }) =>
      protocolSchema.parse(JSON.parse(protocolJson)).sites.external.includes(site),
    );
    const coordinator = logs.find(({ log: name }) => name === coordinatorLog(study));
    const peer = await checkpoints.peer(coordinatorLog(study));
    if (!isExternal || coordinator === undefined || peer === undefined) return;
    const opening = openingOf({ checkpoint: coordinator.note, leaf, index, inclusion }, parseKey(peer.key), Date.now());
    if (opening === undefined) return log.error({ event: 'lock-not-proven', study });
    const earlier = await this.openedFor(study, opening.run);
    if (earlier === undefined) await book.appendAlone(siteLog(study, site), [opening]);
    else if (earlier !== opening.modelSha256) return log.error({ event: 'second-lock', study, run: opening.run });
    this.opened.set(opening.run, opening.modelSha256);
  }

  /** Leaves that the coordinator lacks, as many as one message holds, under a checkpoint that ends with the last of them. */
  private async ownState(study: string, have: number): Promise<Pick<WitnessedMessage, 'key' | 'from' | 'leaves' | 'note' | 'more'>> {
    const { site, signer, book, checkpoints } = this.parts;
    const origin = siteLog(study, site);
    const key = formatKey({ name: origin, type: signatureTypes.ed25519, publicKey: signer.publicKey });
    const { size } = await book.state(origin);
    const waiting = await book.leaves(origin, have, 500);
    let chars = 0;
    const leaves = waiting.filter((leaf) => (chars += leaf.length) <= maxLeafChars);
    const end = Math.min(size, have) + leaves.length;
    if (end === 0) return { key, from: 0, leaves: [], note: null, more: false };
    const tree = await book.tree(origin);
    const made = signCheckpoint({ origin, size: end, root: tree.root(end) }, signer);
    await this.keepBeside(study, end, made);
    const note = await checkpoints.save(origin, end, made);
    return { key, from: Math.min(size, have), leaves, note, more: end < size };
  }

  /** On the disk beside the database before anybody sees it; only the largest, also when an older state is told again. */
  private async keepBeside(study: string, size: number, note: string): Promise<void> {
    if (size <= (this.beside.get(study) ?? 0)) return;
    await writePrivateFile(join(paths.ledger(this.parts.dataDir), `${study}.checkpoint`), note);
    this.beside.set(study, size);
  }

  private async answer(header: WitnessedMessage): Promise<void> {
    const { row, frame } = witnessedMessage(header, `witnessed.${header.study}.${Date.now()}.${process.pid}.${++this.sent}`);
    const stored = await this.parts.outbox.add([row]);
    this.parts.relay.send(stored.map((message) => ({ message, frame })));
  }
}
