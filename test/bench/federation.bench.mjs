// `npm run bench -- federation [--quick] [--json FILE] [--only CASE,...]`: what a federation costs beside its mathematics.
// `--median FILE ...`: the median of runs that `--json` wrote. docs/benchmarks.md says what each case includes.
import { fork } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { cases } from './federation/cases.mjs';
import { medianRun } from './federation/merge.mjs';
import { report } from './federation/report.mjs';
import { say } from './federation/words.mjs';

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
        markdown: { type: 'boolean', default: false },
        median: { type: 'boolean', default: false },
        json: { type: 'string' },
        only: { type: 'string' },
      },
    });
    const asked = values.only?.split(',') ?? names;
    if (asked.some((name) => !names.includes(name)) || values.median !== positionals.length > 0) return usage();
    return { ...values, asked, files: positionals };
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

/** Runs the cases one after the other; those that fail are told and left out. @returns {Promise<import('./federation/merge.mjs').Run>} */
async function runCases(/** @type {readonly string[]} */ names, /** @type {boolean} */ quick) {
  const machine = describeMachine();
  const date = new Date().toISOString();
  const done = [];
  for (const name of names) {
    process.stderr.write(`${say('begins', { name })}\n`);
    try {
      done.push(await runCase(name, quick));
    } catch (error) {
      // Figures of a busy machine are no reason to fail; a case that did not run is.
      process.exitCode = 1;
      process.stderr.write(`${say('failed', { name, reason: error instanceof Error ? error.message : String(error) })}\n`);
    }
  }
  return { schemaVersion: 1, benchmark: 'federation', quick, date, machine, cases: done };
}

async function main() {
  const { quick, markdown, json, asked, median, files } = readArguments();
  const stored = files.map((path) => JSON.parse(readFileSync(path, 'utf8')));
  const run = median ? medianRun(/** @type {any} */ (stored)) : await runCases(asked, quick);
  process.stdout.write(report({ ...run, markdown }));
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(run, null, 2)}\n`);
}

await main();
