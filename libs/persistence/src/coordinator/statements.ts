import type { Json } from '@cohortium/kernel';

/** Kinds of progress events of a run. */
export const runEventTypes = [
  'waitingForApproval',
  'approved',
  'stepBegins',
  'roundOpened',
  'siteAnswered',
  'roundCommitted',
  'modelLocked',
  'finished',
  'aborted',
] as const;
/** One of {@link runEventTypes}. */
export type RunEventType = (typeof runEventTypes)[number];

/** Further fields of an event. */
export type EventData = Readonly<Record<string, Json>>;

/** A message to a site as it is put into the outbox. */
export interface NewDownMessage {
  readonly messageId: string;
  readonly subject: string;
  readonly run: string | null;
  /** The message, or all of it before the body when the body is a slice of a payload. */
  readonly head: Uint8Array;
  /** The slice of a stored payload of the same run that follows the head. */
  readonly slice: { readonly sha256: string; readonly from: number; readonly bytes: number } | null;
}

/** A message of the outbox. `id` is a decimal number that grows with the order of messages. */
export interface StoredDownMessage extends NewDownMessage {
  readonly id: string;
}

/*
 * Several changes that belong together are one SQL statement here where they are on the path of a round: a statement is a
 * transaction, and the time of a round is the time of its round trips to the server.
 *
 * Convention of these fragments: $1 run, $2 instant, $3 event data as JSON.
 */

/**
 * Common table expressions that append one event to a run if `trigger` has rows. The update locks the row of the run until the
 * commit, so events become visible in the order of their numbers and a reader that goes on after a number misses none.
 * @param set further assignments to the row of the run
 */
export function appendEvent(trigger: string, type: RunEventType, set = ''): string {
  return `counted as (
      update run set event_count = event_count + 1${set === '' ? '' : `, ${set}`} where id = $1::text and exists (select 1 from ${trigger}) returning event_count),
    noted as (insert into run_event (run, seq, at, type, data_json) select $1::text, event_count, $2::timestamptz, '${type}', $3::text from counted)`;
}

/**
 * A common table expression that puts messages into the outbox if `trigger` has rows; message ids that exist are left as they are.
 * @param first number of the first of the six parameters of {@link outboxParams}
 */
export function enqueue(trigger: string, first: number): string {
  const at = (offset: number, type: string): string => `$${first + offset}::${type}[]`;
  return `queued as (
      insert into outbox (message_id, subject, run, head, payload_sha256, payload_from, payload_bytes)
      select m.id, m.subject, $1::text, m.head, m.payload, m.start, m.size
      from unnest(${at(0, 'text')}, ${at(1, 'text')}, ${at(2, 'bytea')}, ${at(3, 'text')}, ${at(4, 'int')}, ${at(5, 'int')})
        with ordinality as m (id, subject, head, payload, start, size, place)
      where exists (select 1 from ${trigger}) order by m.place
      on conflict (message_id) do nothing returning id, message_id)`;
}

/** Parameters of {@link enqueue}. */
export function outboxParams(messages: readonly NewDownMessage[]): unknown[] {
  return [
    messages.map((m) => m.messageId),
    messages.map((m) => m.subject),
    messages.map((m) => bufferOf(m.head)),
    messages.map((m) => m.slice?.sha256 ?? null),
    messages.map((m) => m.slice?.from ?? 0),
    messages.map((m) => m.slice?.bytes ?? 0),
  ];
}

/** The messages that were stored, in their order, with the ids that the database gave. */
export function withIds<Message extends NewDownMessage>(
  messages: readonly Message[],
  queued: readonly { id: string; message_id: string }[],
): (Message & StoredDownMessage)[] {
  const ids = new Map(queued.map((row) => [row.message_id, row.id]));
  return messages.flatMap((message) => {
    const id = ids.get(message.messageId);
    return id === undefined ? [] : [{ ...message, id }];
  });
}

/** The bytes as the driver wants them, without copying. */
export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
