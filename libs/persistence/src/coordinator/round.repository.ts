import type { DataSource } from 'typeorm';
import { ContributionEntity, EquivocationEntity, RoundEntity } from './round.entity.js';
import { appendEvent, bufferOf, enqueue, outboxParams, withIds } from './statements.js';
import type { NewDownMessage, StoredDownMessage } from './statements.js';
import type { ReceivedMessage } from './transcript.repository.js';

/** What is asked in a round. */
export type NewRound = Readonly<
  Pick<
    RoundEntity,
    | 'run'
    | 'round'
    | 'requestHash'
    | 'operation'
    | 'kind'
    | 'scopeName'
    | 'sites'
    | 'paramsSha256'
    | 'paramsBytes'
    | 'openedAt'
    | 'expiresAt'
  >
>;

/** An answer as it is stored. */
export type StoredAnswer = Readonly<Pick<ContributionEntity, 'site' | 'state' | 'reason' | 'content'>>;

/** How {@link RoundRepository.open} found the round. */
export type OpenedRound<Message> =
  | { readonly state: 'opened'; readonly queued: readonly (Message & StoredDownMessage)[] }
  | {
      readonly state: 'resumed';
      /** Attempt under which the round shall be asked again. */
      readonly attempt: number;
      readonly openedAt: Date;
      readonly expiresAt: Date;
      readonly answers: readonly StoredAnswer[];
    }
  | { readonly state: 'hashDiffers' }
  | { readonly state: 'runNotRunning' };

/** An answer as it arrived, its content checked against its hash. */
export interface ArrivedAnswer {
  readonly message: ReceivedMessage & { readonly run: string; readonly round: number; readonly operation: string };
  readonly requestHash: string;
  readonly kind: 'sum' | 'siteSummary';
  readonly state: 'released' | 'withheld';
  readonly reason: string | null;
  readonly clauseId: string | null;
  readonly contentSha256: string;
  /** Released content; null when it was withheld. */
  readonly content: Uint8Array | null;
}

/**
 * What became of an answer: `stored` as the site's contribution; a `duplicate` of it; it `contradicts` it (evidence was kept,
 * `whileOpen` tells whether the round still waits); or it belongs to no round that waits for it and is only in the transcript.
 */
export type AnswerOutcome =
  | { readonly state: 'stored' | 'duplicate' | 'unknownRound' | 'otherRequest' | 'closed' }
  | { readonly state: 'contradicts'; readonly whileOpen: boolean };

/** Sites that an open round still waits for. */
export interface AwaitedSites {
  readonly round: number;
  readonly openedAt: Date;
  readonly sites: readonly string[];
}

/** Rounds, contributions and the run journal. */
export class RoundRepository {
  constructor(private readonly source: DataSource) {}

  /** What a committed round asked and learned. */
  async committed(run: string, round: number): Promise<{ readonly requestHash: string; readonly result: Uint8Array } | undefined> {
    const found = await this.source
      .getRepository(RoundEntity)
      .findOne({ where: { run, round, state: 'committed' }, select: { requestHash: true, result: true } });
    return found?.result ? { requestHash: found.requestHash, result: found.result } : undefined;
  }

  /** Stores content that will travel in chunks. */
  async savePayload(run: string, round: number, sha256: string, content: Uint8Array): Promise<void> {
    await this.source.query('insert into payload (run, sha256, round, content) values ($1, $2, $3, $4) on conflict do nothing', [
      run,
      sha256,
      round,
      bufferOf(content),
    ]);
  }

  /**
   * Opens a round together with its messages and its event, or finds it open already: after a crash the same request continues.
   */
  async open<Message extends NewDownMessage>(round: NewRound, messages: readonly Message[]): Promise<OpenedRound<Message>> {
    const data = JSON.stringify({ round: round.round, operation: round.operation, sites: round.sites });
    const [row]: { opened: boolean; queued: { id: string; message_id: string }[] | null }[] = await this.source.query(
      `with opened as (
         insert into round (run, round, request_hash, operation, kind, scope_name, sites, params_sha256, params_bytes, state, attempt, opened_at, expires_at)
         select $1::text, $4::int, $5::text, $6::text, $7::text, $8::text, $9::text[], $10::text, $11::int, 'open', 1, $2::timestamptz, $12::timestamptz
         from run where id = $1::text and state = 'running'
         on conflict (run, round) do nothing returning round),
       ${appendEvent('opened', 'roundOpened', 'round = $4::int')},
       ${enqueue('opened', 13)}
       select exists (select 1 from opened) as opened, (select json_agg(json_build_object('id', id::text, 'message_id', message_id)) from queued) as queued`,
      [
        round.run,
        round.openedAt,
        data,
        round.round,
        round.requestHash,
        round.operation,
        round.kind,
        round.scopeName,
        round.sites,
        round.paramsSha256,
        round.paramsBytes,
        round.expiresAt,
        ...outboxParams(messages),
      ],
    );
    if (row?.opened) return { state: 'opened', queued: withIds(messages, row.queued ?? []) };
    return this.resume(round);
  }

  /** Answers stored so far, with their content. */
  async answers(run: string, round: number): Promise<readonly StoredAnswer[]> {
    return this.source
      .getRepository(ContributionEntity)
      .find({ where: { run, round }, select: { site: true, state: true, reason: true, content: true } });
  }

  /** A fresh attempt number for asking an open round again. */
  async nextAttempt(run: string, round: number): Promise<number> {
    const result = await this.source
      .createQueryBuilder()
      .update(RoundEntity)
      .set({ attempt: () => 'attempt + 1' })
      .where({ run, round, state: 'open' })
      .returning('attempt')
      .execute();
    return (result.raw as { attempt: number }[])[0]?.attempt ?? 0;
  }

  /** Stores an answer with its line in the transcript and its event, or says why it changes nothing. */
  async accept(answer: ArrivedAnswer): Promise<AnswerOutcome> {
    const { message } = answer;
    const [row]: AcceptRow[] = await this.source.query(acceptSql, [
      message.run,
      message.receivedAt,
      JSON.stringify({ round: message.round, site: message.site, state: answer.state }),
      message.round,
      message.site,
      answer.requestHash,
      message.operation,
      answer.kind,
      answer.state,
      answer.reason,
      answer.clauseId,
      answer.contentSha256,
      answer.content?.length ?? 0,
      answer.content === null ? null : bufferOf(answer.content),
      message.streamSequence,
      message.study,
      message.payloadSha256,
      message.byteCount,
      message.sha256,
      message.type,
    ]);
    if (row === undefined || row.round_state === null) return { state: 'unknownRound' };
    if (row.stored) return { state: 'stored' };
    if (!row.fits) return { state: 'otherRequest' };
    if (row.earlier === null) {
      // Two answers of one site crossed: the broker repeats this one, which then meets the other.
      if (row.round_state === 'open' && row.run_state === 'running') throw new Error('an answer of this site was being stored');
      return { state: 'closed' };
    }
    if (row.earlier === answer.contentSha256) return { state: 'duplicate' };
    const whileOpen = row.round_state === 'open';
    await this.keepEvidence(answer, row.earlier, whileOpen);
    return { state: 'contradicts', whileOpen };
  }

  /** A site that contradicted itself while this round was open, if any. */
  async equivocator(run: string, round: number): Promise<string | undefined> {
    const found = await this.source
      .getRepository(EquivocationEntity)
      .findOne({ where: { run, round, whileOpen: true }, select: { site: true }, order: { id: 'ASC' } });
    return found?.site;
  }

  /**
   * Commits what a round has learned; durable before it resolves. The same commit a second time changes nothing.
   * @returns false when the round is not known, or was committed with another request
   */
  async commit(run: string, round: number, requestHash: string, result: Uint8Array, at: Date): Promise<boolean> {
    const [row]: { done: boolean }[] = await this.source.query(
      `with done as (
         update round set state = 'committed', result = $6::bytea, committed_at = $2::timestamptz
         where run = $1::text and round = $4::int and request_hash = $5::text and state = 'open' returning round),
       ${appendEvent('done', 'roundCommitted')},
       dropped as (update contribution set content = null where run = $1::text and round = $4::int and content is not null and exists (select 1 from done)),
       gone as (delete from payload where run = $1::text and round <= $4::int and exists (select 1 from done))
       select exists (select 1 from done) as done`,
      [run, at, JSON.stringify({ round }), round, requestHash, bufferOf(result)],
    );
    if (row?.done) return true;
    return (await this.committed(run, round))?.requestHash === requestHash;
  }

  /** Committed rounds of a run. */
  async committedCount(run: string): Promise<number> {
    return this.source.getRepository(RoundEntity).countBy({ run, state: 'committed' });
  }

  /** The open round of a run and the sites that it waits for. */
  async awaited(run: string): Promise<AwaitedSites | undefined> {
    const rows: { round: number; opened_at: Date; sites: string[] }[] = await this.source.query(
      `select r.round, r.opened_at, array(
         select s from unnest(r.sites) as s where not exists (select 1 from contribution c where c.run = r.run and c.round = r.round and c.site = s)) as sites
       from round r where r.run = $1::text and r.state = 'open' order by r.round desc limit 1`,
      [run],
    );
    const row = rows[0];
    return row && { round: row.round, openedAt: row.opened_at, sites: row.sites };
  }

  private async resume<Message>(asked: NewRound): Promise<OpenedRound<Message>> {
    const { run, round } = asked;
    const running: unknown[] = await this.source.query(`select 1 from run where id = $1::text and state = 'running'`, [run]);
    if (running.length === 0) return { state: 'runNotRunning' };
    const found = await this.source.getRepository(RoundEntity).findOneByOrFail({ run, round });
    if (found.requestHash !== asked.requestHash || found.state !== 'open') return { state: 'hashDiffers' };
    const attempt = await this.nextAttempt(run, round);
    return { state: 'resumed', attempt, openedAt: found.openedAt, expiresAt: found.expiresAt, answers: await this.answers(run, round) };
  }

  private async keepEvidence(answer: ArrivedAnswer, firstSha256: string, whileOpen: boolean): Promise<void> {
    const { run, round, site, receivedAt } = answer.message;
    const content = answer.content === null ? null : bufferOf(answer.content);
    await this.source
      .createQueryBuilder()
      .insert()
      .into(EquivocationEntity)
      .values({ run, round, site, firstSha256, contentSha256: answer.contentSha256, content, whileOpen, receivedAt })
      .orIgnore()
      .execute();
  }
}

interface AcceptRow {
  readonly stored: boolean;
  readonly round_state: 'open' | 'committed' | null;
  readonly run_state: string | null;
  readonly fits: boolean | null;
  readonly earlier: string | null;
}

// Since a round is committed only when every site of its scope has a contribution, a late answer always meets an earlier one.
const acceptSql = `
  with target as (
    select o.state as round_state, u.state as run_state,
      o.request_hash = $6::text and o.operation = $7::text and o.kind = $8::text and u.study = $16::text and $5::text = any(o.sites) as fits
    from round o join run u on u.id = o.run where o.run = $1::text and o.round = $4::int),
  received as (
    insert into received_message (stream_sequence, site, study, type, run, round, operation, payload_sha256, byte_count, sha256, received_at)
    values ($15::bigint, $5::text, $16::text, $20::text, $1::text, $4::int, $7::text, $17::text, $18::int, $19::text, $2::timestamptz) on conflict do nothing),
  stored as (
    insert into contribution (run, round, site, state, reason, clause_id, content_sha256, byte_count, content, received_at)
    select $1::text, $4::int, $5::text, $9::text, $10::text, $11::text, $12::text, $13::int, $14::bytea, $2::timestamptz
    from target where fits and round_state = 'open' and run_state = 'running'
    on conflict do nothing returning site),
  ${appendEvent('stored', 'siteAnswered')}
  select exists (select 1 from stored) as stored, t.round_state, t.run_state, t.fits, c.content_sha256 as earlier
  from (select 1) as one left join target t on true left join contribution c on c.run = $1::text and c.round = $4::int and c.site = $5::text`;
