import type { SeenState } from '@cohortium/ledger';
import { parseCheckpoint, parseNote, withCosignatures } from '@cohortium/ledger';
import type { DataSource } from 'typeorm';
import { bufferOf } from '../site/commit-statement.js';

/** A log of another node as this one has seen it. */
export interface PeerLog extends SeenState {
  readonly log: string;
  /** Key of its owner, as it was met first. */
  readonly key: string;
  readonly note: string;
}

/** One witness's line under a checkpoint. */
export interface Cosignature {
  readonly log: string;
  readonly size: number;
  readonly witness: string;
  /** The signature line of the note, newline included. */
  readonly line: string;
}

/** Signed checkpoints, their cosignatures, and what is known of the logs of others. All durable before they resolve, all idempotent. */
export class CheckpointRepository {
  constructor(private readonly source: DataSource) {}

  /** Keeps a signed checkpoint. @returns the one that is kept for this size, which is the first */
  async save(log: string, size: number, note: string): Promise<string> {
    await this.source.query('insert into ledger_checkpoint (log, size, note) values ($1, $2, $3) on conflict do nothing', [
      log,
      size,
      note,
    ]);
    const [row]: { note: string }[] = await this.source.query('select note from ledger_checkpoint where log = $1 and size = $2', [
      log,
      size,
    ]);
    return row?.note ?? note;
  }

  /** The largest checkpoint of a log, without cosignatures. */
  async latest(log: string): Promise<{ readonly size: number; readonly note: string } | undefined> {
    const [row]: { size: string; note: string }[] = await this.source.query(
      'select size, note from ledger_checkpoint where log = $1 order by size desc limit 1',
      [log],
    );
    return row && { size: Number(row.size), note: row.note };
  }

  /** The checkpoint of a log at a size, without cosignatures. */
  async note(log: string, size: number): Promise<string | undefined> {
    const [row]: { note: string }[] = await this.source.query('select note from ledger_checkpoint where log = $1 and size = $2', [
      log,
      size,
    ]);
    return row?.note;
  }

  /** Size of the largest checkpoint of a log that a witness has signed; 0 when there is none. */
  async seenBy(log: string, witness: string): Promise<number> {
    const [row]: { size: string }[] = await this.source.query(
      'select coalesce(max(size), 0) as size from ledger_cosignature where log = $1 and witness = $2',
      [log, witness],
    );
    return Number(row?.size ?? 0);
  }

  /** Adds what a witness signed. A witness that has signed before keeps its first line. */
  async cosign({ log, size, witness, line }: Cosignature): Promise<void> {
    await this.source.query('insert into ledger_cosignature (log, size, witness, line) values ($1, $2, $3, $4) on conflict do nothing', [
      log,
      size,
      witness,
      line,
    ]);
  }

  /** Witnesses of the checkpoints of a log that cover `size` leaves: the largest number that any one of them has. */
  async witnessed(log: string, size: number): Promise<number> {
    const [row]: { most: number }[] = await this.source.query(
      `select coalesce(max(n), 0)::int as most from (
         select count(*) as n from ledger_cosignature where log = $1 and size >= $2 group by size) counted`,
      [log, size],
    );
    return row?.most ?? 0;
  }

  /** All checkpoints of a log, smallest first, each with its cosignatures. */
  async all(log: string): Promise<readonly string[]> {
    const rows: { note: string; lines: string[] | null }[] = await this.source.query(
      `select c.note, (select array_agg(s.line order by s.witness) from ledger_cosignature s where s.log = c.log and s.size = c.size) as lines
       from ledger_checkpoint c where c.log = $1 order by c.size`,
      [log],
    );
    return rows.map(({ note, lines }) => withCosignatures(note, signaturesIn(note, lines ?? [])));
  }

  /** A log of another node, if it was met. */
  async peer(log: string): Promise<PeerLog | undefined> {
    const [row]: { log: string; key: string; size: string; root: Buffer; note: string }[] = await this.source.query(
      'select log, key, size, root, note from ledger_peer where log = $1',
      [log],
    );
    return row && { ...row, size: Number(row.size) };
  }

  /**
   * Notes how far a log of another node has been seen. Only forward, and only under the key it was met with first.
   * @returns false when a larger state or another key stands there
   */
  async seen({ log, key, size, root, note }: PeerLog): Promise<boolean> {
    const rows: unknown[] = await this.source.query(
      `insert into ledger_peer (log, key, size, root, note) values ($1, $2, $3, $4, $5)
       on conflict (log) do update set size = excluded.size, root = excluded.root, note = excluded.note
         where ledger_peer.key = excluded.key and ledger_peer.size <= excluded.size
       returning log`,
      [log, key, size, bufferOf(root), note],
    );
    return rows.length === 1;
  }

  /** Names of the logs of other nodes that were met. */
  async peers(): Promise<readonly string[]> {
    const rows: { log: string }[] = await this.source.query('select log from ledger_peer order by log');
    return rows.map(({ log }) => log);
  }
}

/** Lines as signatures, read through the note that they belong to. */
function signaturesIn(note: string, lines: readonly string[]): ReturnType<typeof parseNote>['signatures'] {
  const { text } = parseCheckpoint(note).note;
  return lines.length === 0 ? [] : parseNote(`${text}\n${lines.join('')}`).signatures;
}
