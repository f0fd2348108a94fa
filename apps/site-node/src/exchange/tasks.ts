import { catalogue } from '@cohortium/analysis';
import type { TaskMessage } from '@cohortium/contracts';
import type { Draft, GateOutcome, ReleaseHistory, SumQuery } from '@cohortium/federation';
import { AppError, parseSiteId } from '@cohortium/kernel';
import { isTransientDatabaseError } from '@cohortium/persistence';
import type { AnsweredTask, SiteAnswerRepository } from '@cohortium/persistence';
import type { Released } from '@cohortium/privacy';
import type { Computed } from '../compute/compute-answer.js';
import type { Computer } from '../compute/computer.js';
import type { LoadedCohort } from '../compute/messages.js';
import type { SiteConfig } from '../config.js';
import { answerIdOf } from '../egress/outgoing.js';
import type { Publisher, Withholding } from '../egress/publisher.js';
import type { Relay } from '../egress/relay.js';
import type { ReleaseBook } from '../egress/release-book.js';
import type { WitnessDesk } from '../ledger/witness-desk.js';
import type { SiteLog } from '../log.js';
import { errorFields } from '../own-errors.js';
import { operatorState } from '../operator-state.js';
import { isDiskTrouble, paths, writePrivateFile } from '../own-files.js';
import { eligibilityOperation } from '../review/review.js';
import type { ApprovedProtocol, Review } from '../review/review.js';
import type { Provenance } from '../provenance/provenance.port.js';
import type { SiteStatus } from '../status.js';
import type { MaskedAnswer, MaskingDesk } from '../masking/desk.js';
import type { PartStore } from './part-store.js';
import { refusalOf } from './refusals.js';

/** What the handling of tasks works with. */
export interface TaskParts {
  readonly config: Pick<SiteConfig, 'site' | 'dataDir'>;
  readonly answers: SiteAnswerRepository;
  readonly parts: PartStore;
  readonly review: Review;
  readonly witness: Pick<WitnessDesk, 'openedFor'>;
  readonly computer: Computer;
  readonly provenance: Provenance;
  readonly publisher: Publisher;
  readonly book: ReleaseBook;
  readonly desk: MaskingDesk;
  readonly relay: Pick<Relay, 'settled'>;
  readonly status: SiteStatus;
  readonly log: SiteLog;
}

/** An unexpected failure is tried this often; then the round is told as not computable. */
const maxTries = 5;
/** How long a closed run waits for messages under way; then the broker delivers its closing again. */
const settleMs = 5000;
/** What a task gets while the operator has paused or stopped the node. */
const halted: Withholding = { reason: 'paused', clauseId: null, detail: null };
/** Above every round of a run. */
const lastRound = 2 ** 31 - 1;

/**
 * Answers the rounds that the coordinator asks. Every path ends in a stored answer, in a repetition of one, or in an error that
 * makes the broker deliver the task again; nothing is acknowledged before it is stored.
 */
export class Tasks {
  private readonly tries = new Map<string, number>();

  constructor(private readonly deps: TaskParts) {}

  /** Handles one task. @throws whatever shall make the broker repeat it: an outage, or an unexpected failure of few tries */
  async handle(task: TaskMessage, body: Uint8Array): Promise<void> {
    const { status, answers } = this.deps;
    const startedMs = performance.now();
    status.setTask(task);
    try {
      const outcome = await this.answer(task, body);
      status.setBlocked('task', false);
      this.tries.delete(keyOf(task));
      this.deps.log.info({ event: 'task', outcome, ...aboutTask(task), durationMs: Math.round((performance.now() - startedMs) * 10) / 10 });
    } catch (error) {
      await this.failed(task, error);
    } finally {
      status.setTask(undefined);
    }
    // After the answer, so that tidying does not make the coordinator wait.
    await answers
      .forgetThrough(task.run, task.committedThrough)
      .catch((error: unknown) => this.deps.log.warn({ event: 'tidying-failed', ...errorFields(error) }));
  }

  /** Forgets the content behind all answers of a closed run; their hashes stay. @throws when messages are still on their way */
  async closeRun(run: string): Promise<void> {
    // Content of unsent messages is kept, and no later task of this run would come to forget it.
    await this.deps.relay.settled(settleMs);
    await this.deps.answers.forgetThrough(run, lastRound);
    await this.deps.desk.closeRun(run);
  }

  private async answer(task: TaskMessage, body: Uint8Array): Promise<string> {
    const { answers, review, parts, config } = this.deps;
    if (await this.isHalted()) return this.withhold(task, halted);
    const earlier = await answers.find(task.run, task.round);
    const repeated = earlier && (await this.repeat(task, earlier));
    if (repeated) return repeated;
    // Its frame was added up and forgotten, and the keys are gone: nobody who is honest needs it again. Tasks come late after a crash.
    if (earlier && earlier.frameKey !== null && (await this.deps.desk.isClosed(task.run, task.round))) return 'closed';
    const approved = await orCode(review.findApproved(task.protocolHash));
    if (approved === undefined) return this.withhold(task, { reason: 'notApproved', clauseId: null, detail: null });
    if (typeof approved === 'string') return this.withhold(task, { reason: 'notComputable', clauseId: null, detail: approved });
    const knownLock = task.modelLock === null ? undefined : await answers.modelLock(task.run);
    const openedLock = task.modelLock === null ? undefined : await this.deps.witness.openedFor(task.study, task.run);
    const { protocol } = approved;
    const refused = refusalOf(task, { site: config.site, nowMs: Date.now(), protocol, knownLock, openedLock, eligibilityOperation });
    if (refused) return this.withhold(task, refused);
    // Before anything is computed: what does not follow from the totals may be made to isolate a participant.
    const standing = await this.deps.provenance.standing(task);
    if (standing.state === 'notDerived') return this.withhold(task, { reason: 'notDerived', clauseId: null, detail: standing.detail });
    if (standing.state === 'totalsMissing') return 'totals-missing';
    const content = await parts.collect(task, body);
    // The coordinator sends all of it again when no answer comes.
    if (content === undefined) return 'content-missing';
    const cohort = await this.deps.computer.load(task.protocolHash, approved.protocolJson);
    const spent = await orCode(this.deps.book.refusesBefore(task, approved, cohort, content));
    if (spent === true) return this.withhold(task, { reason: 'budgetSpent', clauseId: null, detail: null });
    if (typeof spent === 'string') return this.withhold(task, { reason: 'notComputable', clauseId: null, detail: spent });
    const computed = await orCode(this.deps.computer.compute(task.protocolHash, requestOf(task, content.params), content.parts));
    if (typeof computed === 'string') return this.withhold(task, { reason: 'notComputable', clauseId: null, detail: computed });
    const outcome = await this.decide(task, approved, cohort, computed);
    // Asked again: a computation takes long enough for an operator to change their mind.
    if (await this.isHalted()) return this.withhold(task, halted);
    if (outcome.state === 'withheld') return this.withhold(task, { reason: outcome.reason, clauseId: outcome.clauseId, detail: null });
    const masked = await this.mask(task, approved, outcome.released, computed.draft);
    if ('reason' in masked) return this.withhold(task, masked);
    await this.deps.book.charge(task, approved.protocol, cohort.snapshot, computed.draft, outcome.released);
    return this.release(task, earlier, { released: outcome.released, ...masked }, computed);
  }

  private async isHalted(): Promise<boolean> {
    return (await operatorState(this.deps.config.dataDir)) !== 'running';
  }

  /** What an earlier answer to the round leads to; undefined when the task must be computed (again). */
  private async repeat(task: TaskMessage, earlier: AnsweredTask): Promise<string | undefined> {
    const { publisher } = this.deps;
    if (earlier.requestHash !== task.requestHash) {
      await publisher.publishRefusal(task, { reason: 'contradictsEarlierRelease', clauseId: null, detail: null });
      return 'contradiction';
    }
    // What was withheld may be asked again by a later attempt: an approval or a cohort may have come since.
    if (earlier.state === 'withheld' && task.attempt > earlier.attempt) return undefined;
    return (await publisher.repeat(answerIdOf(earlier), task.attempt)) ? 'repeated' : undefined;
  }

  private async decide(
    task: TaskMessage,
    approved: ApprovedProtocol,
    cohort: LoadedCohort,
    { draft }: Computed,
  ): Promise<GateOutcome<Released>> {
    const { releaseKey } = draft;
    const { run, round, protocolHash, scope } = task;
    const past = await this.deps.answers.past({ releaseKey, run, round, protocolHash, scopeName: scope.name });
    const people = await this.deps.book.past(task.study, cohort);
    const history: ReleaseHistory = {
      find: (key) => {
        // The gate asks for the draft's own key; any other question would be answered without having looked.
        if (key !== releaseKey) throw new RangeError('history of another release key');
        return past.sha256;
      },
      countInRun: (clauseId) => past.countByClause.get(clauseId) ?? 0,
      sitesOfSums: (name) => {
        if (name !== scope.name) throw new RangeError('history of another scope');
        return past.sitesOfSums;
      },
      cohorts: () => people.cohorts,
      budget: () => people.budget,
    };
    return approved.gate.decide(draft, history);
  }

  /** The masked frame where the clause wants one; a refusal where the task does not ask as the clause says: a site accepts no downgrade. */
  private async mask(
    task: TaskMessage,
    { protocol }: ApprovedProtocol,
    released: Released,
    draft: Draft,
  ): Promise<{ readonly answer?: MaskedAnswer } | Withholding> {
    const { clauseId } = released;
    const isMasked = protocol.clauses.find((clause) => clause.clauseId === clauseId)?.secureAggregation === 'required';
    if (isMasked !== (task.masking !== null)) return { reason: 'notMasked', clauseId, detail: null };
    if (!isMasked) return {};
    const query = catalogue.get(task.operation) as SumQuery<unknown, unknown>;
    const length = (draft.words?.length ?? 0) / (4 * query.words.limbs);
    const answer = await orCode(this.deps.desk.mask(task, released, query, length));
    return typeof answer === 'string' ? { reason: 'notMasked', clauseId, detail: answer } : { answer };
  }

  private async release(
    task: TaskMessage,
    earlier: AnsweredTask | undefined,
    { released, answer }: { readonly released: Released; readonly answer?: MaskedAnswer },
    { draft, predictions }: Computed,
  ): Promise<string> {
    const { publisher, parts, config } = this.deps;
    if (earlier?.state === 'released') return this.restore(task, earlier, { released, answer }, draft);
    // Before the answer is stored: afterwards nothing would make this process write them.
    if (predictions !== undefined) await writePrivateFile(paths.predictions(config.dataDir, predictions.name), predictions.csv);
    await publisher.publishAnswer(released, task, draft, answer);
    parts.answered(task);
    return 'released';
  }

  /** An answer whose content was forgotten has been computed again: it goes out only if it is the same. */
  private async restore(
    task: TaskMessage,
    earlier: AnsweredTask,
    { released, answer }: { readonly released: Released; readonly answer: MaskedAnswer | undefined },
    draft: Draft,
  ): Promise<string> {
    const { publisher } = this.deps;
    const sameKeys = draft.releaseKey === earlier.releaseKey && (answer?.frameKey ?? null) === earlier.frameKey;
    const frozen = sameKeys && (await publisher.restore(released, draft.releaseKey));
    const same = frozen && (answer === undefined || (await publisher.restore(answer.frame, answer.frameKey)));
    if (same && (await publisher.repeat(answerIdOf(earlier), task.attempt))) return 'restored';
    await publisher.publishRefusal(task, { reason: 'contradictsEarlierRelease', clauseId: released.clauseId, detail: null });
    return 'contradiction';
  }

  private async withhold(task: TaskMessage, withholding: Withholding): Promise<string> {
    const { answers, publisher } = this.deps;
    // What has left cannot be unsaid: the answer of the round stays on record, and the refusal stands beside it.
    if ((await answers.find(task.run, task.round))?.state === 'released') await publisher.publishRefusal(task, withholding);
    else await publisher.publishWithheld(task, withholding);
    this.deps.parts.answered(task);
    this.deps.log.warn({ event: 'withheld', ...aboutTask(task), ...withholding });
    return 'withheld';
  }

  /** Outages are waited out; an unexpected failure gives up after some tries and says so. */
  private async failed(task: TaskMessage, error: unknown): Promise<void> {
    const outage = isTransientDatabaseError(error) || isDiskTrouble(error);
    this.deps.status.setBlocked('task', outage);
    this.deps.log.error({ event: 'task-failed', outage, ...aboutTask(task), ...errorFields(error) });
    if (outage) throw error;
    const tries = (this.tries.get(keyOf(task)) ?? 0) + 1;
    this.tries.set(keyOf(task), tries);
    if (tries < maxTries) throw error;
    await this.withhold(task, { reason: 'notComputable', clauseId: null, detail: error instanceof AppError ? error.code : 'UNEXPECTED' });
    this.tries.delete(keyOf(task));
  }
}

/**
 * The value, or the code of the typed error that says why there is none. Anything that may pass by itself is thrown on: a thread
 * that died, an outage, a defect.
 */
async function orCode<T>(promise: Promise<T>): Promise<T | string> {
  try {
    return await promise;
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'SITE.COMPUTE_FAILED') throw error;
    return error.code;
  }
}

function requestOf(
  { operation, kind, scope, requestHash, modelLock }: TaskMessage,
  params: Uint8Array,
): Parameters<Computer['compute']>[1] {
  return { operation, kind, scope: { name: scope.name, sites: scope.sites.map(parseSiteId) }, requestHash, modelLock, params };
}

function keyOf({ run, round, attempt, requestHash }: TaskMessage): string {
  return `${run} ${round} ${attempt} ${requestHash}`;
}

function aboutTask({ run, round, attempt, operation }: TaskMessage): { run: string; round: number; attempt: number; operation: string } {
  return { run, round, attempt, operation };
}
