import type { DataSource } from 'typeorm';
import { relaxed } from '../site/commit-statement.js';
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
  or (m.type in ('hello', 'approval', 'witnessed') and m.study = u.study))`;

const insertMessage = `insert into received_message
    (stream_sequence, site, study, type, run, round, operation, payload_sha256, byte_count, sha256, received_at)
  select $1::bigint, $2::text, $3::text, $4::text, $5::text, $6::int, $7::text, $8::text, $9::int, $10::text, $11::timestamptz`;
const recordSql = `${insertMessage} on conflict do nothing`;
const recordRelaxed = `${relaxed} ${insertMessage} from relaxed on conflict do nothing`;

/** What arrived from sites, message by message, without content. */
export class TranscriptRepository {
  constructor(private readonly source: DataSource) {}

  /**
   * Notes a message. One that the broker delivers again is noted once. The line of a chunk is not forced to the disk by itself: the
   * answer that its content belongs to is, and with it every line before it.
   */
  async record(m: ReceivedMessage): Promise<void> {
    await this.source.query(m.type === 'chunk' ? recordRelaxed : recordSql, [
      m.streamSequence,
      m.site,
      m.study,
      m.type,
      m.run,
      m.round,
      m.operation,
      m.payloadSha256,
      m.byteCount,
      m.sha256,
      m.receivedAt,
    ]);
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
