import type { StudyStep } from '@cohortium/analysis';
import type { MessageParams } from '@cohortium/kernel';

/** A site that a run waits for, as the coordinator's REST interface tells it. */
export interface AwaitedSite {
  readonly site: string;
  /** null: no heartbeat since the start of the coordinator. */
  readonly heartbeatAgeMs: number | null;
  readonly siteState: 'idle' | 'computing' | 'sending' | 'blocked' | null;
}

/** Where a run stands: `GET /api/runs/RUN`. */
export interface RunView {
  readonly run: string;
  readonly state: 'waitingForApproval' | 'running' | 'finished' | 'aborted';
  readonly step: StudyStep | null;
  /** Round that was opened last; 0 before the first. */
  readonly round: number;
  readonly awaiting: readonly AwaitedSite[];
  readonly error: { readonly code: string; readonly params: MessageParams; readonly message: string; readonly exit: number } | null;
}

/** A site's decision on a protocol: `GET /api/studies/STUDY`. */
export interface SiteDecision {
  readonly site: string;
  readonly decision: 'approved' | 'refused' | 'waiting' | null;
  readonly reason: string | null;
}

/** Progress as the run's journal notes it: `GET /api/runs/RUN/events`. */
export type RunEvent =
  | { readonly type: 'waitingForApproval' | 'approved' | 'modelLocked' | 'finished' | 'aborted' }
  | { readonly type: 'stepBegins'; readonly step: StudyStep }
  | { readonly type: 'roundOpened'; readonly round: number; readonly operation: string; readonly sites: readonly string[] }
  | { readonly type: 'siteAnswered'; readonly round: number; readonly site: string }
  | { readonly type: 'roundCommitted'; readonly round: number };

/** What is told while a study runs. */
export interface RunListener {
  started(run: string): void;
  decided(decision: SiteDecision): void;
  /** Every event once, in order, also over restarts of the coordinator. */
  happened(event: RunEvent): void;
  /** About once a second: which sites are awaited, and how they are. */
  viewed(view: RunView): void;
}
