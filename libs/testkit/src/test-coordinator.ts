import { chunkMessages, consumers, decodeUpMessage, encodeMessage, splitPayload, subjects, wireVersion } from '@cohortium/contracts';
import type { AnswerMessage, ChunkMessage, TaskMessage, UpMessage } from '@cohortium/contracts';
import { chainStart, operationName, requestHash } from '@cohortium/federation';
import type { AnyQuery, PublishedTotal, RosterScope } from '@cohortium/federation';
import { ed25519Signer, frozenParts, pack } from '@cohortium/kernel';
import type { Packable } from '@cohortium/kernel';
import {
  MerkleTree,
  consistencyProof,
  coordinatorLog,
  encodeLeaf,
  formatKey,
  hexOf,
  inclusionProof,
  leafHash,
  signCheckpoint,
  signatureTypes,
} from '@cohortium/ledger';
import { protocolHash } from '@cohortium/protocol';
import type { Protocol } from '@cohortium/protocol';
import type { BrokerLink, Consumption } from '@cohortium/transport';
import { patienceMs } from './patience.js';

/** A message that left a site, as the broker kept it. */
export interface CapturedMessage {
  readonly subject: string;
  readonly header: UpMessage;
  readonly body: Uint8Array;
  readonly bytes: Uint8Array;
}

/** What a round may be asked with, beside its request. */
export interface AskOptions {
  readonly run: string;
  readonly round: number;
  readonly attempt?: number;
  readonly modelLock?: string;
  /** Default: as if the round were the first one of its run. */
  readonly prevRoundHash?: string;
  readonly committedThrough?: number;
  /** Default: in one hour. */
  readonly expiresAt?: number;
  /** Send the task alone, as if the chunks of its frozen parts were lost. */
  readonly withoutParts?: boolean;
  /** Replaces fields of the task as it is sent. */
  readonly forge?: Partial<TaskMessage>;
}

/** Messages sent by all of this process: the broker takes a second message of one id for a repetition. */
let sent = 0;

/** The coordinator's side of the wire without a coordinator: asks one site by hand and keeps everything that comes. */
export class TestCoordinator {
  readonly captured: CapturedMessage[] = [];
  private readonly consumption: Consumption;
  private readonly seen = new Set<number>();
  private readonly leaves: string[] = [];
  private readonly signer = ed25519Signer(new Uint8Array(32).fill(9));
  private shown = 0;
  private readonly waiting = new Set<() => void>();

  private constructor(
    private readonly link: BrokerLink,
    readonly protocol: Protocol,
    readonly site: string,
  ) {
    const { stream, name } = consumers.up;
    this.consumption = link.consume({ stream, consumer: name }, async (bytes, { subject, sequence }) => {
      // A broker that was killed may deliver again what it has forgotten was acknowledged.
      if (this.seen.has(sequence)) return;
      this.seen.add(sequence);
      const { header, body } = decodeUpMessage(bytes);
      this.captured.push({ subject, header, body, bytes });
      for (const look of this.waiting) look();
    });
  }

  /** Makes streams and consumers on a link with the coordinator's rights. */
  static async open(link: BrokerLink, protocol: Protocol, site: string): Promise<TestCoordinator> {
    await link.ensureStreams({ maxBytes: 512 * 1024 * 1024, maxAgeMs: 3_600_000 });
    for (const { stream, name, filter } of [consumers.up, consumers.task(site)]) {
      // Short, so that what a killed node had taken comes to its successor soon.
      await link.ensureConsumer({ stream, name, filter, ackWaitMs: 1500, maxAckPending: 64 });
    }
    return new TestCoordinator(link, protocol, site);
  }

  /** Offers the protocol. */
  async offer(protocol: Protocol = this.protocol): Promise<void> {
    await this.send(
      encodeMessage({
        v: wireVersion,
        study: protocol.study,
        site: this.site,
        type: 'protocol',
        protocolHash: protocolHash(protocol),
        protocol,
      }),
    );
  }

  /** Asks a round, frozen parts and long parameters in chunks before it. */
  async ask(query: AnyQuery, params: Packable, scope: RosterScope, options: AskOptions): Promise<void> {
    const envelope = { study: this.protocol.study, site: this.site };
    const packed = pack(params);
    const content = splitPayload(packed);
    const parts = [...frozenParts(params).values()].map((bytes) => chunkMessages(envelope, bytes));
    const inChunks = content.ref.chunks === 0 ? [] : chunkMessages(envelope, packed).messages;
    if (!options.withoutParts)
      for (const { header, body } of [...parts.flatMap((part) => part.messages), ...inChunks]) await this.send(encodeMessage(header, body));
    const task: TaskMessage = {
      v: wireVersion,
      ...envelope,
      type: 'task',
      run: options.run,
      round: options.round,
      attempt: options.attempt ?? 1,
      operation: operationName(query),
      kind: query.kind,
      scope: { name: scope.name, sites: [...scope.sites] },
      protocolHash: protocolHash(this.protocol),
      requestHash: requestHash({ query, params, scope }),
      prevRoundHash: options.prevRoundHash ?? chainStart(options.run, protocolHash(this.protocol)),
      masking: null,
      modelLock: options.modelLock ?? null,
      frozen: parts.map((part) => part.ref),
      committedThrough: options.committedThrough ?? 0,
      expiresAt: options.expiresAt ?? Date.now() + 3_600_000,
      params: content.ref,
      ...options.forge,
    };
    await this.send(encodeMessage(task, content.ref.chunks === 0 ? packed : new Uint8Array(0)));
  }

  /** Shows the site a lock in the coordinator's log, as it is shown before labels are opened. `have` and `echo` as a coordinator holds them. */
  async witness(options: { lock?: { run: string; modelSha256: string }; have?: number; echo?: string } = {}): Promise<void> {
    const { study } = this.protocol;
    const { lock } = options;
    if (lock !== undefined) {
      const leaf = { v: 1, at: 1, study, type: 'modelCommit', onnxSha256: lock.modelSha256, ...lock } as const;
      this.leaves.push(encodeLeaf(leaf));
    }
    const tree = MerkleTree.of(this.leaves.map((text) => leafHash(Buffer.from(text, 'utf8'))));
    const log = coordinatorLog(study);
    const note = signCheckpoint({ origin: log, size: tree.size, root: tree.root() }, this.signer);
    const key = formatKey({ name: log, type: signatureTypes.ed25519, publicKey: this.signer.publicKey });
    const proof = consistencyProof(this.shown, tree.size, tree.read).map(hexOf);
    const index = tree.size - 1;
    const proven =
      lock === undefined
        ? null
        : { leaf: this.leaves[index] as string, index, inclusion: inclusionProof(index, tree.size, tree.read).map(hexOf) };
    const logs = tree.size === 0 ? [] : [{ log, key, note, from: this.shown, proof }];
    this.shown = tree.size;
    const { have = 0, echo = null } = options;
    await this.send(encodeMessage({ v: wireVersion, study, site: this.site, type: 'witness', logs, lock: proven, have, echo }));
  }

  /** Tells the site what a round came to, in chunks before it where it is long. */
  async tell(run: string, { round, requestHash: asked, result }: PublishedTotal): Promise<void> {
    const envelope = { study: this.protocol.study, site: this.site };
    const { ref } = splitPayload(result);
    if (ref.chunks > 0)
      for (const { header, body } of chunkMessages(envelope, result).messages) await this.send(encodeMessage(header, body));
    const total = {
      v: wireVersion,
      ...envelope,
      type: 'total',
      run,
      round,
      protocolHash: protocolHash(this.protocol),
      requestHash: asked,
      result: ref,
    } as const;
    await this.send(encodeMessage(total, ref.chunks === 0 ? result : new Uint8Array(0)));
  }

  /** Tells the site that a run is over. */
  async closeRun(run: string): Promise<void> {
    await this.send(
      encodeMessage({ v: wireVersion, study: this.protocol.study, site: this.site, type: 'runClosed', run, state: 'finished' }),
    );
  }

  /** Messages of one type so far. */
  of<Type extends UpMessage['type']>(type: Type): (CapturedMessage & { readonly header: Extract<UpMessage, { type: Type }> })[] {
    return this.captured.filter((message) => message.header.type === type) as (CapturedMessage & {
      readonly header: Extract<UpMessage, { type: Type }>;
    })[];
  }

  /** Answers to one round so far. */
  answers(run: string, round: number): (CapturedMessage & { readonly header: AnswerMessage })[] {
    return this.of('answer').filter(({ header }) => header.run === run && header.round === round);
  }

  /** Content of an answer, from its body or from the chunks that came before it. */
  contentOf(answer: CapturedMessage & { readonly header: AnswerMessage }): Uint8Array {
    const { sha256, chunks } = answer.header.payload;
    if (chunks === 0) return answer.body;
    const pieces = new Map<number, Uint8Array>();
    for (const { header, body } of this.of('chunk'))
      if ((header as ChunkMessage).sha256 === sha256) pieces.set((header as ChunkMessage).index, body);
    return Buffer.concat(Array.from({ length: chunks }, (_, index) => pieces.get(index) ?? new Uint8Array(0)));
  }

  /** Waits until something is so; looked at after each message and now and then. @throws Error after `timeoutMs` */
  async until<T>(what: string, look: () => T | undefined | false, timeoutMs = patienceMs): Promise<T> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const found = look();
      if (found !== undefined && found !== false) return found;
      if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(() => done(), 50);
        const done = (): void => {
          clearTimeout(timer);
          this.waiting.delete(done);
          resolve();
        };
        this.waiting.add(done);
      });
    }
  }

  /** Stops to listen; the link is the caller's. */
  async close(): Promise<void> {
    await this.consumption.stop();
  }

  /** Sends any message, encoded, to the site. */
  async send(bytes: Uint8Array): Promise<void> {
    await this.link.publish(subjects.task(this.protocol.study, this.site), bytes, `test.${process.pid}.${++sent}`, {
      timeoutMs: patienceMs,
    });
  }
}
