import type { DataSource } from 'typeorm';

/** A protocol, a model or results of a study, as canonical JSON. */
export interface StudyDocument {
  readonly run: string;
  readonly json: string;
}

/** Content of one round at rest: what a site sent, or what the round learned. */
export interface RoundContentRow {
  readonly run: string;
  readonly round: number;
  readonly site: string;
  readonly content: Uint8Array;
}

/** What a study bundle is made of, apart from logs and checkpoints; everything in the order in which the coordinator's log names it. */
export class BundleRepository {
  constructor(private readonly source: DataSource) {}

  /** Protocols by hash. */
  async protocols(study: string): Promise<ReadonlyMap<string, string>> {
    const rows: { protocol_hash: string; protocol_json: string }[] = await this.source.query(
      'select protocol_hash, protocol_json from study where study = $1',
      [study],
    );
    return new Map(rows.map((row) => [row.protocol_hash, row.protocol_json]));
  }

  /** Locked models by run. */
  async models(study: string): Promise<ReadonlyMap<string, string>> {
    const rows: StudyDocument[] = await this.source.query(
      'select m.run, m.model_json as json from model_lock m join run u on u.id = m.run where u.study = $1',
      [study],
    );
    return new Map(rows.map(({ run, json }) => [run, json]));
  }

  /** Results by run, of runs that have finished or are about to. */
  async results(study: string): Promise<ReadonlyMap<string, string>> {
    const rows: StudyDocument[] = await this.source.query(
      `select u.id as run, coalesce(u.results_json, c.results_json) as json from run u left join run_closing c on c.run = u.id
       where u.study = $1 and coalesce(u.results_json, c.results_json) is not null`,
      [study],
    );
    return new Map(rows.map(({ run, json }) => [run, json]));
  }

  /** What each site sent in committed rounds; only where frames were kept. */
  async frames(study: string): Promise<readonly RoundContentRow[]> {
    return this.source.query(
      `select c.run, c.round, c.site, c.content from contribution c
         join round r on r.run = c.run and r.round = c.round join run u on u.id = c.run
       where u.study = $1 and r.state = 'committed' and c.state = 'released' and c.content is not null order by u.created_at, c.run, c.round, c.site`,
      [study],
    );
  }

  /** What each committed round learned. */
  async totals(study: string): Promise<readonly Omit<RoundContentRow, 'site'>[]> {
    return this.source.query(
      `select r.run, r.round, r.result as content from round r join run u on u.id = r.run
       where u.study = $1 and r.state = 'committed' order by u.created_at, r.run, r.round`,
      [study],
    );
  }
}
