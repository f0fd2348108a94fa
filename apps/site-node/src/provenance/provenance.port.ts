import type { TaskMessage, TotalMessage } from '@cohortium/contracts';

/** How a task stands to what this site was told of its run. */
export type Standing =
  | { readonly state: 'derived' }
  /** Totals before it have not arrived: the coordinator sends them again when no answer comes. */
  | { readonly state: 'totalsMissing' }
  /** It does not follow; `detail` is the code of the error, for the egress record. */
  | { readonly state: 'notDerived'; readonly detail: string };

/**
 * Parameter provenance: takes what the coordinator tells of committed rounds, and says of a task whether it follows from that. What was
 * told is stored before an answer that follows from it is; told again, it changes nothing.
 */
export interface Provenance {
  told(total: TotalMessage, body: Uint8Array): Promise<void>;
  standing(task: TaskMessage): Promise<Standing>;
  /** Forgets what a closed run needed; what proves what was told stays. */
  closeRun(run: string): Promise<void>;
}
