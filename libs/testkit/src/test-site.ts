import {
  PayloadAssembler,
  chunkMessages,
  consumers,
  decodeDownMessage,
  encodeMessage,
  splitPayload,
  subjects,
  wireVersion,
} from '@cohortium/contracts';
import type {
  AnyMessage,
  ApprovalMessage,
  ChunkMessage,
  HeartbeatMessage,
  TaskMessage,
  TotalMessage,
  WitnessMessage,
} from '@cohortium/contracts';
import { draftAnswer } from '@cohortium/federation';
import type { AnyQuery, CohortRows } from '@cohortium/federation';
import {
  MerkleTree,
  cosign,
  encodeLeaf,
  formatKey,
  leafHash,
  openingOf,
  parseCheckpoint,
  parseKey,
  parseNote,
  signCheckpoint,
  signatureLine,
  signatureTypes,
  siteLog,
} from '@cohortium/ledger';
import { randomBytes } from 'node:crypto';
import { ed25519Signer, parseSiteId, unpack } from '@cohortium/kernel';
import type { Packable, Sha256 } from '@cohortium/kernel';
import type { BrokerLink, Consumption } from '@cohortium/transport';
import { openGate } from './federations.js';

/** A message of a test site before it is written. */
export interface SiteFrame {
  readonly header: AnyMessage & { readonly study: string };
  readonly body: Uint8Array;
}

/** What a test site is made of. */
export interface TestSiteOptions {
  readonly site: string;
  readonly rows: CohortRows;
  readonly catalogue: ReadonlyMap<string, AnyQuery>;
  readonly decision?: ApprovalMessage['decision'];
  /** Does not answer when it is asked to witness. */
  readonly silentWitness?: boolean;
  /** Takes its time over an offered protocol. */
  readonly review?: () => Promise<void>;
  /** Changes, repeats, reorders or drops what answers a task. */
  readonly disturb?: (frames: readonly SiteFrame[], task: TaskMessage) => readonly SiteFrame[];
}

/**
 * The site's side of the wire without a site node: approves what it is offered, answers what it is asked, and keeps what it
 * received. For tests of the coordinator; it has no gate, so it proves nothing about what may leave a site.
 */
export class TestSite {
  readonly received: { readonly header: TaskMessage; readonly atMs: number }[] = [];
  readonly chunks: ChunkMessage[] = [];
  readonly closed: string[] = [];
  readonly totals: (TotalMessage & { readonly body: Uint8Array })[] = [];
  readonly offers: string[] = [];
  private readonly assembler = new PayloadAssembler(512 * 1024 ** 2);
  private readonly parts = new Map<string, Uint8Array>();
  private readonly consumption: Consumption;
  private readonly leaves: string[] = [];
  private readonly signer = ed25519Signer(randomBytes(32));
  private sent = 0;
  private readonly born = Date.now().toString(36);

  constructor(
    private readonly link: BrokerLink,
    private readonly options: TestSiteOptions,
  ) {
    const { stream, name } = consumers.task(options.site);
    this.consumption = link.consume({ stream, consumer: name }, (bytes) => this.receive(bytes));
  }

  async stop(): Promise<void> {
    await this.consumption.stop();
  }

  /** Sends one message under an id that was never used. */
  async send({ header, body }: SiteFrame): Promise<void> {
    const id = `${this.options.site}.${this.born}.${++this.sent}`;
    await this.link.publish(subjects.up(header.study, this.options.site), encodeMessage(header, body), id);
  }

  async hello(study: string, nkey: string): Promise<void> {
    const operations = [...this.options.catalogue.keys()];
    await this.send({
      header: { v: wireVersion, study, site: this.options.site, type: 'hello', release: '0.0.0', operations, nkey },
      body: new Uint8Array(0),
    });
  }

  beat(fields: Partial<Pick<HeartbeatMessage, 'state' | 'run' | 'round'>> = {}): void {
    const header: HeartbeatMessage = {
      v: wireVersion,
      site: this.options.site,
      type: 'heartbeat',
      state: 'idle',
      run: null,
      round: null,
      sentAt: Date.now(),
      ...fields,
    };
    this.link.publishVolatile(subjects.heartbeat(this.options.site), encodeMessage(header));
  }

  /** Decides on a protocol. */
  async decide(study: string, protocolHash: string, decision: ApprovalMessage['decision']): Promise<void> {
    const reason = { approved: 'withinPolicy', refused: 'refusedByOperator', waiting: 'waitingForOperator' } as const;
    await this.send({
      header: { v: wireVersion, study, site: this.options.site, type: 'approval', protocolHash, decision, reason: reason[decision] },
      body: new Uint8Array(0),
    });
  }

  private async receive(bytes: Uint8Array): Promise<void> {
    const { header, body } = decodeDownMessage(bytes);
    if (header.type === 'protocol') {
      this.offers.push(header.protocolHash);
      await this.options.review?.();
      await this.decide(header.study, header.protocolHash, this.options.decision ?? 'approved');
    } else if (header.type === 'chunk') {
      this.chunks.push(header);
      this.assembler.add(header, body);
    } else if (header.type === 'total') this.totals.push({ ...header, body });
    else if (header.type === 'task') await this.task(header, body);
    else if (header.type === 'witness') await this.witness(header);
    else this.closed.push(header.run);
  }

  /** Cosigns whatever it is shown: it proves nothing about witnesses. Its own log holds the openings of labels. */
  private async witness(message: WitnessMessage): Promise<void> {
    if (this.options.silentWitness) return;
    const { study } = message;
    const { site } = this.options;
    const name = siteLog(study, site);
    const cosignatures = message.logs.map(({ log, note }) => {
      const line = cosign(parseNote(note), name, this.signer, Math.floor(Date.now() / 1000));
      return { log, size: parseCheckpoint(note).size, line: signatureLine(line) };
    });
    const [coordinator] = message.logs;
    if (message.lock !== null && coordinator !== undefined && this.leaves.length === 0) {
      const opening = openingOf({ checkpoint: coordinator.note, ...message.lock }, parseKey(coordinator.key), Date.now());
      if (opening !== undefined) this.leaves.push(encodeLeaf(opening));
    }
    const tree = MerkleTree.of(this.leaves.map((leaf) => leafHash(Buffer.from(leaf, 'utf8'))));
    const note = tree.size === 0 ? null : signCheckpoint({ origin: name, size: tree.size, root: tree.root() }, this.signer);
    const key = formatKey({ name, type: signatureTypes.ed25519, publicKey: this.signer.publicKey });
    const own = { key, from: message.have, leaves: this.leaves.slice(message.have), note, more: false };
    await this.send({
      header: { v: wireVersion, study, site, type: 'witnessed', cosignatures, refused: [], ...own },
      body: new Uint8Array(0),
    });
  }

  private async task(task: TaskMessage, body: Uint8Array): Promise<void> {
    this.received.push({ header: task, atMs: Date.now() });
    for (const ref of task.frozen) {
      const content = this.parts.get(ref.sha256) ?? this.assembler.take(ref);
      // Parts that were lost come again with the next attempt.
      if (content === undefined) return;
      this.parts.set(ref.sha256, content);
    }
    const params = task.params.chunks === 0 ? body : this.assembler.take(task.params);
    if (params === undefined) return;
    const frames = this.answer(task, params);
    for (const frame of this.options.disturb?.(frames, task) ?? frames) await this.send(frame);
  }

  private answer(task: TaskMessage, params: Uint8Array): readonly SiteFrame[] {
    const query = this.options.catalogue.get(task.operation);
    if (query === undefined) throw new Error(`no operation ${task.operation}`);
    const scope = { name: task.scope.name, sites: task.scope.sites.map(parseSiteId) };
    const value = unpack(params, (hash: Sha256) => this.parts.get(hash)) as Packable;
    const draft = draftAnswer(parseSiteId(this.options.site), this.options.rows, { query, params: value, scope });
    const outcome = openGate.decide(draft, { find: () => undefined, countInRun: () => 0 });
    if (outcome.state !== 'released') throw new Error('the open gate releases everything');
    const { bytes } = outcome.released;
    const { ref } = splitPayload(bytes);
    const { study, site, run, round, attempt, operation, kind, requestHash, prevRoundHash } = task;
    const chunks = ref.chunks === 0 ? [] : chunkMessages({ study, site }, bytes).messages;
    const header = {
      v: wireVersion,
      study,
      site,
      type: 'answer',
      run,
      round,
      attempt,
      operation,
      kind,
      requestHash,
      prevRoundHash,
      state: 'released',
      reason: null,
      clauseId: 'open',
      payload: ref,
    } as const;
    return [...chunks, { header, body: ref.chunks === 0 ? bytes : new Uint8Array(0) }];
  }
}
