import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { RunFacts } from '@cohortium/analysis';
import { prepareStudy, readCohortFolder, readProtocolFile } from '../cohort/prepare-cohort.js';
import { countEgress, egressTable, egressTotals } from '../outputs/egress-table.js';
import { OutputFolder } from '../outputs/output-folder.js';
import { addPredictions, addStudyFiles, hostFacts } from '../outputs/result-files.js';
import { scienceSummary } from '../outputs/science-summary.js';
import { simulateStudy } from '../simulation/simulate-study.js';
import { stepWords } from '../step-words.js';
import type { Terminal } from '../terminal.js';

/** Options of `cohortium simulate`. */
export interface SimulateOptions {
  readonly cohort: string;
  readonly external?: readonly string[];
  readonly pooled?: true;
  readonly out: string;
}

/** `cohortium simulate PROTOCOL --cohort DIR --out DIR`: the study in this process, with the file layout of the demo. */
export async function simulate(terminal: Terminal, protocolFile: string, options: SimulateOptions): Promise<number> {
  const { t } = terminal;
  const base = readProtocolFile(protocolFile);
  const study = prepareStudy(base, readCohortFolder(options.cohort, base), { external: options.external, synthetic: base.synthetic });
  const out = new OutputFolder(options.out);
  try {
    const startedAt = new Date();
    if (study.protocol.synthetic) terminal.say(t('syntheticNotice'));
    const yielded = await simulateStudy(study, options.pooled === true, (step) =>
      terminal.say(t('stepBegins', { step: t(stepWords[step]) })),
    );
    const counts = countEgress(yielded.egress);
    const visible = options.pooled === true || yielded.masked.plainSums > 0;
    const run = facts(options.pooled ? 'pooled' : 'simulated', startedAt, egressTotals(counts), visible);
    const scienceSha256 = await addStudyFiles(out, { ...yielded, run, protocol: study.protocol });
    addPredictions(out, yielded.predictions);
    out.commit();
    const summary = scienceSummary(yielded.science, t);
    if (summary !== undefined) terminal.data(`${summary}\n`);
    if (counts.length > 0) terminal.data(`${egressTable(counts, t)}\n`);
    if (options.pooled !== true) terminal.data(t('maskedSums', { ...yielded.masked }));
    terminal.data(t('resultsIn', { path: resolve(options.out, 'results.json') }));
    terminal.data(t('reportIn', { path: resolve(options.out, 'report.html') }));
    terminal.jsonObject({ schemaVersion: 1, out: out.path, scienceSha256, mode: run.mode, durationMs: run.durationMs, sites: run.sites });
    return 0;
  } finally {
    out.abandon();
  }
}

function facts(mode: 'simulated' | 'pooled', startedAt: Date, sites: RunFacts['sites'], visible: boolean): RunFacts {
  const finishedAt = new Date();
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
  return {
    run: mode,
    mode,
    startedAt: startedAt.toISOString(),
    finishedAt: finishedAt.toISOString(),
    durationMs: finishedAt.getTime() - startedAt.getTime(),
    software: { cohortium: version, node: process.versions.node },
    host: hostFacts(),
    sites,
    contributionsVisibleToCoordinator: visible,
  };
}
