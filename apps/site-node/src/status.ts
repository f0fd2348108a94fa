import type { HeartbeatMessage } from '@cohortium/contracts';

type State = HeartbeatMessage['state'];

/** What this site is doing, as its signs of life tell it. No field is derived from data. */
export class SiteStatus {
  private computing: { readonly run: string; readonly round: number } | undefined;
  private last: { readonly run: string; readonly round: number } | undefined;
  private readonly blockers = new Set<string>();
  private sending = false;
  private reviewing = false;

  /** A task is at work, or none. */
  setTask(task: { readonly run: string; readonly round: number } | undefined): void {
    this.computing = task;
    this.last = task ?? this.last;
  }

  /** A protocol is being read and held against the policy and the cohort, or none. */
  setReviewing(reviewing: boolean): void {
    this.reviewing = reviewing;
  }

  /** Messages wait for the broker, or none. */
  setSending(sending: boolean): void {
    this.sending = sending;
  }

  /** Something outside is in the way (database, disk), or no longer. */
  setBlocked(by: string, blocked: boolean): void {
    if (blocked) this.blockers.add(by);
    else this.blockers.delete(by);
  }

  /** State, run and round for a sign of life. */
  now(): { readonly state: State; readonly run: string | null; readonly round: number | null } {
    const about = this.computing ?? (this.sending ? this.last : undefined);
    const working: State = this.computing || this.reviewing ? 'computing' : this.sending ? 'sending' : 'idle';
    const state: State = this.blockers.size > 0 ? 'blocked' : working;
    return { state, run: about?.run ?? null, round: about?.round ?? null };
  }
}
