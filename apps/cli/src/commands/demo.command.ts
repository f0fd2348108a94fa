import { resolve } from 'node:path';
import { canonicalJson, hashJson } from '@cohortium/kernel';
import { protocolHash } from '@cohortium/protocol';
import { defaultProtocolFile, prepareStudy, readCohortFolder, readProtocolFile } from '../cohort/prepare-cohort.js';
import type { PreparedStudy } from '../cohort/prepare-cohort.js';
import { collectPredictions, collectTranscript } from '../demo/collect.js';
import type { Transcript } from '../demo/collect.js';
import { bundleWords } from '../bundle/messages.js';
import { fetchBundle, maskedSums } from './bundle.command.js';
import type { MaskedSums } from './bundle.command.js';
import { CoordinatorApi } from '../demo/coordinator-api.js';
import { Deployment } from '../demo/deployment.js';
import { driveStudy } from '../demo/drive-study.js';
import type { DrivenStudy } from '../demo/drive-study.js';
import { imageCohort } from '../demo/image-cohort.js';
import { interruptible } from '../demo/interrupt.js';
import type { Ending } from '../demo/interrupt.js';
import { Progress } from '../demo/progress.js';
import { countEgress, egressTable, egressTotals } from '../outputs/egress-table.js';
import { OutputFolder } from '../outputs/output-folder.js';
import { addPredictions, addStudyFiles } from '../outputs/result-files.js';
import { scienceSummary } from '../outputs/science-summary.js';
import type { Terminal } from '../terminal.js';

/** Options of `cohortium demo`. */
export interface DemoOptions {
  readonly cohort?: string;
  readonly protocol?: string;
  readonly external?: readonly string[];
  readonly out: string;
  readonly keep?: true;
  readonly port?: number;
  readonly seed?: number;
}

const defaultSeed = 1;
const transcriptGraceMs = 60_000;

/** Milliseconds that the parts of a demo took. */
interface Durations {
  readonly setUpMs: number;
  readonly runMs: number;
  readonly totalMs: number;
}

/**
 * `cohortium demo`: a whole federation as processes of this machine. The cohort and the protocol are checked before anything
 * starts; results appear in the output folder at the very end, or not at all.
 */
export async function demo(terminal: Terminal, options: DemoOptions): Promise<number> {
  const begunMs = Date.now();
  const study = await demoStudy(terminal, options);
  announce(terminal, study);
  const out = new OutputFolder(options.out);
  let killAll = () => {};
  try {
    return await interruptible(
      async (ending) => {
        const deployment = await Deployment.plan({
          study,
          firstPort: options.port,
          databaseUrl: process.env['DATABASE_URL'] || undefined,
          keep: options.keep === true,
          language: terminal.language,
          say: (key, params) => terminal.say(terminal.t(key, params)),
          signal: ending.signal,
        });
        killAll = () => deployment.supervisor.killAll();
        return await runAndWrite(terminal, { study, out, deployment, ending, begunMs });
      },
      () => terminal.say(terminal.t('stopping')),
      () => {
        killAll();
        process.exit(130);
      },
    );
  } finally {
    out.abandon();
  }
}

/** The study of the options: a synthetic cohort in images unless a folder is named. @throws `COHORT.*`, `PROTOCOL.*`, `CLI.*` */
async function demoStudy(terminal: Terminal, { cohort, protocol, external, seed }: DemoOptions): Promise<PreparedStudy> {
  const base = readProtocolFile(protocol ?? defaultProtocolFile);
  if (cohort !== undefined) return prepareStudy(base, readCohortFolder(cohort, base), { external, synthetic: false });
  const made = await imageCohort(terminal, seed ?? defaultSeed);
  const bound = { ...base, extraction: base.extraction ?? made.extraction };
  return prepareStudy(bound, readCohortFolder(made.folder, bound), { external: external ?? made.external, synthetic: true });
}

function announce(terminal: Terminal, { protocol, training, external, cohorts }: PreparedStudy): void {
  const { t } = terminal;
  terminal.say(terminal.strong(protocol.title[terminal.language]));
  if (protocol.synthetic) terminal.say(terminal.strong(t('syntheticNotice')));
  terminal.say(
    t('cohortLine', {
      training: training.length,
      trainingCodes: training.join(', '),
      external: external.length,
      externalCodes: external.length === 0 ? '' : ` (${external.join(', ')})`,
      participants: [...cohorts.values()].reduce((n, { rows }) => n + rows.rowCount, 0),
      features: protocol.featureList?.names.length ?? 0,
    }),
  );
  const { extraction } = protocol;
  if (extraction !== undefined)
    terminal.say(
      t('extractionLine', {
        extractor: extraction.extractorSha256.slice(0, 16),
        settings: extraction.settingsSha256.slice(0, 16),
        rows: extraction.ibsiRows,
      }),
    );
  const isPlain = protocol.clauses.some(({ kind, secureAggregation }) => kind === 'sum' && secureAggregation === 'off');
  if (isPlain) terminal.say(t('visibleNotice'));
}

interface Work {
  readonly study: PreparedStudy;
  readonly out: OutputFolder;
  readonly deployment: Deployment;
  readonly ending: Ending;
  readonly begunMs: number;
}

async function runAndWrite(terminal: Terminal, work: Work): Promise<number> {
  const { deployment, ending, study, out, begunMs } = work;
  const { supervisor } = deployment;
  supervisor.failure.catch((error: unknown) => ending.end(error));
  supervisor.onEvent((event) => {
    if (event.type === 'died') terminal.say(terminal.t('processDied', { name: event.name, how: event.how }));
    else terminal.say(terminal.t('processRestarted', { name: event.name, pid: String(event.pid) }));
  });
  try {
    terminal.say(terminal.t('workFolder', { path: deployment.work.path }));
    await deployment.start();
    const api = new CoordinatorApi(deployment.coordinatorDir, ending.signal);
    await api.ready();
    const readyMs = Date.now();
    terminal.say(terminal.t('setUpTook', { seconds: seconds(readyMs - begunMs), url: api.url() }));
    terminal.say(terminal.t('enrolling', { hash: protocolHash(study.protocol).slice(0, 16) }));
    const driven = await driveStudy(api, study.protocol, deployment.sites, new Progress(terminal), ending.signal);
    const runEndedMs = Date.now();
    // While the sites are there to witness what was logged last.
    const bundle = await fetchBundle(api, study.protocol.study, process.env['COHORTIUM_KEEP_FRAMES'] === '1');
    // Sites complete their transcripts when they are asked to end, however slow the machine.
    await supervisor.stop(transcriptGraceMs);
    const transcript = collectTranscript(deployment.sites);
    out.add('study.bundle', bundle);
    await write(out, study, driven, transcript, deployment);
    const durations = { setUpMs: readyMs - begunMs, runMs: runEndedMs - readyMs, totalMs: Date.now() - begunMs };
    tell(terminal, { out, driven, transcript, masked: maskedSums(bundle), durations });
    return 0;
  } finally {
    await supervisor.stop();
    await deployment.clean();
  }
}

/** @throws `CLI.DISK_FULL`, `CLI.CANNOT_WRITE` */
async function write(
  out: OutputFolder,
  study: PreparedStudy,
  { results, modelJson, onnx }: DrivenStudy,
  transcript: Transcript,
  deployment: Deployment,
): Promise<void> {
  // The sites' own account: it knows their greetings and signs of life too, which belong to no run.
  const run = { ...results.run, sites: egressTotals(countEgress(transcript.entries)) };
  await addStudyFiles(out, { science: results.science, run, protocol: study.protocol, modelJson, onnx });
  out.add('transcript.jsonl', transcript.jsonl);
  if (deployment.signed !== undefined) {
    out.add('protocol.signed.json', `${canonicalJson(deployment.signed.signed)}\n`);
    out.add('roster.json', `${canonicalJson(deployment.signed.roster)}\n`);
  }
  addPredictions(out, collectPredictions(deployment.sites));
  out.commit();
}

interface Told {
  readonly out: OutputFolder;
  readonly driven: DrivenStudy;
  readonly transcript: Transcript;
  readonly masked: MaskedSums;
  readonly durations: Durations;
}

function tell(terminal: Terminal, { out, driven, transcript, masked, durations }: Told): void {
  const { t } = terminal;
  const { science } = driven.results;
  const counts = countEgress(transcript.entries);
  const summary = scienceSummary(science, t);
  if (science.study.synthetic) terminal.data(`${t('syntheticNotice')}\n`);
  if (summary !== undefined) terminal.data(`${summary}\n`);
  terminal.data(`${egressTable(counts, t)}\n`);
  terminal.data(`${t('maskedSums', { ...masked, legs: transcript.legs })}\n`);
  terminal.data(t('resultsIn', { path: resolve(out.path, 'results.json') }));
  terminal.data(t('reportIn', { path: resolve(out.path, 'report.html') }));
  terminal.data(bundleWords(terminal.language)('bundleIn', { path: resolve(out.path, 'study.bundle') }));
  const { setUpMs, runMs, totalMs } = durations;
  terminal.say(t('runTook', { setUp: seconds(setUpMs), run: seconds(runMs), total: seconds(totalMs) }));
  const sites = egressTotals(counts);
  terminal.jsonObject({
    schemaVersion: 1,
    out: out.path,
    run: driven.run,
    synthetic: science.study.synthetic,
    scienceSha256: hashJson(science),
    durations,
    masked: { ...masked, legs: transcript.legs },
    sites,
    left: counts,
  });
}

function seconds(durationMs: number): string {
  return (durationMs / 1000).toFixed(1);
}
