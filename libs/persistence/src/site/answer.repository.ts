import type { Released } from '@cohortium/privacy';
import type { DataSource, EntityManager } from 'typeorm';
import { insertMessages } from './outbox.repository.js';
import type { NewOutboxMessage, OutboxMessage } from './outbox.repository.js';
import { SiteEgressEntity } from './site-egress.entity.js';
import { SiteReleaseEntity } from './site-release.entity.js';
import { SiteTaskEntity } from './site-task.entity.js';

/** A round that this site has answered. */
export type AnsweredTask = Readonly<SiteTaskEntity>;
/** One line of the egress record. */
export type EgressRecord = Readonly<Omit<SiteEgressEntity, 'id'>>;

/** What the gate must know of the past to decide on a draft. */
export interface ReleasePast {
  /** SHA-256 of what was released under the key, if anything was. */
  readonly sha256: string | undefined;
  /** Answers released in the run, by clause. */
  readonly countByClause: ReadonlyMap<string, number>;
  /** Sites of the first sum released under this protocol and scope name, in whatever run. */
  readonly sitesOfSums: readonly string[] | undefined;
}

/** The request that the past is asked for. */
export interface PastOf {
  readonly releaseKey: string;
  readonly run: string;
  readonly round: number;
  readonly protocolHash: string;
  readonly scopeName: string;
}

/** A decided answer, to be stored as one. */
export interface DecidedAnswer {
  readonly task: AnsweredTask;
  readonly egress: EgressRecord;
  /** The content that the gate released; absent when it withheld. */
  readonly released?: Released;
  /** In the order in which they shall leave. */
  readonly messages: readonly NewOutboxMessage[];
}

/** Answers of this site: the inbox of rounds, frozen releases and the egress record. */
export class SiteAnswerRepository {
  constructor(private readonly source: DataSource) {}

  /** The answer to a round, if one was stored. */
  async find(run: string, round: number): Promise<AnsweredTask | undefined> {
    return (await this.source.getRepository(SiteTaskEntity).findOneBy({ run, round })) ?? undefined;
  }

  /** The lock under which this run has been answered so far. */
  async modelLock(run: string): Promise<string | undefined> {
    const rows: { model_lock: string }[] = await this.source.query(
      'select model_lock from site_task where run = $1 and model_lock is not null order by round limit 1',
      [run],
    );
    return rows[0]?.model_lock;
  }

  /** True once anything was released under a protocol: from then on its cohort may not change. */
  async hasReleased(protocolHash: string): Promise<boolean> {
    return this.source.getRepository(SiteTaskEntity).existsBy({ protocolHash, state: 'released' });
  }

  /** What has left so far, as it concerns one request; the request's own round does not count. */
  async past({ releaseKey, run, round, protocolHash, scopeName }: PastOf): Promise<ReleasePast> {
    const [release, counts, scopes] = await Promise.all([
      this.source.getRepository(SiteReleaseEntity).findOne({ where: { releaseKey }, select: { releaseKey: true, sha256: true } }),
      this.source.query(
        `select clause_id, count(distinct round)::int as answers from site_egress
         where run = $1 and round <> $2 and state = 'released' and clause_id is not null group by clause_id`,
        [run, round],
      ) as Promise<{ clause_id: string; answers: number }[]>,
      this.source.query(
        `select scope_sites from site_task where protocol_hash = $1 and scope_name = $2 and kind = 'sum' and state = 'released'
         and not (run = $3 and round = $4) order by answered_at limit 1`,
        [protocolHash, scopeName, run, round],
      ) as Promise<{ scope_sites: string[] }[]>,
    ]);
    return {
      sha256: release?.sha256,
      countByClause: new Map(counts.map((row) => [row.clause_id, row.answers])),
      sitesOfSums: scopes[0]?.scope_sites,
    };
  }

  /**
   * Stores a decided answer: round, release, egress record and outgoing messages, all or nothing, durable before it resolves. A
   * round that already has an answer keeps its messages; the new ones join the outbox where their ids are new.
   * @returns the stored messages, to be handed to the relay
   */
  async commit(answer: DecidedAnswer): Promise<readonly OutboxMessage[]> {
    return this.source.transaction(async (manager) => {
      if (answer.released !== undefined && answer.task.releaseKey !== null)
        await saveRelease(manager, answer, answer.released, answer.task.releaseKey);
      await manager.upsert(SiteTaskEntity, { ...answer.task }, ['run', 'round']);
      await insertEgress(manager, answer.egress);
      return insertMessages(manager, answer.messages);
    });
  }

  /** Stores a refusal that leaves the round's own answer as it is: another request under the same run and round. */
  async commitRefusal(egress: EgressRecord, messages: readonly NewOutboxMessage[]): Promise<readonly OutboxMessage[]> {
    return this.source.transaction(async (manager) => {
      await insertEgress(manager, egress);
      return insertMessages(manager, messages);
    });
  }

  /** Puts content back that was forgotten and has been computed again. Does nothing when the hash is another. */
  async restore(releaseKey: string, released: Released, sha256: string): Promise<boolean> {
    const result = await this.source.getRepository(SiteReleaseEntity).update({ releaseKey, sha256 }, { content: bufferOf(released.bytes) });
    return result.affected === 1;
  }

  /**
   * Forgets the content behind rounds of a run that the coordinator has committed; hashes stay. Content that is still to be sent,
   * or that serves a round not yet committed, is kept.
   */
  async forgetThrough(run: string, round: number): Promise<void> {
    await this.source.query(
      `update site_release r set content = null
       where r.content is not null
         and exists (select 1 from site_task t where t.release_key = r.release_key and t.run = $1 and t.round <= $2)
         and not exists (select 1 from site_task t where t.release_key = r.release_key and t.run = $1 and t.round > $2)
         and not exists (select 1 from site_outbox o where o.release_key = r.release_key and o.sent_at is null)`,
      [run, round],
    );
  }
}

async function saveRelease(manager: EntityManager, answer: DecidedAnswer, released: Released, releaseKey: string): Promise<void> {
  const { egress } = answer;
  const content = bufferOf(released.bytes);
  const values = {
    releaseKey,
    operation: egress.operation,
    clauseId: released.clauseId,
    sha256: egress.sha256 as string,
    byteCount: content.length,
    content,
    releasedAt: egress.at,
  };
  await manager.createQueryBuilder().insert().into(SiteReleaseEntity).values(values).orIgnore().execute();
  // The same request in another run, after its content had been forgotten: the gate has compared the hashes.
  await manager.query('update site_release set content = $2 where release_key = $1 and content is null and sha256 = $3', [
    releaseKey,
    content,
    values.sha256,
  ]);
}

async function insertEgress(manager: EntityManager, egress: EgressRecord): Promise<void> {
  await manager
    .createQueryBuilder()
    .insert()
    .into(SiteEgressEntity)
    .values({ ...egress })
    .orIgnore()
    .execute();
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
