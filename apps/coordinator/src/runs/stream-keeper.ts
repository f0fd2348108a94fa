import { streams, subjects } from '@cohortium/contracts';
import type { BrokerLink } from '@cohortium/transport';
import { errorFields } from '../log.js';
import type { Log } from '../log.js';

/** Streams hold 2 GiB each; a study that has used this much of one is cleared. */
const clearAboveBytes = 512 * 1024 ** 2;

/**
 * Keeps runs with large vectors from filling the streams, which refuse messages when they are full. When a round is committed,
 * nothing that the study has in the streams is needed any more; whatever is lost beside it is asked for again.
 */
export class StreamKeeper {
  private readonly bytes = new Map<string, number>();

  constructor(
    private readonly link: Pick<BrokerLink, 'purge'>,
    private readonly log: Log,
  ) {}

  /** Counts bytes that went through a stream. */
  note(study: string, bytes: number): void {
    this.bytes.set(study, (this.bytes.get(study) ?? 0) + bytes);
  }

  /** After a restart nobody knows how much of a stream a study has used: it is cleared at the next chance. */
  suspect(study: string): void {
    this.note(study, clearAboveBytes);
  }

  /** Called after the commit of a round and before the next one is sent. */
  async clearIfLarge(study: string): Promise<void> {
    if ((this.bytes.get(study) ?? 0) < clearAboveBytes) return;
    try {
      await this.link.purge(streams.up.name, subjects.up(study, 'any').replace(/any$/, '*'));
      await this.link.purge(streams.task.name, subjects.task(study, 'any').replace(/any$/, '*'));
      this.bytes.delete(study);
    } catch (error) {
      this.log.warn({ event: 'streams.not_cleared', study, ...errorFields(error) });
    }
  }
}
