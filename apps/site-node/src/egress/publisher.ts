import type { TaskMessage } from '@cohortium/contracts';
import type { Draft, WithheldReason } from '@cohortium/federation';
import { canonicalJson } from '@cohortium/kernel';
import { saltedCommitment } from '@cohortium/ledger';
import type { AnsweredTask, EgressRecord, OpenableValue, OutboxMessage, SiteAnswerRepository } from '@cohortium/persistence';
import { Released, privacyErrors } from '@cohortium/privacy';
import { randomBytes } from 'node:crypto';
import { answerIdOf, releasedMessages, withheldMessage } from './outgoing.js';
import type { MaskedAnswer } from '../masking/desk.js';
import type { OutgoingMessage } from './outgoing.js';
import type { Relay } from './relay.js';

/** Why something stayed, as the site records it. */
export interface Withholding {
  /** Goes to the coordinator. */
  readonly reason: WithheldReason;
  readonly clauseId: string | null;
  /** Code of the error behind it; stays at the site. */
  readonly detail: string | null;
}

/**
 * The only door out of a site for what was computed here. It takes a `Released`, which only the gate can make, or a reason code;
 * stores record and messages as one, and hands the messages to the relay.
 */
export class Publisher {
  constructor(
    private readonly answers: SiteAnswerRepository,
    private readonly relay: Relay,
  ) {}

  /**
   * Publishes released content as the answer to a task; where it is masked, the frame leaves in its place. Durable before it resolves; a second call with the same task changes
   * nothing.
   * @throws `PRIVACY.FORGED_RELEASE` for content that did not come from the gate
   */
  async publishAnswer(
    released: Released,
    task: TaskMessage,
    draft: Pick<Draft, 'releaseKey' | 'participantCount'>,
    masked?: MaskedAnswer,
  ): Promise<void> {
    const leaving = masked?.frame ?? released;
    if (!Released.isReleased(released) || !Released.isReleased(leaving)) throw privacyErrors.error('PRIVACY.FORGED_RELEASE');
    const at = new Date();
    const messages = releasedMessages(leaving, { task, releaseKey: masked?.frameKey ?? draft.releaseKey });
    const egress = egressOf(task, at, {
      state: 'released',
      clauseId: released.clauseId,
      byteCount: sumOf(messages.map(({ row }) => row.bodyBytes)),
      sha256: leaving.sha256,
    });
    const stored = await this.answers.commit({
      study: task.study,
      counts: countsOf(draft),
      task: { ...taskRow(task, 'released', draft.releaseKey, at), frameKey: masked?.frameKey ?? null },
      egress,
      released,
      ...(masked === undefined ? {} : { frame: masked.frame }),
      messages: messages.map(({ row }) => row),
    });
    this.hand(stored, messages);
  }

  /** Publishes that the answer to a task stays, and why. Durable before it resolves. */
  async publishWithheld(task: TaskMessage, withholding: Withholding): Promise<void> {
    const at = new Date();
    const message = withheldMessage(task, withholding.reason, withholding.clauseId);
    const egress = egressOf(task, at, { state: 'withheld', ...withholding, byteCount: 0, sha256: null });
    const stored = await this.answers.commit({
      study: task.study,
      task: taskRow(task, 'withheld', null, at),
      egress,
      messages: [message.row],
    });
    this.hand(stored, [message]);
  }

  /** Publishes a refusal beside the answer that the round already has. */
  async publishRefusal(task: TaskMessage, withholding: Withholding): Promise<void> {
    const message = withheldMessage(task, withholding.reason, withholding.clauseId);
    const at = new Date();
    const egress = egressOf(task, at, { state: 'withheld', ...withholding, byteCount: 0, sha256: null });
    const stored = await this.answers.commitRefusal({
      study: task.study,
      task: taskRow(task, 'withheld', null, at),
      egress,
      messages: [message.row],
    });
    if (stored.length > 0) this.hand(stored, [message]);
    else await this.repeat(answerIdOf(task), task.attempt);
  }

  /**
   * Sends an answer again, the same bytes.
   * @returns false when its content has been forgotten and must be restored first
   */
  repeat(answerId: string, attempt: number): Promise<boolean> {
    return this.relay.again(answerId, attempt);
  }

  /** Puts forgotten content back, computed again and released again by the gate; false when it is not what had left. */
  restore(released: Released, releaseKey: string): Promise<boolean> {
    return this.answers.restore(releaseKey, released, released.sha256);
  }

  private hand(stored: readonly OutboxMessage[], built: readonly OutgoingMessage[]): void {
    const frames = new Map(built.map(({ row, frame }) => [row.messageId, frame]));
    this.relay.send(stored.map((message) => ({ message, frame: frames.get(message.messageId) })));
  }
}

function taskRow(task: TaskMessage, state: 'released' | 'withheld', releaseKey: string | null, answeredAt: Date): AnsweredTask {
  const { run, round, requestHash, attempt, operation, kind, scope, protocolHash, modelLock } = task;
  return {
    run,
    round,
    requestHash,
    attempt,
    operation,
    kind,
    scopeName: scope.name,
    scopeSites: scope.sites,
    protocolHash,
    modelLock,
    state,
    releaseKey,
    frameKey: null,
    answeredAt,
  };
}

/** The counts behind an answer, under a salt that stays here: the leaf commits to them and shows nothing. */
function countsOf({ participantCount }: Pick<Draft, 'participantCount'>): OpenableValue {
  const salt = randomBytes(32);
  const value = { participants: participantCount };
  return { commitment: saltedCommitment(value, salt), valueJson: canonicalJson(value), salt };
}

type EgressVerdict = Pick<EgressRecord, 'state' | 'clauseId' | 'byteCount' | 'sha256'> & {
  readonly reason?: WithheldReason;
  readonly detail?: string | null;
};

function egressOf(task: TaskMessage, at: Date, verdict: EgressVerdict): EgressRecord {
  const { run, round, attempt, requestHash, operation } = task;
  const { state, clauseId, byteCount, sha256, reason = null, detail = null } = verdict;
  return { run, round, attempt, requestHash, operation, clauseId, state, reason, detail, byteCount, sha256, at };
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
