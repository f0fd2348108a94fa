import type { KeyBatch, SumBinding } from '@cohortium/privacy';
import type { DataSource } from 'typeorm';

/** Legs of secure aggregation. */
export type MaskingLeg = 'keys' | 'shares' | 'held' | 'unmask';

/** Which leg of which batch; round 0 in the legs of a batch. */
export interface LegKey {
  readonly run: string;
  readonly batch: number;
  readonly round: number;
  readonly leg: MaskingLeg;
}

/** Key set of a round. */
export interface MaskedRound {
  readonly batch: number;
  readonly set: number;
  readonly attempt: number;
}

/** How a masked sum was opened: what anybody needs to open it again from its frames. */
export interface StoredOpening {
  readonly run: string;
  readonly round: number;
  readonly batch: number;
  readonly sum: SumBinding;
  /** Seeds of the self-masks that the sites revealed, hexadecimal, by site. */
  readonly seeds: Readonly<Record<string, string>>;
}

/** A batch with the keys that the sites offered for it, as they signed them. */
export interface OfferedBatch {
  readonly run: string;
  readonly batch: number;
  readonly keys: KeyBatch;
  readonly offers: readonly unknown[];
}

/**
 * The coordinator's journal of secure aggregation: batches, key sets given to rounds, and replies of sites. All durable before they resolve; after a
 * crash every leg goes on from what is here.
 */
export class MaskingRepository {
  constructor(
    private readonly source: DataSource,
    private readonly keepFrames: boolean,
  ) {}

  /**
   * The key set of a round: the one it was given before, or the next unused one of the newest batch of the scope. Undefined when a batch must be made
   * first.
   */
  async setOf(run: string, round: number, scopeHash: string): Promise<MaskedRound | undefined> {
    const known = await this.given(run, round);
    if (known !== undefined) return known;
    const rows: { batch: number; key_set: number }[] = await this.source.query(
      `with newest as (select batch from key_batch where run = $1::text and scope_hash = $3::text order by batch desc limit 1 for update),
       taken as (update key_batch b set used = used + 1 from newest n where b.run = $1::text and b.batch = n.batch and b.used < b.set_count returning b.batch, b.used)
       insert into masked_round (run, round, attempt, batch, key_set) select $1::text, $2::int, 1, batch, used from taken returning batch, key_set`,
      [run, round, scopeHash],
    );
    const row = rows[0];
    return row && { batch: row.batch, set: row.key_set, attempt: 1 };
  }

  /** Opens the next batch of a run for a scope; it gets its number here. */
  async openBatch(run: string, scopeHash: string, make: (batch: number) => KeyBatch): Promise<KeyBatch> {
    return this.source.transaction(async (manager) => {
      await manager.query('select 1 from run where id = $1 for update', [run]);
      const rows: { next: number }[] = await manager.query('select coalesce(max(batch), 0) + 1 as next from key_batch where run = $1', [
        run,
      ]);
      const batch = make(rows[0]?.next ?? 1);
      await manager.query('insert into key_batch (run, batch, scope_hash, batch_json, set_count) values ($1, $2, $3, $4, $5)', [
        run,
        batch.batch,
        scopeHash,
        JSON.stringify(batch),
        batch.setCount,
      ]);
      return batch;
    });
  }

  /** A batch by its number. */
  async batch(run: string, batch: number): Promise<KeyBatch | undefined> {
    const rows: { batch_json: string }[] = await this.source.query('select batch_json from key_batch where run = $1 and batch = $2', [
      run,
      batch,
    ]);
    return rows[0] && (JSON.parse(rows[0].batch_json) as KeyBatch);
  }

  /** Keeps what a site said; the first reply stands. @returns false when there was one before, or the run does not know the batch */
  async keepReply({ run, batch, round, leg }: LegKey, site: string, said: object, at: Date): Promise<boolean> {
    const rows: unknown[] = await this.source.query(
      `insert into masking_reply (run, batch, round, leg, site, said_json, received_at)
       select $1::text, $2::int, $3::int, $4::text, $5::text, $6::text, $7::timestamptz from key_batch where run = $1::text and batch = $2::int
       on conflict do nothing returning site`,
      [run, batch, round, leg, site, JSON.stringify(said), at],
    );
    return rows.length > 0;
  }

  /** Replies to a leg by site. */
  async replies<Said>({ run, batch, round, leg }: LegKey): Promise<ReadonlyMap<string, Said>> {
    const rows: { site: string; said_json: string }[] = await this.source.query(
      'select site, said_json from masking_reply where run = $1 and batch = $2 and round = $3 and leg = $4',
      [run, batch, round, leg],
    );
    return new Map(rows.map(({ site, said_json }) => [site, JSON.parse(said_json) as Said]));
  }

  /** Keeps how a sum was opened, where frames are kept too; the first opening of a round stands. */
  async keepOpening({ run, round, batch, sum, seeds }: StoredOpening): Promise<void> {
    if (!this.keepFrames) return;
    await this.source.query(
      `insert into masked_opening (run, round, batch, sum_json, seeds_json) values ($1, $2, $3, $4, $5) on conflict do nothing`,
      [run, round, batch, JSON.stringify(sum), JSON.stringify(seeds)],
    );
  }

  /** Openings of all committed rounds of a study, in their order. */
  async openings(study: string): Promise<readonly StoredOpening[]> {
    const rows: { run: string; round: number; batch: number; sum_json: string; seeds_json: string }[] = await this.source.query(
      `select o.run, o.round, o.batch, o.sum_json, o.seeds_json from masked_opening o
         join round r on r.run = o.run and r.round = o.round join run u on u.id = o.run
       where u.study = $1 and r.state = 'committed' order by u.created_at, o.run, o.round`,
      [study],
    );
    return rows.map(({ run, round, batch, sum_json, seeds_json }) => ({
      run,
      round,
      batch,
      sum: JSON.parse(sum_json) as SumBinding,
      seeds: JSON.parse(seeds_json) as Record<string, string>,
    }));
  }

  /** Batches of a study with the keys that sites offered, in their order. */
  async offered(study: string): Promise<readonly OfferedBatch[]> {
    const rows: { run: string; batch: number; batch_json: string; said: string[] | null }[] = await this.source.query(
      `select b.run, b.batch, b.batch_json, (select array_agg(m.said_json order by m.site) from masking_reply m
           where m.run = b.run and m.batch = b.batch and m.round = 0 and m.leg = 'keys') as said
         from key_batch b join run u on u.id = b.run where u.study = $1 order by u.created_at, b.run, b.batch`,
      [study],
    );
    return rows.map(({ run, batch, batch_json, said }) => ({
      run,
      batch,
      keys: JSON.parse(batch_json) as KeyBatch,
      offers: (said ?? []).flatMap((text) => (JSON.parse(text) as { offer?: unknown }).offer ?? []),
    }));
  }

  private async given(run: string, round: number): Promise<MaskedRound | undefined> {
    const rows: { batch: number; key_set: number; attempt: number }[] = await this.source.query(
      'select batch, key_set, attempt from masked_round where run = $1 and round = $2 order by attempt desc limit 1',
      [run, round],
    );
    const row = rows[0];
    return row && { batch: row.batch, set: row.key_set, attempt: row.attempt };
  }
}
