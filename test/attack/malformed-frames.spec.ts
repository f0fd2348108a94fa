import {
  decodeDownMessage,
  decodeUpMessage,
  downMessage,
  encodeMessage,
  maxMessageBytes,
  upMessage,
  wireVersion,
} from '@cohortium/contracts';
import type { AnyMessage } from '@cohortium/contracts';
import { AppError, canonicalJson, sha256 } from '@cohortium/kernel';
import { SeededRandom } from '@cohortium/numerics';
import { protocolHash } from '@cohortium/protocol';
import { tinyProtocol } from '@cohortium/testkit';
import { describe, expect, it } from 'vitest';

/* A16: a hundred thousand mutated frames. None that the schema rejects is accepted, none makes a decoder do anything but refuse. */

const scale = Number(process.env['COHORTIUM_TEST_SCALE'] ?? 1);
const frameCount = Math.max(1000, Math.round(100_000 * scale));
const seed = Number(process.env['COHORTIUM_TEST_SEED'] ?? 20_261_128);
const random = new SeededRandom(seed);
const below = (n: number) => Math.floor(random.uniform() * n);
const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;

const hash = 'a'.repeat(64);
const body = Uint8Array.from({ length: 60 }, (_, i) => i * 7);
const envelope = { v: wireVersion, study: 'duke', site: 'H1' } as const;
const inline = { sha256: sha256(body), bytes: body.length, chunks: 0 };
const protocol = tinyProtocol({ study: 'duke', training: ['H1', 'H2', 'H3'] });
const empty = new Uint8Array(0);
const samples: { readonly header: AnyMessage; readonly body: Uint8Array; readonly rare?: true }[] = [
  { header: { ...envelope, type: 'chunk', sha256: hash, index: 0, chunks: 2, bytes: body.length }, body },
  { header: { ...envelope, type: 'protocol', protocolHash: protocolHash(protocol), protocol }, body: empty, rare: true },
  {
    header: {
      ...envelope,
      type: 'task',
      run: 'r1',
      round: 3,
      attempt: 1,
      operation: 'statistics.first-moments@1',
      kind: 'sum',
      scope: { name: 'training', sites: ['H1', 'H2', 'H3'] },
      protocolHash: hash,
      requestHash: hash,
      prevRoundHash: hash,
      masking: { batch: 1, set: 2, attempt: 1 },
      modelLock: null,
      frozen: [],
      committedThrough: 2,
      expiresAt: 1_800_000_000_000,
      params: inline,
    },
    body,
  },
  {
    header: { ...envelope, type: 'total', run: 'r1', round: 2, protocolHash: hash, requestHash: hash, result: inline },
    body,
  },
  { header: { ...envelope, type: 'runClosed', run: 'r1', state: 'finished' }, body: empty },
  { header: { ...envelope, type: 'hello', release: '0.1.0', operations: ['a.b@1'], nkey: 'UAAA' }, body: empty },
  { header: { ...envelope, type: 'approval', protocolHash: hash, decision: 'approved', reason: 'withinPolicy' }, body: empty },
  {
    header: {
      ...envelope,
      type: 'answer',
      run: 'r1',
      round: 3,
      attempt: 1,
      operation: 'statistics.first-moments@1',
      kind: 'sum',
      requestHash: hash,
      prevRoundHash: hash,
      state: 'released',
      reason: null,
      clauseId: 'moments',
      payload: inline,
    },
    body,
  },
];
const frames = samples.map((sample) => ({ ...sample, bytes: encodeMessage(sample.header, sample.body) }));
const common = frames.filter(({ rare }) => rare !== true);

/** Puts a text in the place of the header, with the right or a wrong length. */
function withHeader(text: string | Uint8Array, rest: Uint8Array, length?: number): Uint8Array {
  const header = typeof text === 'string' ? Buffer.from(text, 'utf8') : text;
  const out = new Uint8Array(4 + header.length + rest.length);
  new DataView(out.buffer).setUint32(0, length ?? header.length, true);
  out.set(header, 4);
  out.set(rest, 4 + header.length);
  return out;
}

const strangeValues: readonly unknown[] = [
  null,
  true,
  -1,
  0.5,
  1e308,
  2 ** 53,
  '',
  '\u0000',
  '__proto__',
  'x'.repeat(5000),
  [],
  {},
  [[[[]]]],
  { toString: 1 },
  'H2',
  '../..',
  '*',
  '>',
];

/** Changes one value somewhere in a header, or adds or removes a key. */
function mutateValue(header: unknown): unknown {
  const copy = structuredClone(header) as Record<string, unknown>;
  let at = copy;
  for (let depth = below(3); depth > 0; depth--) {
    const inner = Object.values(at).filter((value): value is Record<string, unknown> => typeof value === 'object' && value !== null);
    if (inner.length === 0) break;
    at = pick(inner);
  }
  const key = pick([...Object.keys(at), 'extra', '__proto__', 'constructor']);
  if (random.uniform() < 0.3) delete at[key];
  else Object.defineProperty(at, key, { value: pick(strangeValues), enumerable: true, configurable: true, writable: true });
  return copy;
}

/** The ways in which a frame is damaged or forged. */
const mutations: Readonly<Record<string, (frame: (typeof frames)[number]) => Uint8Array>> = {
  bitFlips: ({ bytes }) => {
    const out = bytes.slice();
    for (let n = 1 + below(4); n > 0; n--) {
      const at = below(out.length);
      out[at] = (out[at] as number) ^ (1 << below(8));
    }
    return out;
  },
  cutOff: ({ bytes }) => bytes.slice(0, below(bytes.length)),
  grown: ({ bytes }) => Buffer.concat([bytes, Buffer.alloc(1 + below(50), below(256))]),
  lengthWord: ({ bytes }) => {
    const out = bytes.slice();
    new DataView(out.buffer).setUint32(0, pick([0, 1, below(2 ** 16), 2 ** 31, 2 ** 32 - 1, out.length, out.length - 3]), true);
    return out;
  },
  otherValue: ({ header, body: rest }) => withHeader(JSON.stringify(mutateValue(header)), rest),
  // The same value in another text: still to be refused, since one value has one byte string.
  otherText: ({ header, body: rest }) => {
    const text = canonicalJson(header);
    const forms = [
      JSON.stringify(header, null, 1),
      ` ${text}`,
      text.replace('"v":1', '"v":1.0'),
      text.replace('"v":1', '"v":1e0'),
      `\ufeff${text}`,
    ];
    return withHeader(pick([...forms, text.replace('{', '{"v":1,'), text.replace('"duke"', '"\\u0064uke"')]), rest);
  },
  otherBody: ({ header, body: rest }) =>
    withHeader(
      canonicalJson(header),
      Uint8Array.from(rest.length === 0 ? [1] : rest, (x) => x ^ 1),
    ),
  noUtf8: ({ header, body: rest }) => withHeader(Buffer.from(`${canonicalJson(header).slice(0, -1)},"x":"\xff"}`, 'latin1'), rest),
  deep: ({ body: rest }) => withHeader('['.repeat(1 + below(20_000)), rest),
  noise: () => Uint8Array.from({ length: below(400) }, () => below(256)),
};

/** A decoder without schema or canonical form, as many are written. */
function naiveDecode(bytes: Uint8Array): unknown {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  return JSON.parse(Buffer.from(bytes.subarray(4, 4 + length)).toString('utf8'));
}

/** What the schema says of the header of a frame, read without the product's decoder. */
function schemaAccepts(bytes: Uint8Array, direction: 'down' | 'up'): boolean {
  try {
    return (direction === 'down' ? downMessage : upMessage).safeParse(naiveDecode(bytes)).success;
  } catch {
    return false;
  }
}

describe(`mutated frames (A16), seed ${seed}`, () => {
  it(`of ${frameCount}, none is accepted that the schema rejects, and none crashes the decoder`, () => {
    const names = Object.keys(mutations);
    const tally = { refused: 0, accepted: 0, naive: 0 };
    for (let i = 0; i < frameCount; i++) {
      // A protocol is a thousand times as large as the others; some of them are enough.
      const frame = i % 50 === 0 ? pick(frames) : pick(common);
      const name = names[i % names.length] as string;
      const bytes = (mutations[name] as (f: typeof frame) => Uint8Array)(frame);
      for (const direction of ['down', 'up'] as const) {
        let decoded: { header: AnyMessage; body: Uint8Array } | undefined;
        try {
          decoded = direction === 'down' ? decodeDownMessage(bytes) : decodeUpMessage(bytes);
        } catch (error) {
          if (!(error instanceof AppError) || !error.code.startsWith('CONTRACTS.')) throw error;
          tally.refused++;
        }
        if (decoded === undefined) continue;
        tally.accepted++;
        expect(schemaAccepts(bytes, direction), `${name} ${i}`).toBe(true);
        // What is accepted is the one byte string of its value: nothing was smuggled in beside it.
        expect(Buffer.compare(encodeMessage(decoded.header, decoded.body), bytes), `${name} ${i}`).toBe(0);
      }
      if (!(schemaAccepts(bytes, 'down') || schemaAccepts(bytes, 'up')) && naiveAccepts(bytes)) tally.naive++;
    }
    console.info(
      `frames: ${frameCount}, refused ${tally.refused}, accepted (still valid) ${tally.accepted}, taken by a naive decoder ${tally.naive}`,
    );
    expect(tally.refused).toBeGreaterThan(frameCount);
    // The attack works where nobody looks: thousands of these are JSON objects all the same.
    expect(tally.naive).toBeGreaterThan(frameCount / 50);
  }, 600_000);

  it('refuses what is too large before it reads it', () => {
    const huge = new Uint8Array(maxMessageBytes + 1);
    const header = withHeader(canonicalJson(samples[3]?.header), empty);
    for (const bytes of [huge, withHeader(header, empty, 2 ** 32 - 1), withHeader('{}', new Uint8Array(950 * 1024))])
      for (const decode of [decodeDownMessage, decodeUpMessage]) {
        const before = process.memoryUsage().arrayBuffers;
        expect(() => decode(bytes)).toThrow(expect.objectContaining({ code: 'CONTRACTS.TOO_LARGE' }));
        expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024);
      }
  });
});

function naiveAccepts(bytes: Uint8Array): boolean {
  try {
    const value = naiveDecode(bytes);
    return typeof value === 'object' && value !== null && 'type' in value;
  } catch {
    return false;
  }
}
