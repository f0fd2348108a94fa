// `npm run bench -- secagg [--quick] [--json FILE] [--markdown] [--only CASE,...]`: what masks cost. docs/benchmarks.md says what each case includes.
import { readCommandLine } from './harness/command-line.mjs';
import { runCases, writeRun } from './harness/run.mjs';
import { markdownTable, number, terminalTable } from './harness/tables.mjs';
import { meets } from './harness/targets.mjs';
import { machineLines } from './harness/words.mjs';
import { cases } from './secagg/cases.mjs';
import { say } from './secagg/words.mjs';

const { quick, markdown, json, asked } = readCommandLine(
  cases.map(({ name }) => name),
  say,
  {},
);
const run = await runCases({ benchmark: 'secagg', quick, names: asked }, say, async (name) => ({
  figures: (await cases.find((one) => one.name === name)?.run(quick)) ?? [],
}));

const lengths = {
  siteMillion: quick ? '10^5' : '10^6',
  overBroker: quick ? '10^5' : '10^6',
  oneProcess: quick ? '10^5' : '10^6',
  hundredSites: quick ? '10^4' : '10^5',
};
const rows = run.cases.flatMap(({ name, figures }) =>
  figures.map(({ figure, params, value, unit, target }, i) => {
    const length = /** @type {Record<string, string>} */ (lengths)[name] ?? '';
    const verdict = target === undefined ? '' : `${target} ${say(meets(value, target) ? 'met' : 'missed')}`;
    return [i === 0 ? say(name, { length }) : '', say(figure, params), number(value), unit, verdict];
  }),
);
const table = (markdown ? markdownTable : terminalTable)([say('headings').split('|'), ...rows]);
process.stdout.write(`${[...machineLines(run, say), '', table].join('\n')}\n`);
writeRun(run, json);
