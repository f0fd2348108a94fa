// What is measured, in full and in short (`--quick`).
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAtLeast, isAtMost } from '../harness/targets.mjs';
import { batches } from './batches.mjs';
import { measureOwn } from './own.mjs';
import { measurePeer, peers } from './peers.mjs';
import { baselineFiles, largeRegion, lesion, readRegion, referenceFolder, writeRegion } from './regions.mjs';
import { exponentOf } from './timing.mjs';

/**
 * @typedef {import('./tasks.mjs').Task} Task
 * @typedef {{ figure: string, who?: string, cpuMs?: number, wallMs?: number, firstMs?: number, features?: number, value?: number, unit?: string,
 *   times?: number, target?: string, met?: boolean, absent?: string }} Row
 * @typedef {{ rows: Row[], columns?: 'times' | 'growth', growth?: { name: string, ms: number[], exponent: number, met: boolean }[], sizes?: number[] }} Outcome
 * @typedef {{ quick: boolean, peers: readonly string[], folder: string }} Mode
 * @typedef {{ name: string, run: (mode: Mode) => Promise<Outcome> }} Case
 */

/** The targets of the project. */
const targets = { timesPyradiomics: 10, mostMs: 500, mostPairsMs: 500, mostExponent: 1.15, mostMib: 1024, leastSpeedup: 1.7 };

/** We and the peers on one region, in turn; the better of the turns counts for each. @returns {Promise<Outcome>} */
async function compare(
  /** @type {Mode} */ { quick, peers: wanted },
  /** @type {import('./regions.mjs').RegionFiles} */ files,
  /** @type {Task} */ task,
  /** @type {{ timesPyradiomics?: number }} */ target,
) {
  // The engine compiles the long way through all filters only after some hundred calls; the peers are compiled already.
  const asked = { files, task, seconds: quick ? 1 : 6, atLeast: quick ? 3 : 9 };
  const turns = quick ? 1 : 2;
  const measured = peers.filter(({ name, tasks }) => tasks.includes(task) && wanted.includes(name.toLowerCase()));
  /** @type {any} */
  let own;
  /** @type {Map<string, any>} */
  const found = new Map();
  for (let turn = 0; turn < turns; turn++) {
    own = better(own, await measureOwn('extraction', asked));
    for (const peer of measured) {
      if ('absent' in (found.get(peer.name) ?? {})) continue;
      const job = { ...files, task, seconds: quick ? 1 : 4, atLeast: 3, timeoutMs: 20 * 60_000 };
      found.set(peer.name, better(found.get(peer.name), measurePeer(peer, job)));
    }
  }
  /** @type {Row[]} */
  const rows = [{ figure: 'own', ...own }];
  for (const peer of measured) {
    const times = found.get(peer.name);
    if ('absent' in times) rows.push({ figure: 'peer', who: peer.name, absent: times.absent });
    else {
      const ratio = times.cpuMs / own.cpuMs;
      const least = peer.name === 'PyRadiomics' ? target.timesPyradiomics : undefined;
      rows.push({
        figure: 'peer',
        who: `${peer.name} ${times.version}`,
        ...times,
        times: ratio,
        ...(least ? isAtLeast(ratio, least) : {}),
      });
    }
  }
  return { rows, columns: 'times' };
}

/** The outcome with less CPU per call. */
function better(/** @type {any} */ a, /** @type {any} */ b) {
  return a === undefined || 'absent' in b || b.cpuMs < a.cpuMs ? b : a;
}

/** A comparison on a case of PyRadiomics' own data. @returns {Case} */
function baseline(/** @type {string} */ name, /** @type {string} */ region, /** @type {Task} */ task) {
  return {
    name,
    run: async (mode) => {
      const files = baselineFiles(region);
      if (files === undefined) return { rows: [{ figure: 'own', absent: `COHORTIUM_REFERENCE: ${referenceFolder}` }] };
      // Peers read NIfTI, some of them nothing else.
      const same = writeRegion(mode.folder, region, readRegion(files));
      return compare(mode, same, task, { timesPyradiomics: targets.timesPyradiomics });
    },
  };
}

/** All 174 features: the peers, the pairs apart, each family and its distance from the speed of memory. @returns {Promise<Outcome>} */
async function allFeatures(/** @type {Mode} */ mode) {
  const side = mode.quick ? 32 : 64;
  const files = writeRegion(mode.folder, `lesion-${side}`, lesion(side));
  const compared = await compare(mode, files, 'all', {});
  const measured = await measureOwn('families', { side, seconds: mode.quick ? 0.3 : 2, atLeast: 5 });
  const { withoutPairs, families, voxels, boxVoxels, bytesPerSecond } = measured;
  const pairs = families.find((/** @type {{ name: string }} */ { name }) => name === 'pairs');
  /** @type {Row[]} */
  const rows = [
    ...compared.rows,
    { figure: 'withoutPairs', ...withoutPairs, ...isAtMost(withoutPairs.cpuMs, targets.mostMs) },
    { figure: 'pairs', ...pairs, ...isAtMost(pairs.cpuMs, targets.mostPairsMs) },
    ...families
      .filter((/** @type {{ name: string }} */ { name }) => name !== 'pairs')
      .map((/** @type {any} */ { name, ...times }) => ({
        figure: `family.${name}`,
        ...times,
        value: times.leastCpuMs / 1000 / ((boxVoxels * bytesPerVoxel(name)) / bytesPerSecond),
        unit: 'timesMemory',
      })),
    { figure: 'bandwidth', value: bytesPerSecond / 1e9, unit: 'GB/s' },
    { figure: 'voxels', value: voxels, unit: '' },
  ];
  return { rows, columns: 'times' };
}

/** Bytes of a box voxel that a family has to read at least once: its mask, its intensity (8 bytes) or its gray level (2 bytes). */
function bytesPerVoxel(/** @type {string} */ family) {
  if (family === 'morphology') return 1;
  return ['localIntensity', 'intensityStatistics', 'intensityVolumeHistogram'].includes(family) ? 9 : 2;
}

/** Time by the size of the region, and the exponent of the power law through it. @returns {Promise<Outcome>} */
async function growth(/** @type {Mode} */ { quick }) {
  const wanted = quick ? [10_000, 30_000, 100_000] : [10_000, 30_000, 100_000, 300_000, 1_000_000];
  const { rows } = await measureOwn('growth', { voxels: wanted, seconds: quick ? 0.2 : 1, atLeast: 3 });
  const sizes = rows.map((/** @type {{ voxels: number }} */ { voxels }) => voxels);
  const names = rows[0].families.map((/** @type {{ name: string }} */ { name }) => name);
  const lines = names.map((/** @type {string} */ name, /** @type {number} */ f) => {
    const ms = rows.map((/** @type {any} */ row) => row.families[f].leastCpuMs);
    const exponent = exponentOf(sizes.map((/** @type {number} */ x, /** @type {number} */ r) => ({ x, y: ms[r] })));
    return { name, ms, exponent, met: exponent <= targets.mostExponent };
  });
  const worst = Math.max(...lines.map((/** @type {{ exponent: number }} */ { exponent }) => exponent));
  return { rows: [{ figure: 'exponent', value: worst, unit: '', ...isAtMost(worst, targets.mostExponent) }], growth: lines, sizes };
}

/** Peak of memory of a whole extraction from files. @returns {Promise<Outcome>} */
async function memory(/** @type {Mode} */ { quick, folder }) {
  const size = /** @type {const} */ (quick ? [256, 256, 100] : [512, 512, 200]);
  const files = writeRegion(folder, 'large', largeRegion(size, 100_000));
  const { peakMib, seconds, voxels, features } = await measureOwn('memory', { files });
  return {
    rows: [
      { figure: 'peak', value: peakMib, unit: 'MiB', features, ...isAtMost(peakMib, targets.mostMib) },
      { figure: 'seconds', value: seconds, unit: 's' },
      { figure: 'voxels', value: voxels, unit: '' },
    ],
  };
}

/** A list of cases with one worker and with two, through the command line; as long as that of a cohort, since each thread compiles for itself. @returns {Promise<Outcome>} */
async function workers(/** @type {Mode} */ { quick, folder }) {
  const files = writeRegion(folder, 'lesion-48', lesion(48));
  const { one, two } = batches({ folder, files, cases: quick ? 8 : 384, turns: quick ? 1 : 2 });
  const speedup = one / two;
  return {
    rows: [
      { figure: 'oneWorker', value: one, unit: 's' },
      { figure: 'twoWorkers', value: two, unit: 's' },
      { figure: 'speedup', value: speedup, unit: '', ...isAtLeast(speedup, targets.leastSpeedup) },
    ],
  };
}

/** @type {readonly Case[]} */
export const cases = [
  baseline('defaultBreast1', 'breast1', 'default'),
  baseline('defaultBrain1', 'brain1', 'default'),
  { name: 'all174', run: allFeatures },
  baseline('filteredBreast1', 'breast1', 'filtered'),
  baseline('filteredBrain1', 'brain1', 'filtered'),
  { name: 'growth', run: growth },
  { name: 'memory', run: memory },
  { name: 'workers', run: workers },
];

/** Runs a case with a folder of its own. @returns {Promise<Outcome>} */
export async function runCase(/** @type {Case} */ { run }, /** @type {Omit<Mode, 'folder'>} */ mode) {
  const folder = mkdtempSync(join(tmpdir(), 'radiomics-bench-'));
  try {
    return await run({ ...mode, folder });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
