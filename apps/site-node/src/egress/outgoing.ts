import { chunkMessages, encodeMessage, splitPayload, subjects, wireVersion } from '@cohortium/contracts';
import type { AnyMessage, AnswerMessage, ApprovalMessage, TaskMessage, WitnessedMessage } from '@cohortium/contracts';
import { canonicalJson, sha256 } from '@cohortium/kernel';
import type { WithheldReason } from '@cohortium/federation';
import type { NewOutboxMessage } from '@cohortium/persistence';
import type { Released } from '@cohortium/privacy';

/** A message for the outbox with its bytes, which go to the relay without a detour. */
export interface OutgoingMessage {
  readonly row: NewOutboxMessage;
  readonly frame: Uint8Array;
}

/** Where messages of a decided answer come from. */
export interface AnswerOrigin {
  readonly task: TaskMessage;
  /** Key of the frozen release whose slices the bodies are; null when nothing was released. */
  readonly releaseKey: string | null;
}

/** Names one decided answer of this site: the same request of the same attempt is decided once. */
export function answerIdOf(task: Pick<TaskMessage, 'run' | 'round' | 'attempt' | 'requestHash'>): string {
  return `${task.run}.${task.round}.${task.attempt}.${task.requestHash.slice(0, 16)}`;
}

/** The messages that carry released content: chunks first, then the answer that names them. */
export function releasedMessages(released: Released, origin: AnswerOrigin): OutgoingMessage[] {
  const { task } = origin;
  const content = released.bytes;
  const { ref, chunks } = splitPayload(content);
  const pieces = chunks.length === 0 ? [] : chunkMessages({ study: task.study, site: task.site }, content).messages;
  let from = 0;
  const parts: { header: AddressedMessage; body: Uint8Array; from: number }[] = pieces.map(({ header, body }) => {
    const part = { header, body, from };
    from += body.length;
    return part;
  });
  const header = answerHeader(task, { state: 'released', reason: null, clauseId: released.clauseId, payload: ref });
  parts.push({ header, body: chunks.length === 0 ? content : new Uint8Array(0), from: 0 });
  return parts.map((part, index) =>
    outgoing(part.header, part.body, {
      messageId: `${answerIdOf(task)}.${index}`,
      answerId: answerIdOf(task),
      bodyFrom: part.from,
      origin,
      clauseId: released.clauseId,
    }),
  );
}

/** The message that says that something stayed, and the reason code. */
export function withheldMessage(task: TaskMessage, reason: WithheldReason, clauseId: string | null): OutgoingMessage {
  const { ref } = splitPayload(new Uint8Array(0));
  const header = answerHeader(task, { state: 'withheld', reason, clauseId, payload: ref });
  return outgoing(header, new Uint8Array(0), {
    messageId: `${answerIdOf(task)}.0`,
    answerId: answerIdOf(task),
    bodyFrom: 0,
    origin: { task, releaseKey: null },
    clauseId,
  });
}

/** The greeting of a site: each start of the process has one of its own. */
export function helloMessage(header: HelloMessage, messageId: string): OutgoingMessage {
  return outgoing(header, new Uint8Array(0), { messageId, answerId: null, bodyFrom: 0, origin: undefined, clauseId: null });
}

/** What this site has witnessed, and the state of its own log: a control message. */
export function witnessedMessage(header: WitnessedMessage, messageId: string): OutgoingMessage {
  return outgoing(header, new Uint8Array(0), { messageId, answerId: null, bodyFrom: 0, origin: undefined, clauseId: null });
}

/** The decision on a protocol. `decidedAt` names it: told again, it is the same message. */
export function approvalMessage(header: ApprovalMessage, decidedAt: Date): OutgoingMessage {
  const id = `approval.${header.protocolHash.slice(0, 32)}.${decidedAt.getTime()}`;
  return outgoing(header, new Uint8Array(0), { messageId: id, answerId: id, bodyFrom: 0, origin: undefined, clauseId: null });
}

/** A greeting of a site. */
export type HelloMessage = Extract<AnyMessage, { type: 'hello' }>;
type AddressedMessage = AnyMessage & { readonly study: string };
type Verdict = Pick<AnswerMessage, 'state' | 'reason' | 'clauseId' | 'payload'>;

function answerHeader(task: TaskMessage, verdict: Verdict): AnswerMessage {
  const { study, site, run, round, attempt, operation, kind, requestHash } = task;
  // What is released was derived under this very head; see TotalsBook.
  const prevRoundHash = verdict.state === 'released' ? task.prevRoundHash : null;
  return { v: wireVersion, study, site, type: 'answer', run, round, attempt, operation, kind, requestHash, prevRoundHash, ...verdict };
}

interface Placing {
  readonly messageId: string;
  /** Of the messages that are sent again together. */
  readonly answerId: string | null;
  readonly bodyFrom: number;
  readonly origin: AnswerOrigin | undefined;
  readonly clauseId: string | null;
}

function outgoing(
  header: AddressedMessage,
  body: Uint8Array,
  { messageId, answerId, bodyFrom, origin, clauseId }: Placing,
): OutgoingMessage {
  const frame = encodeMessage(header, body);
  const task = origin?.task;
  const row: NewOutboxMessage = {
    messageId,
    answerId,
    subject: subjects.up(header.study, header.site),
    type: header.type,
    header: canonicalJson(header),
    releaseKey: body.length > 0 ? (origin?.releaseKey ?? null) : null,
    bodyFrom,
    bodyBytes: body.length,
    frameBytes: frame.length,
    frameSha256: sha256(frame),
    run: task?.run ?? null,
    round: task?.round ?? null,
    operation: task?.operation ?? null,
    clauseId,
    attempt: task?.attempt ?? 1,
  };
  return { row, frame };
}
