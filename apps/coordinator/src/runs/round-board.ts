import type { SiteId } from '@cohortium/kernel';
import type { SiteAnswer } from '@cohortium/federation';

/** A round that this process waits for. */
export class OpenRound {
  /** Answers so far. */
  readonly answers = new Map<SiteId, SiteAnswer>();
  /** Resolves when every site has answered; rejects when the round cannot go on. */
  readonly over: Promise<void>;
  private resolve: () => void = () => undefined;
  private reject: (error: unknown) => void = () => undefined;

  /** @param prevRoundHash head of the chain that every answer must be given under */
  constructor(
    private readonly sites: readonly SiteId[],
    readonly prevRoundHash: string,
  ) {
    this.over = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    // A failure that nobody waits for yet is seen by the next one who waits.
    this.over.catch(() => undefined);
  }

  /** Takes the answer of a site of the scope; the first one stands. */
  put(site: SiteId, answer: SiteAnswer): void {
    if (!this.sites.includes(site) || this.answers.has(site)) return;
    this.answers.set(site, answer);
    if (this.missing().length === 0) this.resolve();
  }

  /** Sites that have not answered. */
  missing(): readonly SiteId[] {
    return this.sites.filter((site) => !this.answers.has(site));
  }

  fail(error: unknown): void {
    this.reject(error);
  }
}

/** Rounds that programs of this process wait for: where a stored answer wakes its waiter. */
export class RoundBoard {
  private readonly rounds = new Map<string, OpenRound>();

  open(run: string, round: number, sites: readonly SiteId[], prevRoundHash: string): OpenRound {
    const opened = new OpenRound(sites, prevRoundHash);
    this.rounds.set(key(run, round), opened);
    return opened;
  }

  find(run: string, round: number): OpenRound | undefined {
    return this.rounds.get(key(run, round));
  }

  close(run: string, round: number): void {
    this.rounds.delete(key(run, round));
  }

  /** Ends all waiting. */
  failAll(error: unknown): void {
    for (const round of this.rounds.values()) round.fail(error);
  }
}

function key(run: string, round: number): string {
  return `${run} ${round}`;
}
