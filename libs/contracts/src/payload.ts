import { sha256 } from '@cohortium/kernel';
import { contractsErrors } from './errors.js';
import { chunkBytes, chunkCount, inlineBytes, maxPayloadBytes } from './limits.js';
import { wireVersion } from './messages.js';
import type { ChunkMessage, PayloadRef } from './messages.js';

/** Content cut for the wire. */
export interface SplitPayload {
  readonly ref: PayloadRef;
  /** Views on the content in order; none where the content is inline (`ref.chunks === 0`). */
  readonly chunks: readonly Uint8Array[];
}

/**
 * Names content by its hash and cuts it where it is longer than one message may be: inline up to 256 KiB, else pieces of 256 KiB.
 * @throws `CONTRACTS.TOO_LARGE` above 1 GiB
 * @param options.alwaysChunks also short content travels in chunks (frozen parts of parameters, whose message has another body)
 */
export function splitPayload(content: Uint8Array, options: { readonly alwaysChunks?: boolean } = {}): SplitPayload {
  if (content.length > maxPayloadBytes)
    throw contractsErrors.error('CONTRACTS.TOO_LARGE', { what: 'payload', bytes: content.length, limit: maxPayloadBytes });
  const hash = sha256(content);
  if (content.length <= inlineBytes && options.alwaysChunks !== true)
    return { ref: { sha256: hash, bytes: content.length, chunks: 0 }, chunks: [] };
  const count = chunkCount(content.length);
  const chunks = Array.from({ length: count }, (_, index) => content.subarray(index * chunkBytes, (index + 1) * chunkBytes));
  return { ref: { sha256: hash, bytes: content.length, chunks: count }, chunks };
}

/** One piece of content with its header, ready for `encodeMessage`. */
export interface ChunkFrame {
  readonly header: ChunkMessage;
  readonly body: Uint8Array;
}

/**
 * All of some content as chunk messages, to be sent before the message that names `ref`. Empty content is one empty chunk.
 * Sender and receiver may repeat or reorder them freely.
 */
export function chunkMessages(
  envelope: { readonly study: string; readonly site: string },
  content: Uint8Array,
): { readonly ref: PayloadRef; readonly messages: readonly ChunkFrame[] } {
  const { ref, chunks } = splitPayload(content, { alwaysChunks: true });
  const messages = chunks.map((body, index) => ({
    header: {
      v: wireVersion,
      study: envelope.study,
      site: envelope.site,
      type: 'chunk',
      sha256: ref.sha256,
      index,
      chunks: ref.chunks,
      bytes: body.length,
    } as const,
    body,
  }));
  return { ref, messages };
}

interface Partial {
  readonly chunks: number;
  readonly pieces: Map<number, Uint8Array>;
  bytes: number;
}

/**
 * Puts payloads together from chunks that arrive in any order, any number of times. Use one per peer, so that no peer can push
 * out the pieces of another.
 *
 * Memory is bounded: when a piece finds no room, the payload that has waited longest without a new piece is forgotten (a sender
 * that died midway sends all of it again). The pieces live in memory only: a receiver that acknowledges a chunk and restarts
 * before the message that names it must have stored the chunk, or ask for the message again.
 */
export class PayloadAssembler {
  private readonly partials = new Map<string, Partial>();
  private held = 0;

  /** @param maxBytes bound on all pieces held at one time; one payload may use all of it */
  constructor(private readonly maxBytes: number) {}

  /** Bytes of all pieces held. */
  get heldBytes(): number {
    return this.held;
  }

  /**
   * Takes a copy of one piece.
   * @throws `CONTRACTS.CHUNK_CONFLICT` when the header contradicts itself, its body, or an earlier chunk of the payload
   * @throws `CONTRACTS.TOO_LARGE` when the payload alone exceeds the bound
   */
  add(header: ChunkMessage, body: Uint8Array): void {
    this.check(header, body);
    const partial = this.partials.get(header.sha256) ?? { chunks: header.chunks, pieces: new Map<number, Uint8Array>(), bytes: 0 };
    if (partial.chunks !== header.chunks) throw conflict(header.sha256, 'another number of chunks');
    // Last in the map is last touched, so the first one is the one to forget.
    this.partials.delete(header.sha256);
    this.partials.set(header.sha256, partial);
    if (partial.pieces.has(header.index)) return;
    this.makeRoom(body.length, header.sha256);
    partial.pieces.set(header.index, body.slice());
    partial.bytes += body.length;
    this.held += body.length;
  }

  /** Indexes of the pieces that have not arrived; empty when the content is complete or inline. */
  missing(ref: PayloadRef): readonly number[] {
    const pieces = this.partials.get(ref.sha256)?.pieces;
    return Array.from({ length: ref.chunks }, (_, index) => index).filter((index) => pieces === undefined || !pieces.has(index));
  }

  /**
   * The content of a complete payload, or undefined while pieces are missing (or the content is inline). The pieces stay until
   * {@link drop}, so that a handler that fails later can be repeated.
   * @throws `CONTRACTS.HASH_MISMATCH` when the whole is not what its name says; all pieces are dropped so that they can come again
   * @throws `CONTRACTS.CHUNK_CONFLICT` when the reference announces another number of chunks or bytes than arrived
   */
  peek(ref: PayloadRef): Uint8Array | undefined {
    const partial = this.partials.get(ref.sha256);
    if (partial === undefined || partial.pieces.size < partial.chunks) return undefined;
    if (partial.chunks !== ref.chunks || partial.bytes !== ref.bytes) throw conflict(ref.sha256, 'the message names another size');
    const content = new Uint8Array(partial.bytes);
    for (const [index, piece] of partial.pieces) content.set(piece, index * chunkBytes);
    if (sha256(content) === ref.sha256) return content;
    this.drop(ref.sha256);
    throw contractsErrors.error('CONTRACTS.HASH_MISMATCH', { bytes: ref.bytes, sha256: ref.sha256 });
  }

  /** {@link peek}, and forgets the pieces of what it returns. */
  take(ref: PayloadRef): Uint8Array | undefined {
    const content = this.peek(ref);
    if (content !== undefined) this.drop(ref.sha256);
    return content;
  }

  /** Forgets all pieces of a payload. */
  drop(hash: string): void {
    this.held -= this.partials.get(hash)?.bytes ?? 0;
    this.partials.delete(hash);
  }

  private check(header: ChunkMessage, body: Uint8Array): void {
    if (body.length !== header.bytes) throw conflict(header.sha256, 'the body is not as long as announced');
    if (header.index >= header.chunks) throw conflict(header.sha256, 'the index is beyond the last chunk');
    const last = header.index === header.chunks - 1;
    const fits = last ? header.bytes <= chunkBytes && (header.bytes > 0 || header.chunks === 1) : header.bytes === chunkBytes;
    if (!fits) throw conflict(header.sha256, 'the chunk does not have the size of its place');
    const atLeast = (header.chunks - 1) * chunkBytes + (last ? header.bytes : Math.min(1, header.chunks - 1));
    if (atLeast > this.maxBytes)
      throw contractsErrors.error('CONTRACTS.TOO_LARGE', { what: 'payload in chunks', bytes: atLeast, limit: this.maxBytes });
  }

  private makeRoom(bytes: number, keep: string): void {
    for (const hash of this.partials.keys()) {
      if (this.held + bytes <= this.maxBytes) return;
      if (hash !== keep) this.drop(hash);
    }
    if (this.held + bytes > this.maxBytes)
      throw contractsErrors.error('CONTRACTS.TOO_LARGE', { what: 'payload in chunks', bytes: this.held + bytes, limit: this.maxBytes });
  }
}

function conflict(hash: string, reason: string): Error {
  return contractsErrors.error('CONTRACTS.CHUNK_CONFLICT', { sha256: hash, reason });
}
