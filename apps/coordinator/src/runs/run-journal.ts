import type { PublishedTotal, RunJournal } from '@cohortium/federation';
import { chainNext, chainStart, federationErrors } from '@cohortium/federation';
import type { Sha256 } from '@cohortium/kernel';
import type { CoordinatorDatabase } from '@cohortium/persistence';

/** The journal of a run in the database, and the chain of its totals, which sites are told. */
export class DatabaseJournal implements RunJournal {
  /** Heads of the chain by round, the start first. */
  private readonly heads: Sha256[];
  private last: PublishedTotal | undefined;

  /**
   * @param committed rounds that are committed when the program starts: the rounds of a run are sequential, so what comes after
   * them need not be looked up
   * @param onCommit awaited after each commit, before the program goes on
   */
  constructor(
    private readonly database: Pick<CoordinatorDatabase, 'rounds'>,
    private readonly run: string,
    protocolHash: string,
    private readonly committed: number,
    private readonly onCommit: (round: number) => Promise<void>,
  ) {
    this.heads = [chainStart(run, protocolHash)];
  }

  async find(round: number): Promise<{ hash: Sha256; result: Uint8Array } | undefined> {
    if (round > this.committed) return undefined;
    const total = await this.total(round);
    if (total !== undefined) this.note(total);
    return total && { hash: total.requestHash, result: total.result };
  }

  /** Head of the chain that the request of a round follows from; the program has come to that round. */
  headBefore(round: number): Sha256 {
    return this.heads[round - 1] as Sha256;
  }

  /** What a committed round came to. */
  async total(round: number): Promise<PublishedTotal | undefined> {
    if (this.last?.round === round) return this.last;
    const found = await this.database.rounds.committed(this.run, round);
    return found && { round, requestHash: found.requestHash as Sha256, result: found.result };
  }

  /** @throws `FEDERATION.REPLAY_DIFFERS` when the round was committed with another request */
  async commit(round: number, hash: Sha256, result: Uint8Array): Promise<void> {
    if (!(await this.database.rounds.commit(this.run, round, hash, result, new Date()))) {
      throw federationErrors.error('FEDERATION.REPLAY_DIFFERS', { round });
    }
    this.note({ round, requestHash: hash, result });
    await this.onCommit(round);
  }

  private note(total: PublishedTotal): void {
    this.heads[total.round] = chainNext(this.heads[total.round - 1] as Sha256, total);
    this.last = total;
  }
}
