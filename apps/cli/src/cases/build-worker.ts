import type { ExtractionContext } from '@cohortium/radiomics';
import { parentPort, workerData } from 'node:worker_threads';
import { failureReply } from '../radiomics/case-runner.js';
import type { RunnerReply } from '../radiomics/case-runner.js';
import { CaseCache } from './case-cache.js';
import { buildCase } from './build-case.js';
import type { CaseFolder } from './build-case.js';
import type { BuiltCase } from './cohort-build.command.js';

// A thread of a build: one case in, one result or one error out.
const { cacheFolder, ...context } = workerData as ExtractionContext & { readonly cacheFolder: string };
const cache = new CaseCache(cacheFolder);

parentPort?.on('message', (folder: CaseFolder) => {
  void buildCase(folder, context, cache)
    .then((document): RunnerReply<BuiltCase> => ({ document }), failureReply)
    .then((reply) => parentPort?.postMessage(reply));
});
