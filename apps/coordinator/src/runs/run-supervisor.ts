import type { StudyProgram } from '@cohortium/analysis';
import { encodeMessage, subjects, wireVersion } from '@cohortium/contracts';
import { RoundFederation } from '@cohortium/federation';
import { isAppError } from '@cohortium/kernel';
import { isTransientDatabaseError } from '@cohortium/persistence';
import type { NewDownMessage, RunEnd, RunRow } from '@cohortium/persistence';
import { Inject, Injectable } from '@nestjs/common';
import { setMaxListeners } from 'node:events';
import { coordinatorErrors } from '../errors.js';
import { asAppError } from '../http-errors.js';
import { errorFields } from '../log.js';
import { approvalTopic, runTopic, waitFor } from '../signals.js';
import { protocolOffers } from '../studies/protocol-offers.js';
import { readSubmitted } from '../studies/submitted-protocol.js';
import type { SubmittedProtocol } from '../studies/submitted-protocol.js';
import { PROGRAM } from '../tokens.js';
import { RunExchange } from './run-exchange.js';
import type { ExchangeParts } from './run-exchange.js';
import { RunHost } from './run-host.js';
import { DatabaseJournal } from './run-journal.js';
import { leavesBehindFigures, resultsJson } from './run-results.js';

/** Name under which the parts of the engine are injected. */
export const ENGINE = Symbol('cohortium.engine');

const firstBackoffMs = 200;
const longestBackoffMs = 5000;
const longestOfferMs = 60_000;
const stopMs = 5000;
/** Rounds after which the sites are asked to witness the log again; each asking is two messages a site. */
const roundsPerCheckpoint = 32;

/** Thrown into waiting programs when the process ends: the run goes on after the next start. */
class Stopping extends Error {}

/**
 * Executes runs. A run is a loop around one attempt: wait for the approvals, then run the program from its journal. An attempt
 * that fails because the database or the broker is away is repeated for ever; any other failure aborts the run. After a crash
 * every run that has not ended is taken up again.
 */
@Injectable()
export class RunSupervisor {
  private readonly loops = new Map<string, Promise<void>>();
  private readonly stopping = new AbortController();

  constructor(
    @Inject(ENGINE) private readonly parts: ExchangeParts,
    @Inject(PROGRAM) private readonly program: StudyProgram,
  ) {
    setMaxListeners(0, this.stopping.signal);
  }

  /** Takes up every run that has not ended. */
  async resume(): Promise<void> {
    for (const run of await this.parts.database.runs.active()) this.start(run.id);
  }

  /** Executes a run until it has ended. */
  start(run: string): void {
    if (this.loops.has(run) || this.stopping.signal.aborted) return;
    const loop = this.loop(run)
      .catch((error: unknown) => this.parts.log.error({ event: 'run.loop_failed', run, ...errorFields(error) }))
      .finally(() => this.loops.delete(run));
    this.loops.set(run, loop);
  }

  /** Ends all loops where they wait. The runs stay as they are in the database. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.parts.board.failAll(new Stopping());
    await waitFor(Promise.all(this.loops.values()), stopMs);
  }

  private async loop(id: string): Promise<void> {
    let backoffMs = firstBackoffMs;
    for (;;) {
      const begunMs = Date.now();
      try {
        return await this.attempt(id);
      } catch (error) {
        if (this.stopping.signal.aborted) return;
        if (!isTransient(error) && (await this.abort(id, error))) return;
        this.parts.log.warn({ event: 'run.interrupted', run: id, retryMs: backoffMs, ...errorFields(error) });
        if (Date.now() - begunMs > 10 * longestBackoffMs) backoffMs = firstBackoffMs;
        await waitFor(new Promise(() => undefined), backoffMs, this.stopping.signal);
        if (this.stopping.signal.aborted) return;
        backoffMs = Math.min(backoffMs * 2, longestBackoffMs);
      }
    }
  }

  private async attempt(id: string): Promise<void> {
    const { database, log } = this.parts;
    const found = await database.runs.find(id);
    const stored = found && (await database.studies.byHash(found.protocolHash));
    if (found === undefined || stored === undefined) return;
    if (found.state === 'finished' || found.state === 'aborted') return;
    const submitted = readSubmitted(stored);
    if (found.state === 'waitingForApproval') {
      await this.approvals(submitted);
      await database.runs.begin(id, new Date());
      this.parts.signals.wake(runTopic(id));
    }
    if (found.state === 'running') this.parts.streams.suspect(found.study);
    log.info({ event: 'run.begins', run: id, study: found.study, resumed: found.state === 'running' });
    await this.execute(id, submitted);
  }

  /**
   * Waits until every site has approved. A site that is online and has not answered at all is offered the protocol again, in case
   * the broker lost the offer; for a site that is away it waits at the broker, and one that works is left alone for a while.
   * @throws `RUN.REFUSED`
   */
  private async approvals(submitted: SubmittedProtocol): Promise<void> {
    const { database, relay, presence, signals, reissueMs } = this.parts;
    const { protocolHash, sites } = submitted;
    let pauseMs = reissueMs;
    let offerAtMs = Date.now() + pauseMs;
    const offeredAtMs = new Map(sites.map((site) => [site, Date.now()]));
    for (;;) {
      const ticket = signals.ticket(approvalTopic(protocolHash));
      const decisions = new Map((await database.studies.approvals(protocolHash)).map((approval) => [approval.site, approval]));
      for (const { site, decision, reason } of decisions.values()) {
        if (decision === 'refused') throw coordinatorErrors.error('RUN.REFUSED', { site, reason });
      }
      if (sites.every((site) => decisions.get(site)?.decision === 'approved')) return;
      if (Date.now() >= offerAtMs) {
        const nowMs = Date.now();
        const unanswered = sites.filter((site) => !decisions.has(site) && presence.isOnline(site, nowMs));
        const due = unanswered.filter((site) => !presence.isWorking(site, nowMs) || nowMs - (offeredAtMs.get(site) ?? 0) > longestOfferMs);
        relay.offer(protocolOffers(submitted, due, String(nowMs)));
        for (const site of due) offeredAtMs.set(site, nowMs);
        pauseMs = Math.min(pauseMs * 2, longestOfferMs);
        offerAtMs = Date.now() + pauseMs;
      }
      await waitFor(ticket, Math.max(0, offerAtMs - Date.now()), this.stopping.signal);
      if (this.stopping.signal.aborted) throw new Stopping();
    }
  }

  private async execute(id: string, submitted: SubmittedProtocol): Promise<void> {
    const { database, signals, notary, log } = this.parts;
    const staged = await database.runs.stagedEnd(id);
    if (staged !== undefined) return this.close(id, submitted, staged);
    const { study } = submitted.protocol;
    const { sites } = submitted;
    const host = new RunHost(database, signals, id, (await database.runs.modelLockHash(id)) ?? null, (modelSha256) =>
      notary.witnessed({ study, sites }, { run: id, modelSha256, external: submitted.external }, this.stopping.signal),
    );
    const nudge = () =>
      void notary
        .nudge({ study, sites })
        .catch((error: unknown) => log.warn({ event: 'ledger.not_asked', run: id, ...errorFields(error) }));
    nudge();
    const journal = new DatabaseJournal(database, id, submitted.protocolHash, await database.rounds.committedCount(id), async (round) => {
      signals.wake(runTopic(id));
      if (round % roundsPerCheckpoint === 0) nudge();
      // Before the next round is sent, which must not be cleared away.
      await this.parts.streams.clearIfLarge(submitted.protocol.study);
    });
    const exchange = new RunExchange(this.parts, {
      run: id,
      submitted,
      roster: await this.parts.roster(),
      totals: journal,
      modelLock: () => host.modelLock(),
      settled: () => this.settled(host),
    });
    const { protocol, training, external } = submitted;
    const science = await this.program({ protocol, training, external }, new RoundFederation(exchange, journal), host);
    await host.settled();
    const run = (await database.runs.find(id)) as RunRow;
    const finishedAt = new Date();
    const ledger = await leavesBehindFigures(database.ledger, study, id);
    const results = resultsJson(science, { run, protocol }, await database.transcript.traffic(id), ledger, finishedAt);
    await this.close(id, submitted, await database.runs.stageEnd(id, results, finishedAt));
  }

  /** Ends a run whose closing stands in the log, once the sites have witnessed it. */
  private async close(id: string, submitted: SubmittedProtocol, results: string): Promise<void> {
    const { database, notary } = this.parts;
    await notary.witnessed({ study: submitted.protocol.study, sites: submitted.sites }, null, this.stopping.signal);
    await this.end((await database.runs.find(id)) as RunRow, submitted, { state: 'finished', resultsJson: results }, new Date());
  }

  private async settled(host: RunHost): Promise<void> {
    await host.settled();
    if (this.stopping.signal.aborted) throw new Stopping();
  }

  /** True when the run is aborted for good; false when the database could not be told, and the attempt must be repeated. */
  private async abort(id: string, error: unknown): Promise<boolean> {
    const { database, log } = this.parts;
    const known = asAppError(error);
    log.error({ event: 'run.aborted', run: id, ...errorFields(error) });
    try {
      const run = await database.runs.find(id);
      const stored = run && (await database.studies.byHash(run.protocolHash));
      if (run === undefined || stored === undefined) return true;
      const { code, params, message } = known;
      const end: RunEnd = { state: 'aborted', error: { code, params: { ...params }, message, exit: known.exit } };
      await this.end(run, readSubmitted(stored), end, new Date());
      return true;
    } catch (failure) {
      log.warn({ event: 'run.not_ended', run: id, ...errorFields(failure) });
      return false;
    }
  }

  private async end(run: RunRow, submitted: SubmittedProtocol, end: RunEnd, at: Date): Promise<void> {
    const queued = await this.parts.database.runs.end(run.id, end, at, closings(run.id, submitted, end.state));
    this.parts.relay.push(queued);
    this.parts.signals.wake(runTopic(run.id));
    if (queued.length > 0) this.parts.log.info({ event: 'run.ended', run: run.id, state: end.state });
  }
}

/** Messages that tell the sites that a run has ended. */
function closings(
  run: string,
  { protocol: { study }, sites }: SubmittedProtocol,
  state: 'finished' | 'aborted',
): readonly NewDownMessage[] {
  return sites.map((site) => ({
    messageId: `${run}.${site}.closed`,
    subject: subjects.task(study, site),
    run,
    head: encodeMessage({ v: wireVersion, study, site, type: 'runClosed', run, state }),
    slice: null,
  }));
}

/** Failures that pass: the run goes on from its journal when database and broker are back. */
function isTransient(error: unknown): boolean {
  return isTransientDatabaseError(error) || isAppError(error, 'TRANSPORT.UNREACHABLE') || isAppError(error, 'PERSISTENCE.UNREACHABLE');
}
