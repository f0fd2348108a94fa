import { CompactRange, MerkleTree, emptyRoot, encodeLeaf, equalHashes, leafHash, ledgerErrors } from '@cohortium/ledger';
import type { Leaf, SeenState, TreeHash } from '@cohortium/ledger';
import type { AppError } from '@cohortium/kernel';
import type { DataSource } from 'typeorm';
import { bufferOf } from '../site/commit-statement.js';

/** Leaves that are ready to be appended: the values that {@link appendCall} takes. */
export interface StagedLeaves {
  readonly values: readonly unknown[];
}

/** Number of values of {@link StagedLeaves}. */
export const stagedValues = 7;

/** The call that appends staged leaves, whose values are `$n` and those after it. One per statement; it decides whether the statement holds. */
export function appendCall(n: number): string {
  const types = ['varchar', 'bigint', 'bytea', 'text[]', 'bytea[]', 'bytea', 'bytea'];
  return `ledger_append(${types.map((type, i) => `$${n + i}::${type}`).join(', ')})`;
}

/** What {@link LedgerBook.append} is told about its statement. */
export interface Stored<T> {
  /** The statement called {@link appendCall}; false when it found that there was nothing to record. */
  readonly appended: boolean;
  readonly result: T;
}

const maxTries = 3;
const pageSize = 5000;

/**
 * The logs that this node writes. Each append is part of the statement that does what the leaf tells: both hold, or neither. One process
 * writes a log; should two try, the head decides and the later one looks again. A log that is found older than what was signed, or other,
 * takes no further leaf.
 */
export class LedgerBook {
  private readonly heads = new Map<string, CompactRange>();
  private readonly queues = new Map<string, Promise<unknown>>();
  private readonly incidents = new Map<string, AppError>();
  /** Largest state of a log that this process knows to be durable. */
  private readonly floors = new Map<string, SeenState>();

  constructor(private readonly source: DataSource) {}

  /**
   * Appends leaves together with what they tell, in one statement or transaction of `store`. Calls for one log come one after another.
   * @throws `LEDGER.ROLLED_BACK`, `LEDGER.FORKED`, `LEDGER.CORRUPT` when the log does not hold what it should; what `store` throws
   */
  append<T>(log: string, leaves: readonly Leaf[], store: (staged: StagedLeaves) => Promise<Stored<T>>): Promise<T> {
    return this.inTurn(log, async () => {
      for (let tries = 1; ; tries++) {
        const head = await this.head(log);
        const next = stage(log, head, leaves);
        try {
          const { appended, result } = await store(next.staged);
          if (appended) this.keep(log, next.head);
          return result;
        } catch (error) {
          // Whether the statement holds is not known: what the database says counts.
          this.heads.delete(log);
          if (!isStale(error) || tries === maxTries) throw error;
        }
      }
    });
  }

  /** Appends leaves that tell of nothing else. */
  appendAlone(log: string, leaves: readonly Leaf[]): Promise<void> {
    return this.append(log, leaves, async ({ values }) => {
      await this.source.query(`select ${appendCall(1)}`, [...values]);
      return { appended: true, result: undefined };
    });
  }

  /** The state of a log when all appends before this call are done. @throws as {@link append} */
  state(log: string): Promise<SeenState> {
    return this.inTurn(log, async () => {
      const { size, root } = await this.head(log);
      return { size, root };
    });
  }

  /** Names of the logs in this database. */
  async logs(): Promise<readonly string[]> {
    const rows: { log: string }[] = await this.source.query('select log from ledger_log order by log');
    return rows.map(({ log }) => log);
  }

  /** Leaves of a log from place `from` on, at most `limit`, as the texts that were hashed. */
  async leaves(log: string, from = 0, limit = Number.MAX_SAFE_INTEGER): Promise<readonly string[]> {
    const rows: { leaf: string }[] = await this.source.query(
      'select leaf from ledger_leaf where log = $1 and index >= $2 order by index limit $3',
      [log, from, limit],
    );
    return rows.map(({ leaf }) => leaf);
  }

  /** The leaf that a run has of a type, if any, as its text and place. */
  async leafOfRun(log: string, type: Leaf['type'], run: string): Promise<{ readonly index: number; readonly leaf: string } | undefined> {
    const [row]: { index: string; leaf: string }[] = await this.source.query(
      `select index, leaf from ledger_leaf where log = $1 and leaf::jsonb ->> 'type' = $2 and leaf::jsonb ->> 'run' = $3 order by index limit 1`,
      [log, type, run],
    );
    return row && { index: Number(row.index), leaf: row.leaf };
  }

  /** Leaves of a run in the order of the log, each with its place and its leaf hash as stored. */
  async leavesOfRun(
    log: string,
    run: string,
  ): Promise<readonly { readonly index: number; readonly leaf: string; readonly hash: TreeHash }[]> {
    const rows: { index: string; leaf: string; hash: Buffer }[] = await this.source.query(
      `select index, leaf, hash from ledger_leaf where log = $1 and leaf::jsonb ->> 'run' = $2 order by index`,
      [log, run],
    );
    return rows.map(({ index, leaf, hash }) => ({ index: Number(index), leaf, hash }));
  }

  /** The tree over the hashes of a log as they are stored. */
  async tree(log: string): Promise<MerkleTree> {
    const rows: { hash: Buffer }[] = await this.source.query('select hash from ledger_leaf where log = $1 order by index', [log]);
    return MerkleTree.of(rows.map(({ hash }) => hash));
  }

  /**
   * Holds a log against a state that was signed before and comes from outside this database. From then on the log takes no leaf if it
   * is older or other.
   * @throws `LEDGER.ROLLED_BACK`, `LEDGER.FORKED`
   */
  guard(log: string, signed: SeenState): Promise<void> {
    return this.inTurn(log, async () => {
      const { size } = await this.head(log);
      if (size < signed.size) throw this.incident(log, ledgerErrors.error('LEDGER.ROLLED_BACK', { log, size, signed: signed.size }));
      const tree = await this.tree(log);
      if (!equalHashes(tree.root(signed.size), signed.root))
        throw this.incident(log, ledgerErrors.error('LEDGER.FORKED', { log, size: signed.size }));
      this.raise(log, signed);
    });
  }

  private async head(log: string): Promise<CompactRange> {
    const incident = this.incidents.get(log);
    if (incident !== undefined) throw incident;
    const known = this.heads.get(log);
    if (known !== undefined) return known;
    const loaded = await this.load(log);
    const floor = this.floors.get(log);
    if (floor !== undefined && loaded.size < floor.size)
      throw this.incident(log, ledgerErrors.error('LEDGER.ROLLED_BACK', { log, size: loaded.size, signed: floor.size }));
    if (floor !== undefined && !equalHashes((await this.tree(log)).root(floor.size), floor.root))
      throw this.incident(log, ledgerErrors.error('LEDGER.FORKED', { log, size: floor.size }));
    this.keep(log, loaded);
    return loaded;
  }

  /** Reads a whole log: every leaf has the hash beside it, and all of them make the head. */
  private async load(log: string): Promise<CompactRange> {
    const [row]: { size: string; root: Buffer }[] = await this.source.query('select size, root from ledger_log where log = $1', [log]);
    if (row === undefined) return CompactRange.empty;
    const size = Number(row.size);
    let range = CompactRange.empty;
    while (range.size < size) {
      const rows: { leaf: string; hash: Buffer; index: string }[] = await this.source.query(
        'select leaf, hash, index from ledger_leaf where log = $1 and index >= $2 and index < $3 order by index limit $4',
        [log, range.size, size, pageSize],
      );
      for (const { leaf, hash, index } of rows) {
        if (Number(index) !== range.size || !equalHashes(leafHash(Buffer.from(leaf, 'utf8')), hash)) throw this.corrupt(log, range.size);
        range = range.append(hash);
      }
      if (rows.length === 0) throw this.corrupt(log, range.size);
    }
    if (!equalHashes(range.root, row.root)) throw this.corrupt(log, Math.max(0, size - 1));
    return range;
  }

  private corrupt(log: string, index: number): AppError {
    return this.incident(log, ledgerErrors.error('LEDGER.CORRUPT', { log, index }));
  }

  private incident(log: string, error: AppError): AppError {
    this.incidents.set(log, error);
    this.heads.delete(log);
    return error;
  }

  private keep(log: string, head: CompactRange): void {
    this.heads.set(log, head);
    this.raise(log, head);
  }

  private raise(log: string, { size, root }: SeenState): void {
    if (size >= (this.floors.get(log)?.size ?? 0)) this.floors.set(log, { size, root });
  }

  private inTurn<T>(log: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.queues.get(log) ?? Promise.resolve()).then(work, work);
    this.queues.set(
      log,
      turn.catch(() => undefined),
    );
    return turn;
  }
}

function stage(log: string, head: CompactRange, leaves: readonly Leaf[]): { readonly staged: StagedLeaves; readonly head: CompactRange } {
  const texts = leaves.map(encodeLeaf);
  const hashes: TreeHash[] = texts.map((text) => leafHash(Buffer.from(text, 'utf8')));
  const next = hashes.reduce((range, hash) => range.append(hash), head);
  const oldRoot = head.size === 0 ? emptyRoot : head.root;
  const values = [log, head.size, bufferOf(oldRoot), texts, hashes.map(bufferOf), bufferOf(next.root), bufferOf(next.toBytes())];
  return { staged: { values }, head: next };
}

/** True when the head was not where this process thought it is: another one wrote, or an answer of the database was lost. */
function isStale(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'CL001';
}
