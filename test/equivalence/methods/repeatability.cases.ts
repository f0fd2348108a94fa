import type { SeededRandom } from '@cohortium/numerics';
import type { EquivalenceCase } from './case.js';
import type { Layout } from './tables.js';

/**
 * Repeated measurements: each participant measured by raters a, b and c, in a few cases not by all; `steady` agrees well, `noisy` does
 * not, `large` lies near 1e6, `flat` is constant, `gaps` misses cells.
 */
export function ratingTable(random: SeededRandom, { sizes }: Layout): string {
  const lines = ['id,site,rater,steady,noisy,large,flat,gaps'];
  sizes.forEach((size, s) => {
    for (let i = 0; i < size; i++) {
      const own = random.normal();
      for (const [k, rater] of ['a', 'b', 'c'].entries()) {
        if (i % 11 === 10 && k === i % 3) continue;
        const cells = [
          `P${s}-${i}`,
          `S${String(s + 1).padStart(2, '0')}`,
          rater,
          own + 0.2 * random.normal() + 0.1 * k,
          Number((own + 2 * random.normal()).toFixed(1)),
          1e6 + 1e4 * own + 3e3 * random.normal() + 1e3 * s,
          7.5,
          random.uniform() < 0.1 ? '' : own + random.normal(),
        ];
        lines.push(cells.join(','));
      }
    }
  });
  return `${lines.join('\n')}\n`;
}

const large: NonNullable<EquivalenceCase['scales']> = [[/mean_squares/, 1e9]];

/** Methods on repeated measurements. */
export const repeatabilityCases: readonly EquivalenceCase[] = [
  { method: 'icc', label: 'three raters, incomplete participants', params: { rater: 'rater' }, table: ratingTable, scales: large },
  { method: 'icc', label: 'two of them', params: { rater: 'rater', raters: ['c', 'a'], level: 0.9 }, table: ratingTable, scales: large },
  {
    method: 'agreement',
    label: 'exact ranks',
    params: { rater: 'rater', raters: ['a', 'b'] },
    table: ratingTable,
    scales: [[/ba_|within|repeat/, 1e4]],
  },
  {
    method: 'agreement',
    label: 'ranks on a grid',
    params: { rater: 'rater', raters: ['b', 'c'], exact: false },
    table: ratingTable,
    scales: [[/ba_|within|repeat/, 1e4]],
  },
];
