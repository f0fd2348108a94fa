import { caseKey } from '@cohortium/radiomics';
import type { FeatureVectorRepository } from '@cohortium/persistence';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { siteErrors } from '../errors.js';
import type { ExtractionConfig } from '../images-config.js';
import type { SiteLog } from '../log.js';
import { errorFields } from '../own-errors.js';
import type { ExtractionReply, ExtractionRequest, TrayCase, TrayOverview } from './messages.js';

/** How often the tray is looked through. */
const lookEveryMs = 5000;
/** How often an extraction that makes room for a study looks whether it may go on. */
const makeRoomMs = 500;

/** What the extraction is at, for the operator. */
export interface ExtractionCounts extends Omit<TrayOverview, 'cases'> {
  /** Cases that are not looked at yet, by reason. */
  readonly waiting: Readonly<Record<string, number>>;
  /** Cases that are complete and have no features yet. */
  readonly ready: number;
  readonly extracted: number;
  /** Cases without features, by the code of the error. */
  readonly failed: Readonly<Record<string, number>>;
}

/** What the extraction works with. */
export interface ExtractionParts {
  readonly config: ExtractionConfig;
  readonly vectors: FeatureVectorRepository;
  /** True while a study is being computed: it comes first. */
  readonly busy: () => boolean;
  readonly log: SiteLog;
  /** Told after every change of the counts. */
  readonly changed: () => void;
}

/**
 * Step `extraction`: cases of the tray that are complete are extracted, one after another, in a thread of low priority. Order: the vector is kept,
 * then it is noted for its case; after a crash in between the case is extracted again, to the same vector, which stands.
 */
export class Extraction {
  private worker: Worker | undefined;
  private readonly stopped = new AbortController();
  private running: Promise<void> | undefined;
  private counts: ExtractionCounts | undefined;
  /** Cases that ended the thread, by fingerprint, until the node starts again. */
  private readonly lost = new Set<string>();

  constructor(private readonly parts: ExtractionParts) {}

  /** Starts the work; faults are logged and tried again. */
  start(): void {
    this.running = this.run();
  }

  /** What it is at; undefined before the first look. */
  now(): ExtractionCounts | undefined {
    return this.counts;
  }

  /** Ends the work at once: a case that is being extracted is extracted at the next start. */
  async stop(): Promise<void> {
    this.stopped.abort();
    await this.worker?.terminate();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopped;
    let told: string | undefined;
    while (!signal.aborted) {
      try {
        await this.round();
        told = undefined;
      } catch (error) {
        const fields = errorFields(error);
        // Once, not at every look, as long as it is the same.
        if (!signal.aborted && JSON.stringify(fields) !== told) this.parts.log.error({ event: 'extraction-fault', ...fields });
        told = JSON.stringify(fields);
      }
      await pause(lookEveryMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** One look at the tray, and everything that is complete. */
  private async round(): Promise<void> {
    const reply = await this.ask({ type: 'look' });
    if (reply.type !== 'overview') throw unexpected(reply);
    const noted = new Map((await this.parts.vectors.cases()).map(({ caseId, fingerprint }) => [caseId, fingerprint]));
    await this.count(reply.overview);
    for (const one of reply.overview.cases) {
      if (this.stopped.signal.aborted) return;
      if (one.waiting !== null || this.lost.has(one.fingerprint) || noted.get(one.caseId) === one.fingerprint) continue;
      while (this.parts.busy()) await pause(makeRoomMs, undefined, { signal: this.stopped.signal });
      await this.extract(one);
      await this.count(reply.overview);
    }
  }

  private async extract({ caseId, fingerprint }: TrayCase): Promise<void> {
    const { vectors, log } = this.parts;
    const beganMs = performance.now();
    const reply = await this.ask({ type: 'extract', caseId, fingerprint }).catch((error: unknown) => {
      this.lost.add(fingerprint);
      throw error;
    });
    const noted = { caseId, fingerprint, decidedAt: new Date() };
    if (reply.type === 'failed') {
      await vectors.note({ ...noted, caseKey: null, reason: reply.code });
      log.warn({ event: 'case-failed', case: caseId, code: reply.code });
    } else if (reply.type === 'extracted') {
      const { document, leftOut } = reply;
      const { participant, inputSha256, planSha256, extractorSha256, vectorSha256 } = document;
      const key = caseKey(document);
      const lineage = { inputSha256, planSha256, extractorSha256, vectorSha256 };
      await vectors.add({ caseKey: key, participant, ...lineage, document: JSON.stringify(document), extractedAt: noted.decidedAt });
      await vectors.note({ ...noted, caseKey: key, reason: null });
      const seconds = Math.round(performance.now() - beganMs) / 1000;
      log.info({ event: 'case-extracted', case: caseId, vectorSha256, features: document.features.length, leftOut, seconds });
    } else if (reply.type !== 'changed') {
      this.lost.add(fingerprint);
      throw unexpected(reply);
    }
  }

  private async count({ cases, ...tray }: TrayOverview): Promise<void> {
    const noted = new Map((await this.parts.vectors.cases()).map((one) => [one.caseId, one]));
    const [waiting, failed]: Record<string, number>[] = [{}, {}];
    let [ready, extracted] = [0, 0];
    const add = (counts: Record<string, number> | undefined, name: string) => counts && (counts[name] = (counts[name] ?? 0) + 1);
    for (const { caseId, fingerprint, waiting: reason } of cases) {
      const one = noted.get(caseId);
      if (reason !== null) add(waiting, reason);
      else if (this.lost.has(fingerprint)) add(failed, 'SITE.EXTRACTION_FAILED');
      else if (one?.fingerprint !== fingerprint) ready++;
      else if (one.reason !== null) add(failed, one.reason);
      else extracted++;
    }
    this.counts = { ...tray, waiting: waiting ?? {}, ready, extracted, failed: failed ?? {} };
    this.parts.changed();
  }

  /** @throws `SITE.EXTRACTION_FAILED` when the thread ends */
  private ask(request: ExtractionRequest): Promise<ExtractionReply> {
    const worker = (this.worker ??= this.startThread());
    return new Promise((resolve, reject) => {
      let reason = 'ended';
      const noteFault = (error: Error & { readonly code?: string }) => (reason = error.code ?? error.constructor.name);
      const ended = () => reject(siteErrors.error('SITE.EXTRACTION_FAILED', { reason }));
      worker.once('message', (reply: ExtractionReply) => {
        worker.off('exit', ended);
        worker.off('error', noteFault);
        resolve(reply);
      });
      worker.once('error', noteFault);
      worker.once('exit', ended);
      worker.postMessage(request);
    });
  }

  private startThread(): Worker {
    const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: this.parts.config });
    worker.on('exit', () => {
      if (this.worker === worker) this.worker = undefined;
    });
    return worker;
  }
}

function unexpected(reply: ExtractionReply): Error {
  return siteErrors.error('SITE.EXTRACTION_FAILED', { reason: reply.type }, reply.type === 'unexpected' ? { cause: reply.place } : {});
}
