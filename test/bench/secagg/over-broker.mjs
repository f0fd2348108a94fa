// Whole rounds over a real nats-server: encoded or masked words travel in pieces, and the coordinator's side adds and opens them.
import {
  addFixedPoint,
  bytesToWords,
  decodeFixedPoint,
  encodeFixedPoint,
  scoreWords,
  subtractFixedPoint,
  wordBytes,
} from '@cohortium/federation';
import { addMasked, addReply, collectSum, openSecrets, remainingMasks, unmaskRequest } from '@cohortium/privacy';
import { consumers, subjects } from '@cohortium/contracts';
import { MaskedSites, startTestBroker, testSum } from '@cohortium/testkit';
import { createHash } from 'node:crypto';

const pieceBytes = 256 * 1024;
const study = 'bench';
const sha256 = (/** @type {Uint8Array} */ bytes) => createHash('sha256').update(bytes).digest('hex');
const median = (/** @type {number[]} */ values) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** Milliseconds of a round, plain and masked, in turns. */
export async function brokerRounds(/** @type {{ sites: number, length: number, rounds: number }} */ { sites, length, rounds }) {
  const harness = new MaskedSites({ siteCount: sites, setCount: rounds + 1 }).ready();
  const wire = await Wire.open(harness.ids);
  const values = Float64Array.from({ length }, (_, i) => (i % 1000) / 7);
  const expected = values.map((value) => value * sites);
  const times = { plain: /** @type {number[]} */ ([]), masked: /** @type {number[]} */ ([]) };
  try {
    for (let round = 0; round <= rounds; round++) {
      for (const [name, ask] of /** @type {const} */ ([
        ['plain', plainRound],
        ['masked', maskedRound],
      ])) {
        const startMs = performance.now();
        const total = await ask(harness, wire, values, round + 1);
        // The first one compiles.
        if (round > 0) times[name].push(performance.now() - startMs);
        if (total.some((value, i) => Math.abs(value - (expected[i] ?? 0)) > 1e-6)) throw new Error(`${name}: another total`);
      }
    }
  } finally {
    await wire.close();
  }
  return { plain: median(times.plain), masked: median(times.masked), rss: process.resourceUsage().maxRSS / 1024 };
}

async function plainRound(
  /** @type {MaskedSites} */ { ids },
  /** @type {Wire} */ wire,
  /** @type {Float64Array} */ values,
  /** @type {number} */ round,
) {
  const total = new Uint32Array(2 * values.length);
  await wire.round(
    ids.map((site) => [site, () => wordBytes(encodeFixedPoint(values, scoreWords, 'bench.sum@1'))]),
    `plain-${round}`,
    (site, frame) => addFixedPoint(total, bytesToWords(frame, scoreWords, values.length, 'bench.sum@1', site), scoreWords),
  );
  return decodeFixedPoint(total, scoreWords);
}

async function maskedRound(
  /** @type {MaskedSites} */ harness,
  /** @type {Wire} */ wire,
  /** @type {Float64Array} */ values,
  /** @type {number} */ round,
) {
  const { ids, collected, roster } = harness;
  const sum = testSum({ set: round, round, length: values.length });
  const total = new Uint32Array(2 * values.length);
  let state = collectSum(sum);
  /** @type {Map<string, any>} */
  const statements = new Map();
  const masked = (/** @type {any} */ site) => () => {
    const { frame, statement } = harness.mask(site, sum, wordBytes(encodeFixedPoint(values, scoreWords, 'bench.sum@1')));
    statements.set(site, statement);
    return frame;
  };
  await wire.round(
    ids.map((site) => [site, masked(site)]),
    `masked-${round}`,
    (site, frame) => {
      state = addMasked(collected, state, statements.get(site), frame, roster);
      addFixedPoint(total, bytesToWords(frame, scoreWords, values.length, 'bench.sum@1', site), scoreWords);
    },
  );
  const request = unmaskRequest(collected, state);
  for (const site of ids) state = addReply(collected, state, harness.unmask(site, request), roster);
  subtractFixedPoint(total, remainingMasks(collected, state, openSecrets(collected, state)), scoreWords);
  return decodeFixedPoint(total, scoreWords);
}

/** A broker, and sites that send frames in pieces. */
class Wire {
  /** @type {(bytes: Uint8Array) => void} */
  arrived = () => {};

  /** @param {any} broker @param {any} center @param {Map<string, any>} links */
  constructor(broker, center, links) {
    this.broker = broker;
    this.center = center;
    this.links = links;
    center.consume({ stream: consumers.up.stream, consumer: consumers.up.name }, async (/** @type {Uint8Array} */ bytes) =>
      this.arrived(bytes),
    );
  }

  static async open(/** @type {readonly string[]} */ sites) {
    const broker = await startTestBroker({ sites });
    const center = await broker.link('coordinator');
    await center.ensureStreams({ maxBytes: 2 ** 31, maxAgeMs: 3_600_000 });
    await center.ensureConsumer({
      stream: consumers.up.stream,
      name: consumers.up.name,
      filter: consumers.up.filter,
      ackWaitMs: 60_000,
      maxAckPending: 256,
    });
    const links = new Map();
    for (const site of sites) links.set(site, await broker.link(site));
    return new Wire(broker, center, links);
  }

  /** Every site makes its frame and sends it; each frame that is whole is taken. */
  async round(
    /** @type {(readonly [string, () => Uint8Array])[]} */ sending,
    /** @type {string} */ name,
    /** @type {(site: string, frame: Uint8Array) => void} */ take,
  ) {
    /** @type {Map<string, Uint8Array[]>} */
    const pieces = new Map();
    let left = sending.length;
    const over = new Promise((resolve, reject) => {
      this.arrived = (message) => {
        try {
          const head = JSON.parse(Buffer.from(message.subarray(0, 256)).toString('utf8'));
          const piece = message.subarray(256);
          if (sha256(piece) !== head.sha256) throw new Error('another piece');
          const own = pieces.get(head.site) ?? [];
          pieces.set(head.site, own);
          own[head.index] = piece;
          if (own.filter(Boolean).length < head.count) return;
          const frame = new Uint8Array(Buffer.concat(own));
          if (sha256(frame) !== head.whole) throw new Error('another frame');
          take(head.site, frame);
          if (--left === 0) resolve(undefined);
        } catch (error) {
          reject(error);
        }
      };
    });
    await Promise.all(
      sending.map(async ([site, make]) => {
        const frame = make();
        const whole = sha256(frame);
        const count = Math.ceil(frame.length / pieceBytes);
        await Promise.all(
          Array.from({ length: count }, (_, index) => {
            const piece = frame.subarray(index * pieceBytes, (index + 1) * pieceBytes);
            const head = Buffer.from(JSON.stringify({ site, index, count, whole, sha256: sha256(piece) }).padEnd(256));
            return this.links.get(site).publish(subjects.up(study, site), Buffer.concat([head, piece]), `${name}.${site}.${index}`);
          }),
        );
      }),
    );
    await over;
  }

  async close() {
    for (const link of [this.center, ...this.links.values()]) await link.close();
    await this.broker.stop();
  }
}
