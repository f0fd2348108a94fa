import type { AnswerOutcome, ArrivedAnswer, CoordinatorDatabase } from '@cohortium/persistence';

interface Waiting {
  readonly answer: ArrivedAnswer;
  readonly resolve: (outcome: AnswerOutcome) => void;
  readonly reject: (error: unknown) => void;
}

/** Bounds of one transaction. */
const maxAnswers = 64;
const maxBytes = 16 * 1024 ** 2;

/**
 * Stores answers that arrive together in one transaction: while one is on its way to the disk, the next ones gather. The time
 * of a round then hardly grows with the number of its sites.
 */
export class AnswerInbox {
  private waiting: Waiting[] = [];
  private storing = false;

  constructor(private readonly database: Pick<CoordinatorDatabase, 'rounds'>) {}

  /** Resolves when the answer is stored, or is known to change nothing. Rejects when the database failed: nothing is known then. */
  accept(answer: ArrivedAnswer): Promise<AnswerOutcome> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ answer, resolve, reject });
      if (!this.storing) void this.store();
    });
  }

  private async store(): Promise<void> {
    this.storing = true;
    while (this.waiting.length > 0) {
      const together = this.take();
      try {
        const outcomes = await this.database.rounds.accept(together.map(({ answer }) => answer));
        together.forEach(({ resolve }, i) => resolve(outcomes[i] as AnswerOutcome));
      } catch (error) {
        for (const { reject } of together) reject(error);
      }
    }
    this.storing = false;
  }

  /** The next answers within the bounds, at least one, and never two of one site to one round: the second must meet the first. */
  private take(): readonly Waiting[] {
    const taken: Waiting[] = [];
    const left: Waiting[] = [];
    const keys = new Set<string>();
    let bytes = 0;
    for (const entry of this.waiting) {
      const { message, content } = entry.answer;
      const key = `${message.run} ${message.round} ${message.site}`;
      const size = content?.length ?? 0;
      const fits = taken.length === 0 || (taken.length < maxAnswers && bytes + size <= maxBytes);
      if (fits && !keys.has(key)) {
        taken.push(entry);
        bytes += size;
      } else left.push(entry);
      keys.add(key);
    }
    this.waiting = left;
    return taken;
  }
}
