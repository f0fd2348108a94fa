// `npm run bench -- federation [--quick] [--json FILE] [--only CASE,...]`: what a federation costs beside its mathematics.
// `--median FILE ...`: the median of runs that `--json` wrote. docs/benchmarks.md says what each case includes.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { cases } from './federation/cases.mjs';
import { medianRun } from './federation/merge.mjs';
import { report } from './federation/report.mjs';
import { say } from './federation/words.mjs';
import { readCommandLine } from './harness/command-line.mjs';
import { readRuns, runCases, writeRun } from './harness/run.mjs';

const file = fileURLToPath(new URL('federation/case-process.mjs', import.meta.url));

/** Runs one case in a process of its own. @returns {Promise<import('./federation/report.mjs').Done>} */
function runCase(/** @type {string} */ name, /** @type {boolean} */ quick) {
  const child = fork(file, [name, quick ? 'quick' : 'full'], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const end = () => child.kill('SIGKILL');
  process.on('exit', end);
  return new Promise((resolve, reject) => {
    child.once('message', (/** @type {any} */ outcome) => resolve(outcome));
    child.once('exit', (code) => {
      process.off('exit', end);
      reject(new Error(`exit code ${code}`));
    });
  });
}

async function main() {
  const names = cases.map(({ name }) => name);
  const { quick, markdown, json, asked, median, files } = readCommandLine(names, say, {});
  const run = median
    ? medianRun(/** @type {any} */ (readRuns(files)))
    : await runCases({ benchmark: 'federation', quick, names: asked }, say, (name) => runCase(name, quick));
  process.stdout.write(report({ ...run, markdown }));
  writeRun(run, json);
}

await main();
