import type { SiteId } from '@cohortium/kernel';
import { placeOf, thresholdOf } from './scope.js';
import type { CollectedBatch, CollectedSum } from './collector-machine.js';
import { notOpened, placeOfSum, unmaskRequest } from './collector-machine.js';
import { fromHex, hex } from './encoding.js';
import { readElement, writeElement } from './field.js';
import { agreementOf, publicKeyOf } from './key-agreement.js';
import { seedCommitment } from './key-set.js';
import { addKeystreams } from './keystream.js';
import type { SignedKey } from './keystream.js';
import { formatOf, pairwiseKey, selfMaskKey } from './pairwise-mask.js';
import { ShareJoiner } from './shamir.js';

/** What unmasking a sum has revealed. */
export interface OpenedSecrets {
  /** selfMask seeds of survivors, hexadecimal. */
  readonly seeds: Readonly<Record<SiteId, string>>;
  /** Secret mask keys of dropped sites, hexadecimal; none in a sum over its full scope. */
  readonly maskSecrets: Readonly<Record<SiteId, string>>;
  /** Sites whose share of some secret was wrong; the others were enough to tell and to go on. */
  readonly faulty: readonly SiteId[];
}

/**
 * Joins the shares of a sum and holds every secret to what its site had advertised: a seed to its commitment, a mask key to its public key.
 * @throws `SECAGG.NOT_OPENED` for too few replies, and for a secret that no set of shares gives
 */
export function openSecrets(batch: CollectedBatch, state: CollectedSum): OpenedSecrets {
  const { scope } = batch.batch;
  const threshold = thresholdOf(scope.members.length);
  const { statements, dropped } = unmaskRequest(batch, state);
  const replies = [...state.replies].sort((a, b) => placeOf(scope, a.site) - placeOf(scope, b.site));
  if (replies.length < threshold) throw notOpened(state.sum, 'tooFewShares', '?');
  const joiner = new ShareJoiner(
    replies.map(({ site }) => placeOf(scope, site)),
    threshold,
  );
  const faulty = new Set<SiteId>();
  const join = (of: SiteId): string => {
    const shares = replies.map((reply) => readElement(bytesOf(shareOf(reply.shares, of))) ?? 0n);
    const isRight = verifierOf(batch, state, of, dropped.includes(of));
    if (joiner.agrees(shares)) {
      const secret = hex(writeElement(joiner.secret(shares)));
      if (isRight(secret)) return secret;
    }
    const found = withoutOne(shares, (kept) => joinWithout(replies, scope, threshold, shares, kept), isRight);
    if (found === undefined) throw notOpened(state.sum, 'wrongShares', of);
    faulty.add((replies[found.left] as { site: SiteId }).site);
    return found.secret;
  };
  const seeds = Object.fromEntries(statements.map(({ site }) => [site, join(site)]));
  const maskSecrets = Object.fromEntries(dropped.map((site) => [site, join(site)]));
  return { seeds, maskSecrets, faulty: [...faulty] };
}

/**
 * What stands between the sum of the frames and the total: the sum of all keystreams that did not cancel. Anyone who holds the frames and the revealed
 * seeds computes the total with it.
 */
export function remainingMasks(
  batch: CollectedBatch,
  state: CollectedSum,
  opened: Pick<OpenedSecrets, 'seeds' | 'maskSecrets'>,
): Uint32Array {
  const { sum } = state;
  const place = placeOfSum(batch, sum);
  const keys: SignedKey[] = Object.entries(opened.seeds).map(([site, seed]) => selfMaskKey(seed, place, site as SiteId));
  for (const [dropped, maskSecret] of Object.entries(opened.maskSecrets)) {
    const agree = agreementOf(bytesOf(maskSecret));
    for (const survivor of Object.keys(opened.seeds)) {
      const offer = batch.offers.find(({ site }) => site === survivor);
      const publicKey = bytesOf((offer?.sets[sum.set - 1] as { maskKey: string }).maskKey);
      const shared = agree(publicKey) as Uint8Array;
      // As the survivor added it.
      keys.push(pairwiseKey(shared, place, survivor as SiteId, dropped as SiteId));
    }
  }
  const words = new Uint32Array(sum.limbs * sum.length);
  addKeystreams(words, formatOf(sum), keys);
  return words;
}

/** Holds a joined secret to the advertisement of its site. */
function verifierOf(batch: CollectedBatch, { sum }: CollectedSum, of: SiteId, isMaskKey: boolean): (secret: string) => boolean {
  const advertised = batch.offers.find(({ site }) => site === of)?.sets[sum.set - 1];
  if (isMaskKey) return (secret) => hex(publicKeyOf(bytesOf(secret))) === advertised?.maskKey;
  return (secret) => seedCommitment(batch.batch, of, sum.set, secret) === advertised?.seedCommitment;
}

function joinWithout(
  replies: CollectedSum['replies'],
  scope: CollectedBatch['batch']['scope'],
  threshold: number,
  shares: readonly bigint[],
  kept: readonly number[],
): string | undefined {
  if (kept.length < threshold) return undefined;
  const joiner = new ShareJoiner(
    kept.map((i) => placeOf(scope, (replies[i] as { site: SiteId }).site)),
    threshold,
  );
  const some = kept.map((i) => shares[i] as bigint);
  return joiner.agrees(some) ? hex(writeElement(joiner.secret(some))) : undefined;
}

/** The share without which the others give the right secret. */
function withoutOne(
  shares: readonly bigint[],
  join: (kept: readonly number[]) => string | undefined,
  isRight: (secret: string) => boolean,
): { readonly secret: string; readonly left: number } | undefined {
  for (let left = 0; left < shares.length; left++) {
    const secret = join(shares.map((_, i) => i).filter((i) => i !== left));
    if (secret !== undefined && isRight(secret)) return { secret, left };
  }
  return undefined;
}

function shareOf(shares: readonly { readonly of: SiteId; readonly share: string }[], of: SiteId): string {
  return (shares.find((share) => share.of === of) as { share: string }).share;
}

function bytesOf(text: string): Uint8Array {
  return fromHex(text, 32) as Uint8Array;
}
