// `npm run bench -- federation [--quick] [--json FILE] [--only CASE,...]`: what a federation costs beside its mathematics.
// docs/benchmarks.md says what each case includes.
import { fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { cases } from './federation/cases.mjs';
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
    const { values } = parseArgs({
      options: { quick: { type: 'boolean', default: false }, json: { type: 'string' }, only: { type: 'string' } },
    });
    const asked = values.only?.split(',') ?? names;
    if (asked.some((name) => !names.includes(name))) return usage();
    return { quick: values.quick, json: values.json, asked };
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

async function main() {
  const { quick, json, asked } = readArguments();
  const machine = describeMachine();
  const date = new Date().toISOString();
  const done = [];
  let failures = 0;
  for (const name of asked) {
    process.stderr.write(`${say('begins', { name })}\n`);
    try {
      done.push(await runCase(name, quick));
    } catch (error) {
      failures++;
      process.stderr.write(`${say('failed', { name, reason: error instanceof Error ? error.message : String(error) })}\n`);
    }
  }
  process.stdout.write(report({ machine, date, quick, cases: done }));
  if (json !== undefined)
    writeFileSync(json, `${JSON.stringify({ schemaVersion: 1, benchmark: 'federation', quick, date, machine, cases: done }, null, 2)}\n`);
  // Figures of a busy machine are no reason to fail; a case that did not run is.
  process.exitCode = failures > 0 ? 1 : 0;
}

await main();
