import { addFixedPoint, bytesToWords, subtractFixedPoint, wordBytes } from '@cohortium/federation';
import type { WordFormat } from '@cohortium/federation';
import { parseSiteId, sha256 } from '@cohortium/kernel';
import type { SiteId } from '@cohortium/kernel';
import {
  addAgreement,
  addBoxes,
  addMasked,
  addOffer,
  addReply,
  agreeOnSurvivors,
  allOffers,
  boxesFor,
  maskScopeOf,
  collectBatch,
  collectSum,
  holdShares,
  maskInput,
  newSigner,
  offerKeys,
  openSecrets,
  remainingMasks,
  rosterOf,
  shareSecrets,
  unmask,
  unmaskRequest,
} from '@cohortium/privacy';
import type {
  CollectedBatch,
  CollectedSum,
  KeyBatch,
  KeyPairSigner,
  RosterKeys,
  SecretRandom,
  SiteBatch,
  SiteKeySet,
  SumBinding,
  UnmaskRecord,
  UnmaskRequest,
} from '@cohortium/privacy';
import { createCipheriv } from 'node:crypto';

/** Bytes of a seeded AES-CTR stream: repeatable in tests, and nothing else. */
export function seededSecrets(seed: string): SecretRandom {
  const cipher = createCipheriv('aes-256-ctr', Buffer.from(sha256(seed), 'hex'), Buffer.alloc(16));
  return { bytes: (count) => new Uint8Array(cipher.update(Buffer.alloc(count))) };
}

/** One site of a {@link MaskedSites}: all that it stores. */
export interface MaskedSite {
  readonly signer: KeyPairSigner;
  state: SiteBatch;
  sets: readonly SiteKeySet[];
  /** Unmask records by `round vectorId`. */
  readonly records: Map<string, UnmaskRecord>;
}

/** Options of {@link MaskedSites}. */
export interface MaskedSitesOptions {
  readonly siteCount: number;
  readonly setCount?: number;
  readonly seed?: string;
  /** Between any two steps, states go through JSON, as through a database. */
  readonly throughJson?: boolean;
}

/** Sites and a collector around one key batch, each step to be called, or to be disturbed, by a test. */
export class MaskedSites {
  readonly random: SecretRandom;
  readonly sites = new Map<SiteId, MaskedSite>();
  readonly roster: RosterKeys;
  readonly batch: KeyBatch;
  collected: CollectedBatch;

  constructor(private readonly options: MaskedSitesOptions) {
    this.random = seededSecrets(options.seed ?? 'sites');
    const ids = Array.from({ length: options.siteCount }, (_, i) => parseSiteId(`S${String(i + 1).padStart(3, '0')}`));
    const signers = new Map(ids.map((site) => [site, newSigner(this.random)]));
    this.roster = rosterOf(new Map([...signers].map(([site, { publicKey }]) => [site, publicKey])));
    const scope = maskScopeOf(ids, this.roster);
    this.batch = { study: 'study', run: 'run', batch: 1, protocolHash: sha256('protocol'), scope, setCount: options.setCount ?? 2 };
    this.collected = collectBatch(this.batch);
    for (const [site, signer] of signers) {
      const { state, sets, offer } = offerKeys(this.batch, site, { random: this.random, signer });
      this.sites.set(site, { signer, state, sets, records: new Map() });
      this.collected = addOffer(this.collected, offer, this.roster);
    }
  }

  get ids(): SiteId[] {
    return [...this.sites.keys()];
  }

  /** A site by id. */
  site(id: SiteId): MaskedSite {
    return this.sites.get(id) as MaskedSite;
  }

  /** Shares go to all, each way. */
  ready(): this {
    const offers = allOffers(this.collected, this.roster) ?? [];
    for (const [id, site] of this.sites) {
      const { state, sets, boxes } = shareSecrets(site.state, site.sets, offers, { random: this.random, roster: this.roster });
      Object.assign(site, { state, sets });
      this.collected = addBoxes(this.collected, id, boxes);
    }
    for (const [id, site] of this.sites) Object.assign(site, holdShares(site.state, site.sets, boxesFor(this.collected, id) ?? []));
    this.restart();
    return this;
  }

  /** One site masks. Its state changes as it would at the site. */
  mask(id: SiteId, sum: SumBinding, vector: Uint8Array, unmaskedBefore = this.recordOf(id, sum) !== undefined) {
    const site = this.site(id);
    const { set, frame, statement } = maskInput(site.state, this.setOf(id, sum), { sum, vector, unmaskedBefore }, site.signer);
    this.replace(id, set);
    return { frame, statement };
  }

  /** One site signs the survivors. */
  agree(id: SiteId, request: Pick<UnmaskRequest, 'sum' | 'statements' | 'dropped'>) {
    const site = this.site(id);
    const { set, signature } = agreeOnSurvivors(site.state, this.setOf(id, request.sum), request, { ...this.parts(id), rule: 'partial' });
    this.replace(id, set);
    return signature;
  }

  /** One site reveals. */
  unmask(id: SiteId, request: UnmaskRequest, rule: SumBinding['roster'] = request.sum.roster) {
    const site = this.site(id);
    const earlier = this.recordOf(id, request.sum);
    const { set, record, reply } = unmask(site.state, this.setOf(id, request.sum), request, { ...this.parts(id), rule }, earlier);
    this.replace(id, set);
    site.records.set(`${record.round} ${record.vectorId}`, record);
    return reply;
  }

  /** A whole sum, in the given order of sites: some drop out after masking, some after that do not reveal. */
  sum(
    sum: SumBinding,
    vectors: ReadonlyMap<SiteId, Uint8Array>,
    absent: { readonly dropped?: readonly SiteId[]; readonly silent?: readonly SiteId[] } = {},
  ): { readonly total: Uint32Array; readonly state: CollectedSum; readonly frames: ReadonlyMap<SiteId, Uint8Array> } {
    let state = collectSum(sum);
    const frames = new Map<SiteId, Uint8Array>();
    for (const [id, vector] of vectors) {
      const { frame, statement } = this.mask(id, sum, vector);
      if (absent.dropped?.includes(id)) continue;
      frames.set(id, frame);
      state = addMasked(this.collected, state, statement, frame, this.roster);
    }
    const silent = absent.silent ?? [];
    const survivors = [...frames.keys()].filter((id) => !silent.includes(id));
    this.restart();
    if (sum.roster === 'partial') {
      const asked = unmaskRequest(this.collected, state);
      for (const id of survivors) state = addAgreement(this.collected, state, this.agree(id, asked), this.roster);
      this.restart();
    }
    const request = unmaskRequest(this.collected, state);
    for (const id of survivors) state = addReply(this.collected, state, this.unmask(id, request), this.roster);
    this.restart();
    return { total: totalOf(sum, frames, remainingMasks(this.collected, state, openSecrets(this.collected, state))), state, frames };
  }

  /** What this site knows of an earlier unmasking of the vector. */
  recordOf(id: SiteId, { round, vectorId }: SumBinding): UnmaskRecord | undefined {
    return this.site(id).records.get(`${round} ${vectorId}`);
  }

  /** The set of a sum at a site. */
  setOf(id: SiteId, { set }: SumBinding): SiteKeySet {
    return this.site(id).sets.find((one) => one.set === set) as SiteKeySet;
  }

  private parts(id: SiteId) {
    return { roster: this.roster, signer: this.site(id).signer };
  }

  private replace(id: SiteId, set: SiteKeySet): void {
    const site = this.site(id);
    site.sets = site.sets.map((one) => (one.set === set.set ? set : one));
  }

  private restart(): void {
    if (this.options.throughJson !== true) return;
    for (const site of this.sites.values()) {
      site.state = JSON.parse(JSON.stringify(site.state)) as SiteBatch;
      site.sets = JSON.parse(JSON.stringify(site.sets)) as readonly SiteKeySet[];
    }
    this.collected = JSON.parse(JSON.stringify(this.collected)) as CollectedBatch;
  }
}

/** Format of the words of a sum. */
export function wordsOf({ limbs }: Pick<SumBinding, 'limbs'>): WordFormat {
  return { name: 'wide', limbs, fractionLimbs: 0 };
}

/** Sum of frames less the masks that remain in it. */
export function totalOf(sum: SumBinding, frames: ReadonlyMap<SiteId, Uint8Array>, masks: Uint32Array): Uint32Array {
  const total = plainTotal(sum, frames);
  subtractFixedPoint(total, masks, wordsOf(sum));
  return total;
}

/** Integer sum of vectors. */
export function plainTotal(sum: SumBinding, vectors: ReadonlyMap<SiteId, Uint8Array>): Uint32Array {
  const total = new Uint32Array(sum.limbs * sum.length);
  for (const [site, vector] of vectors) addFixedPoint(total, bytesToWords(vector, wordsOf(sum), sum.length, 'test', site), wordsOf(sum));
  return total;
}

/** A sum for tests. */
export function testSum(over: Partial<SumBinding> = {}): SumBinding {
  const plain = { set: 1, round: 1, attempt: 1, vectorId: 'sum', requestHash: sha256('request'), limbs: 2, length: 8 };
  return { ...plain, roster: 'full', ...over };
}

/** One random vector for each site. */
export function testVectors(ids: readonly SiteId[], sum: SumBinding, random: SecretRandom): Map<SiteId, Uint8Array> {
  return new Map(ids.map((id) => [id, wordBytes(new Uint32Array(random.bytes(4 * sum.limbs * sum.length).slice().buffer))]));
}
