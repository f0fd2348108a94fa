// Our side: `glmnet` over simulated sites, through encoding and gate, without masking. Each function runs in a process of its own.
import { CohortTable, findMethod, parseMethodParams } from '@cohortium/analysis';
import { PooledFederation } from '@cohortium/federation';
import { pack } from '@cohortium/kernel';
import { runMethod } from '../../../apps/cli/dist/analyze/run-method.js';
import { cpuMsSince, peakRssMib } from '../federation/measuring.mjs';
import { dealFolds, methodTable, numbersOf } from './tables.mjs';

/**
 * @typedef {import('@cohortium/analysis').MethodTable} MethodTable
 * @typedef {{ alpha: number, nlambda?: number, lambda_min_ratio?: number, lambda?: readonly number[], tolerance: number }} Settings
 * @typedef {{ data: import('./tables.mjs').DataSpec, settings: Settings, folds: number }} Job
 * @typedef {{ intercept: number, terms: Record<string, number> }} Model
 * @typedef {{ seconds: number, cpuSeconds: number, rounds: number, up: number, upLargest: number, violation: number, peakMib: number,
 *   lambda: number[], names: string[], models: Model[], cvm: number[], lambdaMin: number, lambda1se: number, nonZero: number }} Fit
 */

const method = /** @type {import('@cohortium/analysis').AnyMethod} */ (findMethod('glmnet'));

function parsed(/** @type {readonly string[]} */ features, /** @type {Settings} */ settings, folds = 0) {
  const cv = folds === 0 ? {} : { cv: { foldid: 'fold', folds } };
  return parseMethodParams(method, { outcome: 'y', features, coefficients: 'sparse', ...settings, ...cv });
}

function prepare(/** @type {Job} */ { data, folds }, keep = (/** @type {number} */ _fold) => true) {
  const numbers = numbersOf(data);
  const dealt = dealFolds(numbers.rowCount, folds, 7);
  return { names: numbers.names, table: methodTable(numbers, dealt, (row) => keep(dealt[row] ?? NaN)) };
}

/** A cross-validation over the sites. @returns {Promise<Fit>} */
export async function federated(/** @type {Job} */ job) {
  const { names, table } = prepare(job);
  const params = parsed(names, job.settings, job.folds);
  const cpu = process.cpuUsage();
  const begun = performance.now();
  const { estimates, leaves } = await runMethod(method, params, table, false);
  const seconds = (performance.now() - begun) / 1000;
  const found = /** @type {any} */ (estimates);
  return {
    seconds,
    cpuSeconds: cpuMsSince(cpu) / 1000,
    rounds: found.rounds,
    up: leaves.reduce((sum, leaf) => sum + leaf.bytes, 0),
    upLargest: Math.max(...leaves.map((leaf) => leaf.largestBytes)),
    violation: found.violation,
    peakMib: peakRssMib(),
    lambda: found.lambda,
    names: [...names],
    models: found.coef,
    cvm: found.cv.cvm,
    lambdaMin: found.cv.lambda_min,
    lambda1se: found.cv.lambda_1se,
    nonZero: Math.max(...found.n_nonzero),
  };
}

/** A federation of all rows, which counts sums and the bytes of their parameters: the rounds are those of any federation. */
function counting(/** @type {MethodTable} */ table) {
  const rows = CohortTable.stack([...table.sites.values()]);
  const inner = new PooledFederation(() => rows);
  const down = { all: 0, largest: 0 };
  /** @type {import('@cohortium/federation').Federation} */
  const federation = {
    sum: (query, params, scope) => {
      const { length } = pack(params);
      down.largest = Math.max(down.largest, length);
      down.all += length;
      return inner.sum(query, params, scope);
    },
    summaries: (query, params, scope) => inner.summaries(query, params, scope),
  };
  const scope = { name: /** @type {const} */ ('training'), sites: [...table.sites.keys()] };
  return { down, run: (/** @type {unknown} */ params) => method.run({ federation, scope, table: table.shape }, params) };
}

/** Bytes of the parameters that each site receives: of all rounds, and of the largest. */
export async function downBytes(/** @type {Job} */ job) {
  const { names, table } = prepare(job);
  const { run, down } = counting(table);
  await run(parsed(names, job.settings, job.folds));
  return down;
}

/**
 * Rounds of single models, each fitted alone from the start: on all rows at every penalty, and on the rows outside each fold at every `stride`-th
 * and the smallest.
 */
export async function coldRounds(/** @type {Job & { lambda: readonly number[], stride: number }} */ { lambda, stride, ...job }) {
  const counts = [];
  for (let leftOut = 0; leftOut <= job.folds; leftOut++) {
    const { names, table } = prepare(job, (fold) => fold !== leftOut);
    const { run } = counting(table);
    const last = lambda.length - 1;
    for (let at = 0; at <= last; at++) {
      if (leftOut > 0 && at % stride > 0 && at < last) continue;
      const { alpha, tolerance } = job.settings;
      const { rounds } = /** @type {any} */ (await run(parsed(names, { alpha, tolerance, lambda: [/** @type {number} */ (lambda[at])] })));
      counts.push({ leftOut, at, rounds });
    }
  }
  const slowest = counts.reduce((worst, each) => (each.rounds > worst.rounds ? each : worst));
  return { models: counts.length, ...slowest };
}
