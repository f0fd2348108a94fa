import { writeFileSync } from 'node:fs';
import { findMethod, methods, parseMethodParams, parseTable, readMethodTable } from '@cohortium/analysis';
import { SeededRandom } from '@cohortium/numerics';
import { afterAll, describe, expect, it } from 'vitest';
import { runMethod } from '../../../apps/cli/src/analyze/run-method.js';
import type { EquivalenceCase } from './case.js';
import { equivalenceCases } from './cases.js';
import { compareResults } from './compare.js';
import type { Difference } from './compare.js';
import { layouts, madeTable } from './tables.js';
import type { Layout } from './tables.js';

const seed = Number(process.env['COHORTIUM_TEST_SEED'] ?? 20261128);
const repeats = Math.max(1, Math.round(Number(process.env['COHORTIUM_TEST_SCALE'] ?? 1)));
/** File that the table of differences is written to; `npm run equivalence` sets it. */
const out = process.env['COHORTIUM_EQUIVALENCE_OUT'];

const lines: string[] = [];

/** Federated and pooled result of a case on one layout. */
async function bothWays(
  example: EquivalenceCase,
  layout: Layout,
  random: SeededRandom,
): Promise<Difference & { readonly isFitted: boolean }> {
  const csv = (example.table ?? madeTable)(random, layout);
  const method = findMethod(example.method);
  const params = parseMethodParams(method, example.params);
  const categories = method.categories?.(params) ?? [];
  const read = () => readMethodTable(parseTable(csv, 'made.csv'), { id: 'id', sites: { column: 'site' }, categories });
  const federated = await runMethod(method, params, read(), false);
  const pooled = await runMethod(method, params, read(), true);
  expect(federated.leaves.length, 'nothing left the sites').toBeGreaterThan(0);
  const isFitted = (pooled.estimates as { converged?: boolean }).converged !== false;
  return { ...compareResults(federated.estimates, pooled.estimates, example.scales), isFitted };
}

function applies({ without = [] }: EquivalenceCase, layout: Layout): boolean {
  if (without.includes('tiny') && Math.min(...layout.sizes) < 10) return false;
  return !without.some((property) => property !== 'tiny' && layout[property] === true);
}

describe(`every method, federated against pooled (seed ${seed})`, () => {
  it.each(equivalenceCases.map((example) => [`${example.method}: ${example.label}`, example] as const))('%s', async (_, example) => {
    const tolerance = example.tolerance ?? 1e-10;
    if (tolerance > 1e-10) expect(example.reason, 'a wider tolerance needs a reason').toBeTruthy();
    let worst = { largest: 0, path: '-', numbers: 0, layout: '-' };
    const fitted: boolean[] = [];
    for (let repeat = 0; repeat < repeats; repeat++) {
      const random = new SeededRandom(seed + repeat);
      for (const layout of layouts(random).filter((candidate) => applies(example, candidate))) {
        const difference = await bothWays(example, layout, random);
        fitted.push(difference.isFitted);
        expect(difference.numbers, layout.name).toBeGreaterThan(0);
        expect(difference.largest, `${layout.name}, ${difference.path}`).toBeLessThanOrEqual(tolerance);
        if (difference.largest >= worst.largest)
          worst = { ...difference, layout: layout.name, numbers: worst.numbers + difference.numbers };
        else worst.numbers += difference.numbers;
      }
    }
    // Two fits that both fail are equal too; a table may well be separated, but not most of them.
    if (example.unfitted !== true) expect(fitted.filter(Boolean).length, 'tables with a fit').toBeGreaterThan(fitted.length / 2);
    lines.push(
      `| ${example.method} | ${example.label} | ${worst.numbers} | ${worst.largest.toExponential(1)} | ${worst.layout}, \`${worst.path}\` | ${tolerance.toExponential(0)}${example.reason ? `: ${example.reason}` : ''} |`,
    );
  });

  it('covers every method of the catalogue', () => {
    const covered = new Set(equivalenceCases.map(({ method }) => method));
    const overSites = [...methods.values()].filter(({ input = 'rows' }) => input === 'rows').map(({ name }) => name);
    expect(overSites.filter((name) => !covered.has(name))).toEqual([]);
  });
});

afterAll(() => {
  if (out === undefined) return;
  const head = [
    '# Federated equals pooled',
    '',
    'Every method of `cohortium analyze`, run over simulated sites (real encoding and gate) and on the stacked table, on made-up tables: 2 to 12 sites, sizes',
    '100 : 1, a site with one outcome class, a column that a site does not have. The largest difference is |federated - pooled| / max(|pooled|, scale), where the scale is 1 unless a case',
    'states another (see `test/equivalence/methods`).',
    '',
    `Made by \`npm run equivalence\` (seed ${seed}, ${repeats} ${repeats === 1 ? 'repeat' : 'repeats'}); do not edit.`,
    '',
    '| method | case | numbers | largest difference | where | allowed |',
    '| --- | --- | ---: | ---: | --- | --- |',
  ];
  writeFileSync(out, `${[...head, ...lines].join('\n')}\n`);
});
