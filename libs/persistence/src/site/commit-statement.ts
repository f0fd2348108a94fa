import { appendCall, stagedValues } from '../ledger/ledger-book.js';
import type { StagedLeaves } from '../ledger/ledger-book.js';
import type { DecidedAnswer } from './answer.repository.js';
import type { NewOutboxMessage, OutboxMessage } from './outbox.repository.js';

/** A statement with its values. */
export interface Statement {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/**
 * Lets a statement commit without waiting for the disk; the statement must read from `relaxed`. For notes that can be lost, since
 * they are made again: each wait for the disk holds up every process of the machine.
 */
export const relaxed = `with relaxed as (select set_config('synchronous_commit', 'off', true))`;

const outboxColumns = `message_id, answer_id, subject, type, header, release_key, body_from, body_bytes, frame_bytes, frame_sha256,
  run, round, operation, clause_id, attempt`;

const outboxTypes = `message_id varchar, answer_id varchar, subject varchar, type varchar, header text, release_key char(64), body_from int,
  body_bytes int, frame_bytes int, frame_sha256 char(64), run varchar, round int, operation varchar, clause_id varchar, attempt int`;

/** Messages as the JSON that {@link insertedMessages} reads: one value, however many rows. */
function messagesJson(messages: readonly NewOutboxMessage[]): string {
  return JSON.stringify(
    messages.map((m) => ({
      message_id: m.messageId,
      answer_id: m.answerId,
      subject: m.subject,
      type: m.type,
      header: m.header,
      release_key: m.releaseKey,
      body_from: m.bodyFrom,
      body_bytes: m.bodyBytes,
      frame_bytes: m.frameBytes,
      frame_sha256: m.frameSha256,
      run: m.run,
      round: m.round,
      operation: m.operation,
      clause_id: m.clauseId,
      attempt: m.attempt,
    })),
  );
}

/** Inserts messages in their order; those whose id exists are skipped. `$n` is the JSON of the messages. */
function insertMessagesSql(n: number, condition = 'true'): string {
  return `insert into site_outbox (${outboxColumns})
    select ${outboxColumns} from rows from (jsonb_to_recordset($${n}::jsonb) as (${outboxTypes})) with ordinality where ${condition} order by ordinality
    on conflict (message_id) do nothing returning id::text, message_id`;
}

/** Inserts messages that belong to no answer. */
export function insertMessagesStatement(messages: readonly NewOutboxMessage[]): Statement {
  return { sql: insertMessagesSql(1), values: [messagesJson(messages)] };
}

/** `$n` and the eleven values after it are those of {@link egressValues}. */
function insertEgressSql(n: number, condition = 'true'): string {
  const types = [
    'varchar',
    'int',
    'int',
    'char(64)',
    'varchar',
    'varchar',
    'varchar',
    'varchar',
    'varchar',
    'int',
    'char(64)',
    'timestamptz',
  ];
  return `insert into site_egress (run, round, attempt, request_hash, operation, clause_id, state, reason, detail, byte_count, sha256, at)
    select ${types.map((type, i) => `$${n + i}::${type}`).join(', ')} where ${condition} on conflict on constraint site_egress_once do nothing returning id`;
}

function egressValues({ egress: e }: Pick<DecidedAnswer, 'egress'>): unknown[] {
  return [e.run, e.round, e.attempt, e.requestHash, e.operation, e.clauseId, e.state, e.reason, e.detail, e.byteCount, e.sha256, e.at];
}

/** The egress record of a refusal, its message and its leaf; a refusal that was recorded before gets no second leaf. */
export function refusalStatement(refusal: Pick<DecidedAnswer, 'egress' | 'messages'>, leaf: StagedLeaves): Statement {
  return {
    sql: `with egress as (${insertEgressSql(2)}), messages as (${insertMessagesSql(1)})
      select (select coalesce(json_agg(messages), '[]'::json) from messages) as messages,
        case when exists (select from egress) then ${appendCall(14)} end as leaf`,
    values: [messagesJson(refusal.messages), ...egressValues(refusal), ...leaf.values],
  };
}

/**
 * Everything that a decided answer changes, in one statement: one way to the server, one atomic commit. A release that exists
 * takes its content back if it is the same; if it is another, nothing at all is stored and `kept` is false. The leaf is appended where
 * the egress record is new.
 */
export function commitStatement(answer: DecidedAnswer, leaf: StagedLeaves): Statement {
  const { task: t, released, frame } = answer;
  const content = released === undefined ? null : bufferOf(released.bytes);
  const values = [
    messagesJson(answer.messages),
    ...egressValues(answer),
    t.releaseKey,
    content,
    t.kind,
    t.scopeName,
    [...t.scopeSites],
    t.protocolHash,
    t.modelLock,
    ...leaf.values,
    answer.counts?.commitment ?? null,
    answer.counts?.valueJson ?? null,
    answer.counts === undefined ? null : bufferOf(answer.counts.salt),
    released?.sha256 ?? null,
    released?.bytes.length ?? null,
    frame === undefined ? null : t.frameKey,
    frame === undefined ? null : bufferOf(frame.bytes),
    frame?.sha256 ?? null,
  ];
  const opening = 21 + stagedValues;
  const framing = opening + 3;
  const sql = `with release as (
      insert into site_release (release_key, operation, clause_id, sha256, byte_count, content, released_at)
      select $14::char(64), $6::varchar, $7::varchar, $${framing}::char(64), $${framing + 1}::int, $15::bytea, $13::timestamptz where $14::char(64) is not null
      on conflict (release_key) do update set content = coalesce(site_release.content, excluded.content)
        where site_release.sha256 = excluded.sha256
      returning release_key),
    framed as (
      insert into site_release (release_key, operation, clause_id, sha256, byte_count, content, released_at)
      select $${framing + 2}::char(64), $6::varchar, $7::varchar, $${framing + 4}::char(64), length($${framing + 3}::bytea), $${framing + 3}::bytea, $13::timestamptz
      from release where $${framing + 2}::char(64) is not null
      on conflict (release_key) do nothing),
    kept as (select $14::char(64) is null or exists (select from release) as ok),
    task as (
      insert into site_task (run, round, request_hash, attempt, operation, kind, scope_name, scope_sites, protocol_hash, model_lock, state, release_key, frame_key, answered_at)
      select $2::varchar, $3::int, $5::char(64), $4::int, $6::varchar, $16::varchar, $17::varchar, $18::text[], $19::char(64), $20::char(64), $8::varchar, $14::char(64), $${framing + 2}::char(64), $13::timestamptz
      from kept where ok
      on conflict (run, round) do update set request_hash = excluded.request_hash, attempt = excluded.attempt, operation = excluded.operation,
        kind = excluded.kind, scope_name = excluded.scope_name, scope_sites = excluded.scope_sites, protocol_hash = excluded.protocol_hash,
        model_lock = excluded.model_lock, state = excluded.state, release_key = excluded.release_key, frame_key = excluded.frame_key, answered_at = excluded.answered_at),
    egress as (${insertEgressSql(2, '(select ok from kept)')}),
    messages as (${insertMessagesSql(1, '(select ok from kept)')}),
    opening as (
      insert into ledger_opening (commitment, value_json, salt)
      select $${opening}::char(64), $${opening + 1}::text, $${opening + 2}::bytea where $${opening}::char(64) is not null and exists (select from egress))
    select ok, (select coalesce(json_agg(messages), '[]'::json) from messages) as messages,
      case when ok and exists (select from egress) then ${appendCall(21)} end as leaf from kept`;
  return { sql, values };
}

/** Stored messages with the ids that the database gave them. */
export function storedMessages(
  messages: readonly NewOutboxMessage[],
  rows: readonly { readonly id: string; readonly message_id: string }[],
): OutboxMessage[] {
  const ids = new Map(rows.map((row) => [row.message_id, row.id]));
  return messages.flatMap((message) => {
    const id = ids.get(message.messageId);
    return id === undefined ? [] : [{ ...message, id, sends: 0, sentAt: null }];
  });
}

/** The same bytes as a Buffer, which is what the driver takes. */
export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
