import { pack, unpack } from '@cohortium/kernel';
import type { Json, Packable, Sha256, SiteId } from '@cohortium/kernel';
import { federationErrors } from './errors.js';
import type { Federation } from './federation.js';
import { addFixedPoint, wordsToRead, decodeFixedPoint, subtractFixedPoint, wordBytes } from './fixed-point.js';
import { operationName } from './query.js';
import type { AnyQuery, RosterScope, SumQuery, SummaryQuery, Total } from './query.js';
import { requestHash } from './site-answer.js';
import { unpackSummary } from './size-class.js';

/** One round as it is asked of the sites. */
export interface RoundRequest {
  /** Position in the run, from 1. */
  readonly round: number;
  readonly query: AnyQuery;
  readonly params: unknown;
  readonly scope: RosterScope;
  /** Identity of what is asked; see `requestHash`. */
  readonly hash: Sha256;
}

/** What one site answered: released bytes, or why not. */
export type SiteAnswer =
  { readonly state: 'released'; readonly bytes: Uint8Array } | { readonly state: 'withheld'; readonly reason: string };

/**
 * Carries one round to the sites of its scope and back. Resolves when every site has answered, in any order; the caller may ask
 * the same round again after a crash and gets the same answers.
 */
export interface Exchange {
  ask(request: RoundRequest): Promise<ReadonlyMap<SiteId, SiteAnswer>>;
  /**
   * What is to be taken off the sum of the answers, where sites masked them: words of the query. Undefined for a round that ran without masks.
   * Asked after {@link ask} and before the total is committed; asked again after a crash it says the same.
   */
  remainingMasks?(request: RoundRequest): Promise<Uint8Array | undefined>;
}

/**
 * The run journal: what a program has already learned. `commit` is durable before it resolves, and a second commit of the same
 * round with the same hash changes nothing. `find` is told what the program asks, for journals that wait for the answer.
 */
export interface RunJournal {
  find(round: number, request: RoundRequest): Promise<{ readonly hash: Sha256; readonly result: Uint8Array } | undefined>;
  commit(round: number, hash: Sha256, result: Uint8Array): Promise<void>;
}

/**
 * A federation that goes round by round over an exchange and keeps a journal: the n-th call of a run is answered from the
 * journal if it was committed before, so a program that is run again after a crash continues at the first missing round and
 * learns the same bits.
 */
export class RoundFederation implements Federation {
  private round = 0;
  private busy = false;
  constructor(
    private readonly exchange: Exchange,
    private readonly journal: RunJournal,
  ) {}

  async sum<P, V>(query: SumQuery<P, V>, params: P, scope: RosterScope): Promise<Total<V>> {
    const length = query.length(params);
    const { round, result } = await this.once({ query, params, scope }, async (answers, request) => {
      const masks = await this.exchange.remainingMasks?.(request);
      return addAnswers(query, length, answers, masks);
    });
    const words = wordsToRead(result, query.words, length, operationName(query), 'journal');
    return { value: query.read(decodeFixedPoint(words, query.words), params), round };
  }

  async summaries<P, V extends Json>(query: SummaryQuery<P, V>, params: P, scope: RosterScope): Promise<ReadonlyMap<SiteId, V>> {
    const { result } = await this.once({ query, params, scope }, (answers) => {
      const bySite: Record<string, Packable> = {};
      for (const site of scope.sites) bySite[site] = parseSummary(query, answers.get(site) as Uint8Array, site, this.round) as Packable;
      return Promise.resolve(pack(bySite));
    });
    const bySite = unpack(result) as Record<string, V>;
    return new Map(scope.sites.map((site) => [site, bySite[site] as V]));
  }

  private async once(
    asked: { query: AnyQuery; params: unknown; scope: RosterScope },
    combine: (answers: ReadonlyMap<SiteId, Uint8Array>, request: RoundRequest) => Promise<Uint8Array>,
  ): Promise<{ round: number; result: Uint8Array }> {
    if (this.busy) throw federationErrors.error('FEDERATION.CONCURRENT_SUM');
    this.busy = true;
    try {
      const round = ++this.round;
      const hash = requestHash(asked);
      const request = { round, hash, ...asked };
      const known = await this.journal.find(round, request);
      if (known) {
        if (known.hash !== hash) throw federationErrors.error('FEDERATION.REPLAY_DIFFERS', { round });
        return { round, result: known.result };
      }
      const answers = await this.exchange.ask(request);
      const result = await combine(releasedOnly(answers, asked.scope, operationName(asked.query), round), request);
      await this.journal.commit(round, hash, result);
      return { round, result };
    } finally {
      this.busy = false;
    }
  }
}

function releasedOnly(
  answers: ReadonlyMap<SiteId, SiteAnswer>,
  scope: RosterScope,
  operation: string,
  round: number,
): ReadonlyMap<SiteId, Uint8Array> {
  const bytes = new Map<SiteId, Uint8Array>();
  for (const site of scope.sites) {
    const answer = answers.get(site);
    if (answer?.state === 'released') bytes.set(site, answer.bytes);
    else throw federationErrors.error('FEDERATION.WITHHELD', { site, operation, round, reason: answer?.reason ?? 'no answer' });
  }
  return bytes;
}

/** Only the place of what is wrong is named: its content came from a site. */
function parseSummary<P, V extends Json>(query: SummaryQuery<P, V>, bytes: Uint8Array, site: SiteId, round: number): V {
  const parsed = query.value.safeParse(unpackSummary(bytes));
  if (parsed.success) return parsed.data;
  const path = parsed.error.issues[0]?.path.join('.') || '(root)';
  throw federationErrors.error('FEDERATION.BAD_ANSWER', { site, operation: operationName(query), round, path });
}

function addAnswers<P, V>(
  query: SumQuery<P, V>,
  length: number,
  answers: ReadonlyMap<SiteId, Uint8Array>,
  masks: Uint8Array | undefined,
): Uint8Array {
  const total = new Uint32Array(query.words.limbs * length);
  for (const [site, bytes] of answers)
    addFixedPoint(total, wordsToRead(bytes, query.words, length, operationName(query), site), query.words);
  if (masks !== undefined) subtractFixedPoint(total, wordsToRead(masks, query.words, length, operationName(query), 'masks'), query.words);
  return wordBytes(total);
}

/** A journal in memory: for simulations, which have nothing to recover. */
export class MemoryJournal implements RunJournal {
  private readonly entries = new Map<number, { hash: Sha256; result: Uint8Array }>();

  find(round: number): Promise<{ hash: Sha256; result: Uint8Array } | undefined> {
    return Promise.resolve(this.entries.get(round));
  }

  commit(round: number, hash: Sha256, result: Uint8Array): Promise<void> {
    this.entries.set(round, { hash, result });
    return Promise.resolve();
  }
}
