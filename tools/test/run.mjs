// `npm test`: everything that CI runs, in one order, with one line of counts at the end.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { run } from '../provision/processes.mjs';
import { say } from '../provision/words.mjs';

/**
 * @typedef {{ passed: number, failed: number, skipped: number, skippedNames: Record<string, string[]> }} Counts
 * @typedef {{ name: string, args: string[], vitest?: string }} Step
 */

/**
 * Runs the steps, keeps going after a failure, and prints `N passed, N failed` last. Each step that is not vitest counts as one.
 * @param {string} root the repository
 * @param {string[]} args passed to vitest; `--full` sets the sample sizes of the sweeps
 * @param {{ natsServer: string, chromium?: string | undefined, kind: 'test' | 'fault' }} options
 * @returns {Promise<number>} exit code
 */
export async function runTests(root, args, { natsServer, chromium, kind }) {
  const full = args.includes('--full');
  const rest = args.filter((arg) => arg !== '--full');
  const env = { ...testEnvironment(root, natsServer, full, kind), ...(chromium === undefined ? {} : { CHROMIUM_BIN: chromium }) };
  mkdirSync(join(root, '.cache'), { recursive: true });
  const total = { passed: 0, failed: 0, skipped: 0, /** @type {Record<string, string[]>} */ skippedNames: {} };
  /** @type {string[]} */
  const failedSteps = [];
  for (const step of kind === 'fault' ? [vitestStep(root, ['test/fault', ...rest])] : allSteps(root, rest)) {
    const counts = await runStep(root, step, env);
    total.passed += counts.passed;
    total.failed += counts.failed;
    total.skipped += counts.skipped;
    if (counts.failed > 0) failedSteps.push(step.name);
    Object.assign(total.skippedNames, counts.skippedNames);
  }
  for (const [file, names] of Object.entries(total.skippedNames))
    print(say('skippedIn', { file, count: names.length, names: names.join('; ') }));
  if (total.skipped > 0) print(say('whySkipped'));
  // Thousands of lines may lie between a failure and the end.
  if (failedSteps.length > 0) print(say('failedSteps', { names: failedSteps.join(', ') }));
  print(closingLine(total));
  return total.failed === 0 && total.passed > 0 ? 0 : 1;
}

/** `N passed, N failed` with `, N skipped` when there are: the line that CI reads. */
export function closingLine(/** @type {{ passed: number, failed: number, skipped: number }} */ { passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

function allSteps(/** @type {string} */ root, /** @type {string[]} */ vitestArgs) {
  const bin = (/** @type {string} */ path) => join(root, 'node_modules', path);
  return [
    { name: 'build', args: [bin('typescript/bin/tsc'), '-b'] },
    { name: 'types of the specs', args: [bin('typescript/bin/tsc'), '-p', 'tools/test/tsconfig.spec.json'] },
    // The rule on module boundaries reads nx's project graph from its cache and is silent without one.
    { name: 'project graph', args: [bin('nx/dist/bin/nx.js'), 'show', 'projects'] },
    { name: 'eslint', args: [bin('eslint/bin/eslint.js'), '.', '--max-warnings', '0'] },
    { name: 'prettier', args: [bin('prettier/bin/prettier.cjs'), '--check', '.', '--log-level', 'warn'] },
    { name: 'tidy', args: [join(root, 'tools/tidy/tidy.mjs')] },
    vitestStep(root, vitestArgs),
  ];
}

/** @returns {Step} */
function vitestStep(/** @type {string} */ root, /** @type {string[]} */ args) {
  const report = join(root, '.cache', 'vitest.json');
  return {
    name: 'vitest',
    args: [
      join(root, 'node_modules/vitest/vitest.mjs'),
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
      ...args,
    ],
    vitest: report,
  };
}

async function runStep(/** @type {string} */ root, /** @type {Step} */ step, /** @type {NodeJS.ProcessEnv} */ env) {
  print(say('step', { name: step.name }));
  if (step.vitest) rmSync(step.vitest, { force: true });
  const begun = Date.now();
  const code = await run(process.execPath, step.args, { cwd: root, env });
  const seconds = ((Date.now() - begun) / 1000).toFixed(1);
  print(say(code === 0 ? 'stepPassed' : 'stepFailed', { name: step.name, seconds }));
  if (!step.vitest) return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0, skippedNames: {} };
  return countTests(existsSync(step.vitest) ? readFileSync(step.vitest, 'utf8') : undefined, code, root);
}

/**
 * Counts from vitest's JSON report. A file that could not be loaded counts as one failure, and so does a run that ended badly
 * without a failed test, or without a report.
 * @param {string | undefined} report
 * @param {number} exitCode
 * @param {string} root
 * @returns {Counts}
 */
export function countTests(report, exitCode, root) {
  const counts = { passed: 0, failed: 0, skipped: 0, /** @type {Record<string, string[]>} */ skippedNames: {} };
  for (const file of report === undefined ? [] : JSON.parse(report).testResults) {
    const failedBefore = counts.failed;
    const skipped = [];
    for (const test of file.assertionResults) {
      if (test.status === 'passed') counts.passed++;
      else if (test.status === 'failed') counts.failed++;
      else skipped.push(test.title);
    }
    if (file.status === 'failed' && counts.failed === failedBefore) counts.failed++;
    counts.skipped += skipped.length;
    if (skipped.length > 0) counts.skippedNames[relative(root, file.name)] = skipped;
  }
  if (exitCode !== 0 && counts.failed === 0) counts.failed++;
  return counts;
}

/** What tests read: reference data where they are, sample sizes, the broker. Says what will be missing. */
function testEnvironment(
  /** @type {string} */ root,
  /** @type {string} */ natsServer,
  /** @type {boolean} */ full,
  /** @type {'test' | 'fault'} */ kind,
) {
  const env = { ...process.env, NATS_SERVER_BIN: natsServer };
  const beside = resolve(root, '..', 'shared', 'reference');
  if (!env.COHORTIUM_REFERENCE && existsSync(beside)) env.COHORTIUM_REFERENCE = beside;
  env.COHORTIUM_TEST_SCALE ??= full ? '10' : '1';
  // Kill tests draw this many moments for each kind of process.
  env.COHORTIUM_FAULT_MOMENTS ??= kind === 'fault' || full ? '10' : '2';
  print(env.COHORTIUM_REFERENCE ? say('reference', { path: env.COHORTIUM_REFERENCE }) : say('noReference'));
  print(say('scale', { scale: env.COHORTIUM_TEST_SCALE }));
  return env;
}

function print(/** @type {string} */ line) {
  process.stdout.write(`${line}\n`);
}
