import { encodeMessage, subjects, wireVersion } from '@cohortium/contracts';
import type { MaskingAsked, MaskingReplyMessage, MaskingSaid } from '@cohortium/contracts';
import type { RoundRequest, SumQuery } from '@cohortium/federation';
import { wordBytes } from '@cohortium/federation';
import { sha256 } from '@cohortium/kernel';
import type { SiteId } from '@cohortium/kernel';
import type { LegKey, MaskedRound } from '@cohortium/persistence';
import {
  addBoxes,
  addMasked,
  addOffer,
  addReply,
  allOffers,
  boxesFor,
  collectBatch,
  collectSum,
  defaultSetCount,
  maskScopeOf,
  openSecrets,
  readSignedFrame,
  remainingMasks,
  scopeHash,
  sitesOf,
  unmaskRequest,
} from '@cohortium/privacy';
import type { CollectedBatch, KeyBatch, RosterKeys, ShareBox, SumBinding } from '@cohortium/privacy';
import { findClause } from '@cohortium/protocol';
import { coordinatorErrors } from '../errors.js';
import { maskingTopic, waitFor } from '../signals.js';
import type { ExchangeParts, RunContext } from './run-exchange.js';

/** A round with its key set and the keys of its batch. */
export interface MaskedRequest {
  readonly place: MaskedRound;
  readonly sum: SumBinding;
  readonly collected: CollectedBatch;
}

type Said<Leg extends MaskingSaid['leg']> = Extract<MaskingSaid, { leg: Leg }>;
const longestPauseMs = 60_000;

/**
 * Secure aggregation of one run at the coordinator. Every leg is a question to all sites of a scope; replies are in the database before they count, so
 * after a crash each leg goes on with those that are missing.
 */
export class RunMasking {
  /** Batches whose keys and shares are with the sites, by number. */
  private readonly ready = new Map<number, CollectedBatch>();

  constructor(
    private readonly parts: ExchangeParts,
    private readonly context: RunContext,
    private readonly roster: RosterKeys,
  ) {}

  /**
   * Gives a round its key set, durably, and sees that the keys of its batch are with the sites.
   * @throws `SECAGG.*`, `RUN.MASKING_REFUSED`, `RUN.SITE_LATE`
   */
  async begin(request: RoundRequest, deadlineMs: number): Promise<MaskedRequest> {
    const { database } = this.parts;
    const { run } = this.context;
    const scope = maskScopeOf(request.scope.sites, this.roster);
    const name = scopeHash(scope);
    let place = await database.masking.setOf(run, request.round, name);
    if (place === undefined) {
      const { submitted } = this.context;
      await database.masking.openBatch(run, name, (batch) => ({
        study: submitted.protocol.study,
        run,
        batch,
        protocolHash: submitted.protocolHash,
        scope,
        setCount: defaultSetCount,
      }));
      place = await database.masking.setOf(run, request.round, name);
    }
    if (place === undefined) throw new TypeError('a new batch has no key set');
    const query = request.query as SumQuery<unknown, unknown>;
    const sum: SumBinding = {
      set: place.set,
      round: request.round,
      attempt: place.attempt,
      vectorId: 'sum',
      requestHash: request.hash,
      limbs: query.words.limbs,
      length: query.length(request.params),
      roster: 'full',
    };
    return { place, sum, collected: await this.batch(place.batch, request, deadlineMs) };
  }

  /**
   * Reads the frames of all sites, has them unmasked and says what is to be taken off their sum.
   * @throws `SECAGG.NOT_OPENED`, `RUN.MASKING_REFUSED`, `RUN.SITE_LATE`
   */
  async unmask(
    request: RoundRequest,
    { place, sum, collected }: MaskedRequest,
    frames: ReadonlyMap<SiteId, Uint8Array>,
    deadlineMs: number,
  ): Promise<Uint8Array> {
    let state = collectSum(sum);
    for (const [site, bytes] of frames) {
      const read = readSignedFrame(bytes);
      const statement = { site, frameSha256: sha256(read?.frame ?? bytes), signature: read?.signature ?? '' };
      state = addMasked(collected, state, statement, read?.frame ?? bytes, this.roster);
    }
    const asked = unmaskRequest(collected, state);
    const key: LegKey = { run: this.context.run, batch: place.batch, round: request.round, leg: 'unmask' };
    const question = { leg: 'unmask', operation: operationOf(request), ...asked } as unknown as MaskingAsked;
    const replies = await this.gather<'unmask'>(request, key, () => question, deadlineMs);
    for (const [site, { shares, signature }] of replies)
      state = addReply(collected, state, { site, shares: shares as never, signature }, this.roster);
    const opened = openSecrets(collected, state);
    if (opened.faulty.length > 0) this.parts.log.error({ event: 'masking.wrong_shares', run: this.context.run, sites: opened.faulty });
    const { batch } = place;
    await this.parts.database.masking.keepOpening({ run: this.context.run, round: request.round, batch, sum, seeds: opened.seeds });
    return wordBytes(remainingMasks(collected, state, opened));
  }

  private async batch(number: number, request: RoundRequest, deadlineMs: number): Promise<CollectedBatch> {
    const known = this.ready.get(number);
    if (known !== undefined) return known;
    const { run } = this.context;
    const batch = (await this.parts.database.masking.batch(run, number)) as KeyBatch;
    const key = (leg: LegKey['leg']): LegKey => ({ run, batch: number, round: 0, leg });
    const { setCount } = batch;
    let collected = collectBatch(batch);
    const offered = await this.gather<'keys'>(request, key('keys'), () => ({ leg: 'keys', setCount }), deadlineMs);
    for (const { offer } of offered.values()) collected = addOffer(collected, offer as never, this.roster);
    const offers = allOffers(collected, this.roster) ?? [];
    const shared = await this.gather<'shares'>(request, key('shares'), () => ({ leg: 'shares', offers: [...offers] as never }), deadlineMs);
    for (const [site, { boxes }] of shared) collected = addBoxes(collected, site, boxes as unknown as readonly ShareBox[]);
    const whole = collected;
    await this.gather<'held'>(request, key('held'), (site) => ({ leg: 'held', boxes: [...(boxesFor(whole, site) ?? [])] }), deadlineMs);
    this.ready.set(number, whole);
    return whole;
  }

  /** Asks a leg of all sites of the scope until each has replied. */
  private async gather<Leg extends LegKey['leg']>(
    request: RoundRequest,
    key: LegKey,
    asked: (site: SiteId) => MaskingAsked,
    deadlineMs: number,
  ): Promise<ReadonlyMap<SiteId, Said<Leg>>> {
    const { database, signals, relay, reissueMs } = this.parts;
    const { run } = this.context;
    const sites = sitesOf(maskScopeOf(request.scope.sites, this.roster));
    let pauseMs = reissueMs;
    let askAtMs = 0;
    for (;;) {
      const ticket = signals.ticket(maskingTopic(run));
      const replies = await database.masking.replies<MaskingSaid>(key);
      const told = new Map<SiteId, Said<Leg>>();
      for (const site of sites) {
        const said = replies.get(site);
        if (said === undefined) continue;
        if (said.leg === 'refused') throw coordinatorErrors.error('RUN.MASKING_REFUSED', { site, leg: key.leg, reason: said.reason });
        told.set(site, said as Said<Leg>);
      }
      if (told.size === sites.length) return told;
      const nowMs = Date.now();
      const missing = sites.filter((site) => !told.has(site));
      if (nowMs >= deadlineMs) {
        const hours = findClause(this.context.submitted.protocol, operationOf(request), request.scope.name)?.deadlineHours ?? 0;
        throw coordinatorErrors.error('RUN.SITE_LATE', {
          operation: `masking.${key.leg}`,
          round: request.round,
          sites: missing.join(', '),
          hours,
        });
      }
      if (nowMs >= askAtMs) {
        relay.offer(missing.map((site) => this.message(request, key, site, asked(site), nowMs)));
        askAtMs = nowMs + pauseMs;
        pauseMs = Math.min(pauseMs * 2, longestPauseMs);
      }
      await waitFor(ticket, Math.max(0, Math.min(askAtMs, deadlineMs) - Date.now()));
      await this.context.settled();
    }
  }

  private message(request: RoundRequest, key: LegKey, site: SiteId, asked: MaskingAsked, nowMs: number) {
    const { submitted } = this.context;
    const { study } = submitted.protocol;
    const { run, batch, round, leg } = key;
    const scope = { name: request.scope.name, sites: [...request.scope.sites] };
    const fields = { run, batch, round, protocolHash: submitted.protocolHash, scope };
    const head = encodeMessage({ v: wireVersion, study, site, type: 'maskingRequest', ...fields, asked });
    this.parts.streams.note(study, head.length);
    // No id is used twice, also not by another process: the broker would take a repetition for the message that it knows.
    return {
      messageId: `${run}.${site}.m.${batch}.${round}.${leg}.${nowMs.toString(36)}`,
      subject: subjects.task(study, site),
      run,
      head,
      slice: null,
    };
  }
}

/** What a reply is kept under; undefined for one that names no leg of a batch. */
export function legOf({ run, batch, round, said }: MaskingReplyMessage): LegKey {
  return { run, batch, round, leg: said.leg === 'refused' ? said.of : said.leg };
}

function operationOf({ query }: RoundRequest): string {
  return `${query.operation}@${query.version}`;
}
