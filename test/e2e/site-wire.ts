import { checkAddress, decodeDownMessage, decodeHeartbeat, decodeUpMessage, subjects } from '@cohortium/contracts';
import type { AnswerMessage, AnyMessage, TaskMessage } from '@cohortium/contracts';
import { sha256 } from '@cohortium/kernel';
import type { CapturedSite } from './captured-federation.js';
import { parseNatsStream } from './nats-frames.js';
import type { ControlFrame, MessageFrame } from './nats-frames.js';

/** A message of the project's own wire, as it was captured. */
export interface WireMessage {
  readonly subject: string;
  readonly header: AnyMessage;
  readonly body: Uint8Array;
  readonly bytes: number;
  readonly sha256: string;
}

/** The wire of one site, read. */
export interface SiteWire {
  readonly site: string;
  /** Connections to the broker: more than one where one was lost and made again. */
  readonly connectionCount: number;
  /**
   * Kept messages in the order in which they left, each once. A message that was asked for again leaves again, the same bytes.
   */
  readonly published: readonly WireMessage[];
  /** How often each message left, by its hash: asked for anew, and at all (the broker drops what comes under the same id). */
  readonly sendings: ReadonlyMap<string, { readonly ids: number; readonly frames: number }>;
  readonly heartbeats: readonly WireMessage[];
  /** Messages of the coordinator. */
  readonly delivered: readonly WireMessage[];
  /** Everything else that left: the broker's own protocol. */
  readonly sentControl: readonly ControlFrame[];
  readonly sentRequests: readonly MessageFrame[];
  /** Everything else that came. */
  readonly receivedControl: readonly ControlFrame[];
  readonly receivedReplies: readonly MessageFrame[];
  /** Header names and reply subjects of the messages in {@link published}. */
  readonly brokerHeaders: ReadonlySet<string>;
  readonly replies: ReadonlySet<string>;
}

/**
 * Reads what was captured of a site.
 * @throws the refusals of libs/contracts for a message that it does not know; Error for bytes that are not the broker's protocol
 */
export function readWire({ site, connections }: CapturedSite): SiteWire {
  const sent = connections.flatMap(({ sent: bytes }) => parseNatsStream(bytes, true));
  const received = connections.flatMap(({ received: bytes }) => parseNatsStream(bytes, true));
  const out = sent.filter((frame) => frame.kind === 'message');
  const own = out.filter(({ subject }) => /^fl\.[^.]+\.up\./.test(subject));
  const incoming = received.filter((frame) => frame.kind === 'message');
  const isTask = ({ subject }: MessageFrame) => /^fl\.[^.]+\.task\./.test(subject);
  const beats = out.filter(({ subject }) => subject === subjects.heartbeat(site));
  return {
    site,
    connectionCount: connections.length,
    published: distinct(own).map((frame) => wireMessage(frame, decodeUpMessage)),
    sendings: countSendings(own),
    heartbeats: beats.map((frame) => wireMessage(frame, decodeHeartbeat)),
    delivered: incoming.filter(isTask).map((frame) => wireMessage(frame, decodeDownMessage)),
    sentControl: sent.filter((frame) => frame.kind === 'control'),
    sentRequests: out.filter((frame) => !own.includes(frame) && !beats.includes(frame)),
    receivedControl: received.filter((frame) => frame.kind === 'control'),
    receivedReplies: incoming.filter((frame) => !isTask(frame)),
    brokerHeaders: new Set(own.flatMap(({ headers }) => headers.map(([name]) => name))),
    replies: new Set(own.map(({ reply }) => reply ?? '')),
  };
}

/** Answers with the tasks that they answer. @throws Error for an answer that nobody asked for */
export function answersWithTasks({ published, delivered }: SiteWire): { answer: AnswerMessage; task: TaskMessage; content: Uint8Array }[] {
  const tasks = delivered.flatMap(({ header }) => (header.type === 'task' ? [header] : []));
  return published.flatMap(({ header: answer, body }) => {
    if (answer.type !== 'answer') return [];
    const task = tasks.find(
      ({ run, round, attempt, requestHash }) =>
        run === answer.run && round === answer.round && attempt === answer.attempt && requestHash === answer.requestHash,
    );
    if (task === undefined) throw new Error(`nobody asked for round ${answer.round}, attempt ${answer.attempt}`);
    return [{ answer, task, content: contentOf(answer.payload, body, published) }];
  });
}

/** Parameters of every task by the hash that names them, and every frozen part, as they came. */
export function deliveredContents({ delivered }: SiteWire): ReadonlyMap<string, Uint8Array> {
  const contents = new Map<string, Uint8Array>();
  for (const { header, body } of delivered) {
    if (header.type === 'task') contents.set(header.params.sha256, contentOf(header.params, body, delivered));
    else if (header.type === 'chunk') contents.set(header.sha256, contentOf(header, new Uint8Array(0), delivered));
  }
  return contents;
}

/** Content that is the body of its message, or was sent in chunks. */
function contentOf(ref: { readonly sha256: string; readonly chunks: number }, body: Uint8Array, from: readonly WireMessage[]): Uint8Array {
  if (ref.chunks === 0) return body;
  const pieces = new Map<number, Uint8Array>();
  for (const message of from)
    if (message.header.type === 'chunk' && message.header.sha256 === ref.sha256) pieces.set(message.header.index, message.body);
  const content = Buffer.concat(Array.from({ length: ref.chunks }, (_, index) => pieces.get(index) ?? new Uint8Array(0)));
  if (sha256(content) !== ref.sha256) throw new Error('content in chunks is not what its name says');
  return content;
}

/** Messages of one content once. */
function distinct(frames: readonly MessageFrame[]): MessageFrame[] {
  return [...new Map(frames.toReversed().map((frame) => [sha256(frame.payload), frame])).values()].reverse();
}

/** @throws Error when the broker is given other bytes under an id that it knows: it would drop them */
function countSendings(frames: readonly MessageFrame[]): ReadonlyMap<string, { readonly ids: number; readonly frames: number }> {
  const byId = new Map<string, string>();
  const counts = new Map<string, { readonly ids: number; readonly frames: number }>();
  for (const frame of frames) {
    const id = frame.headers.find(([name]) => name === 'Nats-Msg-Id')?.[1];
    if (id === undefined) throw new Error(`a kept message without an id on ${frame.subject}`);
    const hash = sha256(frame.payload);
    const known = byId.get(id);
    if (known !== undefined && known !== hash) throw new Error(`two messages have the id ${id}`);
    byId.set(id, hash);
    const { ids, frames: so } = counts.get(hash) ?? { ids: 0, frames: 0 };
    counts.set(hash, { ids: known === undefined ? ids + 1 : ids, frames: so + 1 });
  }
  return counts;
}

function wireMessage(
  { subject, payload }: MessageFrame,
  decode: (bytes: Uint8Array) => { header: AnyMessage; body: Uint8Array },
): WireMessage {
  const { header, body } = decode(payload);
  if (header.type !== 'heartbeat') checkAddress(header, subject);
  return { subject, header, body, bytes: payload.length, sha256: sha256(payload) };
}
