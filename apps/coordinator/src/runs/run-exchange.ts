import { operationName } from '@cohortium/federation';
import type { Exchange, PublishedTotal, RoundRequest, SiteAnswer } from '@cohortium/federation';
import { federationErrors } from '@cohortium/federation';
import type { SiteId } from '@cohortium/kernel';
import type { CoordinatorDatabase, MaskedRound, NewRound, StoredAnswer } from '@cohortium/persistence';
import { readSignedFrame } from '@cohortium/privacy';
import type { RosterKeys } from '@cohortium/privacy';
import { findClause } from '@cohortium/protocol';
import { coordinatorErrors } from '../errors.js';
import type { Notary } from '../ledger/notary.js';
import type { Log } from '../log.js';
import type { OutboxRelay, Outgoing } from '../outbox-relay.js';
import { runTopic, waitFor } from '../signals.js';
import type { Signals } from '../signals.js';
import type { PresenceBoard } from '../sites/presence.js';
import type { SubmittedProtocol } from '../studies/submitted-protocol.js';
import type { OpenRound, RoundBoard } from './round-board.js';
import { chunkedContent, chunkedTotals, packRound, taskMessages } from './round-messages.js';
import type { RoundContent, TaskLeg } from './round-messages.js';
import type { DatabaseJournal } from './run-journal.js';
import { RunMasking } from './run-masking.js';
import type { MaskedRequest } from './run-masking.js';
import type { StreamKeeper } from './stream-keeper.js';

/** Operation that external sites answer before the model is locked: it tells whether they can take part. */
const beforeLock = new Set(['statistics.eligibility@1']);
const longestPauseMs = 60_000;
/** From this attempt on a site is told all totals of the run again: it may have lost what it had answered under. */
const everythingFromAttempt = 3;

/** What an exchange needs of the app. */
export interface ExchangeParts {
  readonly database: CoordinatorDatabase;
  readonly relay: OutboxRelay;
  readonly board: RoundBoard;
  readonly presence: PresenceBoard;
  readonly signals: Signals;
  readonly streams: StreamKeeper;
  readonly notary: Notary;
  readonly log: Log;
  readonly reissueMs: number;
  /** Keys of the sites as the signed roster pins them; undefined where there is none, and then no sum can be masked. */
  readonly roster: () => Promise<RosterKeys | undefined>;
}

/** What a run tells its exchange while it goes on. */
export interface RunContext {
  readonly run: string;
  readonly submitted: SubmittedProtocol;
  /** Keys of the sites when the run began to be asked; undefined: no sum can be masked. */
  readonly roster: RosterKeys | undefined;
  /** Committed rounds, and the chain of their totals. */
  readonly totals: Pick<DatabaseJournal, 'headBefore' | 'total'>;
  /** Hash of the locked model, from the lock on. */
  modelLock(): string | null;
  /** Resolves when everything that the program noted before this round is durable. */
  settled(): Promise<void>;
}

/**
 * Rounds over the broker. A round is opened in the database together with its messages; then they are sent, and the program
 * waits until the contribution of every site is stored. Sites that do not answer are asked again, with the same content, until
 * the deadline of the clause; none is ever left out.
 */
export class RunExchange implements Exchange {
  /** Frozen parts that this process has sent, as `site hash`. */
  private readonly sentParts = new Set<string>();
  /** Rounds whose totals each site holds for sure, since it has answered under them; known once asked for. */
  private held: Map<string, number> | undefined;
  private readonly masking: RunMasking | undefined;
  /** The round that is being asked, where it is masked. */
  private masked:
    { readonly request: MaskedRequest; readonly frames: ReadonlyMap<SiteId, Uint8Array>; readonly deadlineMs: number } | undefined;

  constructor(
    private readonly parts: ExchangeParts,
    private readonly context: RunContext,
  ) {
    if (context.roster !== undefined) this.masking = new RunMasking(parts, context, context.roster);
  }

  /**
   * @throws `RUN.NO_CLAUSE`, `RUN.MODEL_NOT_LOCKED`, `RUN.SITE_LATE`, `RUN.EQUIVOCATION`, `FEDERATION.REPLAY_DIFFERS`; database errors
   * as they come
   */
  async ask(request: RoundRequest): Promise<ReadonlyMap<SiteId, SiteAnswer>> {
    const { deadlineHours, isMasked } = this.check(request);
    await this.context.settled();
    const masked = isMasked ? await this.beginMasked(request, deadlineHours) : undefined;
    const { board, signals } = this.parts;
    const { run } = this.context;
    const open = board.open(run, request.round, request.scope.sites, this.context.totals.headBefore(request.round));
    try {
      const expiresAt = await this.open(request, open, deadlineHours, masked?.place ?? null);
      signals.wake(runTopic(run));
      await this.wait(request, open, expiresAt, { deadlineHours, place: masked?.place ?? null });
      for (const [site, { state }] of open.answers) if (state === 'released') this.held?.set(site, request.round - 1);
      return masked === undefined ? open.answers : this.frames(request, masked, open.answers, expiresAt);
    } finally {
      board.close(run, request.round);
    }
  }

  /** @throws `SECAGG.NOT_OPENED`, `RUN.MASKING_REFUSED`, `RUN.SITE_LATE` */
  async remainingMasks(request: RoundRequest): Promise<Uint8Array | undefined> {
    if (this.masked === undefined || this.masked.request.sum.round !== request.round) return undefined;
    const { request: masked, frames, deadlineMs } = this.masked;
    return this.masking?.unmask(request, masked, frames, deadlineMs);
  }

  private beginMasked(request: RoundRequest, deadlineHours: number): Promise<MaskedRequest> {
    const { study } = this.context.submitted.protocol;
    if (this.masking === undefined) throw coordinatorErrors.error('RUN.NO_ROSTER', { study });
    return this.masking.begin(request, Date.now() + Math.min(deadlineHours * 3_600_000, 8.64e14));
  }

  /** Keeps the signed frames for unmasking, and hands out the bare ones, which are added up. */
  private frames(
    { scope }: RoundRequest,
    masked: MaskedRequest,
    answers: ReadonlyMap<SiteId, SiteAnswer>,
    expiresAt: Date,
  ): ReadonlyMap<SiteId, SiteAnswer> {
    const bare = new Map<SiteId, SiteAnswer>(answers);
    const signed = new Map<SiteId, Uint8Array>();
    for (const site of scope.sites) {
      const answer = answers.get(site);
      if (answer?.state !== 'released') continue;
      signed.set(site, answer.bytes);
      bare.set(site, { state: 'released', bytes: readSignedFrame(answer.bytes)?.frame ?? answer.bytes });
    }
    this.masked = { request: masked, frames: signed, deadlineMs: Math.max(expiresAt.getTime(), Date.now() + 2 * this.parts.reissueMs) };
    return bare;
  }

  /** Refuses what the protocol or the order of the study forbids, before any site is asked. */
  private check(request: RoundRequest): { readonly deadlineHours: number; readonly isMasked: boolean } {
    const { submitted } = this.context;
    const operation = operationName(request.query);
    const clause = findClause(submitted.protocol, operation, request.scope.name);
    if (clause === undefined) throw coordinatorErrors.error('RUN.NO_CLAUSE', { operation, scope: request.scope.name });
    const external = request.scope.sites.some((site) => submitted.external.includes(site));
    if (external && this.context.modelLock() === null && !beforeLock.has(operation)) {
      throw coordinatorErrors.error('RUN.MODEL_NOT_LOCKED', { round: request.round, operation });
    }
    return { deadlineHours: clause.deadlineHours, isMasked: request.query.kind === 'sum' && clause.secureAggregation === 'required' };
  }

  private async open(request: RoundRequest, open: OpenRound, deadlineHours: number, masking: MaskedRound | null): Promise<Date> {
    const { database, relay } = this.parts;
    const content = packRound(request);
    for (const { sha256, bytes } of chunkedContent(content)) {
      const unsent = request.scope.sites.some((site) => !this.sentParts.has(`${site} ${sha256}`));
      if (unsent) await database.rounds.savePayload(this.context.run, request.round, sha256, bytes);
    }
    const totals = await this.totalsFor(request, request.scope.sites);
    for (const { sha256, bytes } of chunkedTotals([...new Set([...totals.values()].flat())]))
      await database.rounds.savePayload(this.context.run, request.round, sha256, bytes);
    const openedAt = new Date();
    const expiresAt = new Date(openedAt.getTime() + Math.min(deadlineHours * 3_600_000, 8.64e14));
    const messages = request.scope.sites.flatMap((site) => {
      const withParts = (hash: string): boolean => !this.sentParts.has(`${site} ${hash}`);
      const leg = { site, attempt: 1, expiresAtMs: expiresAt.getTime(), withParts, masking, totals: totals.get(site) ?? [] };
      return this.messages(request, content, leg);
    });
    const opened = await database.rounds.open(this.newRound(request, content, openedAt, expiresAt), messages);
    if (opened.state === 'hashDiffers') throw federationErrors.error('FEDERATION.REPLAY_DIFFERS', { round: request.round });
    if (opened.state === 'runNotRunning')
      throw coordinatorErrors.error('COORDINATOR.UNEXPECTED', { reason: 'the run has ended elsewhere' });
    for (const { ref } of content.frozen) for (const site of request.scope.sites) this.sentParts.add(`${site} ${ref.sha256}`);
    if (opened.state === 'opened') {
      relay.push(opened.queued);
      return expiresAt;
    }
    // Open since before this process or this attempt: some sites may have answered, and the others may have lost the task.
    put(open, opened.answers);
    const equivocator = await database.rounds.equivocator(this.context.run, request.round);
    if (equivocator !== undefined) throw coordinatorErrors.error('RUN.EQUIVOCATION', { site: equivocator, round: request.round });
    await this.askAgain(request, content, open.missing(), { attempt: opened.attempt, expiresAt: opened.expiresAt, masking });
    return opened.expiresAt;
  }

  private newRound(request: RoundRequest, content: RoundContent, openedAt: Date, expiresAt: Date): NewRound {
    return {
      run: this.context.run,
      round: request.round,
      requestHash: request.hash,
      operation: operationName(request.query),
      kind: request.query.kind,
      scopeName: request.scope.name,
      sites: [...request.scope.sites],
      paramsSha256: content.paramsRef.sha256,
      paramsBytes: content.params.length,
      openedAt,
      expiresAt,
    };
  }

  private async wait(
    request: RoundRequest,
    open: OpenRound,
    expiresAt: Date,
    { deadlineHours, place }: { readonly deadlineHours: number; readonly place: MaskedRound | null },
  ): Promise<void> {
    const { database, presence, reissueMs } = this.parts;
    const { run } = this.context;
    let pauseMs = reissueMs;
    // A coordinator that comes back after the deadline still takes the answers that arrived meanwhile.
    const deadlineMs = Math.max(expiresAt.getTime(), Date.now() + 2 * reissueMs);
    const askedAtMs = new Map(open.missing().map((site) => [site, Date.now()]));
    let over = false;
    const ended = open.over.finally(() => (over = true));
    ended.catch(() => undefined);
    for (;;) {
      await waitFor(ended, Math.max(0, Math.min(pauseMs, deadlineMs - Date.now())));
      if (over) return open.over;
      put(open, await database.rounds.answers(run, request.round));
      const missing = open.missing();
      if (missing.length === 0) return;
      if (Date.now() >= deadlineMs) {
        const params = { operation: operationName(request.query), round: request.round, sites: missing.join(', '), hours: deadlineHours };
        throw coordinatorErrors.error('RUN.SITE_LATE', params);
      }
      // A site that says it works on this round is left alone for a while: the task has arrived.
      const due = missing.filter(
        (site) => !presence.worksOn(site, run, request.round, Date.now()) || Date.now() - (askedAtMs.get(site) ?? 0) > longestPauseMs,
      );
      if (due.length > 0) {
        const attempt = await database.rounds.nextAttempt(run, request.round);
        await this.askAgain(request, packRound(request), due, { attempt, expiresAt, masking: place });
        for (const site of due) askedAtMs.set(site, Date.now());
      }
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    }
  }

  /** Sends everything of a round once more, under fresh broker ids. Not stored: whoever still waits sends it again. */
  private async askAgain(
    request: RoundRequest,
    content: RoundContent,
    sites: readonly SiteId[],
    { attempt, expiresAt, masking }: { readonly attempt: number; readonly expiresAt: Date; readonly masking: MaskedRound | null },
  ): Promise<void> {
    if (sites.length === 0) return;
    const totals = await this.totalsFor(request, sites, attempt >= everythingFromAttempt);
    this.parts.log.info({ event: 'round.asked_again', run: this.context.run, round: request.round, attempt, sites });
    this.parts.relay.offer(
      sites.flatMap((site) => {
        const leg = { site, attempt, expiresAtMs: expiresAt.getTime(), withParts: () => true, masking, totals: totals.get(site) ?? [] };
        return this.messages(request, content, leg);
      }),
    );
  }

  /** Totals that each site shall be told before a round: those that it does not hold for sure, or all. */
  private async totalsFor(
    { round }: RoundRequest,
    sites: readonly SiteId[],
    everything = false,
  ): Promise<ReadonlyMap<SiteId, readonly PublishedTotal[]>> {
    const { run, totals } = this.context;
    this.held ??= new Map([...(await this.parts.database.rounds.lastReleased(run))].map(([site, last]) => [site, last - 1]));
    const from = sites.map((site) => (everything ? 0 : (this.held?.get(site) ?? 0)));
    const found: PublishedTotal[] = [];
    for (let k = Math.min(...from) + 1; k < round; k++) {
      const total = await totals.total(k);
      if (total !== undefined) found.push(total);
    }
    return new Map(sites.map((site, i) => [site, found.filter((total) => total.round > (from[i] as number))]));
  }

  private messages(request: RoundRequest, content: RoundContent, leg: Omit<TaskLeg, 'modelLock' | 'prevRoundHash'>): readonly Outgoing[] {
    const { run, submitted } = this.context;
    const { study } = submitted.protocol;
    const context = { run, study, protocolHash: submitted.protocolHash };
    const prevRoundHash = this.context.totals.headBefore(request.round);
    const messages = taskMessages(context, request, content, { ...leg, modelLock: this.context.modelLock(), prevRoundHash });
    for (const { head, body } of messages) this.parts.streams.note(study, head.length + (body?.length ?? 0));
    return messages;
  }
}

function put(open: OpenRound, answers: readonly StoredAnswer[]): void {
  for (const { site, state, reason, content } of answers) {
    if (state === 'withheld') open.put(site as SiteId, { state, reason: reason ?? 'unknown' });
    else if (content !== null) open.put(site as SiteId, { state, bytes: content });
  }
}
