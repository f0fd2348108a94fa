import { parentPort, workerData } from 'node:worker_threads';
import { failureReply } from './case-runner.js';
import type { RunnerContext, RunnerReply } from './case-runner.js';
import { extractCase } from './extract-case.js';
import type { CaseFiles } from './extract-case.js';

// A thread of a batch: one case in, one result or one error out.
const { settings, software } = workerData as RunnerContext;

parentPort?.on('message', (files: CaseFiles) => {
  let reply: RunnerReply;
  try {
    reply = { document: extractCase(files, settings, software) };
  } catch (error) {
    reply = failureReply(error);
  }
  parentPort?.postMessage(reply);
});
