import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { AppError, isAppError } from '@cohortium/kernel';
import type { ErrorEntry, MessageParams } from '@cohortium/kernel';
import type { ExtractionSettings } from '@cohortium/radiomics';
import { radiomicsCliErrors } from './errors.js';
import type { CaseFiles, ExtractionDocument, SoftwareFacts } from './extract-case.js';

/** Computes one case at a time, away from the thread that shows progress. */
export interface CaseRunner<Files = CaseFiles, Document = ExtractionDocument> {
  /** @throws what the work on a case throws; `CLI.CASE_FAILED` when the thread ends */
  run(files: Files): Promise<Document>;
  close(): Promise<void>;
}

/** What the threads of a batch have in common. */
export interface RunnerContext {
  readonly settings: ExtractionSettings;
  readonly software: SoftwareFacts;
}

/** What a thread answers. */
export type RunnerReply<Document = ExtractionDocument> =
  | { readonly document: Document }
  | { readonly code: string; readonly entry: ErrorEntry; readonly params: MessageParams }
  | { readonly unexpected: string };

/**
 * Megabytes of the space for new objects of a thread. A case leaves tens of megabytes of arrays, and the engine marks its whole heap once
 * these and the new objects together exceed little more than this space: with the 16 MB that it would take, in every case. Threads of the
 * engine do that marking beside the case, on the core that another case is to have, and throw away compiled code that is used again.
 */
const newObjectsMb = 64;

/** The reply that carries an error out of a thread. */
export function failureReply(error: unknown): RunnerReply<never> {
  if (isAppError(error)) return { code: error.code, entry: error.entry, params: error.params };
  return { unexpected: error instanceof Error ? error.message : String(error) };
}

/** A runner on a worker thread. A thread that dies, for want of memory for example, fails its case and is replaced for the next. */
export class ThreadRunner<Files = CaseFiles, Document = ExtractionDocument> implements CaseRunner<Files, Document> {
  private worker: Worker | undefined;
  /** What the thread died of, known just before it ends. */
  private lastFault: string | undefined;

  constructor(
    /** What all cases have in common, for the thread. */
    private readonly context: unknown,
    private readonly script = new URL('./case-worker.js', import.meta.url),
  ) {}

  run(files: Files): Promise<Document> {
    const worker = (this.worker ??= this.start());
    return new Promise((resolve, reject) => {
      const answered = (reply: RunnerReply<Document>) => {
        worker.off('exit', ended);
        if ('document' in reply) resolve(reply.document);
        else if ('code' in reply) reject(new AppError(reply.code, reply.entry, reply.params));
        else reject(radiomicsCliErrors.error('CLI.CASE_FAILED', { reason: reply.unexpected }));
      };
      const ended = (code: number) => {
        worker.off('message', answered);
        reject(radiomicsCliErrors.error('CLI.CASE_FAILED', { reason: this.lastFault ?? `exit ${code}` }));
      };
      worker.once('message', answered);
      worker.once('exit', ended);
      worker.postMessage(files);
    });
  }

  async close(): Promise<void> {
    await this.worker?.terminate();
  }

  private start(): Worker {
    // Sizes of heaps are read when a thread starts. Limits of a worker would only say how far the space may grow, and it never would.
    setFlagsFromString(`--min-semi-space-size=${newObjectsMb}`);
    setFlagsFromString(`--max-semi-space-size=${newObjectsMb}`);
    const worker = new Worker(this.script, { workerData: this.context });
    this.lastFault = undefined;
    worker.on('error', (error: Error & { readonly code?: string }) => (this.lastFault = error.code ?? error.message));
    worker.on('exit', () => (this.worker = undefined));
    return worker;
  }
}
