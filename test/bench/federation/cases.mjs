// What is measured, in full and in short (`--quick`). Each case runs in a process of its own, so that its peak of memory is its own,
// and loads only what it needs: libraries that one case loads change the speed of another.

const inProcess = () => import('./in-process.mjs');
const overNats = () => import('./over-nats.mjs');
const siteNodes = () => import('./site-nodes.mjs');
const addition = () => import('./word-addition.mjs');

/**
 * @typedef {import('./in-process.mjs').Figure} Figure
 * @typedef {{ figures?: Figure[], rss?: Record<string, number>, growth?: { sites: number, length: number, seconds: number }[] }} Outcome
 * @typedef {{ name: string, run: (quick: boolean) => Promise<Outcome> }} Case
 */

/** The targets of the project. */
const mostRoundMs = 150;
const leastRoundsPerSecond = 5;

/** @type {readonly Case[]} */
export const cases = [
  {
    name: 'wordAddition',
    run: async (quick) => {
      const { wordAddition } = await addition();
      return { figures: additionFigures(await wordAddition({ words: 1_000_000, repetitions: quick ? 10 : 25 })) };
    },
  },
  {
    name: 'rounds8InProcess',
    run: async (quick) => {
      const { roundFigures } = await inProcess();
      const size = { sites: 8, length: 200, warmUp: 30, count: quick ? 100 : 400 };
      return { figures: await roundFigures({ ...size, leastPerSecond: leastRoundsPerSecond }) };
    },
  },
  {
    name: 'rounds100InProcess',
    run: async (quick) => ({
      figures: await (await inProcess()).roundFigures({ sites: 100, length: 200, warmUp: 5, count: quick ? 20 : 100 }),
    }),
  },
  {
    name: 'millionInProcess',
    run: async (quick) => {
      const { roundFigures, stepFigures } = await inProcess();
      const length = quick ? 100_000 : 1_000_000;
      const figures = await roundFigures({ sites: 10, length, warmUp: 1, count: quick ? 3 : 5 });
      return { figures: [...figures, ...(await stepFigures({ sites: 10, length, count: 3 }))] };
    },
  },
  { name: 'growthInProcess', run: async (quick) => ({ growth: await (await inProcess()).growth(growthSize(quick)) }) },
  {
    name: 'rounds8OverNats',
    run: async (quick) =>
      (await overNats()).smallRounds({ sites: 8, length: 200, warmUp: quick ? 10 : 30, count: quick ? 50 : 200, mostMs: mostRoundMs }),
  },
  {
    name: 'millionOverNats',
    run: async (quick) =>
      (await overNats()).largeRounds({ sites: 10, length: quick ? 100_000 : 1_000_000, warmUp: 0, count: quick ? 2 : 3 }),
  },
  // In short, the start of nine processes would take longer than all the rest.
  {
    name: 'rounds8SiteNodes',
    run: async (quick) => (quick ? {} : (await siteNodes()).siteNodeRounds({ sites: 8, length: 200, warmUp: 20, count: 100 })),
  },
];

function growthSize(/** @type {boolean} */ quick) {
  const sites = [2, 5, 10, 20, 50];
  return quick
    ? { sites, lengths: [100, 1000, 10_000, 100_000], mostWords: 1_000_000 }
    : { sites, lengths: [100, 1000, 10_000, 100_000, 1_000_000], mostWords: 50_000_000 };
}

/** @returns {Figure[]} */
function additionFigures(/** @type {Record<string, number>} */ { implemented, doubleLimbs, bigUint64, float64 }) {
  const ratio = (/** @type {number} */ value) => ({ to: 'float64', value: value / float64 });
  return [
    { name: 'addition.implemented', value: implemented, unit: 'ms', ratio: ratio(implemented) },
    { name: 'addition.doubleLimbs', value: doubleLimbs, unit: 'ms', ratio: ratio(doubleLimbs) },
    { name: 'addition.bigUint64', value: bigUint64, unit: 'ms', ratio: ratio(bigUint64) },
    { name: 'addition.float64', value: float64, unit: 'ms', ratio: ratio(float64) },
  ];
}
