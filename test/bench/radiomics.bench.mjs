// `npm run bench -- radiomics [--quick] [--no-peers] [--peers NAME,...] [--json FILE] [--only CASE,...]`: how fast features are extracted, beside other
// extractors in the same run. `--median FILE ...`: the median of runs that `--json` wrote. docs/benchmarks.md says what each case includes.
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { cases, runCase } from './radiomics/cases.mjs';
import { medianRun } from './radiomics/merge.mjs';
import { peers } from './radiomics/peers.mjs';
import { report } from './radiomics/report.mjs';
import { say } from './radiomics/words.mjs';

function readArguments() {
  const names = cases.map(({ name }) => name);
  const usage = () => {
    process.stderr.write(`${say('usage', { cases: names.join(', ') })}\n`);
    process.exit(2);
  };
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        'no-peers': { type: 'boolean', default: false },
        peers: { type: 'string' },
        markdown: { type: 'boolean', default: false },
        median: { type: 'boolean', default: false },
        json: { type: 'string' },
        only: { type: 'string' },
      },
    });
    const asked = values.only?.split(',') ?? names;
    if (asked.some((name) => !names.includes(name)) || values.median !== positionals.length > 0) return usage();
    const wanted = values.peers?.toLowerCase().split(',') ?? peers.map(({ name }) => name.toLowerCase());
    if (wanted.some((name) => !peers.some((peer) => peer.name.toLowerCase() === name))) return usage();
    return { ...values, asked, peers: wanted, files: positionals };
  } catch {
    return usage();
  }
}

function describeMachine() {
  const all = cpus();
  return {
    cpu: all[0]?.model.trim() || process.arch,
    cores: all.length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${release()}`,
    node: process.versions.node,
    load: loadavg()[0] ?? 0,
  };
}

/** Runs the cases one after the other; those that fail are told and left out. @returns {Promise<import('./radiomics/report.mjs').Run>} */
async function runCases(/** @type {readonly string[]} */ names, /** @type {{ quick: boolean, peers: readonly string[] }} */ mode) {
  const machine = describeMachine();
  const date = new Date().toISOString();
  /** @type {import('./radiomics/report.mjs').Done[]} */
  const done = [];
  for (const each of cases.filter(({ name }) => names.includes(name))) {
    process.stderr.write(`${say('begins', { name: each.name })}\n`);
    const begun = performance.now();
    try {
      const outcome = await runCase(each, mode);
      done.push({ name: each.name, seconds: (performance.now() - begun) / 1000, ...outcome });
    } catch (error) {
      // Figures of a busy machine are no reason to fail; a case that did not run is.
      process.exitCode = 1;
      process.stderr.write(`${say('failed', { name: each.name, reason: error instanceof Error ? error.message : String(error) })}\n`);
    }
  }
  return { schemaVersion: 1, benchmark: 'radiomics', quick: mode.quick, date, machine, cases: done };
}

async function main() {
  const { quick, markdown, json, asked, median, files, ...rest } = readArguments();
  const stored = files.map((path) => JSON.parse(readFileSync(path, 'utf8')));
  const run = median ? medianRun(/** @type {any} */ (stored)) : await runCases(asked, { quick, peers: rest['no-peers'] ? [] : rest.peers });
  process.stdout.write(report({ ...run, markdown }));
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(run, null, 2)}\n`);
}

await main();
