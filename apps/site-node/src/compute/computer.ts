import type { Derivation, StatedRequest } from '@cohortium/analysis';
import type { OwnContribution, PublishedTotal } from '@cohortium/federation';
import { AppError } from '@cohortium/kernel';
import { silenceOnnxRuntime } from '@cohortium/learning';
import { Worker } from 'node:worker_threads';
import { siteErrors } from '../errors.js';
import type { SiteConfig } from '../config.js';
import type { Computed, ComputeRequest } from './compute-answer.js';
import type { FailureReport, LoadedCohort, WorkerReply, WorkerRequest } from './messages.js';

type Waiting = { readonly resolve: (reply: WorkerReply) => void; readonly reject: (error: unknown) => void };
type Unnumbered<T> = T extends { readonly id: number } ? Omit<T, 'id'> : never;

/**
 * The main thread's side of the computation thread. A computation of many seconds does not hold up signs of life; a thread that
 * dies (memory) fails what was asked of it and is started again by the next request.
 */
export class Computer {
  private worker: Worker | undefined;
  private readonly waiting = new Map<number, Waiting>();
  private readonly loaded = new Map<string, LoadedCohort>();
  private readonly parts = new Set<string>();
  /** Totals that the thread's replay of each run has learned. */
  private readonly learned = new Map<string, number>();
  private lastId = 0;

  constructor(private readonly config: Pick<SiteConfig, 'site' | 'dataDir'> & { readonly memberKey: Uint8Array }) {}

  /**
   * Reads the cohort under a protocol; again only after {@link reload} or a restart of the thread.
   * @throws `SITE.FILE_MISSING`, `COHORT.*`, `PROTOCOL.UNKNOWN_COLUMN`, `SITE.COMPUTE_FAILED`
   */
  async load(protocolHash: string, protocolJson: string): Promise<LoadedCohort> {
    const known = this.loaded.get(protocolHash);
    if (known) return known;
    const reply = await this.ask({ type: 'load', protocolHash, protocolJson });
    if (reply.type !== 'loaded') throw unexpected(reply);
    this.loaded.set(protocolHash, reply.cohort);
    return reply.cohort;
  }

  /** Has the cohort read again at the next {@link load}. */
  reload(protocolHash: string): void {
    this.loaded.delete(protocolHash);
  }

  /**
   * Computes a draft on a cohort that is loaded. `parts` are the frozen parts that the parameters refer to.
   * @throws the errors of `computeAnswer`, `SITE.COMPUTE_FAILED`
   */
  async compute(protocolHash: string, request: ComputeRequest, parts: ReadonlyMap<string, Uint8Array>): Promise<Computed> {
    for (const [sha256, content] of parts) {
      if (this.parts.has(sha256)) continue;
      await this.ask({ type: 'part', sha256, content });
      this.parts.add(sha256);
    }
    const reply = await this.ask({ type: 'compute', protocolHash, request });
    if (reply.type !== 'computed') throw unexpected(reply);
    return { draft: reply.draft, predictions: reply.predictions };
  }

  /** Rounds whose totals the replay of a run has learned, all from the first one on; 0 after the thread had to start again. */
  learnedOf(run: string): number {
    return this.learned.get(run) ?? 0;
  }

  /**
   * Lets the replay of a run learn the total of its next round. The protocol must be loaded.
   * @returns the code of the error that ended the replay, if one did
   */
  async learn(run: string, protocolHash: string, total: PublishedTotal, own?: OwnContribution): Promise<string | undefined> {
    const reply = await this.ask({ type: 'learn', run, protocolHash, total, own });
    if (reply.type !== 'learned') throw unexpected(reply);
    this.learned.set(run, total.round);
    return reply.failure;
  }

  /** Whether a request follows from what the replay of a run has learned. The protocol must be loaded. */
  async derive(run: string, protocolHash: string, stated: StatedRequest): Promise<Derivation> {
    const reply = await this.ask({ type: 'derive', run, protocolHash, stated });
    if (reply.type !== 'derivation') throw unexpected(reply);
    return reply.derivation;
  }

  /** Forgets the replay of a run. */
  async forgetRun(run: string): Promise<void> {
    this.learned.delete(run);
    if (this.worker !== undefined) await this.ask({ type: 'forgetRun', run });
  }

  /** Starts the thread, so that its libraries are loaded before the first request. */
  prepare(): void {
    this.worker ??= this.start();
  }

  /** Forgets the frozen parts of closed runs. */
  async forgetParts(): Promise<void> {
    if (this.worker === undefined) return;
    this.parts.clear();
    await this.ask({ type: 'forget' });
  }

  /** Ends the thread. */
  async close(): Promise<void> {
    const worker = this.worker;
    this.worker = undefined;
    await worker?.terminate();
  }

  private ask(message: Unnumbered<WorkerRequest>): Promise<WorkerReply> {
    this.prepare();
    const worker = this.worker as Worker;
    const id = ++this.lastId;
    return new Promise<WorkerReply>((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      worker.postMessage({ ...message, id });
    }).then((reply) => {
      if (reply.type === 'failed') throw revive(reply.failure);
      return reply;
    });
  }

  private start(): Worker {
    const { site, dataDir, memberKey } = this.config;
    // The thread scores, and can no longer say this to the runtime itself.
    silenceOnnxRuntime();
    const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: { site, dataDir, memberKey } });
    worker.on('message', (reply: WorkerReply) => {
      this.waiting.get(reply.id)?.resolve(reply);
      this.waiting.delete(reply.id);
    });
    let reason = 'ended';
    worker.on('error', (error: Error & { readonly code?: string }) => (reason = error.code ?? error.constructor.name));
    worker.on('exit', () => {
      if (this.worker === worker) this.worker = undefined;
      this.loaded.clear();
      this.parts.clear();
      this.learned.clear();
      const lost = siteErrors.error('SITE.COMPUTE_FAILED', { reason });
      for (const { reject } of this.waiting.values()) reject(lost);
      this.waiting.clear();
    });
    return worker;
  }
}

function revive(failure: FailureReport): Error {
  if (failure.typed) return new AppError(failure.code, failure.entry, failure.params);
  return siteErrors.error('SITE.COMPUTE_FAILED', { reason: 'unexpected' }, { cause: failure.place });
}

function unexpected(reply: WorkerReply): Error {
  return siteErrors.error('SITE.COMPUTE_FAILED', { reason: reply.type });
}
