// What is measured, in full and in short (`--quick`).
import { inFreshProcess } from '../harness/fresh-process.mjs';

/**
 * @typedef {import('./measure.mjs').Figure} Figure
 * @typedef {{ name: string, length?: number, run: (quick: boolean) => Promise<Figure[]> }} Case
 */

const module = new URL('measure.mjs', import.meta.url).href;
const broker = new URL('over-broker.mjs', import.meta.url).href;
const million = (/** @type {boolean} */ quick) => (quick ? 100_000 : 1_000_000);

/** The targets of the project: seconds of site CPU for 10 sites x 10^6 words, and the ratio to a plain sum. */
const mostSiteSeconds = 0.25;
const mostRatio = 3;

/** @type {readonly Case[]} */
export const cases = [
  {
    name: 'siteMillion',
    run: async (quick) => {
      const sets = 32;
      const cost = await inFreshProcess(module, 'siteCost', { sites: 10, length: million(quick), rounds: quick ? 3 : 5, sets });
      const whole = (cost.mask + cost.unmask + cost.keys) / 1000;
      return [
        { figure: 'site.cpu', value: whole, unit: 's', target: `<= ${mostSiteSeconds}` },
        { figure: 'mask.cpu', value: cost.mask, unit: 'ms' },
        { figure: 'stream.cpu', value: cost.stream, unit: 'ms' },
        { figure: 'unmask.cpu', value: cost.unmask, unit: 'ms' },
        { figure: 'keys.cpu', params: { sets }, value: cost.keys, unit: 'ms' },
        { figure: 'open.cpu', value: cost.open, unit: 'ms' },
        { figure: 'rss.thisProcess', value: cost.rss, unit: 'MiB' },
      ];
    },
  },
  {
    name: 'overBroker',
    run: async (quick) => {
      const size = { sites: 10, length: million(quick), rounds: quick ? 3 : 5 };
      return ratio(await inFreshProcess(broker, 'brokerRounds', size), size.sites, mostRatio);
    },
  },
  { name: 'oneProcess', run: (quick) => rounds({ sites: 10, length: million(quick), rounds: quick ? 3 : 5, words: 'score' }) },
  { name: 'hundredSites', run: (quick) => rounds({ sites: 100, length: quick ? 10_000 : 100_000, rounds: quick ? 1 : 3, words: 'score' }) },
  { name: 'smallRounds', run: (quick) => rounds({ sites: 8, length: 200, rounds: quick ? 10 : 30, words: 'statistic' }) },
  { name: 'growth', run: growth },
];

async function rounds(/** @type {{ sites: number, length: number, rounds: number, words: string }} */ size) {
  return ratio(await inFreshProcess(module, 'roundCost', size), size.sites);
}

function ratio(
  /** @type {{ plain: number, masked: number, rss: number }} */ cost,
  /** @type {number} */ sites,
  /** @type {number=} */ most,
) {
  /** @type {Figure[]} */
  const figures = [
    { figure: 'round.plain', value: cost.plain, unit: 'ms' },
    { figure: 'round.masked', value: cost.masked, unit: 'ms' },
    { figure: 'round.ratio', value: cost.masked / cost.plain, unit: '', ...(most === undefined ? {} : { target: `<= ${most}` }) },
    { figure: 'round.perSite', value: cost.masked / sites, unit: 'ms' },
    { figure: 'rss.thisProcess', value: cost.rss, unit: 'MiB' },
  ];
  return figures;
}

async function growth(/** @type {boolean} */ quick) {
  const sizes = quick ? [3, 10] : [3, 10, 20, 50];
  const lengths = quick ? [1000, 100_000] : [1000, 100_000, 1_000_000];
  /** @type {Figure[]} */
  const figures = [];
  const cpu = new Map();
  for (const sites of sizes) {
    for (const length of lengths) {
      if (sites * length > 20_000_000) continue;
      const cost = await inFreshProcess(module, 'siteCost', { sites, length, rounds: 2, sets: 2 });
      const value = cost.mask + cost.unmask;
      cpu.set(`${sites} ${length}`, value);
      figures.push({ figure: 'growth.at', params: { sites, length }, value, unit: 'ms' });
    }
  }
  const longest = Math.max(...lengths);
  const slope = (cpu.get(`10 ${longest}`) - cpu.get(`3 ${longest}`)) / 7 / (longest / 1e6);
  return [...figures, /** @type {Figure} */ ({ figure: 'growth.perSite', value: slope, unit: 'ms' })];
}
