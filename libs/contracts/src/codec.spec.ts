import { AppError, canonicalJson, sha256 } from '@cohortium/kernel';
import { withheldReasons } from '@cohortium/federation';
import { protocolSchema } from '@cohortium/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeDownMessage, decodeHeartbeat, decodeUpMessage, encodeMessage } from './codec.js';
import type { AnyMessage } from './codec.js';
import { chunkBytes, chunkCount, inlineBytes, maxHeaderBytes, maxMessageBytes, maxPayloadBytes, maxProtocolHeaderBytes } from './limits.js';
import { wireVersion } from './messages.js';

const code = fc.stringMatching(/^[A-Za-z0-9_-]{1,32}$/);
const hash = fc.stringMatching(/^[0-9a-f]{64}$/);
const count = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const operation = fc.constantFrom('statistics.moments@1', 'learning.glm-gradient@2');
const content = fc.uint8Array({ maxLength: 300 });
const envelope = { v: fc.constant(wireVersion as 2), study: code, site: code };

interface Sample {
  readonly header: AnyMessage;
  readonly body: Uint8Array;
}

/** A payload that went before, in chunks. */
const reference = fc
  .record({ sha256: hash, bytes: fc.nat({ max: maxPayloadBytes }) })
  .map((ref) => ({ ...ref, chunks: chunkCount(ref.bytes) }));
/** A payload with its content inline, or the reference of one that went before. */
const payload = fc.oneof(
  content.map((body) => ({ ref: { sha256: sha256(body) as string, bytes: body.length, chunks: 0 }, body })),
  reference.map((ref) => ({ ref, body: new Uint8Array(0) })),
);
const noBody = <H extends AnyMessage>(header: fc.Arbitrary<H>): fc.Arbitrary<Sample> =>
  header.map((h) => ({ header: h, body: new Uint8Array(0) }));
const chunk: fc.Arbitrary<Sample> = fc
  .record({
    ...envelope,
    type: fc.constant('chunk' as const),
    sha256: hash,
    index: fc.nat({ max: 9 }),
    more: fc.integer({ min: 1, max: 9 }),
    body: content,
  })
  .map(({ body, more, ...header }) => ({ header: { ...header, chunks: header.index + more, bytes: body.length }, body }));
const place = fc.integer({ min: 1, max: 1e6 });
const round = {
  run: code,
  round: fc.integer({ min: 1, max: 1e6 }),
  attempt: fc.integer({ min: 1, max: 9 }),
  operation,
  kind: fc.constantFrom('sum' as const, 'siteSummary' as const),
  requestHash: hash,
};
const task: fc.Arbitrary<Sample> = fc
  .record({
    ...envelope,
    ...round,
    type: fc.constant('task' as const),
    scope: fc.record({
      name: fc.constantFrom('training' as const, 'external' as const, 'all' as const),
      sites: fc.array(code, { minLength: 1, maxLength: 8 }),
    }),
    masking: fc.option(fc.record({ batch: place, set: place, attempt: place })),
    protocolHash: hash,
    prevRoundHash: hash,
    modelLock: fc.option(hash),
    frozen: fc.array(reference, { maxLength: 4 }),
    committedThrough: count,
    expiresAt: count,
    params: payload,
  })
  .map(({ params, ...header }) => ({ header: { ...header, params: params.ref }, body: params.body }));
const total: fc.Arbitrary<Sample> = fc
  .record({
    ...envelope,
    type: fc.constant('total' as const),
    run: code,
    round: round.round,
    protocolHash: hash,
    requestHash: hash,
    result: payload,
  })
  .map(({ result, ...header }) => ({ header: { ...header, result: result.ref }, body: result.body }));
const answer: fc.Arbitrary<Sample> = fc
  .record({
    ...envelope,
    ...round,
    type: fc.constant('answer' as const),
    prevRoundHash: fc.option(hash),
    state: fc.constantFrom('released' as const, 'withheld' as const),
    reason: fc.option(fc.constantFrom(...withheldReasons)),
    clauseId: fc.option(fc.string({ maxLength: 64 })),
    payload,
  })
  .map(({ payload: inner, ...header }) => ({ header: { ...header, payload: inner.ref }, body: inner.body }));
const runClosed = noBody(
  fc.record({
    ...envelope,
    type: fc.constant('runClosed' as const),
    run: code,
    state: fc.constantFrom('finished' as const, 'aborted' as const),
  }),
);
const hello = noBody(
  fc.record({
    ...envelope,
    type: fc.constant('hello' as const),
    release: fc.string({ maxLength: 40, unit: 'binary' }),
    operations: fc.array(operation),
    nkey: fc.string({ maxLength: 80 }),
  }),
);
const approval = noBody(
  fc.record({
    ...envelope,
    type: fc.constant('approval' as const),
    protocolHash: hash,
    decision: fc.constantFrom('approved' as const, 'refused' as const),
    reason: fc.constantFrom('withinPolicy' as const, 'beyondPolicy' as const),
  }),
);
const heartbeat = noBody(
  fc.record({
    v: envelope.v,
    site: code,
    type: fc.constant('heartbeat' as const),
    state: fc.constantFrom('idle' as const, 'computing' as const),
    run: fc.option(code),
    round: fc.option(count),
    sentAt: count,
  }),
);

const text = { en: 'A study', zh: '一项研究' };
const protocol = protocolSchema.parse({
  schemaVersion: 1,
  study: 'demo',
  version: '1.0.0',
  title: text,
  endpoint: { name: 'her2', label: text, column: 'her2', positive: [1], negative: [0] },
  features: { all: true },
  sites: { external: ['X'] },
  analysis: { models: [{ id: 'ridge', alpha: 0, penalty: { rule: 'fixed', lambda: 0.1 } }], primaryModel: 'ridge' },
  clauses: [{ clauseId: 'moments', purpose: text, operations: ['statistics.moments@1'], kind: 'sum', scope: 'training' }],
});
const protocolMessage: Sample = {
  header: { v: wireVersion, study: 'demo', site: 'H1', type: 'protocol', protocolHash: '0'.repeat(64), protocol },
  body: new Uint8Array(0),
};

const down = fc.oneof(chunk, task, total, runClosed, fc.constant(protocolMessage));
const up = fc.oneof(chunk, hello, approval, answer);
const decoders = [decodeDownMessage, decodeUpMessage, decodeHeartbeat] as const;

/** A frame that no encoder made: any header text before any body. */
function rawFrame(header: string | Uint8Array, body: Uint8Array = new Uint8Array(0), announced?: number): Uint8Array {
  const head = typeof header === 'string' ? Buffer.from(header, 'utf8') : header;
  const bytes = new Uint8Array(4 + head.length + body.length);
  new DataView(bytes.buffer).setUint32(0, announced ?? head.length, true);
  bytes.set(head, 4);
  bytes.set(body, 4 + head.length);
  return bytes;
}

/** The refusal's code, or undefined where the bytes were read; anything but a typed refusal fails the test. */
function refusal(decode: (bytes: Uint8Array) => unknown, bytes: Uint8Array): string | undefined {
  try {
    decode(bytes);
    return undefined;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return error.code;
  }
}

const runClosedJson = { v: 2, study: 's', site: 'H1', type: 'runClosed', run: 'r', state: 'finished' };

describe('round trip', () => {
  it.each([
    ['down', down, decodeDownMessage],
    ['up', up, decodeUpMessage],
    ['heartbeat', heartbeat, decodeHeartbeat],
  ] as const)('%s messages come back equal, in one byte string', (_name, samples, decode) => {
    fc.assert(
      fc.property(samples, ({ header, body }) => {
        const bytes = encodeMessage(header, body);
        const decoded = decode(bytes);
        expect(canonicalJson(decoded.header)).toBe(canonicalJson(header));
        expect([...decoded.body]).toEqual([...body]);
        expect(encodeMessage(decoded.header, decoded.body)).toEqual(bytes);
      }),
      { numRuns: 300 },
    );
  });

  it('does not depend on the order in which a header was built', () => {
    const reversed = Object.fromEntries(Object.entries(runClosedJson).reverse()) as unknown as AnyMessage;
    expect(encodeMessage(reversed)).toEqual(encodeMessage(runClosedJson as AnyMessage));
  });

  it('reads a message inside a larger buffer', () => {
    const bytes = encodeMessage(runClosedJson as AnyMessage);
    const larger = new Uint8Array(bytes.length + 20);
    larger.set(bytes, 7);
    expect(decodeDownMessage(larger.subarray(7, 7 + bytes.length)).header.type).toBe('runClosed');
  });
});

describe('hostile bytes', () => {
  it('10 000 mutated frames are refused by a typed error or read as a frame that encodes to the same bytes', () => {
    const mutation = fc.oneof(
      fc.record({ kind: fc.constant('flip' as const), at: fc.nat(), by: fc.integer({ min: 1, max: 255 }) }),
      fc.record({ kind: fc.constant('cut' as const), at: fc.nat(), by: fc.nat({ max: 40 }) }),
      fc.record({ kind: fc.constant('insert' as const), at: fc.nat(), by: fc.nat({ max: 255 }) }),
    );
    let read = 0;
    fc.assert(
      fc.property(fc.oneof(down, up, heartbeat), fc.array(mutation, { minLength: 1, maxLength: 4 }), ({ header, body }, mutations) => {
        let bytes = [...encodeMessage(header, body)];
        for (const { kind, at, by } of mutations) {
          const place = bytes.length === 0 ? 0 : at % bytes.length;
          if (kind === 'flip') bytes[place] = (bytes[place] ?? 0) ^ by;
          else if (kind === 'cut') bytes = [...bytes.slice(0, place), ...bytes.slice(place + by)];
          else bytes.splice(place, 0, by);
        }
        const frame = Uint8Array.from(bytes);
        for (const decode of decoders) {
          if (refusal(decode, frame) !== undefined) continue;
          read++;
          const decoded = decode(frame);
          expect(encodeMessage(decoded.header, decoded.body)).toEqual(frame);
        }
      }),
      { numRuns: 10_000 },
    );
    // Some mutations hit free text, a number or the bytes of a chunk: such frames are other messages, not broken ones.
    expect(read).toBeGreaterThan(0);
  });

  it('random bytes are refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) =>
        decoders.every((decode) => refusal(decode, bytes)?.startsWith('CONTRACTS.') === true),
      ),
    );
  });

  it.each([
    ['space in the JSON', JSON.stringify(runClosedJson).replace(',', ', '), 'CONTRACTS.NOT_CANONICAL'],
    ['keys out of order', '{"v":2,"study":"s","site":"H1","type":"runClosed","run":"r","state":"finished"}', 'CONTRACTS.NOT_CANONICAL'],
    ['a key twice', canonicalJson(runClosedJson).replace('"v":2', '"v":2,"v":2'), 'CONTRACTS.NOT_CANONICAL'],
    ['another form of a number', canonicalJson(runClosedJson).replace('"v":2', '"v":2.0'), 'CONTRACTS.NOT_CANONICAL'],
    ['an escape that need not be', canonicalJson(runClosedJson).replace('"r"', '"\\u0072"'), 'CONTRACTS.NOT_CANONICAL'],
    ['a byte order mark', `\ufeff${canonicalJson(runClosedJson)}`, 'CONTRACTS.BAD_FRAME'],
    ['an unknown key', canonicalJson({ ...runClosedJson, more: 1 }), 'CONTRACTS.BAD_HEADER'],
    ['another version', canonicalJson({ ...runClosedJson, v: 1 }), 'CONTRACTS.BAD_HEADER'],
    ['a prototype', canonicalJson(runClosedJson).replace('{', '{"__proto__":{},'), 'CONTRACTS.BAD_HEADER'],
    ['deep nesting', `${'['.repeat(50_000)}${']'.repeat(50_000)}`, 'CONTRACTS.BAD_HEADER'],
    ['no JSON', 'runClosed', 'CONTRACTS.BAD_FRAME'],
  ])('%s is refused', (_name, header, expected) => {
    expect(refusal(decodeDownMessage, rawFrame(header))).toBe(expected);
  });

  it('bytes that are not UTF-8 are refused', () => {
    expect(refusal(decodeDownMessage, rawFrame(Uint8Array.of(0x22, 0xc3, 0x28, 0x22)))).toBe('CONTRACTS.BAD_FRAME');
  });

  it('a site message is no coordinator message', () => {
    const bytes = encodeMessage({ v: 2, study: 's', site: 'H1', type: 'hello', release: '1', operations: [], nkey: '' });
    expect(refusal(decodeDownMessage, bytes)).toBe('CONTRACTS.BAD_HEADER');
    expect(refusal(decodeHeartbeat, bytes)).toBe('CONTRACTS.BAD_HEADER');
  });

  it('refusals quote nothing of what they refuse', () => {
    const bytes = rawFrame(canonicalJson({ ...runClosedJson, run: 'SECRET with spaces', state: 'SECRET' }));
    try {
      decodeDownMessage(bytes);
      expect.unreachable();
    } catch (error) {
      expect(JSON.stringify(error)).not.toContain('SECRET');
    }
  });
});

describe('sizes and bodies', () => {
  it('limits hold before anything is read', () => {
    expect(refusal(decodeDownMessage, new Uint8Array(maxMessageBytes + 1))).toBe('CONTRACTS.TOO_LARGE');
    expect(refusal(decodeDownMessage, rawFrame('{}', undefined, maxProtocolHeaderBytes + 1))).toBe('CONTRACTS.TOO_LARGE');
    expect(refusal(decodeDownMessage, rawFrame('{}', undefined, 3))).toBe('CONTRACTS.BAD_FRAME');
    expect(refusal(decodeDownMessage, new Uint8Array(3))).toBe('CONTRACTS.BAD_FRAME');
  });

  it('only a protocol may have a long header', () => {
    const operations = Array.from({ length: 5000 }, (_, i) => `statistics.moments@${i}`);
    const header: AnyMessage = { v: 2, study: 's', site: 'H1', type: 'hello', release: '1', operations, nkey: '' };
    expect(canonicalJson(header).length).toBeGreaterThan(maxHeaderBytes);
    expect(() => encodeMessage(header)).toThrow('CONTRACTS.TOO_LARGE');
    expect(refusal(decodeUpMessage, rawFrame(canonicalJson(header)))).toBe('CONTRACTS.TOO_LARGE');
    const names = Array.from({ length: 20_000 }, (_, i) => `feature number ${i}`);
    const long = { ...protocolMessage.header, protocol: { ...protocol, featureList: { names, sha256: '' } } } as AnyMessage;
    expect(decodeDownMessage(encodeMessage(long)).header.type).toBe('protocol');
  });

  it('the body is what the header announces', () => {
    const body = Uint8Array.of(1, 2, 3);
    const inline = { sha256: sha256(body) as string, bytes: 3, chunks: 0 };
    const [sample] = fc.sample(answer, 1) as [Sample];
    const header = { ...sample.header, payload: inline } as AnyMessage;
    expect(decodeUpMessage(encodeMessage(header, body)).body).toEqual(body);
    expect(() => encodeMessage(header, Uint8Array.of(1, 2))).toThrow('CONTRACTS.BODY_MISMATCH');
    expect(() => encodeMessage(header, Uint8Array.of(1, 2, 4))).toThrow('CONTRACTS.HASH_MISMATCH');
    expect(() => encodeMessage(runClosedJson as AnyMessage, body)).toThrow('CONTRACTS.BODY_MISMATCH');
    const bytes = encodeMessage(header, body);
    bytes[bytes.length - 1] = 4;
    expect(refusal(decodeUpMessage, bytes)).toBe('CONTRACTS.HASH_MISMATCH');
    expect(refusal(decodeUpMessage, Uint8Array.from([...bytes, 0]))).toBe('CONTRACTS.BODY_MISMATCH');
  });

  it('content above the inline limit must come in chunks, as many as its size makes', () => {
    const [sample] = fc.sample(answer, 1) as [Sample];
    const withRef = (bytes: number, chunks: number): AnyMessage =>
      ({ ...sample.header, payload: { sha256: '0'.repeat(64), bytes, chunks } }) as AnyMessage;
    expect(() => encodeMessage(withRef(inlineBytes + 1, 0), new Uint8Array(inlineBytes + 1))).toThrow('CONTRACTS.BAD_HEADER');
    expect(() => encodeMessage(withRef(chunkBytes, 2))).toThrow('CONTRACTS.BAD_HEADER');
    expect(() => encodeMessage(withRef(2 ** 50, 2 ** 32))).toThrow('CONTRACTS.BAD_HEADER');
    expect(decodeUpMessage(encodeMessage(withRef(chunkBytes + 1, 2))).body.length).toBe(0);
  });
});
