import { AppError, equalBytes, sha256 } from '@cohortium/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeUpMessage, encodeMessage } from './codec.js';
import { chunkBytes, inlineBytes } from './limits.js';
import type { ChunkMessage } from './messages.js';
import { PayloadAssembler, chunkMessages, splitPayload } from './payload.js';
import type { ChunkFrame } from './payload.js';

const envelope = { study: 's', site: 'H1' };
const roomy = 64 * 1024 * 1024;

/** Content whose bytes differ from place to place, so that swapped pieces show. */
function contentOf(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0, state = seed; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

function codeOf(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return error.code;
  }
}

describe('splitPayload', () => {
  it.each([
    [0, 0],
    [inlineBytes, 0],
    [inlineBytes + 1, 2],
    [2 * chunkBytes, 2],
    [2 * chunkBytes + 1, 3],
  ])('%i bytes make %i chunks', (length, count) => {
    const content = contentOf(length);
    const { ref, chunks } = splitPayload(content);
    expect(ref).toEqual({ sha256: sha256(content), bytes: length, chunks: count });
    expect(chunks.length).toBe(count);
    if (count > 0) expect(equalBytes(Buffer.concat(chunks), content)).toBe(true);
  });

  it('cuts short content too where asked', () => {
    expect(splitPayload(new Uint8Array(0), { alwaysChunks: true }).chunks.map((piece) => piece.length)).toEqual([0]);
    expect(splitPayload(new Uint8Array(5), { alwaysChunks: true }).ref.chunks).toBe(1);
  });
});

describe('PayloadAssembler', () => {
  it('any order and any repetition of the chunks gives the content, through the codec', () => {
    const size = fc.oneof(fc.nat({ max: 2000 }), fc.integer({ min: chunkBytes - 2, max: 3 * chunkBytes + 2 }));
    fc.assert(
      fc.property(size, fc.integer(), fc.infiniteStream(fc.nat()), (length, seed, draws) => {
        const content = contentOf(length, seed);
        const { ref, messages } = chunkMessages(envelope, content);
        const assembler = new PayloadAssembler(roomy);
        const pending = new Set(messages.keys());
        while (pending.size > 0) {
          expect(assembler.take(ref)).toBeUndefined();
          expect(new Set(assembler.missing(ref))).toEqual(pending);
          const index = (draws.next().value as number) % messages.length;
          const { header, body } = messages[index] as ChunkFrame;
          const decoded = decodeUpMessage(encodeMessage(header, body));
          assembler.add(decoded.header as ChunkMessage, decoded.body);
          pending.delete(index);
        }
        expect(assembler.missing(ref)).toEqual([]);
        expect(equalBytes(assembler.peek(ref) as Uint8Array, content)).toBe(true);
        expect(equalBytes(assembler.take(ref) as Uint8Array, content)).toBe(true);
        expect(assembler.heldBytes).toBe(0);
        expect(assembler.take(ref)).toBeUndefined();
      }),
      { numRuns: 60 },
    );
  });

  it('keeps copies: the receive buffer may be reused', () => {
    const content = contentOf(10);
    const { ref, messages } = chunkMessages(envelope, content);
    const body = (messages[0] as ChunkFrame).body.slice();
    const assembler = new PayloadAssembler(roomy);
    assembler.add((messages[0] as ChunkFrame).header, body);
    body.fill(0);
    expect(assembler.take(ref)).toEqual(content);
  });

  it('never returns content that is not what its name says, and takes it again afterwards', () => {
    const content = contentOf(chunkBytes + 5);
    const { ref, messages } = chunkMessages(envelope, content);
    const [first, second] = messages as [ChunkFrame, ChunkFrame];
    const assembler = new PayloadAssembler(roomy);
    const forged = first.body.slice();
    forged[3] = (forged[3] as number) ^ 1;
    assembler.add(first.header, forged);
    assembler.add(second.header, second.body);
    expect(codeOf(() => assembler.take(ref))).toBe('CONTRACTS.HASH_MISMATCH');
    expect(assembler.heldBytes).toBe(0);
    for (const { header, body } of messages) assembler.add(header, body);
    expect(equalBytes(assembler.take(ref) as Uint8Array, content)).toBe(true);
  });

  it('refuses chunks that contradict themselves or each other', () => {
    const { messages } = chunkMessages(envelope, contentOf(chunkBytes + 5));
    const [first, second] = messages as [ChunkFrame, ChunkFrame];
    const add = (header: Partial<ChunkMessage>, body: Uint8Array): string | undefined => {
      const assembler = new PayloadAssembler(roomy);
      assembler.add(first.header, first.body);
      const outcome = codeOf(() => assembler.add({ ...second.header, ...header } as ChunkMessage, body));
      expect(assembler.heldBytes).toBe(first.body.length);
      return outcome;
    };
    expect(add({ index: 2 }, second.body)).toBe('CONTRACTS.CHUNK_CONFLICT');
    expect(add({ chunks: 3, index: 2 }, second.body)).toBe('CONTRACTS.CHUNK_CONFLICT');
    expect(add({ bytes: 6 }, second.body)).toBe('CONTRACTS.CHUNK_CONFLICT');
    expect(add({ bytes: 0 }, new Uint8Array(0))).toBe('CONTRACTS.CHUNK_CONFLICT');
    expect(add({ index: 0 }, second.body)).toBe('CONTRACTS.CHUNK_CONFLICT');
    expect(add({ chunks: 0, index: 0 }, second.body)).toBe('CONTRACTS.CHUNK_CONFLICT');
    expect(add({ bytes: chunkBytes + 1 }, new Uint8Array(chunkBytes + 1))).toBe('CONTRACTS.CHUNK_CONFLICT');
  });

  it('refuses a payload beyond the bound before it holds any of it', () => {
    const assembler = new PayloadAssembler(3 * chunkBytes);
    const piece = new Uint8Array(chunkBytes);
    const header = {
      v: 2,
      study: 's',
      site: 'H1',
      type: 'chunk',
      sha256: 'a'.repeat(64),
      index: 0,
      chunks: 2 ** 40,
      bytes: chunkBytes,
    } as const;
    expect(codeOf(() => assembler.add(header, piece))).toBe('CONTRACTS.TOO_LARGE');
    expect(assembler.heldBytes).toBe(0);
  });

  it('forgets the payload that waited longest when room is short', () => {
    const assembler = new PayloadAssembler(4 * chunkBytes);
    const [old, young, large] = [1, 2, 3].map((seed) => chunkMessages(envelope, contentOf((seed === 3 ? 3 : 2) * chunkBytes, seed))) as [
      ReturnType<typeof chunkMessages>,
      ReturnType<typeof chunkMessages>,
      ReturnType<typeof chunkMessages>,
    ];
    const feed = (messages: readonly ChunkFrame[]): void => messages.forEach(({ header, body }) => assembler.add(header, body));
    feed(old.messages.slice(0, 1));
    feed(young.messages.slice(0, 1));
    feed(old.messages.slice(0, 1));
    feed(large.messages);
    expect(assembler.missing(young.ref)).toEqual([0, 1]);
    expect(assembler.missing(old.ref)).toEqual([1]);
    expect(assembler.heldBytes).toBe(4 * chunkBytes);
    expect(assembler.take(large.ref)?.length).toBe(3 * chunkBytes);
  });
});
