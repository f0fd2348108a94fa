// Rounds in one process: packing, hashing, gate, encoding and addition as in a study, without broker or database.
import { addFixedPoint, bytesToWords, decodeFixedPoint, draftAnswer, encodeFixedPoint, statisticWords } from '@cohortium/federation';
import { pack, unpack } from '@cohortium/kernel';
import { createGate } from '@cohortium/privacy';
import { pooledFederationOf, rowsFromTable, tableOfSites } from '@cohortium/testkit';
import { cpuMsSince, median, quantile, timeEach } from './measuring.mjs';
import { benchStudy, gatedFederation, spread, weightsOf } from './study.mjs';

/**
 * @typedef {{ name: string, value: number, unit: string, target?: string, met?: boolean, ratio?: { to: string, value: number } }} Figure
 * @typedef {{ sites: number, length: number, warmUp: number, count: number }} RoundSize
 */

/** Sends the parameters of round after round to a federation, and times each. */
function asker(/** @type {RoundSize} */ size, /** @type {ReturnType<typeof benchStudy>} */ { scope }) {
  return (/** @type {import('@cohortium/federation').Federation} */ federation) =>
    timeEach(size, (k) => federation.sum(spread, { weights: weightsOf(size.length, k) }, scope));
}

/** Milliseconds of rounds over simulated sites. */
export function gatedRounds(/** @type {RoundSize} */ size) {
  const study = benchStudy(size.sites);
  return asker(size, study)(gatedFederation(study));
}

/** @returns {Promise<Figure[]>} */
export async function roundFigures(/** @type {RoundSize & { leastPerSecond?: number }} */ { leastPerSecond, ...size }) {
  const study = benchStudy(size.sites);
  const ask = asker(size, study);
  const cpu = process.cpuUsage();
  const times = await ask(gatedFederation(study));
  const cpuMs = cpuMsSince(cpu) / (size.warmUp + size.count);
  // The same sums by the pooled twin, which neither packs nor encodes nor asks a gate.
  const pooledMs = median(await ask(pooledFederationOf(study.table)));
  const perSecond = 1000 / median(times);
  const wanted = leastPerSecond === undefined ? {} : { target: `>= ${leastPerSecond}`, met: perSecond >= leastPerSecond };
  return [
    { name: 'roundMedian', value: median(times), unit: 'ms', ratio: { to: 'pooled', value: median(times) / pooledMs } },
    { name: 'roundP05', value: quantile(times, 0.05), unit: 'ms' },
    { name: 'roundP95', value: quantile(times, 0.95), unit: 'ms' },
    { name: 'roundCpu', value: cpuMs, unit: 'ms' },
    { name: 'roundsPerSecond', value: perSecond, unit: '1/s', ...wanted },
  ];
}

/** Where the time of a round with long vectors goes, step by step, summed over the sites. @returns {Promise<Figure[]>} */
export async function stepFigures(/** @type {{ sites: number, length: number, count: number }} */ { sites, length, count }) {
  const study = benchStudy(sites);
  const all = study.scope.sites.map((site) => ({
    site,
    rows: rowsFromTable(tableOfSites(study.table, [site])),
    gate: createGate({ protocol: study.protocol, site }),
  }));
  const names = ['unpack', 'local', 'draft', 'encode', 'gate', 'add', 'decode'];
  const samples = /** @type {Record<string, number[]>} */ (Object.fromEntries(names.map((name) => [name, []])));
  for (let k = 0; k < count; k++) {
    const spent = stepsOfRound(study.scope, all, weightsOf(length, k));
    for (const name of names) samples[name].push(spent[name] ?? 0);
  }
  return names.map((name) => ({ name: `step.${name}`, value: median(samples[name]), unit: 'ms' }));
}

/** Milliseconds by step. `draft` is the whole of `draftAnswer`: local vector, encoding, and the hashes of request and release. */
function stepsOfRound(
  /** @type {import('@cohortium/federation').RosterScope} */ scope,
  /** @type {readonly { site: any, rows: any, gate: any }[]} */ sites,
  /** @type {Float64Array} */ weights,
) {
  const spent = /** @type {Record<string, number>} */ ({});
  const time = (/** @type {string} */ name, /** @type {() => any} */ action) => {
    const begun = performance.now();
    const result = action();
    spent[name] = (spent[name] ?? 0) + performance.now() - begun;
    return result;
  };
  const wire = pack({ weights });
  const past = { find: () => undefined, countInRun: () => 0, sitesOfSums: () => undefined };
  const total = new Uint32Array(statisticWords.limbs * weights.length);
  for (const { site, rows, gate } of sites) {
    const params = time('unpack', () => unpack(wire));
    const values = time('local', () => spread.local(rows, params));
    time('encode', () => encodeFixedPoint(values, statisticWords, 'tiny.spread@1'));
    const draft = time('draft', () => draftAnswer(site, rows, { query: spread, params, scope }));
    const outcome = time('gate', () => gate.decide(draft, past));
    if (outcome.state !== 'released') throw new Error(`the gate withheld: ${outcome.reason}`);
    time('add', () => {
      const words = bytesToWords(outcome.released.bytes, statisticWords, weights.length, 'tiny.spread@1', site);
      addFixedPoint(total, words, statisticWords);
    });
  }
  time('decode', () => decodeFixedPoint(total, statisticWords));
  return spent;
}

/** Seconds per round for every pair of number of sites and length, within what the memory of a small machine holds. */
export async function growth(
  /** @type {{ sites: readonly number[], lengths: readonly number[], mostWords: number }} */ { sites, lengths, mostWords },
) {
  const cells = [];
  for (const length of lengths) {
    for (const siteCount of sites) {
      const words = siteCount * length;
      if (words > mostWords) continue;
      // About equally long for every cell, at least once.
      const count = Math.max(1, Math.min(30, Math.round(2_000_000 / words)));
      const times = await gatedRounds({ sites: siteCount, length, warmUp: words > 2_000_000 ? 0 : 2, count });
      cells.push({ sites: siteCount, length, seconds: median(times) / 1000 });
      globalThis.gc?.();
    }
  }
  return cells;
}
