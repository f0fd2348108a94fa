// `npm run bench -- statistics [--quick] [--json FILE] [--only CASE,...]`: rounds, bytes and time of a cross-validated elastic net, beside cv.glmnet in R.
// `--median FILE ...`: the median of runs that `--json` wrote. docs/benchmarks.md says what each case includes.
import { readCommandLine } from './harness/command-line.mjs';
import { readRuns, runCases, writeRun } from './harness/run.mjs';
import { cases } from './statistics/cases.mjs';
import { medianRun } from './statistics/merge.mjs';
import { report } from './statistics/report.mjs';
import { say } from './statistics/words.mjs';

const names = cases.map(({ name }) => name);
const { quick, markdown, json, asked, median, files } = readCommandLine(names, say, {});
const runCase = (/** @type {string} */ name) =>
  /** @type {import('./statistics/cases.mjs').Case} */ (cases.find((each) => each.name === name)).run(quick);
const run = median
  ? medianRun(/** @type {any} */ (readRuns(files)))
  : await runCases({ benchmark: 'statistics', quick, names: asked }, say, runCase);
process.stdout.write(report({ ...run, markdown }));
writeRun(run, json);
