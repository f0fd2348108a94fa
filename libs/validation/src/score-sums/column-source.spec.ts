import { rowsFromTable } from '@cohortium/testkit';
import { describe, expect, it } from 'vitest';
import { columnSource } from './column-source.js';
import type { ColumnEntry } from './column-source.js';
import { endpointSource } from './score-source.js';
import { scoreQueries } from './score-queries.js';
import { z } from 'zod';

const rows = rowsFromTable({
  site: ['A', 'A', 'A', 'A', 'B'],
  features: {
    names: ['s', 't', 'y', 'code'],
    // One line per row.
    values: Float64Array.from([0.1, 1, 0, 0, 0.2, NaN, 1, 1, NaN, 3, 1, 2, 0.4, 4, NaN, 1, 0.5, 5, 0, 2]),
  },
  outcome: Float64Array.of(1, 0, 1, 0, 1),
});
const plain: ColumnEntry = { score: 's', outcome: 'y', event: null, missingOutcome: 'exclude', transform: 'none', needs: [], within: [] };
const scored = (change: Partial<ColumnEntry>) => columnSource.scored(rows, { entries: [{ ...plain, ...change }] })[0];
const used = (change: Partial<ColumnEntry>) => {
  const { outcome, score } = scored(change) as { outcome: Float64Array; score: Float64Array };
  return [...score.keys()].filter((i) => !Number.isNaN(score[i]) && !Number.isNaN(outcome[i]));
};

describe('columnSource', () => {
  it('leaves out rows without score or outcome, or without a column that is needed', () => {
    expect(used({})).toEqual([0, 1, 4]);
    expect(used({ needs: ['t'] })).toEqual([0, 4]);
    expect(used({ missingOutcome: 'event' })).toEqual([0, 1, 3, 4]);
    expect(scored({ missingOutcome: 'event' })?.outcome[3]).toBe(1);
    expect(scored({ missingOutcome: 'noEvent' })?.outcome[3]).toBe(0);
  });

  it('keeps to subgroups: codes, or a range with its lower end', () => {
    expect(used({ within: [{ column: 'code', codes: [1, 2] }] })).toEqual([1, 4]);
    expect(used({ within: [{ column: 't', from: 1, to: 5 }] })).toEqual([0]);
    expect(used({ within: [{ column: 't', from: null, to: null }] })).toEqual([0, 4]);
  });

  it('turns scores around, and linear predictors into probabilities', () => {
    expect(scored({ transform: 'negative' })?.score[0]).toBe(-0.1);
    expect(scored({ score: 't', transform: 'logistic' })?.score[0]).toBeCloseTo(1 / (1 + Math.exp(-1)), 15);
  });

  it('takes a value as the event, and refuses others than 0 and 1 without one', () => {
    expect([...(scored({ outcome: 'code', event: 2 })?.outcome ?? [])]).toEqual([0, 0, 1, 0, 1]);
    expect(() => scored({ outcome: 'code' })).toThrow(expect.objectContaining({ code: 'VALIDATION.NOT_BINARY' }));
    expect(() => scored({ score: 'absent' })).toThrow(expect.objectContaining({ code: 'VALIDATION.NO_COLUMN' }));
  });
});

describe('endpointSource', () => {
  it('judges the scores of a model by the endpoint of the cohort, under names of its own', () => {
    const source = endpointSource({
      prefix: 'validation.test',
      schema: z.strictObject({ shift: z.number() }),
      entryCount: () => 1,
      scoresOf: (all, { shift }) => [Float64Array.from({ length: all.rowCount }, (_, i) => (i + shift) / 10)],
    });
    const { counts, cells } = scoreQueries(source);
    expect(cells.operation).toBe('validation.test-cells');
    expect([...counts.local(rows, { source: { shift: 1 }, entryCount: 1 })]).toEqual([5, 3, 0, 0]);
  });

  it('refuses outcomes and scores that are none before anything is counted', () => {
    const broken = (score: number) =>
      endpointSource({
        prefix: 'validation.test',
        schema: z.strictObject({}),
        entryCount: () => 1,
        scoresOf: (all) => [new Float64Array(all.rowCount).fill(score)],
      });
    expect(() => scoreQueries(broken(Infinity)).counts.local(rows, { source: {}, entryCount: 1 })).toThrow(
      expect.objectContaining({ code: 'VALIDATION.BAD_SCORES' }),
    );
    expect([...scoreQueries(broken(NaN)).counts.local(rows, { source: {}, entryCount: 1 })]).toEqual([0, 0, 5, 0]);
  });
});
