// Measurements of secure aggregation, each called in a fresh process.
import { scoreWords, statisticWords, wordBytes } from '@cohortium/federation';
import { addMasked, addReply, collectSum, openSecrets, remainingMasks, unmaskRequest } from '@cohortium/privacy';
import { MaskedSites, testSum } from '@cohortium/testkit';
import { createCipheriv, randomBytes } from 'node:crypto';
import { masked, plain } from './rounds.mjs';

/** @typedef {{ figure: string, params?: Record<string, string | number>, value: number, unit: string, target?: string }} Figure */

const median = (/** @type {number[]} */ values) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** Milliseconds of CPU of this process. */
function cpuMs(/** @type {() => void} */ work) {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** One site of a harness, its CPU by step; the others only serve it. */
export function siteCost(/** @type {{ sites: number, length: number, rounds: number, sets: number }} */ { sites, length, rounds, sets }) {
  const harness = new MaskedSites({ siteCount: sites, setCount: sets });
  const keys = cpuMs(() => void harness.ready()) / sites;
  const [id = /** @type {any} */ (''), ...others] = harness.ids;
  const costs = { mask: /** @type {number[]} */ ([]), unmask: /** @type {number[]} */ ([]), open: /** @type {number[]} */ ([]) };
  const vector = wordBytes(new Uint32Array(2 * length));
  for (let round = 1; round <= rounds; round++) {
    const sum = testSum({ set: round, round, length });
    let state = collectSum(sum);
    const add = (/** @type {any} */ site, /** @type {any} */ sent) =>
      (state = addMasked(harness.collected, state, sent.statement, sent.frame, harness.roster));
    /** @type {any} */
    let own;
    costs.mask.push(cpuMs(() => (own = harness.mask(id, sum, vector))));
    add(id, own);
    for (const other of others) add(other, harness.mask(other, sum, vector));
    const request = unmaskRequest(harness.collected, state);
    const replies = [id, ...others].map((site) => {
      /** @type {any} */
      let reply;
      const cost = cpuMs(() => (reply = harness.unmask(site, request)));
      if (site === id) costs.unmask.push(cost);
      return reply;
    });
    for (const reply of replies) state = addReply(harness.collected, state, reply, harness.roster);
    costs.open.push(cpuMs(() => void remainingMasks(harness.collected, state, openSecrets(harness.collected, state))));
  }
  const stream = cpuMs(() => {
    for (let i = 0; i < sites; i++) createCipheriv('aes-256-ctr', randomBytes(32), Buffer.alloc(16)).update(Buffer.alloc(8 * length));
  });
  return { mask: median(costs.mask), unmask: median(costs.unmask), open: median(costs.open), keys: keys / sets, stream, rss: peakMib() };
}

/** Whole rounds in one process, with and without masks, in turns. */
export async function roundCost(/** @type {{ sites: number, length: number, rounds: number, words: 'score' | 'statistic' }} */ size) {
  const words = size.words === 'score' ? scoreWords : statisticWords;
  const [without, withMasks] = [plain({ ...size, words }), masked({ ...size, words })];
  const times = { plain: /** @type {number[]} */ ([]), masked: /** @type {number[]} */ ([]) };
  for (let round = 0; round <= size.rounds; round++) {
    for (const [name, ask] of /** @type {const} */ ([
      ['plain', without],
      ['masked', withMasks],
    ])) {
      const startMs = performance.now();
      await ask();
      // The first one makes keys and compiles.
      if (round > 0) times[name].push(performance.now() - startMs);
    }
  }
  return { plain: median(times.plain), masked: median(times.masked), rss: peakMib() };
}

function peakMib() {
  return process.resourceUsage().maxRSS / 1024;
}
