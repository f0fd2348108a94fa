// `npm run bench -- radiomics [--quick] [--no-peers] [--peers NAME,...] [--json FILE] [--only CASE,...]`: how fast features are extracted, beside other
// extractors in the same run. `--median FILE ...`: the median of runs that `--json` wrote. docs/benchmarks.md says what each case includes.
import { endWithUsage, readCommandLine } from './harness/command-line.mjs';
import { readRuns, runCases, writeRun } from './harness/run.mjs';
import { cases, runCase } from './radiomics/cases.mjs';
import { medianRun } from './radiomics/merge.mjs';
import { peers } from './radiomics/peers.mjs';
import { report } from './radiomics/report.mjs';
import { say } from './radiomics/words.mjs';

const names = cases.map(({ name }) => name);

function wantedPeers(/** @type {string | undefined} */ list) {
  const known = peers.map(({ name }) => name.toLowerCase());
  const wanted = list?.toLowerCase().split(',') ?? known;
  return wanted.every((name) => known.includes(name)) ? wanted : endWithUsage(names, say);
}

async function main() {
  const { quick, markdown, json, asked, median, files, own } = readCommandLine(names, say, {
    'no-peers': { type: 'boolean', default: false },
    peers: { type: 'string' },
  });
  const mode = { quick, peers: own['no-peers'] ? [] : wantedPeers(/** @type {string | undefined} */ (own.peers)) };
  const timed = async (/** @type {string} */ name) => {
    const begun = performance.now();
    const outcome = await runCase(/** @type {import('./radiomics/cases.mjs').Case} */ (cases.find((each) => each.name === name)), mode);
    return { seconds: (performance.now() - begun) / 1000, ...outcome };
  };
  const inOrder = names.filter((name) => asked.includes(name));
  const run = median
    ? medianRun(/** @type {any} */ (readRuns(files)))
    : await runCases({ benchmark: 'radiomics', quick, names: inOrder }, say, timed);
  process.stdout.write(report({ ...run, markdown }));
  writeRun(run, json);
}

await main();
