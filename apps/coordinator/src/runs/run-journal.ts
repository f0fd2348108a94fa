import type { RunJournal } from '@cohortium/federation';
import { federationErrors } from '@cohortium/federation';
import type { Sha256 } from '@cohortium/kernel';
import type { CoordinatorDatabase } from '@cohortium/persistence';

/** The journal of a run in the database. */
export class DatabaseJournal implements RunJournal {
  /**
   * @param committed rounds that are committed when the program starts: the rounds of a run are sequential, so what comes after
   * them need not be looked up
   * @param onCommit awaited after each commit, before the program goes on
   */
  constructor(
    private readonly database: Pick<CoordinatorDatabase, 'rounds'>,
    private readonly run: string,
    private readonly committed: number,
    private readonly onCommit: (round: number) => Promise<void>,
  ) {}

  async find(round: number): Promise<{ hash: Sha256; result: Uint8Array } | undefined> {
    if (round > this.committed) return undefined;
    const found = await this.database.rounds.committed(this.run, round);
    return found && { hash: found.requestHash as Sha256, result: found.result };
  }

  /** @throws `FEDERATION.REPLAY_DIFFERS` when the round was committed with another request */
  async commit(round: number, hash: Sha256, result: Uint8Array): Promise<void> {
    if (!(await this.database.rounds.commit(this.run, round, hash, result, new Date()))) {
      throw federationErrors.error('FEDERATION.REPLAY_DIFFERS', { round });
    }
    await this.onCommit(round);
  }
}
