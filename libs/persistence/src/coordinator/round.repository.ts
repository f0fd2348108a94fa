import { sha256 } from '@cohortium/kernel';
import { coordinatorLog } from '@cohortium/ledger';
import type { DataSource } from 'typeorm';
import { appendCall } from '../ledger/ledger-book.js';
import type { LedgerBook } from '../ledger/ledger-book.js';
import { commitLeaf } from './leaves.js';
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
  constructor(
    private readonly source: DataSource,
    private readonly ledger: LedgerBook,
    private readonly keepFrames: boolean,
  ) {}

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

  /** The last round of a run that each site has answered with released content: proof that it was told the totals before it. */
  async lastReleased(run: string): Promise<ReadonlyMap<string, number>> {
    const rows: { site: string; round: number }[] = await this.source.query(
      "select site, max(round)::int as round from contribution where run = $1 and state = 'released' group by site",
      [run],
    );
    return new Map(rows.map(({ site, round }) => [site, round]));
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

  /**
   * Stores answers of different sites or rounds, all or none, each with its line in the transcript and its event; or says why an
   * answer changes nothing.
   * @param answers no two of the same run, round and site
   * @returns one outcome per answer, in their order
   */
  async accept(answers: readonly ArrivedAnswer[]): Promise<readonly AnswerOutcome[]> {
    const rows: AcceptRow[] = await this.source.query(acceptSql(answers.length), answers.flatMap(acceptParams));
    const outcomes: AnswerOutcome[] = [];
    for (const row of rows) outcomes.push(await this.outcome(answers[row.place] as ArrivedAnswer, row));
    return outcomes;
  }

  /** A site that contradicted itself while this round was open, if any. */
  async equivocator(run: string, round: number): Promise<string | undefined> {
    const found = await this.source
      .getRepository(EquivocationEntity)
      .findOne({ where: { run, round, whileOpen: true }, select: { site: true }, order: { id: 'ASC' } });
    return found?.site;
  }

  /**
   * Commits what a round has learned, with its leaf; durable before it resolves. The same commit a second time changes nothing.
   * @returns false when the round is not known, or was committed with another request
   * @throws `LEDGER.*` when the log does not hold what it should
   */
  async commit(run: string, round: number, requestHash: string, result: Uint8Array, at: Date): Promise<boolean> {
    const leaf = await commitLeaf(this.source, { run, round, requestHash, resultSha256: sha256(result), at });
    if (leaf === undefined) return false;
    const done = await this.ledger.append(coordinatorLog(leaf.study), [leaf], async ({ values }) => {
      const [row]: { done: boolean }[] = await this.source.query(
        `with done as (
           update round set state = 'committed', result = $6::bytea, committed_at = $2::timestamptz
           where run = $1::text and round = $4::int and request_hash = $5::text and state = 'open' returning round),
         ${appendEvent('done', 'roundCommitted')},
         dropped as (update contribution set content = null
           where run = $1::text and round = $4::int and content is not null and not $14::boolean and exists (select 1 from done)),
         gone as (delete from payload where run = $1::text and round <= $4::int and exists (select 1 from done))
         select exists (select 1 from done) as done, case when exists (select 1 from done) then ${appendCall(7)} end as leaf`,
        [run, at, JSON.stringify({ round }), round, requestHash, bufferOf(result), ...values, this.keepFrames],
      );
      return { appended: row?.done === true, result: row?.done === true };
    });
    return done || (await this.committed(run, round))?.requestHash === requestHash;
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

  private async outcome(answer: ArrivedAnswer, row: AcceptRow): Promise<AnswerOutcome> {
    if (row.round_state === null) return { state: 'unknownRound' };
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
  readonly place: number;
  readonly stored: boolean;
  readonly round_state: 'open' | 'committed' | null;
  readonly run_state: string | null;
  readonly fits: boolean | null;
  readonly earlier: string | null;
}

/** Columns of one answer in {@link acceptSql}, in order. */
const acceptColumns = {
  place: 'int',
  run: 'text',
  at: 'timestamptz',
  data: 'text',
  round: 'int',
  site: 'text',
  request_hash: 'text',
  operation: 'text',
  kind: 'text',
  state: 'text',
  reason: 'text',
  clause_id: 'text',
  content_sha256: 'text',
  byte_count: 'int',
  content: 'bytea',
  sequence: 'bigint',
  study: 'text',
  type: 'text',
  payload_sha256: 'text',
  frame_bytes: 'int',
  frame_sha256: 'text',
} as const;

function acceptParams(answer: ArrivedAnswer, place: number): unknown[] {
  const { message, content } = answer;
  const values: Record<keyof typeof acceptColumns, unknown> = {
    place,
    run: message.run,
    at: message.receivedAt,
    data: JSON.stringify({ round: message.round, site: message.site, state: answer.state }),
    round: message.round,
    site: message.site,
    request_hash: answer.requestHash,
    operation: message.operation,
    kind: answer.kind,
    state: answer.state,
    reason: answer.reason,
    clause_id: answer.clauseId,
    content_sha256: answer.contentSha256,
    byte_count: content?.length ?? 0,
    content: content === null ? null : bufferOf(content),
    sequence: message.streamSequence,
    study: message.study,
    type: message.type,
    payload_sha256: message.payloadSha256,
    frame_bytes: message.byteCount,
    frame_sha256: message.sha256,
  };
  return Object.keys(acceptColumns).map((column) => values[column as keyof typeof acceptColumns]);
}

// Since a round is committed only when every site of its scope has a contribution, a late answer always meets an earlier one.
function acceptSql(count: number): string {
  const types = Object.values(acceptColumns);
  const rows = Array.from({ length: count }, (_, i) => `(${types.map((type, k) => `$${i * types.length + k + 1}::${type}`).join(', ')})`);
  return `
  with answer (${Object.keys(acceptColumns).join(', ')}) as (values ${rows.join(', ')}),
  target as (
    select a.*, o.state as round_state, u.state as run_state,
      o.request_hash = a.request_hash and o.operation = a.operation and o.kind = a.kind and u.study = a.study and a.site = any(o.sites) as fits
    from answer a join round o on o.run = a.run and o.round = a.round join run u on u.id = a.run),
  received as (
    insert into received_message (stream_sequence, site, study, type, run, round, operation, payload_sha256, byte_count, sha256, received_at)
    select sequence, site, study, type, run, round, operation, payload_sha256, frame_bytes, frame_sha256, at from answer order by place
    on conflict do nothing),
  stored as (
    insert into contribution (run, round, site, state, reason, clause_id, content_sha256, byte_count, content, received_at)
    select run, round, site, state, reason, clause_id, content_sha256, byte_count, content, at
    from target where fits and round_state = 'open' and run_state = 'running'
    on conflict do nothing returning run, round, site),
  told as (
    select a.*, row_number() over (partition by a.run order by a.place) as nth, count(*) over (partition by a.run) as of_run
    from answer a join stored s on s.run = a.run and s.round = a.round and s.site = a.site),
  counted as (
    update run set event_count = event_count + n.of_run from (select distinct run, of_run from told) n where id = n.run returning id, event_count),
  noted as (
    insert into run_event (run, seq, at, type, data_json)
    select t.run, c.event_count - t.of_run + t.nth, t.at, 'siteAnswered', t.data from told t join counted c on c.id = t.run)
  select a.place, s.site is not null as stored, t.round_state, t.run_state, t.fits, c.content_sha256 as earlier
  from answer a
    left join target t on t.place = a.place
    left join stored s on s.run = a.run and s.round = a.round and s.site = a.site
    left join contribution c on c.run = a.run and c.round = a.round and c.site = a.site
  order by a.place`;
}
