import type { DataSource } from 'typeorm';
import { ReceivedMessageEntity } from './received-message.entity.js';
import { RunEntity } from './run.entity.js';

/** A message as it arrived from a site. */
export type ReceivedMessage = Readonly<Omit<ReceivedMessageEntity, 'id'>>;

/** What arrived from one site in one run. */
export interface SiteTraffic {
  readonly site: string;
  readonly messages: number;
  readonly bytes: number;
}

/** True for a message m of a run u: its answers, the chunks that carried their content, and the approvals and greetings of its study. */
const belongs = `(
  m.run = u.id
  or (m.type = 'chunk' and m.study = u.study and exists (
    select 1 from received_message a where a.run = u.id and a.site = m.site and a.payload_sha256 = m.payload_sha256))
  or (m.type in ('hello', 'approval') and m.study = u.study))`;

/** What arrived from sites, message by message, without content. */
export class TranscriptRepository {
  constructor(private readonly source: DataSource) {}

  /** Notes a message. One that the broker delivers again is noted once. */
  async record(message: ReceivedMessage): Promise<void> {
    await this.source
      .createQueryBuilder()
      .insert()
      .into(ReceivedMessageEntity)
      .values({ ...message })
      .orIgnore()
      .execute();
  }

  /** Messages of a run in the order of their arrival. */
  async ofRun(run: string): Promise<readonly ReceivedMessage[]> {
    return this.source
      .getRepository(ReceivedMessageEntity)
      .createQueryBuilder('m')
      .innerJoin(RunEntity, 'u', 'u.id = :run', { run })
      .where(belongs)
      .orderBy('m.id')
      .getMany();
  }

  /** Messages and bytes of a run by site. */
  async traffic(run: string): Promise<readonly SiteTraffic[]> {
    return this.source.query(
      `select m.site, count(*)::int as messages, sum(m.byte_count)::float8 as bytes
       from received_message m join run u on u.id = $1 where ${belongs} group by m.site order by m.site`,
      [run],
    );
  }
}
