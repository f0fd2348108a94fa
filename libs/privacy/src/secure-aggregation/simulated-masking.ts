import type { Masking, RoundRequest, SumQuery } from '@cohortium/federation';
import { operationName, wordBytes } from '@cohortium/federation';
import type { SiteId } from '@cohortium/kernel';
import { findClause } from '@cohortium/protocol';
import type { Protocol } from '@cohortium/protocol';
import { scopeHash, maskScopeOf, sitesOf } from './scope.js';
import {
  addBoxes,
  addMasked,
  addOffer,
  addReply,
  allOffers,
  boxesFor,
  collectBatch,
  collectSum,
  unmaskRequest,
} from './collector-machine.js';
import type { CollectedBatch, CollectedSum } from './collector-machine.js';
import { newSigner, rosterOf } from './ed25519.js';
import type { KeyPairSigner } from './ed25519.js';
import { openSecrets, remainingMasks } from './opening.js';
import type { SumBinding } from './pairwise-mask.js';
import type { RosterKeys, SecretRandom } from './ports.js';
import { holdShares, maskInput, offerKeys, shareSecrets } from './site-machine.js';
import type { SiteBatch, SiteKeySet } from './site-machine.js';
import { unmask } from './unmask.js';

/** What a simulation does not have from its sites. */
export interface SimulatedMaskingOptions {
  readonly protocol: Protocol;
  readonly protocolHash: string;
  readonly random: SecretRandom;
  /** Key sets made at a time. */
  readonly setCount?: number;
}

/** How much of a run went through masks. */
export interface MaskingTally {
  /** Sums that were masked and opened. */
  readonly sums: number;
  /** Sums that ran without masks, since their clause says so. */
  readonly plainSums: number;
  /** Legs beside the answers themselves: keys, shares, unmasking. */
  readonly legs: number;
  /** Bytes of masked vectors. */
  readonly bytes: number;
}

interface SimulatedSiteState {
  readonly state: SiteBatch;
  readonly sets: readonly SiteKeySet[];
}

interface OpenBatch {
  collected: CollectedBatch;
  readonly sites: Map<SiteId, SimulatedSiteState>;
  used: number;
}

/** Sets of a batch where nobody says otherwise: a study of 100 to 200 rounds makes keys a handful of times. */
export const defaultSetCount = 32;
const run = 'simulated';

/**
 * Secure aggregation with all sites in this process: the same machines, keys, signatures and messages as over the network, one state per site, no
 * secret read across. Long-term keys are made for the simulation.
 */
export class SimulatedMasking implements Masking {
  private readonly signers = new Map<SiteId, KeyPairSigner>();
  private readonly batches = new Map<string, OpenBatch>();
  private roster: RosterKeys = rosterOf(new Map());
  private batchCount = 0;
  private readonly attempts = new Map<number, number>();
  private open: { readonly round: number; readonly batch: OpenBatch; readonly sum: CollectedSum } | undefined;
  private sums = 0;
  private readonly plain = new Set<number>();
  private legs = 0;
  private bytes = 0;

  constructor(private readonly options: SimulatedMaskingOptions) {}

  /** So far. */
  get tally(): MaskingTally {
    return { sums: this.sums, plainSums: this.plain.size, legs: this.legs, bytes: this.bytes };
  }

  applies({ query, scope, round }: RoundRequest): boolean {
    // A round without a clause is refused by the gates; until then it counts as one that must be masked.
    if (query.kind !== 'sum') return false;
    const masked = findClause(this.options.protocol, operationName(query), scope.name)?.secureAggregation !== 'off';
    if (!masked) this.plain.add(round);
    return masked;
  }

  /** @throws `SECAGG.SCOPE` below three sites */
  mask(request: RoundRequest, vectors: ReadonlyMap<SiteId, Uint8Array>): ReadonlyMap<SiteId, Uint8Array> {
    const batch = this.batchOf(request.scope.sites);
    const binding = this.bindingOf(request, ++batch.used);
    const frames = new Map<SiteId, Uint8Array>();
    let sum = collectSum(binding);
    for (const [site, vector] of vectors) {
      const { state, sets } = batch.sites.get(site) as SimulatedSiteState;
      const own = sets[binding.set - 1] as SiteKeySet;
      const masked = maskInput(state, own, { sum: binding, vector, unmaskedBefore: false }, this.signers.get(site) as KeyPairSigner);
      batch.sites.set(site, { state, sets: replaced(sets, masked.set) });
      sum = addMasked(batch.collected, sum, masked.statement, masked.frame, this.roster);
      frames.set(site, masked.frame);
      this.bytes += masked.frame.length;
    }
    this.open = { round: request.round, batch, sum };
    return frames;
  }

  remaining(request: RoundRequest): Uint8Array {
    if (this.open?.round !== request.round) throw new TypeError('the round has not been masked');
    const { batch } = this.open;
    let { sum } = this.open;
    const asked = unmaskRequest(batch.collected, sum);
    for (const site of sitesOf(batch.collected.batch.scope)) {
      const { state, sets } = batch.sites.get(site) as SimulatedSiteState;
      const parts = { roster: this.roster, signer: this.signers.get(site) as KeyPairSigner, rule: 'full' as const };
      const { set, reply } = unmask(state, sets[sum.sum.set - 1] as SiteKeySet, asked, parts, undefined);
      batch.sites.set(site, { state, sets: replaced(sets, set) });
      sum = addReply(batch.collected, sum, reply, this.roster);
    }
    this.open = undefined;
    this.sums++;
    this.legs++;
    return wordBytes(remainingMasks(batch.collected, sum, openSecrets(batch.collected, sum)));
  }

  private bindingOf({ round, hash, query, params }: RoundRequest, set: number): SumBinding {
    const sumQuery = query as SumQuery<unknown, unknown>;
    const attempt = (this.attempts.get(round) ?? 0) + 1;
    this.attempts.set(round, attempt);
    const { limbs } = sumQuery.words;
    return { set, round, attempt, vectorId: 'sum', requestHash: hash, limbs, length: sumQuery.length(params), roster: 'full' };
  }

  private batchOf(sites: readonly SiteId[]): OpenBatch {
    for (const site of sites) if (!this.signers.has(site)) this.signers.set(site, newSigner(this.options.random));
    this.roster = rosterOf(new Map([...this.signers].map(([site, { publicKey }]) => [site, publicKey])));
    const scope = maskScopeOf(sites, this.roster);
    const key = scopeHash(scope);
    const known = this.batches.get(key);
    const setCount = this.options.setCount ?? defaultSetCount;
    if (known !== undefined && known.used < setCount) return known;
    const { protocol, protocolHash } = this.options;
    const { study } = protocol;
    const collected = collectBatch({ study, run, batch: ++this.batchCount, protocolHash, scope, setCount });
    const made = this.exchangeKeys(collected);
    this.batches.set(key, made);
    return made;
  }

  /** The legs `keys` and `shares`, and the way of the shares to their holders. */
  private exchangeKeys(empty: CollectedBatch): OpenBatch {
    const { random } = this.options;
    const sites = new Map<SiteId, SimulatedSiteState>();
    let collected = empty;
    const members = sitesOf(empty.batch.scope);
    for (const site of members) {
      const { state, sets, offer } = offerKeys(empty.batch, site, { random, signer: this.signers.get(site) as KeyPairSigner });
      sites.set(site, { state, sets });
      collected = addOffer(collected, offer, this.roster);
    }
    const offers = allOffers(collected, this.roster) ?? [];
    for (const site of members) {
      const own = sites.get(site) as SimulatedSiteState;
      const { state, sets, boxes } = shareSecrets(own.state, own.sets, offers, { random, roster: this.roster });
      sites.set(site, { state, sets });
      collected = addBoxes(collected, site, boxes);
    }
    for (const site of members) {
      const own = sites.get(site) as SimulatedSiteState;
      sites.set(site, holdShares(own.state, own.sets, boxesFor(collected, site) ?? []));
    }
    this.legs += 3;
    return { collected, sites, used: 0 };
  }
}

function replaced(sets: readonly SiteKeySet[], set: SiteKeySet): readonly SiteKeySet[] {
  return sets.map((other) => (other.set === set.set ? set : other));
}
