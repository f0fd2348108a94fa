import type { MaskingRequestMessage, MaskingSaid, TaskMessage } from '@cohortium/contracts';
import { operationName } from '@cohortium/federation';
import type { SumQuery } from '@cohortium/federation';
import { AppError, hashJson, parseSiteId } from '@cohortium/kernel';
import type { Sha256, SiteId } from '@cohortium/kernel';
import type { SiteMaskingRepository, StoredKeyBatch } from '@cohortium/persistence';
import {
  holdShares,
  keysOf,
  maskRelease,
  maskScopeOf,
  offerKeys,
  secureAggregationErrors,
  shareSecrets,
  sitesOf,
  unmask,
  unmaskHash,
} from '@cohortium/privacy';
import type {
  KeyBatch,
  Released,
  RosterKeys,
  SecretRandom,
  ShareBox,
  SiteBatch,
  SiteKeySet,
  SiteSigner,
  SumBinding,
  UnmaskRequest,
} from '@cohortium/privacy';
import type { OutgoingMessage } from '../egress/outgoing.js';
import type { Relay } from '../egress/relay.js';
import type { SiteLog } from '../log.js';
import type { Review } from '../review/review.js';
import { replyId, replyMessage } from './replies.js';

/** Rounds have one vector. */
const vectorId = 'sum';

/** The site's own long-term key, and those of the others as its pinned roster says. */
export interface SiteTrust {
  readonly signer: SiteSigner;
  /** Read anew for each batch: a roster may have been amended. */
  roster(): Promise<RosterKeys>;
}

/** What the desk works with. */
export interface MaskingDeskParts {
  readonly site: SiteId;
  readonly repository: SiteMaskingRepository;
  readonly relay: Pick<Relay, 'send' | 'again'>;
  readonly review: Pick<Review, 'findApproved'>;
  readonly trust: SiteTrust;
  readonly random: SecretRandom;
  readonly log: SiteLog;
}

/** The frame of a masked answer. */
export interface MaskedAnswer {
  readonly frame: Released;
  /** Under which the frame is stored; it names the attempt, so no two frames share it. */
  readonly frameKey: Sha256;
}

/**
 * Secure aggregation at a site: answers the legs of the coordinator and masks what the gate released. A leg is answered once; asked again, the stored
 * reply is sent again. Legs come one after the other, so that no state is read twice.
 */
export class MaskingDesk {
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly deps: MaskingDeskParts) {}

  /** Answers a leg: with its result, or with the code of the error that forbids it. @throws outages, so that the broker delivers it again */
  handle(message: MaskingRequestMessage): Promise<void> {
    return this.inTurn(async () => {
      try {
        await this.answer(message);
      } catch (error) {
        if (!(error instanceof AppError) || !Object.hasOwn(secureAggregationErrors.entries, error.code)) throw error;
        this.deps.log.error({ event: 'masking-refused', leg: message.asked.leg, run: message.run, code: error.code, ...error.params });
        await this.refuse(message, error.code);
      }
    });
  }

  /**
   * Masks a released vector with the key set that the task names. The set is bound durably before the frame is handed out.
   * @throws `SECAGG.*`
   */
  mask(task: TaskMessage, released: Released, query: SumQuery<unknown, unknown>, length: number): Promise<MaskedAnswer> {
    return this.inTurn(async () => {
      const { masking, run, round } = task;
      const refuse = (reason: string): Error => secureAggregationErrors.error('SECAGG.KEY_SET_USED', { set: masking?.set ?? 0, reason });
      if (masking === null) throw refuse('noKeySet');
      const stored = await this.deps.repository.batch({ run, batch: masking.batch });
      const set = stored?.sets.find((one) => one.set === masking.set);
      if (stored === undefined || set === undefined) throw refuse('unknown');
      if (!isScope(stored.state.batch, task)) throw refuse('otherScope');
      const sum: SumBinding = {
        set: masking.set,
        round,
        attempt: masking.attempt,
        vectorId,
        requestHash: task.requestHash as Sha256,
        limbs: query.words.limbs,
        length,
        roster: 'full',
      };
      const unmaskedBefore = (await this.deps.repository.unmasked(run, round, sum.vectorId)) !== undefined;
      const { set: next, masked } = maskRelease(released, { state: stored.state, set }, { sum, unmaskedBefore }, this.deps.trust.signer);
      await this.deps.repository.saveSet({ run, batch: masking.batch }, next);
      const frameKey = hashJson(['frame', run, round, masking.batch, masking.set, operationName(query), masked.sha256]);
      return { frame: masked, frameKey };
    });
  }

  /** True once this site has helped to open the sum of a round: it will not be masked again. */
  async isClosed(run: string, round: number): Promise<boolean> {
    return (await this.deps.repository.unmasked(run, round, vectorId)) !== undefined;
  }

  /** Erases all secrets of a run. */
  closeRun(run: string): Promise<void> {
    return this.inTurn(() => this.deps.repository.closeRun(run));
  }

  private async answer(message: MaskingRequestMessage): Promise<void> {
    const { repository } = this.deps;
    const stored = await repository.batch(message);
    const { asked } = message;
    if (asked.leg === 'keys') return this.keys(message, asked.setCount, stored);
    const scope = hashJson([message.protocolHash, message.scope.name, message.scope.sites]);
    if (stored === undefined || scopeOf(stored.state.batch, message) !== scope)
      throw secureAggregationErrors.error('SECAGG.BAD_KEYS', { site: this.deps.site, reason: 'unknownBatch' });
    if (asked.leg === 'shares') return this.shares(message, asked.offers as never, stored);
    if (asked.leg === 'held') return this.held(message, asked.boxes as unknown as readonly ShareBox[], stored);
    return this.unmask(message, asked as unknown as UnmaskRequest, stored);
  }

  private async keys(message: MaskingRequestMessage, setCount: number, stored: StoredKeyBatch | undefined): Promise<void> {
    const { site, review, trust, random, repository } = this.deps;
    const { study, run, batch, protocolHash, scope } = message;
    const asked = hashJson({ study, protocolHash, scope, setCount });
    if (stored !== undefined) {
      if (stored.asked !== asked) throw secureAggregationErrors.error('SECAGG.BAD_KEYS', { site, reason: 'otherQuestion' });
      return this.again(message);
    }
    if ((await review.findApproved(protocolHash)) === undefined)
      throw secureAggregationErrors.error('SECAGG.SCOPE', { count: scope.sites.length, reason: 'protocolNotApproved' });
    const keyBatch: KeyBatch = {
      study,
      run,
      batch,
      protocolHash,
      scope: maskScopeOf(scope.sites.map(parseSiteId), await trust.roster()),
      setCount,
    };
    const { state, sets, offer } = offerKeys(keyBatch, site, { random, signer: trust.signer });
    const reply = replyMessage(message, { leg: 'keys', offer: offer as never });
    this.send(await repository.saveLeg(message, { asked, state, sets }, null, reply.row), reply, message);
  }

  private async shares(message: MaskingRequestMessage, offers: Parameters<typeof shareSecrets>[2], stored: StoredKeyBatch): Promise<void> {
    if (stored.state.phase !== 'offered') return this.again(message);
    const ports = { random: this.deps.random, roster: await this.deps.trust.roster() };
    const { state, sets, boxes } = shareSecrets(stored.state, stored.sets, offers, ports);
    await this.saved(message, { ...stored, state, sets }, 'offered', { leg: 'shares', boxes: [...boxes] });
  }

  private async held(message: MaskingRequestMessage, boxes: readonly ShareBox[], stored: StoredKeyBatch): Promise<void> {
    if (stored.state.phase === 'ready') return this.again(message);
    const { state, sets } = holdShares(stored.state, stored.sets, boxes);
    await this.saved(message, { ...stored, state, sets }, 'shared', { leg: 'held' });
  }

  private async unmask(message: MaskingRequestMessage, asked: UnmaskRequest, { state, sets }: StoredKeyBatch): Promise<void> {
    const { repository, trust } = this.deps;
    const { sum, statements, dropped, agreements } = asked;
    const refuse = (reason: string): Error => secureAggregationErrors.error('SECAGG.UNMASK_REFUSED', { round: sum.round, reason });
    if (message.round !== sum.round) throw refuse('anotherSum');
    const earlier = await repository.unmasked(message.run, sum.round, sum.vectorId);
    if (earlier?.request === unmaskHash({ batch: state.batch, keys: keysOf(state), sum }, asked)) return this.again(message);
    const set = sets.find((one) => one.set === sum.set);
    if (set === undefined) throw refuse('anotherSum');
    // Every operation of this release opens over its full scope.
    const parts = { roster: await trust.roster(), signer: trust.signer, rule: 'full' as const };
    const request: UnmaskRequest = { sum, statements, dropped, agreements };
    const { set: spent, record, reply } = unmask(state, set as SiteKeySet, request, parts, earlier);
    const said = replyMessage(message, { leg: 'unmask', round: sum.round, shares: [...reply.shares], signature: reply.signature });
    const leaf = {
      v: 1 as const,
      at: Date.now(),
      study: message.study,
      type: 'unmask' as const,
      run: message.run,
      round: sum.round,
      attempt: sum.attempt,
      requestHash: sum.requestHash,
      survivors: statements.map((statement) => statement.site),
      dropped: [...dropped],
      replySha256: hashJson(reply.shares),
    };
    this.send(await repository.saveUnmask(record, spent, said.row, leaf), said, message);
  }

  private async saved(
    message: MaskingRequestMessage,
    next: StoredKeyBatch,
    expected: SiteBatch['phase'],
    said: MaskingSaid,
  ): Promise<void> {
    const reply = replyMessage(message, said);
    this.send(await this.deps.repository.saveLeg(message, next, expected, reply.row), reply, message);
  }

  private send(
    stored: Awaited<ReturnType<SiteMaskingRepository['saveLeg']>>,
    { frame }: OutgoingMessage,
    message: MaskingRequestMessage,
  ): void {
    if (stored === undefined) throw new TypeError(`the leg ${message.asked.leg} was answered beside this one`);
    this.deps.relay.send(stored.map((one) => ({ message: one, frame })));
  }

  private async again(message: MaskingRequestMessage): Promise<void> {
    await this.deps.relay.again(replyId(message, message.asked.leg));
  }

  private async refuse(message: MaskingRequestMessage, reason: string): Promise<void> {
    const { leg } = message.asked;
    const reply = replyMessage(message, { leg: 'refused', of: leg, reason });
    const stored = await this.deps.repository.addMessage(reply.row);
    if (stored.length > 0) this.deps.relay.send(stored.map((one) => ({ message: one, frame: reply.frame })));
    else await this.deps.relay.again(replyId(message, 'refused'));
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.last.then(work, work);
    this.last = turn.catch(() => undefined);
    return turn;
  }
}

/** The sites that keys were made for are those of the task, in whatever order. */
function isScope(batch: KeyBatch, task: TaskMessage): boolean {
  return batch.protocolHash === task.protocolHash && [...task.scope.sites].sort().join(' ') === sitesOf(batch.scope).join(' ');
}

function scopeOf(batch: KeyBatch, { scope }: MaskingRequestMessage): Sha256 {
  const same = [...scope.sites].sort().join(' ') === sitesOf(batch.scope).join(' ');
  return hashJson([batch.protocolHash, scope.name, same ? scope.sites : []]);
}
