import { findMethod, parseMethodParams, parseTable, readMethodTable, readSummaryTable } from '@cohortium/analysis';
import { expect } from 'vitest';
import { runMethod, runWithoutSites } from '../../apps/cli/src/analyze/run-method.js';
import { referenceText } from './roc-reference.js';

/** Results of a method as tests walk through them. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- results are compared number by number with those of other programs
export type Results = any;

/** Runs a method on a reference table, over its real sites through encoding and gate. */
export async function onReference(method: string, path: readonly string[], params: object): Promise<Results> {
  const found = findMethod(method);
  const parsed = parseMethodParams(found, params);
  const categories = found.categories?.(parsed) ?? [];
  const table = readMethodTable(parseTable(referenceText(...path), path.join('/')), { id: 'id', sites: { column: 'site' }, categories });
  return (await runMethod(found, parsed, table, false)).estimates;
}

/** Runs a method on a table of site summaries. */
export async function onSummaries(method: string, path: readonly string[], params: object): Promise<Results> {
  const found = findMethod(method);
  const summaries = readSummaryTable(parseTable(referenceText(...path), path.join('/')), 'label');
  return runWithoutSites(found, parseMethodParams(found, params), summaries);
}

/** Compares numbers, also inside lists and objects, with an absolute tolerance relative to numbers above 1. Null must be null. */
export function near(found: unknown, expected: unknown, tolerance: number, where = ''): void {
  if (Array.isArray(expected)) {
    expect(Array.isArray(found) && found.length, where).toBe(expected.length);
    expected.forEach((value, k) => near((found as unknown[])[k], value, tolerance, `${where}[${k}]`));
  } else if (expected !== null && typeof expected === 'object') {
    for (const [key, value] of Object.entries(expected))
      near((found as Record<string, unknown>)?.[key], value, tolerance, `${where}.${key}`);
  } else if (typeof expected === 'number') {
    expect(typeof found, where).toBe('number');
    expect(Math.abs((found as number) - expected), `${where}: ${String(found)} for ${expected}`).toBeLessThanOrEqual(
      tolerance * Math.max(1, Math.abs(expected)),
    );
  } else expect(found, where).toBe(expected);
}
