import type { SeededRandom } from '@cohortium/numerics';

/** How a made-up table is split. */
export interface Layout {
  readonly name: string;
  /** Rows of each site. */
  readonly sizes: readonly number[];
  /** The first site has one outcome class only. */
  readonly oneClass?: boolean;
  /** The column `gaps` is missing in every row of the last site. */
  readonly missingColumn?: boolean;
}

/** Splits from 2 to 12 sites, even and 100 to 1, with a site of one class, with a column that a site does not have. */
export function layouts(random: SeededRandom): Layout[] {
  const between = (low: number, high: number) => low + Math.floor(random.uniform() * (high - low + 1));
  const many = between(7, 12);
  return [
    { name: '2 sites', sizes: [between(60, 90), between(60, 90)] },
    { name: `${many} sites`, sizes: Array.from({ length: many }, () => between(15, 40)) },
    { name: '100 : 1', sizes: [600, 6, 60] },
    { name: 'one class at a site', sizes: [25, between(50, 80), between(50, 80), between(50, 80)], oneClass: true },
    { name: 'a column missing at a site', sizes: [between(50, 70), between(50, 70), between(50, 70), 40], missingColumn: true },
  ];
}

/** Columns of {@link madeTable}. */
const header = [
  'id',
  'site',
  'x1',
  'x2',
  'x3',
  'large',
  'gaps',
  'group',
  'stage',
  'y',
  'count',
  'amount',
  'score1',
  'score2',
  'time',
  'event',
  'weight',
];

/**
 * A table for methods: `x1`..`x3` standard and correlated, `large` in raw units near 1e6, `gaps` with missing cells, categories `group`
 * (a, b, c) and `stage` (1..4), a binary outcome `y`, a `count`, a continuous `amount`, two probabilities `score1` and `score2` (with ties), `time` (with
 * ties) and `event`, positive `weight`. Sites differ in mean and spread.
 */
export function madeTable(random: SeededRandom, { sizes, oneClass, missingColumn }: Layout): string {
  const lines = [header.join(',')];
  sizes.forEach((size, s) => {
    const shift = random.normal() * 0.5;
    const spread = 0.7 + random.uniform();
    for (let i = 0; i < size; i++) {
      const common = random.normal();
      const x = [1, 2, 3].map((k) => shift + spread * (0.5 * common + random.normal() / k));
      const eta = 0.6 * (x[0] as number) - 0.4 * (x[1] as number) - 0.5;
      const y = oneClass && s === 0 ? 0 : Number(random.uniform() < 1 / (1 + Math.exp(-eta)));
      const missing = (missingColumn && s === sizes.length - 1) || random.uniform() < 0.1;
      const probability = (noise: number) => 1 / (1 + Math.exp(-(eta + noise * random.normal())));
      const cells = [
        `P${s}-${i}`,
        `S${String(s + 1).padStart(2, '0')}`,
        ...x,
        1e6 + 2e4 * random.normal() + 5e3 * s,
        missing ? '' : random.normal() * 3,
        ['a', 'b', 'c'][Math.floor(random.uniform() * 3)],
        1 + Math.floor(random.uniform() * 4),
        y,
        Math.floor(-Math.log(random.uniform()) * Math.exp(0.3 * (x[0] as number))),
        2 + (x[0] as number) - 0.5 * (x[2] as number) + random.normal(),
        Number(probability(0.5).toFixed(4)),
        Number(probability(1).toFixed(2)),
        Math.ceil(-Math.log(random.uniform()) * 40 * Math.exp(-0.4 * (x[0] as number))),
        Number(random.uniform() < 0.6),
        0.5 + random.uniform(),
      ];
      lines.push(cells.join(','));
    }
  });
  return `${lines.join('\n')}\n`;
}
