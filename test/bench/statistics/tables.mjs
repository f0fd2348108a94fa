// The tables that are fitted: real features where the reference data lie, else made-up ones of the same shape.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CohortTable, parseTable } from '@cohortium/analysis';
import { parseSiteId } from '@cohortium/kernel';
import { SeededRandom } from '@cohortium/numerics';

/**
 * @typedef {{ source: 'duke' | 'made', names: string[], rowCount: number, values: Float64Array, outcome: Float64Array, site: string[] }} Numbers
 * `values` row-major, columns standardized.
 * @typedef {{ kind: 'reference' } | { kind: 'made', rows: number, features: number, sites: number, seed: number }} DataSpec
 * `reference`: the real table where it lies, else one of its shape.
 */

const folder = join(process.env['COHORTIUM_REFERENCE'] ?? '', 'duke-breast');

/** The numbers that are asked for. @returns {Numbers} */
export function numbersOf(/** @type {DataSpec} */ spec) {
  if (spec.kind === 'made') return madeNumbers(spec);
  return dukeNumbers() ?? madeNumbers({ rows: 727, features: 504, sites: 6, seed: 4 });
}

/** Features of 727 patients of six scanners that are exact to the last digit, missing cells at the median; null where they do not lie. */
export function dukeNumbers() {
  if (process.env['COHORTIUM_REFERENCE'] === undefined || !existsSync(join(folder, 'features.csv'))) return null;
  const read = (/** @type {string} */ file) => parseTable(readFileSync(join(folder, file), 'utf8'), file);
  const [features, clinical, dictionary] = [read('features.csv'), read('clinical.csv'), read('feature_dictionary.csv')];
  const at = (/** @type {import('@cohortium/analysis').TextTable} */ table, /** @type {string} */ name) => table.columns.indexOf(name);
  const lossless = new Set(
    dictionary.rows
      .filter((row) => String(row[at(dictionary, 'lossy')]).toLowerCase() === 'false')
      .map((row) => row[at(dictionary, 'feature')]),
  );
  const names = features.columns.filter((name) => lossless.has(name));
  const patient = new Map(clinical.rows.map((row) => [row[at(clinical, 'patient_id')], row]));
  const rowCount = features.rows.length;
  const values = new Float64Array(rowCount * names.length);
  names.forEach((name, j) => {
    const column = at(features, name);
    standardize(
      Float64Array.from(features.rows, (row) => ((row[column] ?? '') === '' || row[column] === 'NA' ? NaN : Number(row[column]))),
    ).forEach((z, i) => (values[i * names.length + j] = z));
  });
  const of = (/** @type {string} */ name) =>
    features.rows.map((row) => String(patient.get(row[at(features, 'patient_id')])?.[at(clinical, name)]));
  return /** @type {Numbers} */ ({
    source: 'duke',
    names,
    rowCount,
    values,
    outcome: Float64Array.from(of('her2'), Number),
    site: of('site'),
  });
}

/** Made-up features in correlated blocks, as radiomic ones are, an outcome that few of them explain, sites of unequal size. @returns {Numbers} */
export function madeNumbers(
  /** @type {{ rows: number, features: number, sites: number, seed: number }} */ { rows, features, sites, seed },
) {
  const random = new SeededRandom(seed);
  const values = new Float64Array(rows * features);
  const outcome = new Float64Array(rows);
  const site = [];
  const block = 12;
  for (let i = 0; i < rows; i++) {
    site.push(`S${String(1 + Math.min(sites - 1, Math.floor(sites * random.uniform() ** 1.5))).padStart(3, '0')}`);
    let eta = -1.3;
    let common = 0;
    for (let j = 0; j < features; j++) {
      if (j % block === 0) common = random.normal();
      const x = 0.8 * common + 0.6 * random.normal();
      values[i * features + j] = x;
      if (j % Math.ceil(features / 20) === 0) eta += 0.3 * x;
    }
    outcome[i] = random.uniform() < 1 / (1 + Math.exp(-eta)) ? 1 : 0;
  }
  return { source: 'made', names: Array.from({ length: features }, (_, j) => `f${j}`), rowCount: rows, values, outcome, site };
}

function standardize(/** @type {Float64Array} */ column) {
  const known = column.filter((x) => x === x).sort();
  const median = ((known[(known.length - 1) >> 1] ?? 0) + (known[known.length >> 1] ?? 0)) / 2;
  const filled = column.map((x) => (x === x ? x : median));
  const mean = filled.reduce((sum, x) => sum + x, 0) / filled.length;
  const sd = Math.sqrt(filled.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (filled.length - 1));
  return filled.map((x) => Math.max(-4, Math.min(4, (x - mean) / sd)));
}

/** Folds of equal size, dealt by a seed. */
export function dealFolds(/** @type {number} */ rows, /** @type {number} */ count, /** @type {number} */ seed) {
  const random = new SeededRandom(seed);
  const order = Array.from({ length: rows }, (_, i) => ({ i, key: random.uniform() })).sort((a, b) => a.key - b.key);
  const folds = new Float64Array(rows);
  order.forEach(({ i }, k) => (folds[i] = 1 + (k % count)));
  return folds;
}

/** Some rows of the numbers as a method reads a table. @returns {import('@cohortium/analysis').MethodTable} */
export function methodTable(
  /** @type {Numbers} */ numbers,
  /** @type {Float64Array} */ folds,
  keep = (/** @type {number} */ _row) => true,
) {
  const names = [...numbers.names, 'y', 'fold'];
  const codes = [...new Set(numbers.site)].sort();
  const sites = new Map();
  const participants = new Map();
  const p = numbers.names.length;
  for (const code of codes) {
    const rows = numbers.site.flatMap((each, row) => (each === code && keep(row) ? [row] : []));
    if (rows.length === 0) continue;
    const site = parseSiteId(code);
    const features = new Float64Array(rows.length * (p + 2));
    rows.forEach((row, i) => {
      features.set(numbers.values.subarray(row * p, (row + 1) * p), i * (p + 2));
      features[i * (p + 2) + p] = numbers.outcome[row] ?? NaN;
      features[i * (p + 2) + p + 1] = folds[row] ?? NaN;
    });
    const own = rows.map((row) => `P${row}`);
    participants.set(site, own);
    sites.set(
      site,
      new CohortTable({
        participants: own,
        featureNames: names,
        features,
        outcome: new Float64Array(rows.length),
        covariates: {},
        sites: [site],
        siteIndex: new Int32Array(rows.length),
      }),
    );
  }
  return { shape: { columns: names.map((name) => ({ name, kind: /** @type {const} */ ('number'), levels: [] })) }, sites, participants };
}
