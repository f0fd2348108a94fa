import { AppError, canonicalJson, equalBytes, sha256 } from '@cohortium/kernel';
import type { z } from 'zod';
import { contractsErrors } from './errors.js';
import { maxBodyBytes, maxHeaderBytes, maxMessageBytes, maxProtocolHeaderBytes } from './limits.js';
import { downMessage, heartbeatMessage, upMessage } from './messages.js';
import type { DownMessage, HeartbeatMessage, PayloadRef, UpMessage } from './messages.js';

/** A message as a receiver sees it: the header, and the bytes that follow it (empty where the type has none). */
export interface Decoded<Header> {
  readonly header: Header;
  readonly body: Uint8Array;
}

/** Any header of the wire. */
export type AnyMessage = DownMessage | UpMessage | HeartbeatMessage;

const empty = new Uint8Array(0);

/**
 * Writes a message: `u32 LE header length | RFC 8785 canonical JSON header | body`. One value has one byte string.
 * @param body as long as the header announces (`bytes` of a chunk, `params.bytes`, `result.bytes` or `payload.bytes` of inline content), else empty
 * @throws `CONTRACTS.BAD_HEADER`, `CONTRACTS.TOO_LARGE`, `CONTRACTS.BODY_MISMATCH`, `CONTRACTS.HASH_MISMATCH`
 */
export function encodeMessage(header: AnyMessage, body: Uint8Array = empty): Uint8Array {
  const parsed = parseHeader(schemaOf(header), header);
  checkBody(parsed, body);
  return frame(parsed, body);
}

/**
 * Reads a message of the coordinator. The body is a view on `bytes`, not a copy.
 * @throws `CONTRACTS.TOO_LARGE`, `CONTRACTS.BAD_FRAME`, `CONTRACTS.BAD_HEADER`, `CONTRACTS.NOT_CANONICAL`, `CONTRACTS.BODY_MISMATCH`,
 * `CONTRACTS.HASH_MISMATCH`; nothing else, whatever the bytes
 */
export function decodeDownMessage(bytes: Uint8Array): Decoded<DownMessage> {
  return decode(downMessage, bytes);
}

/** Reads a message of a site; see {@link decodeDownMessage}. */
export function decodeUpMessage(bytes: Uint8Array): Decoded<UpMessage> {
  return decode(upMessage, bytes);
}

/** Reads a heartbeat; see {@link decodeDownMessage}. */
export function decodeHeartbeat(bytes: Uint8Array): Decoded<HeartbeatMessage> {
  return decode(heartbeatMessage, bytes);
}

function schemaOf(header: AnyMessage): z.ZodType<AnyMessage> {
  if (header.type === 'heartbeat') return heartbeatMessage;
  // Both directions know the type `chunk`, in the same form.
  return isUp(header.type) ? upMessage : downMessage;
}

const isUp = (type: AnyMessage['type']): boolean => ['hello', 'approval', 'answer', 'witnessed', 'maskingReply'].includes(type);

function decode<Header extends AnyMessage>(schema: z.ZodType<Header>, bytes: Uint8Array): Decoded<Header> {
  if (bytes.length > maxMessageBytes) throw tooLarge('message', bytes.length, maxMessageBytes);
  if (bytes.length < 4) throw contractsErrors.error('CONTRACTS.BAD_FRAME', { reason: 'shorter than its length word' });
  const headerLength = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true);
  if (headerLength > maxProtocolHeaderBytes) throw tooLarge('message header', headerLength, maxProtocolHeaderBytes);
  if (headerLength > bytes.length - 4) throw contractsErrors.error('CONTRACTS.BAD_FRAME', { reason: 'header longer than the message' });
  const bodyLength = bytes.length - 4 - headerLength;
  if (bodyLength > maxBodyBytes) throw tooLarge('message body', bodyLength, maxBodyBytes);
  try {
    const header = parseHeader(schema, parseJson(bytes.subarray(4, 4 + headerLength)));
    const body = bytes.subarray(4 + headerLength);
    checkBody(header, body);
    // Length word and body have one form each; the header must be the one canonical text of its value.
    if (!equalBytes(headerBytes(header), bytes.subarray(4, 4 + headerLength))) throw contractsErrors.error('CONTRACTS.NOT_CANONICAL');
    return { header, body };
  } catch (error) {
    if (error instanceof AppError && error.code.startsWith('CONTRACTS.')) throw error;
    // Whatever a hostile header provokes below (depth of recursion, a value JSON cannot write back), the caller sees one refusal.
    throw contractsErrors.error('CONTRACTS.NOT_CANONICAL', {}, { cause: error });
  }
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (cause) {
    throw contractsErrors.error('CONTRACTS.BAD_FRAME', { reason: 'header is not JSON in UTF-8' }, { cause });
  }
}

function parseHeader<Header extends AnyMessage>(schema: z.ZodType<Header>, value: unknown): Header {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  // The code of the issue, not its message: a message may quote what it found.
  throw contractsErrors.error('CONTRACTS.BAD_HEADER', {
    path: `$${(issue?.path ?? []).map((part) => `.${String(part)}`).join('')}`.slice(0, 200),
    reason: issue?.code ?? 'unknown',
  });
}

/** The content that a header announces for its own body, if any. */
function inlineRef(header: AnyMessage): PayloadRef | undefined {
  if (header.type === 'task') return header.params;
  if (header.type === 'total') return header.result;
  return header.type === 'answer' ? header.payload : undefined;
}

function checkBody(header: AnyMessage, body: Uint8Array): void {
  const ref = inlineRef(header);
  const expected = header.type === 'chunk' ? header.bytes : ref !== undefined && ref.chunks === 0 ? ref.bytes : 0;
  if (body.length !== expected) throw contractsErrors.error('CONTRACTS.BODY_MISMATCH', { type: header.type, bytes: body.length, expected });
  if (ref === undefined || ref.chunks !== 0) return;
  if (sha256(body) !== ref.sha256) throw contractsErrors.error('CONTRACTS.HASH_MISMATCH', { bytes: body.length, sha256: ref.sha256 });
}

/** Types that carry a document in their header: a protocol, or the keys and shares of all sites. */
const isLong = (type: AnyMessage['type']): boolean => ['protocol', 'maskingRequest', 'maskingReply'].includes(type);

function headerBytes(header: AnyMessage): Uint8Array {
  const text = Buffer.from(canonicalJson(header), 'utf8');
  const limit = isLong(header.type) ? maxProtocolHeaderBytes : maxHeaderBytes;
  if (text.length > limit) throw tooLarge('message header', text.length, limit);
  return text;
}

function frame(header: AnyMessage, body: Uint8Array): Uint8Array {
  const text = headerBytes(header);
  if (body.length > maxBodyBytes) throw tooLarge('message body', body.length, maxBodyBytes);
  const bytes = new Uint8Array(4 + text.length + body.length);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, 4);
  bytes.set(body, 4 + text.length);
  return bytes;
}

function tooLarge(what: string, bytes: number, limit: number): Error {
  return contractsErrors.error('CONTRACTS.TOO_LARGE', { what, bytes, limit });
}
