import type { TaskMessage } from '@cohortium/contracts';
import type { WithheldReason } from '@cohortium/federation';
import { clauseTime, findClause } from '@cohortium/protocol';
import type { Protocol } from '@cohortium/protocol';
import type { Withholding } from '../egress/publisher.js';

/** What a task is held against before anything is computed. */
export interface TaskCircumstances {
  readonly site: string;
  readonly nowMs: number;
  readonly protocol: Protocol;
  /** Locked model that earlier answers of the run were given under. */
  readonly knownLock: string | undefined;
  /** Locked model for which the labels of the run were opened here, as this site's log tells. */
  readonly openedLock: string | undefined;
  /** The one operation that opens no label and needs no lock. */
  readonly eligibilityOperation: string;
}

/** Why a task is not even computed; undefined when nothing speaks against it. The gate decides on what is computed. */
export function refusalOf(task: TaskMessage, circumstances: TaskCircumstances): Withholding | undefined {
  const { site, nowMs, protocol, knownLock, openedLock, eligibilityOperation } = circumstances;
  if (task.study !== protocol.study) return refuse('notApproved', 'SITE.OTHER_STUDY');
  if (!task.scope.sites.includes(site)) return refuse('wrongScope', null);
  if (task.expiresAt <= nowMs) return refuse('expired', null);
  const clause = findClause(protocol, task.operation, task.scope.name);
  const time = clause === undefined ? 'open' : clauseTime(clause, nowMs);
  if (time === 'expired') return { reason: 'expired', clauseId: clause?.clauseId ?? null, detail: 'SITE.CLAUSE_EXPIRED' };
  if (time === 'early') return { reason: 'notApproved', clauseId: clause?.clauseId ?? null, detail: 'SITE.CLAUSE_NOT_YET' };
  const external = protocol.sites.external.includes(site) || task.scope.name === 'external';
  if (external && task.operation !== eligibilityOperation && task.modelLock === null) return refuse('notApproved', 'SITE.NO_MODEL_LOCK');
  if (task.modelLock !== null && knownLock !== undefined && task.modelLock !== knownLock)
    return refuse('contradictsEarlierRelease', 'SITE.LOCK_MISMATCH');
  // The lock must stand in the coordinator's log, and the opening in ours, before any label is used.
  if (external && task.operation !== eligibilityOperation && task.modelLock !== openedLock) return refuse('notApproved', 'SITE.NOT_OPENED');
  return undefined;
}

function refuse(reason: WithheldReason, detail: string | null): Withholding {
  return { reason, clauseId: null, detail };
}
