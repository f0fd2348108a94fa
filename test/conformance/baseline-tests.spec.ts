import { findMethod, parseMethodParams, parseTable, readMethodTable } from '@cohortium/analysis';
import type { Json } from '@cohortium/kernel';
import { describe, expect, it } from 'vitest';
import { runMethod } from '../../apps/cli/src/analyze/run-method.js';
import { referenceFolder, referenceText, warnIfAbsent } from './roc-reference.js';

// Tests of a baseline table by R 4.2.2 (package stats) on six hospitals, by HER-2 status and by hospital.
warnIfAbsent('baseline-tests');

/**
 * Relative. Statistics and p values are closed forms of sums and ranks; the smallest p values (1e-44) have lost a few digits in R's and
 * in our tails. fisher_or is the odds ratio where R's root search stops, which ours retraces; R's FEXACT gives its p to about 1e-7 of
 * log probabilities near ties, which this table does not have.
 */
const tolerance = 1e-8;

/** Every number of `expected` that differs from the one in the same place of `found`, and how many were compared. */
function differences(found: Json | undefined, expected: Json, path: string): { worse: string[]; numbers: number } {
  if (typeof expected === 'number') {
    const isClose = typeof found === 'number' && Math.abs(found - expected) <= tolerance * Math.abs(expected);
    return { worse: isClose ? [] : [`${path}: ${String(found)} is not ${expected}`], numbers: 1 };
  }
  if (expected !== null && typeof expected === 'object') {
    const parts = Object.entries(expected).map(([key, value]) =>
      differences((found as Record<string, Json> | null | undefined)?.[key], value as Json, `${path}.${key}`),
    );
    return { worse: parts.flatMap(({ worse }) => worse), numbers: parts.reduce((sum, { numbers }) => sum + numbers, 0) };
  }
  return { worse: found === expected ? [] : [`${path}: ${JSON.stringify(found)} is not ${JSON.stringify(expected)}`], numbers: 0 };
}

describe.skipIf(!referenceFolder)('baseline tests of the Duke reference, federated over its hospitals', () => {
  it('equal R in every number', async () => {
    const expected = JSON.parse(referenceText('baseline-tests', 'duke', 'baseline_tests.json')) as Record<string, Json>;
    const method = findMethod('baseline-tests');
    const params = parseMethodParams(method, { outcome: 'her2', categorical: ['er', 'menopause', 'stage_t', 'multifocal'] });
    const table = readMethodTable(parseTable(referenceText('baseline-tests', 'duke', 'input.csv'), 'input.csv'), {
      id: 'id',
      sites: { column: 'site' },
      categories: method.categories?.(params) ?? [],
    });
    const { estimates } = await runMethod(method, params, table, false);
    const { title: _, engine: __, outcome: ___, ...numbers } = expected;
    const { worse, numbers: count } = differences(estimates, numbers as Json, 'estimates');
    expect(worse).toEqual([]);
    expect(count).toBe(494);
  });
});
