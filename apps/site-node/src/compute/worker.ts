import { StudyReplay, extractionProblem, readCohort } from '@cohortium/analysis';
import type { SiteCohort } from '@cohortium/analysis';
import { AppError, FrozenStore, parseSiteId } from '@cohortium/kernel';
import type { Sha256 } from '@cohortium/kernel';
import { protocolSchema } from '@cohortium/protocol';
import type { Protocol } from '@cohortium/protocol';
import { parentPort, workerData } from 'node:worker_threads';
import { readCohortFiles, readExtractionRecord } from '../cohort/cohort-files.js';
import { memberTokens } from '../cohort/member-tokens.js';
import { siteErrors } from '../errors.js';
import { placeOf } from '../own-errors.js';
import { computeAnswer } from './compute-answer.js';
import type { WorkerReply, WorkerRequest } from './messages.js';

/** The computation thread: holds the rows of the approved protocols and the frozen parts of the runs at work. */
const {
  site: siteCode,
  dataDir,
  memberKey,
} = workerData as { readonly site: string; readonly dataDir: string; readonly memberKey: Uint8Array };
const site = parseSiteId(siteCode);
const cohorts = new Map<string, { readonly cohort: SiteCohort; readonly protocol: Protocol }>();
const protocols = new Map<string, Protocol>();
const parts = new FrozenStore();
/** Replays of the runs at work, each under the protocol that it began with. */
const replays = new Map<string, { readonly protocolHash: string; readonly replay: StudyReplay }>();

/** @throws `SITE.COMPUTE_FAILED`, `SITE.OTHER_STUDY` when the run goes on under another protocol */
function replayOf(run: string, protocolHash: string): StudyReplay {
  let found = replays.get(run);
  if (found === undefined) {
    const protocol = protocols.get(protocolHash);
    if (protocol === undefined) throw siteErrors.error('SITE.COMPUTE_FAILED', { reason: 'noCohort' });
    replays.set(run, (found = { protocolHash, replay: new StudyReplay(protocol) }));
  }
  if (found.protocolHash !== protocolHash) throw siteErrors.error('SITE.OTHER_STUDY');
  return found.replay;
}

async function answer(message: WorkerRequest): Promise<WorkerReply> {
  const { id } = message;
  switch (message.type) {
    case 'load': {
      const files = await readCohortFiles(dataDir);
      const protocol = protocolSchema.parse(JSON.parse(message.protocolJson));
      const cohort = readCohort(files, protocol, site);
      cohorts.set(message.protocolHash, { cohort, protocol });
      protocols.set(message.protocolHash, protocol);
      const { snapshot, rowCount: participantCount } = cohort.rows;
      const record = protocol.extraction === undefined ? undefined : await readExtractionRecord(dataDir);
      const problem = extractionProblem(protocol, record, files.features);
      const tokens = memberTokens(files, cohort, memberKey);
      return { id, type: 'loaded', cohort: { snapshot, participantCount, extractionProblem: problem, ...tokens } };
    }
    case 'part':
      parts.set(message.sha256 as Sha256, message.content);
      return { id, type: 'done' };
    case 'compute': {
      const loaded = cohorts.get(message.protocolHash);
      if (loaded === undefined) throw siteErrors.error('SITE.COMPUTE_FAILED', { reason: 'noCohort' });
      const computed = await computeAnswer(site, loaded, message.request, parts.resolve);
      return { id, type: 'computed', ...computed };
    }
    case 'learn': {
      const replay = replayOf(message.run, message.protocolHash);
      await replay.learn(message.total, message.own);
      return { id, type: 'learned', failure: await replay.failure() };
    }
    case 'derive':
      return { id, type: 'derivation', derivation: await replayOf(message.run, message.protocolHash).derives(message.stated) };
    case 'forgetRun':
      replays.delete(message.run);
      return { id, type: 'done' };
    case 'forget':
      parts.clear();
      return { id, type: 'done' };
  }
}

function failed(id: number, error: unknown): WorkerReply {
  if (error instanceof AppError)
    return { id, type: 'failed', failure: { typed: true, code: error.code, entry: error.entry, params: error.params } };
  return { id, type: 'failed', failure: { typed: false, place: placeOf(error) } };
}

/** One after the other: a message that loads must be done before the one that computes. */
let last: Promise<void> = Promise.resolve();
parentPort?.on('message', (message: WorkerRequest) => {
  last = last.then(async () => {
    const reply = await answer(message).catch((error: unknown) => failed(message.id, error));
    const words = reply.type === 'computed' ? reply.draft.words : undefined;
    // Moved, not copied: a vector may have many megabytes.
    parentPort?.postMessage(reply, words === undefined ? [] : [words.buffer as ArrayBuffer]);
  });
});
