// What is measured of our own program, each in a process of its own (own.mjs).
import { computeFeatures, discretize, extract, featureFamilies, prepareRoi } from '@cohortium/radiomics';
import { peakRssMib } from '../federation/measuring.mjs';
import { lesion, lesionOf, readRegion } from './regions.mjs';
import { settingsOf } from './tasks.mjs';
import { timesOf } from './timing.mjs';

/**
 * @typedef {import('./tasks.mjs').Task} Task
 * @typedef {import('./regions.mjs').RegionFiles} RegionFiles
 */

/** Moran's I and Geary's C compare all pairs of voxels. */
const isPairs = (/** @type {{ ibsiCode: string }} */ { ibsiCode }) => ibsiCode === 'N365' || ibsiCode === 'NPT7';

/** An extraction of a region from files; reading them is not counted. */
export function extraction(/** @type {{ files: RegionFiles, task: Task, seconds: number, atLeast: number }} */ { files, task, ...much }) {
  const { image, mask } = readRegion(files);
  const settings = settingsOf(task);
  const features = extract(image, mask, settings).features.length;
  return { features, voxels: mask.voxels.reduce((sum, voxel) => sum + voxel, 0), ...timesOf(() => extract(image, mask, settings), much) };
}

/** A region after processing, and a function that computes some of its features. */
function prepared(/** @type {import('./regions.mjs').Region} */ { image, mask }) {
  const settings = /** @type {import('@cohortium/radiomics').IbsiSettings} */ (settingsOf('all'));
  const { roi, discretized } = prepareRoi(image, mask, settings);
  /** @type {import('@cohortium/radiomics').FeatureOptions} */
  const options = { aggregations: settings.aggregations, ivh: { method: 'fixedBinNumber', binCount: 1000 } };
  const voxels = roi.intensityMask.reduce((sum, voxel) => sum + voxel, 0);
  const boxVoxels = roi.intensityMask.length;
  return { voxels, boxVoxels, compute: (/** @type {object} */ some) => computeFeatures(roi, discretized, { ...options, ...some }).length };
}

/** Parts of all 174 features: each family, morphology without and with the pairs apart. @type {readonly { name: string, some: object }[]} */
const parts = [
  ...Object.keys(featureFamilies).map((name) => ({
    name,
    some: { families: [name], ...(name === 'morphology' ? { select: (/** @type {any} */ f) => !isPairs(f) } : {}) },
  })),
  { name: 'pairs', some: { families: ['morphology'], select: isPairs } },
];

/** Time of each family on the lesion, and of all of them with and without the pairs; how fast memory can be read. */
export function families(/** @type {{ side: number, seconds: number, atLeast: number }} */ { side, ...much }) {
  const { voxels, boxVoxels, compute } = prepared(lesion(side));
  const of = (/** @type {object} */ some) => timesOf(() => compute(some), much);
  return {
    voxels,
    boxVoxels,
    bytesPerSecond: streamingBandwidth(),
    withoutPairs: {
      features: compute({ select: (/** @type {any} */ f) => !isPairs(f) }),
      ...of({ select: (/** @type {any} */ f) => !isPairs(f) }),
    },
    all: { features: compute({}), ...of({}) },
    families: parts.map(({ name, some }) => ({ name, features: compute(some), ...of(some) })),
  };
}

/** Time of each family by the size of the region. */
export function growth(/** @type {{ voxels: readonly number[], seconds: number, atLeast: number }} */ { voxels: sizes, ...much }) {
  // Without it the smallest region would be measured before the engine has compiled anything.
  const { compute: warmUp } = prepared(lesionOf(Math.min(...sizes)));
  for (const { some } of parts) timesOf(() => warmUp(some), much);
  const rows = sizes.map((wanted) => {
    const { voxels, compute } = prepared(lesionOf(wanted));
    return { voxels, families: parts.map(({ name, some }) => ({ name, ...timesOf(() => compute(some), much) })) };
  });
  return { rows };
}

/** Bytes per second of reading memory that no cache holds, by summing doubles; the best of some runs. */
export function streamingBandwidth() {
  const values = new Float64Array(2 ** 24).fill(1);
  let best = 0;
  for (let run = 0; run < 8; run++) {
    const from = process.cpuUsage();
    let [a, b, c, d] = [0, 0, 0, 0];
    for (let at = 0; at < values.length; at += 4) {
      a += /** @type {number} */ (values[at]);
      b += /** @type {number} */ (values[at + 1]);
      c += /** @type {number} */ (values[at + 2]);
      d += /** @type {number} */ (values[at + 3]);
    }
    const { user, system } = process.cpuUsage(from);
    if (a + b + c + d !== values.length) throw new Error('sums differ');
    best = Math.max(best, values.byteLength / ((user + system) / 1e6));
  }
  return best;
}

/** Largest resident set of reading a region from files and extracting all features, as the command line does it. */
export async function memory(/** @type {{ files: RegionFiles }} */ { files }) {
  const { extractCase } = await import('../../../apps/cli/dist/radiomics/extract-case.js');
  const begun = performance.now();
  const document = extractCase({ ...files, label: 1 }, settingsOf('all'), { name: 'cohortium', version: '', node: process.versions.node });
  return {
    features: document.features.length,
    voxels: document.mask.voxels,
    seconds: (performance.now() - begun) / 1000,
    peakMib: peakRssMib(),
  };
}
