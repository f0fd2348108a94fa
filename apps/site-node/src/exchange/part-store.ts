import { PayloadAssembler } from '@cohortium/contracts';
import type { ChunkMessage, PayloadRef, TaskMessage } from '@cohortium/contracts';
import type { SitePartRepository } from '@cohortium/persistence';

/** All that a task's parameters are made of. */
export interface TaskContent {
  /** Packed parameters. */
  readonly params: Uint8Array;
  /** Frozen parts by hash. */
  readonly parts: ReadonlyMap<string, Uint8Array>;
}

/** Bound on chunks that wait for their task, in bytes. */
const maxHeldBytes = 512 * 1024 * 1024;
/** Bound on frozen parts kept at hand, in bytes; the database has all of them. */
const maxCachedBytes = 128 * 1024 * 1024;

/**
 * Puts together what came in chunks. Chunks live in memory: a crash loses them, and the coordinator sends them again with the task.
 * Frozen parts are stored before the task that uses them is answered.
 */
export class PartStore {
  private readonly assembler = new PayloadAssembler(maxHeldBytes);
  private readonly cache = new Map<string, Uint8Array>();
  private cachedBytes = 0;
  /** Parts whose run is noted in the database. */
  private readonly noted = new Set<string>();

  constructor(private readonly parts: SitePartRepository) {}

  /** Takes one chunk. @throws `CONTRACTS.CHUNK_CONFLICT`, `CONTRACTS.TOO_LARGE` */
  add(header: ChunkMessage, body: Uint8Array): void {
    this.assembler.add(header, body);
  }

  /**
   * The content of a task, or undefined while something is missing.
   * @throws `CONTRACTS.HASH_MISMATCH`, `CONTRACTS.CHUNK_CONFLICT`
   */
  async collect(task: TaskMessage, body: Uint8Array): Promise<TaskContent | undefined> {
    const params = task.params.chunks === 0 ? body : this.assembler.peek(task.params);
    const parts = new Map<string, Uint8Array>();
    await this.recall(task.frozen);
    for (const ref of task.frozen) {
      const content = this.cache.get(ref.sha256) ?? this.assembler.peek(ref);
      if (content === undefined) return undefined;
      await this.keep(ref.sha256, content, task.run);
      parts.set(ref.sha256, content);
    }
    return params === undefined ? undefined : { params, parts };
  }

  /**
   * Content that a message names: its own body, or the chunks that came before it; undefined while some are missing.
   * @throws `CONTRACTS.HASH_MISMATCH`, `CONTRACTS.CHUNK_CONFLICT`
   */
  contentOf(ref: PayloadRef, body: Uint8Array): Uint8Array | undefined {
    return ref.chunks === 0 ? body : this.assembler.peek(ref);
  }

  /** Forgets the chunks of content that is stored. */
  stored(ref: PayloadRef): void {
    this.assembler.drop(ref.sha256);
  }

  /** Forgets the chunks of parameters whose task has been answered. */
  answered(task: TaskMessage): void {
    this.assembler.drop(task.params.sha256);
  }

  /** Forgets what a closed run used. */
  async closeRun(run: string): Promise<void> {
    await this.parts.forgetRun(run);
    this.cache.clear();
    this.cachedBytes = 0;
    this.noted.clear();
  }

  private async recall(refs: readonly PayloadRef[]): Promise<void> {
    const wanted = refs.map((ref) => ref.sha256).filter((hash) => !this.cache.has(hash));
    for (const [hash, content] of await this.parts.find(wanted)) this.remember(hash, content);
  }

  private async keep(hash: string, content: Uint8Array, run: string): Promise<void> {
    const note = `${run} ${hash}`;
    if (this.noted.has(note)) return;
    await this.parts.save(hash, content, run, new Date());
    this.noted.add(note);
    this.remember(hash, content);
    this.assembler.drop(hash);
  }

  private remember(hash: string, content: Uint8Array): void {
    if (this.cache.has(hash)) return;
    this.cache.set(hash, content);
    this.cachedBytes += content.length;
    for (const [oldest, bytes] of this.cache) {
      if (this.cachedBytes <= maxCachedBytes || oldest === hash) return;
      this.cache.delete(oldest);
      this.cachedBytes -= bytes.length;
    }
  }
}
