import { Worker } from 'node:worker_threads';
import type { IntakeConfig } from '../images-config.js';
import type { SiteLog } from '../log.js';
import type { IntakeEvent } from './messages.js';

/** After a fault (port taken, disk full) the thread is started again after this time. */
const againAfterMs = 15_000;
/** How long an object that is being written may take when the node stops; what was not finished was not answered for. */
const stopTimeoutMs = 5000;

/** What has come since the node started, for the operator. */
export interface IntakeCounts {
  readonly state: 'starting' | 'ready' | 'failed';
  /** Port of the receiver; null where there is none. */
  readonly port: number | null;
  /** Why it is not ready. */
  readonly reason: string | null;
  readonly stored: number;
  readonly known: number;
  readonly rejected: Readonly<Record<string, number>>;
  readonly unread: Readonly<Record<string, number>>;
}

/**
 * Step `intake`: watched folders and a C-STORE receiver fill the tray, in a thread of their own. A fault here does not touch the studies: it is
 * logged, shown and tried again.
 */
export class Intake {
  private worker: Worker | undefined;
  private timer: NodeJS.Timeout | undefined;
  private counts: IntakeCounts = { state: 'starting', port: null, reason: null, stored: 0, known: 0, rejected: {}, unread: {} };

  constructor(
    private readonly config: IntakeConfig,
    private readonly log: SiteLog,
    /** Told after every change of the counts. */
    private readonly changed: () => void,
  ) {}

  /** Starts the thread. */
  start(): void {
    const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: this.config });
    this.worker = worker;
    worker.on('message', (event: IntakeEvent) => this.take(event));
    worker.on('error', (error: Error & { readonly code?: string }) =>
      this.take({ type: 'failed', reason: error.code ?? error.constructor.name }),
    );
    worker.on('exit', () => {
      if (this.worker !== worker) return;
      this.timer = setTimeout(() => this.start(), againAfterMs);
    });
  }

  /** What has come so far. */
  now(): IntakeCounts {
    return this.counts;
  }

  /** Ends the thread; an object that it is writing is finished. */
  async stop(): Promise<void> {
    clearTimeout(this.timer);
    const worker = this.worker;
    this.worker = undefined;
    if (worker === undefined || worker.threadId < 0) return;
    const ended = new Promise((done) => worker.once('exit', done));
    worker.postMessage('stop');
    const limit = setTimeout(() => void worker.terminate(), stopTimeoutMs);
    await ended;
    clearTimeout(limit);
  }

  private take(event: IntakeEvent): void {
    switch (event.type) {
      case 'ready':
        this.log.info({ event: 'intake-ready', port: event.port });
        this.counts = { ...this.counts, state: 'ready', port: event.port, reason: null };
        break;
      case 'failed':
        this.log.error({ event: 'intake-failed', reason: event.reason });
        this.counts = { ...this.counts, state: 'failed', port: null, reason: event.reason };
        break;
      case 'refused':
        return this.log.warn({ event: 'association-refused', reason: event.reason });
      case 'taken': {
        const { stored, known, rejected, unread } = event;
        const isNews = stored + known + Object.keys(rejected).length > 0 || JSON.stringify(unread) !== JSON.stringify(this.counts.unread);
        if (!isNews) return;
        const sums = { ...this.counts.rejected };
        for (const [reason, count] of Object.entries(rejected)) sums[reason] = (sums[reason] ?? 0) + count;
        this.counts = { ...this.counts, stored: this.counts.stored + stored, known: this.counts.known + known, rejected: sums, unread };
      }
    }
    this.changed();
  }
}
