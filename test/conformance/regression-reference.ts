import { findMethod, parseMethodParams, parseTable, readMethodTable } from '@cohortium/analysis';
import type { StayingColumns } from '@cohortium/analysis';
import type { SiteId } from '@cohortium/kernel';
import { expect } from 'vitest';
import { runMethod } from '../../apps/cli/src/analyze/run-method.js';
import { referenceText } from './roc-reference.js';

/** A result or reference as read from JSON. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- results are compared field by field with references of many forms
export type Loose = any;

/** What `cohortium analyze` would give, and what stays, by participant. */
export interface Analysis {
  readonly estimates: Loose;
  readonly stays: ReadonlyMap<string, Readonly<Record<string, number>>>;
  /** Rounds of sums and summaries. */
  readonly rounds: number;
}

/** Where a table is split. */
export interface Split {
  readonly site?: string;
  readonly split?: readonly [number, string];
  readonly id?: string;
}

/** Runs a method on a reference table, federated over its sites. */
export async function analyzeReference(path: readonly string[], name: string, params: unknown, how: Split): Promise<Analysis> {
  return analyzeText(referenceText(...path), name, params, how);
}

/** Runs a method on a CSV, federated over its sites. */
export async function analyzeText(csv: string, name: string, params: unknown, how: Split): Promise<Analysis> {
  const method = findMethod(name);
  const parsed = parseMethodParams(method, params);
  const sites = how.site !== undefined ? { column: how.site } : how.split ? { count: how.split[0], seed: how.split[1] } : 'one';
  const table = readMethodTable(parseTable(csv, 'table.csv'), { id: how.id ?? 'id', sites, categories: method.categories?.(parsed) ?? [] });
  const { estimates, leaves, stays } = await runMethod(method, parsed, table, false);
  const byParticipant = new Map<string, Readonly<Record<string, number>>>();
  for (const [site, columns] of stays ?? new Map<SiteId, StayingColumns>()) {
    (table.participants.get(site) ?? []).forEach((participant, i) =>
      byParticipant.set(participant, Object.fromEntries(Object.entries(columns).map(([column, values]) => [column, values[i] as number]))),
    );
  }
  return { estimates, stays: byParticipant, rounds: leaves.reduce((sum, leaf) => sum + leaf.messages, 0) };
}

/** A number equals another within a tolerance relative to max(|expected|, scale). */
export function near(found: unknown, expected: unknown, tolerance: number, what: string, scale = 1e-3): void {
  if (expected === null || expected === undefined || expected === 'NA') return expect(found, what).toBeNull();
  expect(typeof found, `${what}: ${String(found)}`).toBe('number');
  const difference = Math.abs((found as number) - (expected as number)) / Math.max(Math.abs(expected as number), scale);
  expect(difference, `${what}: ${String(found)} for ${String(expected)}`).toBeLessThanOrEqual(tolerance);
}

/** All values of an object by name. */
export function nearAll(found: Loose, expected: Loose, tolerance: number, what: string, scale?: number): void {
  expect(Object.keys(found), what).toEqual(Object.keys(expected));
  for (const [key, value] of Object.entries(expected)) near(found[key], value, tolerance, `${what}.${key}`, scale);
}

/** A matrix with names. */
export function nearMatrix(found: Loose, expected: Loose, tolerance: number, what: string, scale?: number): void {
  expect(found.rows, what).toEqual(expected.rows);
  expect(found.cols, what).toEqual(expected.cols);
  expected.values.forEach((row: number[], i: number) =>
    row.forEach((value, j) => near(found.values[i][j], value, tolerance, `${what}[${i}][${j}]`, scale)),
  );
}
