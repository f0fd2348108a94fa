import { parentPort, workerData } from 'node:worker_threads';
import { makePart } from './make-part.js';
import type { Part } from './make-part.js';

// A thread of `cohortium synth`: one message per participant that is written, and one that names the fault that ends it.
try {
  for (const made of makePart(workerData as Part)) parentPort?.postMessage(made);
} catch (error) {
  const { code, path, message } = error as NodeJS.ErrnoException;
  parentPort?.postMessage({ fault: { code, path, message } });
}
