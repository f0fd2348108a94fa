// What is measured, in full and in short (`--quick`).
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median } from '../federation/measuring.mjs';
import { inFreshProcess } from '../harness/fresh-process.mjs';
import { isAtMost } from '../harness/targets.mjs';
import { coefficientDifference, largestDifference } from './comparison.mjs';
import { crossValidation, findR, reach, writeTable } from './glmnet.mjs';
import { dealFolds, numbersOf } from './tables.mjs';

/**
 * @typedef {import('./own.mjs').Job} Job
 * @typedef {import('./own.mjs').Fit} Fit
 * @typedef {{ figure: string, value?: number, unit?: string, target?: string, met?: boolean, absent?: string, who?: string }} Row
 * @typedef {{ by: 'sites' | 'features' | 'rows', size: number, rounds: number, megabytes: number, seconds: number, cpuSeconds: number, peakMib: number }} Growth
 * @typedef {{ rows: Row[], growth?: Growth[] }} Outcome
 * @typedef {{ name: string, run: (quick: boolean) => Promise<Outcome> }} Case
 */

/** The targets of the project. */
const targets = { roundsRatio: 1.5, mostMegabytes: 5, timesGlmnet: 3 };
const folds = 10;
const megabyte = 1e6;

/** The elastic net of the targets: whole path and folds. */
const path = { alpha: 0.5, nlambda: 100, lambda_min_ratio: 0.05, tolerance: 1e-7 };
const reference = /** @type {const} */ ({ kind: 'reference' });
const made = (/** @type {{ rows?: number, features?: number, sites?: number }} */ { rows = 727, features = 504, sites = 6 }) =>
  /** @type {const} */ ({ kind: 'made', rows, features, sites, seed: 4 });

const measurements = new URL('own.mjs', import.meta.url).href;
const federated = (/** @type {Job} */ job) => /** @type {Promise<Fit>} */ (inFreshProcess(measurements, 'federated', job));

/** Figures of the sites' messages. */
function trafficRows(/** @type {Fit} */ fit, /** @type {{ all: number, largest: number }} */ down) {
  const largest = fit.upLargest / megabyte;
  return [
    { figure: 'upLargest', value: largest, unit: 'MB', ...isAtMost(largest, targets.mostMegabytes) },
    { figure: 'upAll', value: fit.up / megabyte, unit: 'MB' },
    { figure: 'downLargest', value: down.largest / megabyte, unit: 'MB' },
    { figure: 'downAll', value: down.all / megabyte, unit: 'MB' },
  ];
}

/** Rounds, bytes and exactness of a cross-validation, and the rounds of its single models from a cold start. @returns {Promise<Outcome>} */
async function rounds(/** @type {Job} */ job, /** @type {number} */ stride) {
  const fit = await federated(job);
  const down = await inFreshProcess(measurements, 'downBytes', job);
  const cold = await inFreshProcess(measurements, 'coldRounds', { ...job, lambda: fit.lambda, stride });
  const ratio = fit.rounds / cold.rounds;
  return {
    rows: [
      { figure: 'rounds', value: fit.rounds, unit: '' },
      { figure: 'coldRounds', value: cold.rounds, unit: '', who: String(cold.models) },
      { figure: 'roundsRatio', value: ratio, unit: '', ...isAtMost(ratio, targets.roundsRatio) },
      ...trafficRows(fit, down),
      { figure: 'violation', value: fit.violation, unit: '', ...isAtMost(fit.violation, job.settings.tolerance) },
      { figure: 'nonZero', value: fit.nonZero, unit: '' },
      { figure: 'seconds', value: fit.seconds, unit: 's' },
      { figure: 'cpuSeconds', value: fit.cpuSeconds, unit: 's' },
      { figure: 'peak', value: fit.peakMib, unit: 'MiB' },
    ],
  };
}

/** Ours and cv.glmnet in turns, on the same rows and folds. @returns {Promise<Outcome>} */
async function beside(/** @type {Job} */ job, /** @type {number} */ turns) {
  const numbers = numbersOf(job.data);
  const folder = mkdtempSync(join(tmpdir(), 'statistics-bench-'));
  try {
    writeTable(folder, numbers, dealFolds(numbers.rowCount, folds, 7));
    const r = findR();
    if ('absent' in r) return { rows: [...ownRows([await federated(job)]), { figure: 'glmnet', who: '', absent: r.absent }] };
    const { thresh, violation, atDefault } = reach(r, folder, numbers, job.settings);
    const [own, exact, usual] = [/** @type {Fit[]} */ ([]), /** @type {any[]} */ ([]), /** @type {any[]} */ ([])];
    for (let turn = 0; turn < turns; turn++) {
      own.push(await federated(job));
      exact.push(crossValidation(r, folder, numbers, job.settings, thresh));
      usual.push(crossValidation(r, folder, numbers, job.settings, 1e-7));
    }
    return { rows: [...ownRows(own), ...peerRows(own, exact, thresh, violation, true), ...peerRows(own, usual, 1e-7, atDefault, false)] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const medianOf = (/** @type {readonly any[]} */ fits, /** @type {string} */ key) => median(fits.map((fit) => fit[key]));

/** @returns {Row[]} */
function ownRows(/** @type {readonly Fit[]} */ own) {
  return [
    { figure: 'seconds', value: medianOf(own, 'seconds'), unit: 's' },
    { figure: 'cpuSeconds', value: medianOf(own, 'cpuSeconds'), unit: 's' },
    { figure: 'rounds', value: medianOf(own, 'rounds'), unit: '' },
    { figure: 'violation', value: medianOf(own, 'violation'), unit: '' },
    { figure: 'peak', value: medianOf(own, 'peakMib'), unit: 'MiB' },
  ];
}

/** Times, exactness and differences of a peer; only one that is as exact as ours is held to the target. @returns {Row[]} */
function peerRows(
  /** @type {readonly Fit[]} */ own,
  /** @type {readonly import('./glmnet.mjs').PeerFit[]} */ peer,
  /** @type {number} */ thresh,
  /** @type {number} */ violation,
  /** @type {boolean} */ isExact,
) {
  const [mine, theirs] = [own[0], peer[0]];
  if (!mine || !theirs) return [];
  const who = thresh.toExponential(0) === '1e-7' ? '1e-7' : thresh.toExponential(1);
  const ratio = (/** @type {'seconds' | 'cpuSeconds'} */ key) => median(own.map((fit, turn) => fit[key] / (peer[turn]?.[key] ?? NaN)));
  const seconds = ratio('seconds');
  return [
    { figure: 'glmnet', who, value: medianOf(peer, 'seconds'), unit: 's' },
    { figure: 'glmnetViolation', value: violation, unit: '' },
    { figure: 'timesGlmnet', value: seconds, unit: '', ...(isExact ? isAtMost(seconds, targets.timesGlmnet) : {}) },
    { figure: 'timesGlmnetCpu', value: ratio('cpuSeconds'), unit: '' },
    { figure: 'glmnetPeak', value: medianOf(peer, 'peakMib'), unit: 'MiB' },
    { figure: 'lambdaMin', value: Math.abs(mine.lambdaMin / theirs.lambdaMin - 1), unit: '' },
    { figure: 'cvmDifference', value: largestDifference(mine.cvm, theirs.cvm), unit: '' },
    { figure: 'coefficientDifference', value: coefficientDifference(mine, theirs), unit: '' },
  ];
}

/** @returns {Growth} */
function growthCell(/** @type {'sites' | 'features' | 'rows'} */ by, /** @type {number} */ size, /** @type {Fit} */ fit) {
  const { rounds: count, up, seconds, cpuSeconds, peakMib } = fit;
  return { by, size, rounds: count, megabytes: up / megabyte, seconds, cpuSeconds, peakMib };
}

/** The same cross-validation on more sites, features or rows. */
const growth = (
  /** @type {'sites' | 'features' | 'rows'} */ by,
  /** @type {readonly number[]} */ sizes,
  /** @type {readonly number[]} */ few,
) => ({
  name: `growth.${by}`,
  run: async (/** @type {boolean} */ quick) => {
    const cells = [];
    for (const size of quick ? few : sizes) {
      const data = made({ [by]: size });
      cells.push(growthCell(by, size, await federated({ data, settings: path, folds })));
    }
    return { rows: [], growth: cells };
  },
});

/** The penalties of a path, as a list: every model is then held to 1e-9. */
async function fixedLambda(/** @type {boolean} */ quick) {
  const { lambda } = await federated({ data: reference, settings: path, folds });
  return rounds({ data: reference, settings: { alpha: path.alpha, lambda, tolerance: 1e-9 }, folds }, quick ? 50 : 25);
}

/** Ours alone on as many features as a study may have: a peer would take longer than all the rest. @returns {Promise<Outcome>} */
async function manyFeatures(/** @type {boolean} */ quick) {
  const features = quick ? 1000 : 5000;
  const fit = await federated({ data: made({ features }), settings: path, folds });
  const largest = fit.upLargest / megabyte;
  const rows = [{ figure: 'upLargest', value: largest, unit: 'MB', ...isAtMost(largest, targets.mostMegabytes) }, ...ownRows([fit])];
  return { rows, growth: [growthCell('features', features, fit)] };
}

/** @type {readonly Case[]} */
export const cases = [
  { name: 'rounds504', run: (quick) => rounds({ data: reference, settings: path, folds }, quick ? 50 : 25) },
  { name: 'roundsFixed', run: fixedLambda },
  { name: 'besideGlmnet', run: (quick) => beside({ data: reference, settings: path, folds }, quick ? 1 : 3) },
  { name: 'fiveThousand', run: manyFeatures },
  growth('sites', [2, 3, 6, 9, 12], [2, 6]),
  growth('features', [50, 150, 500, 1500], [50, 150]),
  growth('rows', [200, 700, 2000, 5000, 10_000], [200, 700]),
];
