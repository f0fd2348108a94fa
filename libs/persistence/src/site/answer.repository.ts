import type { Released } from '@cohortium/privacy';
import { siteLog } from '@cohortium/ledger';
import type { Leaf } from '@cohortium/ledger';
import type { DataSource } from 'typeorm';
import { persistenceErrors } from '../errors.js';
import type { LedgerBook } from '../ledger/ledger-book.js';
import { bufferOf, commitStatement, refusalStatement, relaxed, storedMessages } from './commit-statement.js';
import type { NewOutboxMessage, OutboxMessage } from './outbox.repository.js';
import type { SiteEgressEntity } from './site-egress.entity.js';
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

/** A value that a leaf only commits to, with what opens the commitment. Stays at the site. */
export interface OpenableValue {
  readonly commitment: string;
  readonly valueJson: string;
  /** 32 bytes. */
  readonly salt: Uint8Array;
}

/** A decided answer, to be stored as one. */
export interface DecidedAnswer {
  readonly study: string;
  /** The counts behind a released answer. */
  readonly counts?: OpenableValue;
  readonly task: AnsweredTask;
  readonly egress: EgressRecord;
  /** The content that the gate released; absent when it withheld. */
  readonly released?: Released;
  /** What leaves in its place, where sums are masked; stored under `task.frameKey`. */
  readonly frame?: Released;
  /** In the order in which they shall leave. */
  readonly messages: readonly NewOutboxMessage[];
}

/** Answers of this site: the inbox of rounds, frozen releases and the egress record. */
export class SiteAnswerRepository {
  constructor(
    private readonly source: DataSource,
    private readonly ledger: LedgerBook,
    private readonly site: string,
  ) {}

  /** The answer to a round, if one was stored. */
  async find(run: string, round: number): Promise<AnsweredTask | undefined> {
    return (await this.source.getRepository(SiteTaskEntity).findOneBy({ run, round })) ?? undefined;
  }

  /** The lock under which this run has been answered so far. */
  async modelLock(run: string): Promise<string | undefined> {
    const rows: { model_lock: string }[] = await this.source.query(
      "select model_lock from site_task where run = $1 and model_lock is not null and state = 'released' order by round limit 1",
      [run],
    );
    return rows[0]?.model_lock;
  }

  /** What this site released in a round, and under which clause; undefined when it released nothing, or the content is forgotten. */
  async contribution(run: string, round: number): Promise<{ readonly clauseId: string; readonly bytes: Uint8Array } | undefined> {
    const rows: { clause_id: string; content: Uint8Array | null }[] = await this.source.query(
      `select r.clause_id, r.content from site_task t join site_release r using (release_key)
       where t.run = $1 and t.round = $2 and t.state = 'released'`,
      [run, round],
    );
    const found = rows[0];
    return found?.content ? { clauseId: found.clause_id, bytes: found.content } : undefined;
  }

  /** True once anything was released under a protocol: from then on its cohort may not change. */
  async hasReleased(protocolHash: string): Promise<boolean> {
    return this.source.getRepository(SiteTaskEntity).existsBy({ protocolHash, state: 'released' });
  }

  /** What has left so far, as it concerns one request; the request's own round does not count. */
  async past({ releaseKey, run, round, protocolHash, scopeName }: PastOf): Promise<ReleasePast> {
    const rows: { sha256: string | null; counts: Record<string, number> | null; scope_sites: string[] | null }[] = await this.source.query(
      `select (select sha256 from site_release where release_key = $1) as sha256,
         (select json_object_agg(clause_id, answers) from (
            select clause_id, count(distinct round)::int as answers from site_egress
            where run = $2 and round <> $3 and state = 'released' and clause_id is not null group by clause_id) counted) as counts,
         (select scope_sites from site_task where protocol_hash = $4 and scope_name = $5 and kind = 'sum' and state = 'released'
            and not (run = $2 and round = $3) order by answered_at limit 1) as scope_sites`,
      [releaseKey, run, round, protocolHash, scopeName],
    );
    const found = rows[0];
    return {
      sha256: found?.sha256 ?? undefined,
      countByClause: new Map(Object.entries(found?.counts ?? {})),
      sitesOfSums: found?.scope_sites ?? undefined,
    };
  }

  /**
   * Stores a decided answer: round, release, egress record, leaf and outgoing messages, all or nothing, durable before it resolves. A
   * round that already has an answer keeps its messages; the new ones join the outbox where their ids are new.
   * @throws `PERSISTENCE.RELEASE_DIFFERS` when other content was released under the same key; nothing is stored then. `LEDGER.*` when
   * the log does not hold what it should; nothing is stored then either
   * @returns the stored messages, to be handed to the relay
   */
  async commit(answer: DecidedAnswer): Promise<readonly OutboxMessage[]> {
    const { study, task } = answer;
    const leaf = answerLeaf(study, task, answer.egress, answer.counts?.commitment ?? null);
    const result = await this.ledger.append(siteLog(study, this.site), [leaf], async (staged) => {
      const { sql, values } = commitStatement(answer, staged);
      const [row]: { ok: boolean; messages: { id: string; message_id: string }[]; leaf: string | null }[] = await this.source.query(sql, [
        ...values,
      ]);
      return { appended: row?.leaf != null, result: row };
    });
    // The gate has compared hashes before; nothing was stored.
    if (result?.ok !== true) throw persistenceErrors.error('PERSISTENCE.RELEASE_DIFFERS', { run: task.run, round: task.round });
    return storedMessages(answer.messages, result.messages);
  }

  /** Stores a refusal that leaves the round's own answer as it is: another request under the same run and round. */
  async commitRefusal(refusal: Omit<DecidedAnswer, 'released' | 'counts'>): Promise<readonly OutboxMessage[]> {
    const { study, task, egress, messages } = refusal;
    const leaf = answerLeaf(study, task, egress, null);
    const stored = await this.ledger.append(siteLog(study, this.site), [leaf], async (staged) => {
      const { sql, values } = refusalStatement(refusal, staged);
      const [row]: { messages: { id: string; message_id: string }[]; leaf: string | null }[] = await this.source.query(sql, [...values]);
      return { appended: row?.leaf != null, result: row?.messages ?? [] };
    });
    return storedMessages(messages, stored);
  }

  /** Puts content back that was forgotten and has been computed again. Does nothing when the hash is another. */
  async restore(releaseKey: string, released: Released, sha256: string): Promise<boolean> {
    const result = await this.source.getRepository(SiteReleaseEntity).update({ releaseKey, sha256 }, { content: bufferOf(released.bytes) });
    return result.affected === 1;
  }

  /**
   * Forgets the content behind rounds of a run that the coordinator has committed; hashes stay. Content that is still to be sent,
   * or that serves a round not yet committed, is kept. Not forced to the disk: the next task repeats it.
   */
  async forgetThrough(run: string, round: number): Promise<void> {
    await this.source.query(
      `${relaxed} update site_release r set content = null from relaxed
       where r.content is not null
         and exists (select 1 from site_task t where r.release_key in (t.release_key, t.frame_key) and t.run = $1 and t.round <= $2)
         and not exists (select 1 from site_task t where r.release_key in (t.release_key, t.frame_key) and t.run = $1 and t.round > $2)
         and not exists (select 1 from site_outbox o where o.release_key = r.release_key and o.sent_at is null)`,
      [run, round],
    );
  }
}

/** The leaf that tells of an answer: what was asked, under which clause, and what was decided; never content. */
function answerLeaf(study: string, task: AnsweredTask, egress: EgressRecord, counts: string | null): Leaf {
  const { protocolHash, run, round, attempt, requestHash, operation, kind, scopeName, scopeSites, modelLock } = task;
  const scope = { name: scopeName as 'training' | 'external' | 'all', sites: [...scopeSites] };
  const request = { protocolHash, run, round, attempt, requestHash, operation, kind: kind as 'sum' | 'siteSummary', scope, modelLock };
  const base = { v: 1 as const, at: egress.at.getTime(), study, ...request };
  if (egress.state === 'withheld') return { ...base, type: 'withheld', clauseId: egress.clauseId, reason: egress.reason ?? 'unknown' };
  const { clauseId, sha256, byteCount } = egress;
  return { ...base, type: 'released', clauseId: clauseId ?? '', bytes: byteCount, contentSha256: sha256 ?? '', legsSha256: null, counts };
}
