import { addFixedPoint, wordBytes } from '@cohortium/federation';
import { sha256 } from '@cohortium/kernel';
import type { SiteId } from '@cohortium/kernel';
import type { RevealedShare, RosterKeys, SiteKeySet, SumBinding, UnmaskRequest } from '@cohortium/privacy';
import { plainTotal, wordsOf } from '@cohortium/testkit';
import { createCipheriv } from 'node:crypto';

// What secure aggregation would be without its checks: each piece is one omission that was found in code in use, or is warned of in the literature.
// The attacks of this folder work against these pieces, which shows that the attacks are real.

/** A site that reveals what it is asked for, without comparing the two lists. */
export function carelessUnmask(set: SiteKeySet, request: UnmaskRequest): RevealedShare[] {
  if (set.phase !== 'masked') throw new Error('nothing masked');
  const { held } = set;
  const share = (of: SiteId, secret: 'seed' | 'maskKey'): RevealedShare => ({ of, secret, share: held[of]?.[secret] ?? '' });
  return [...request.statements.map(({ site }) => share(site, 'seed')), ...request.dropped.map((site) => share(site, 'maskKey'))];
}

/** A site that believes every signature. */
export function trustingRoster(roster: RosterKeys): RosterKeys {
  return { signingKey: (site) => roster.signingKey(site), verify: () => true };
}

/** Masks that depend on the pair of sites and on nothing else: not on the round, the vector, the attempt, or what was asked. */
export function unboundFrames(sum: SumBinding, vectors: ReadonlyMap<SiteId, Uint8Array>): Map<SiteId, Uint8Array> {
  const ids = [...vectors.keys()].sort();
  return new Map(
    ids.map((own) => {
      const total = plainTotal(sum, new Map([[own, vectors.get(own) as Uint8Array]]));
      for (const peer of ids) {
        if (peer === own) continue;
        const stream = keystream(sha256([own, peer].sort().join()), total.byteLength);
        addFixedPoint(total, own < peer ? stream : negated(stream, sum), wordsOf(sum));
      }
      return [own, wordBytes(total)];
    }),
  );
}

/** The negative of each word. */
export function negated(words: Uint32Array, sum: SumBinding): Uint32Array {
  const out = words.map((word) => ~word);
  const one = new Uint32Array(words.length);
  for (let i = 0; i < one.length; i += sum.limbs) one[i] = 1;
  addFixedPoint(out, one, wordsOf(sum));
  return out;
}

/** `a - b`, word by word. */
export function difference(a: Uint32Array, b: Uint32Array, sum: SumBinding): Uint32Array {
  const out = a.slice();
  addFixedPoint(out, negated(b, sum), wordsOf(sum));
  return out;
}

/** Words of a frame. */
export function wordsIn(frame: Uint8Array): Uint32Array {
  return new Uint32Array(frame.slice().buffer);
}

/**
 * X25519 without a check of its result (RFC 7748 section 5, Montgomery ladder): what a library gives that leaves contributory behavior to its caller.
 */
export function uncheckedAgreement(secret: Uint8Array, publicKey: Uint8Array): Uint8Array {
  const p = 2n ** 255n - 19n;
  const little = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
  const mod = (value: bigint): bigint => ((value % p) + p) % p;
  const x1 = mod(little(publicKey) & (2n ** 255n - 1n));
  const k = little(secret);
  let [x2, z2, x3, z3] = [1n, 0n, x1, 1n];
  for (let t = 254n; t >= 0n; t--) {
    const bit = (k >> t) & 1n;
    if (bit) [x2, x3, z2, z3] = [x3, x2, z3, z2];
    const [a, b, c, d] = [x2 + z2, x2 - z2, x3 + z3, x3 - z3];
    const [aa, bb, da, cb] = [mod(a * a), mod(b * b), mod(d * a), mod(c * b)];
    const e = aa - bb;
    [x3, z3, x2, z2] = [mod((da + cb) ** 2n), mod(x1 * (da - cb) ** 2n), mod(aa * bb), mod(e * (aa + 121665n * e))];
    if (bit) [x2, x3, z2, z3] = [x3, x2, z3, z2];
  }
  let [power, inverse, base] = [p - 2n, 1n, z2];
  for (; power > 0n; power >>= 1n, base = mod(base * base)) if (power & 1n) inverse = mod(inverse * base);
  return new Uint8Array(
    Buffer.from(
      mod(x2 * inverse)
        .toString(16)
        .padStart(64, '0'),
      'hex',
    ).reverse(),
  );
}

/** Keystream whose key is folded to 32 bits, as found in code in use: whoever tries them all reads the mask. */
export function foldedStream(key: Uint8Array, byteCount: number): Uint32Array {
  let folded = 0;
  for (let i = 0; i < key.length; i += 4) folded ^= new DataView(key.buffer, key.byteOffset).getUint32(i);
  return keystream(sha256(String(folded >>> 0)), byteCount);
}

function keystream(keyHex: string, byteCount: number): Uint32Array {
  const cipher = createCipheriv('aes-256-ctr', Buffer.from(keyHex, 'hex'), Buffer.alloc(16));
  return new Uint32Array(new Uint8Array(cipher.update(Buffer.alloc(byteCount))).buffer);
}
