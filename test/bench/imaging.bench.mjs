// `npm run bench -- imaging [--quick] [--no-peers] [--json FILE] [--markdown] [--only CASE,...]`: how fast maps are made, beside a fit in SciPy.
// docs/benchmarks.md says what each case includes.
import { readCommandLine } from './harness/command-line.mjs';
import { runCases, writeRun } from './harness/run.mjs';
import { cases } from './imaging/cases.mjs';
import { report } from './imaging/report.mjs';
import { say } from './imaging/words.mjs';

const names = cases.map(({ name }) => name);
const { quick, markdown, json, asked, own } = readCommandLine(names, say, { 'no-peers': { type: 'boolean', default: false } });
const mode = { quick, peers: own['no-peers'] !== true };
const run = await runCases({ benchmark: 'imaging', quick, names: asked }, say, async (name) => ({
  rows: (await cases.find((one) => one.name === name)?.run(mode)) ?? [],
}));
process.stdout.write(report({ ...run, markdown }));
writeRun(run, json);
