import type { DataSource } from 'typeorm';
import { bufferOf, relaxed } from './commit-statement.js';
import { SiteTotalEntity } from './site-total.entity.js';

/** A total as this site was told it. */
export type SiteTotal = Readonly<SiteTotalEntity>;

/** What is known of a total without its content. */
export type SiteTotalHead = Pick<SiteTotal, 'round' | 'requestHash' | 'head' | 'flaw'>;

/** Totals of runs, as the coordinator told them to this site. */
export class SiteTotalRepository {
  constructor(private readonly source: DataSource) {}

  /** What is known of a round, if its total was told. */
  async find(run: string, round: number): Promise<SiteTotalHead | undefined> {
    const select = { round: true, requestHash: true, head: true, flaw: true } as const;
    return (await this.source.getRepository(SiteTotalEntity).findOne({ where: { run, round }, select })) ?? undefined;
  }

  /** The first total of a run that something speaks against. */
  async firstFlaw(run: string): Promise<string | undefined> {
    const rows: { flaw: string }[] = await this.source.query(
      'select flaw from site_total where run = $1 and flaw is not null order by round limit 1',
      [run],
    );
    return rows[0]?.flaw;
  }

  /**
   * Stores the total of a round. The first one stands; content that was forgotten comes back if it is the same. Not forced to the disk: the
   * answer that follows from it is, and takes with it what was written before.
   * @returns false when another total stands there
   */
  async add({ run, round, requestHash, head, result, flaw }: SiteTotal): Promise<boolean> {
    const rows: unknown[] = await this.source.query(
      `${relaxed} insert into site_total (run, round, request_hash, head, result, flaw)
       select $1::varchar, $2::int, $3::char(64), $4::char(64), $5::bytea, $6::varchar from relaxed
       on conflict (run, round) do update set result = coalesce(site_total.result, excluded.result)
         where site_total.head = excluded.head returning round`,
      [run, round, requestHash, head, result === null ? null : bufferOf(result), flaw],
    );
    return rows.length === 1;
  }

  /** The total of a round with its content; undefined when it was not told, or is forgotten. */
  async content(run: string, round: number): Promise<{ readonly requestHash: string; readonly result: Uint8Array } | undefined> {
    const found = await this.source.getRepository(SiteTotalEntity).findOneBy({ run, round });
    return found?.result ? { requestHash: found.requestHash, result: found.result } : undefined;
  }

  /** Forgets the content of a closed run's totals; heads stay. */
  async closeRun(run: string): Promise<void> {
    await this.source.getRepository(SiteTotalEntity).update({ run }, { result: null });
  }
}
