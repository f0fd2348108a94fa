import type { Derivation } from '@cohortium/analysis';
import type { TaskMessage, TotalMessage } from '@cohortium/contracts';
import { chainNext, chainStart } from '@cohortium/federation';
import type { OwnContribution, PublishedTotal } from '@cohortium/federation';
import { AppError, parseSiteId } from '@cohortium/kernel';
import type { Sha256 } from '@cohortium/kernel';
import type { SiteAnswerRepository, SiteTotalRepository } from '@cohortium/persistence';
import type { Protocol } from '@cohortium/protocol';
import type { Computer } from '../compute/computer.js';
import type { PartStore } from '../exchange/part-store.js';
import type { SiteLog } from '../log.js';
import { errorFields } from '../own-errors.js';
import type { Review } from '../review/review.js';
import type { Provenance, Standing } from './provenance.port.js';

/** What the book works with. */
export interface TotalsBookParts {
  readonly site: string;
  readonly totals: SiteTotalRepository;
  readonly answers: Pick<SiteAnswerRepository, 'contribution'>;
  readonly parts: PartStore;
  readonly review: Review;
  readonly computer: Computer;
  readonly log: SiteLog;
}

/** Last total of a run, as it is remembered between messages. */
interface Last {
  readonly round: number;
  readonly head: Sha256;
}

/**
 * The totals of every run, and the replay that is fed with them. Totals come in the order of their rounds; what comes early, late, twice or
 * differently changes nothing but the log. The replay lives in the computation thread; after a restart it is fed from the database, from
 * the first round on.
 */
export class TotalsBook implements Provenance {
  private readonly last = new Map<string, Last>();
  /** Codes of what speaks against the totals of a run. */
  private readonly flaws = new Map<string, string>();

  constructor(private readonly deps: TotalsBookParts) {}

  async told(message: TotalMessage, body: Uint8Array): Promise<void> {
    const { run, round, protocolHash } = message;
    const result = this.contentOf(message, body);
    const previous = await this.headAfter(run, protocolHash, round - 1);
    if (result === undefined || previous === undefined)
      return this.note(result === undefined ? 'total-incomplete' : 'total-early', message);
    const total = { round, requestHash: message.requestHash as Sha256, result };
    const head = chainNext(previous, total);
    const known = await this.deps.totals.find(run, round);
    if (known === undefined) await this.take(message, total, head);
    else if (known.head !== head) this.note('total-differs', message);
    // Content that was forgotten comes back.
    else await this.deps.totals.add({ ...known, run, result });
    this.deps.parts.stored(message.result);
  }

  async standing(task: TaskMessage): Promise<Standing> {
    const { run, round, protocolHash, requestHash, modelLock } = task;
    const head = await this.headAfter(run, protocolHash, round - 1);
    if (head === undefined) return { state: 'totalsMissing' };
    if (head !== task.prevRoundHash) {
      this.note('head-differs', task);
      return { state: 'notDerived', detail: 'SITE.TOTALS_DIFFER' };
    }
    const flaw = this.flaws.get(run) ?? (await this.deps.totals.firstFlaw(run));
    if (flaw !== undefined) return { state: 'notDerived', detail: flaw };
    if (!(await this.feed(run, protocolHash, round - 1))) return { state: 'totalsMissing' };
    const derivation = await orFailure(this.deps.computer.derive(run, protocolHash, { round, requestHash, modelLock }));
    return standingOf(derivation);
  }

  async closeRun(run: string): Promise<void> {
    await this.deps.totals.closeRun(run);
    await this.deps.computer.forgetRun(run);
    this.last.delete(run);
    this.flaws.delete(run);
  }

  /** Lets the replay learn a total, holds it against the site's own contribution, and stores it with the verdict. */
  private async take({ run, protocolHash }: TotalMessage, total: PublishedTotal, head: Sha256): Promise<void> {
    const { totals, review, computer, log } = this.deps;
    const { round, requestHash, result } = total;
    // The replay needs the protocol; a total of a study that this site has not approved concerns nobody here.
    const approved = await orFailure(review.findApproved(protocolHash));
    if (approved === undefined || 'because' in approved) return;
    let flaw: string | undefined;
    if ((await this.feed(run, protocolHash, round - 1)) && computer.learnedOf(run) === round - 1)
      flaw = await computer.learn(run, protocolHash, total, await this.own(run, round, approved.protocol));
    if (!(await totals.add({ run, round, requestHash, head, result, flaw: flaw ?? null })))
      log.error({ event: 'total-differs', run, round });
    this.last.set(run, { round, head });
    if (flaw === undefined) return;
    if (!this.flaws.has(run)) this.flaws.set(run, flaw);
    log.error({ event: 'replay-failed', run, round, code: flaw });
  }

  /** Lets the replay learn what is stored and it does not know, up to a round. @returns false when some of it is not there */
  private async feed(run: string, protocolHash: string, through: number): Promise<boolean> {
    const { computer, totals } = this.deps;
    while (computer.learnedOf(run) < through) {
      const round = computer.learnedOf(run) + 1;
      const stored = await totals.content(run, round);
      if (stored === undefined) return false;
      await computer.learn(run, protocolHash, { round, requestHash: stored.requestHash as Sha256, result: stored.result });
    }
    return true;
  }

  /** What a total is held against. Not where noise is added: a noisy total may be less than one noisy share. */
  private async own(run: string, round: number, protocol: Protocol): Promise<OwnContribution | undefined> {
    const released = await this.deps.answers.contribution(run, round);
    const clause = protocol.clauses.find(({ clauseId }) => clauseId === released?.clauseId);
    if (released === undefined || clause === undefined || clause.dp !== null) return undefined;
    return { site: parseSiteId(this.deps.site), bytes: released.bytes };
  }

  /** Head of the chain after a round; undefined while its total is not known. */
  private async headAfter(run: string, protocolHash: string, round: number): Promise<Sha256 | undefined> {
    if (round === 0) return chainStart(run, protocolHash);
    const last = this.last.get(run);
    if (last?.round === round) return last.head;
    return (await this.deps.totals.find(run, round))?.head as Sha256 | undefined;
  }

  private contentOf(total: TotalMessage, body: Uint8Array): Uint8Array | undefined {
    try {
      return this.deps.parts.contentOf(total.result, body);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      this.deps.log.warn({ event: 'total-refused', run: total.run, round: total.round, ...errorFields(error) });
      return undefined;
    }
  }

  private note(event: string, { run, round }: { readonly run: string; readonly round: number }): void {
    this.deps.log[event === 'total-differs' || event === 'head-differs' ? 'error' : 'warn']({ event, run, round });
  }
}

function standingOf(derivation: Derivation): Standing {
  if (derivation.state !== 'notDerived') return derivation.state === 'derived' ? derivation : { state: 'totalsMissing' };
  const { because } = derivation;
  if (because === 'modelLock') return { state: 'notDerived', detail: 'SITE.LOCK_MISMATCH' };
  return { state: 'notDerived', detail: because === 'request' || because === 'ended' ? 'SITE.NOT_DERIVED' : because };
}

/** The value, or what a typed error says against it; anything that may pass by itself is thrown on. */
async function orFailure<T>(promise: Promise<T>): Promise<T | { readonly state: 'notDerived'; readonly because: string }> {
  try {
    return await promise;
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'SITE.COMPUTE_FAILED') throw error;
    return { state: 'notDerived', because: error.code };
  }
}
