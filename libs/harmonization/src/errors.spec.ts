import { describe, expect, it } from 'vitest';
import { harmonizationErrors } from './errors.js';

// Every parameter that any of these errors takes.
const params = {
  actual: 7,
  batch: 'A',
  batches: '"A"',
  column: 7,
  covariate: 'age',
  covariates: '"age"',
  expected: 7,
  features: 7,
  known: '"B"',
  limit: 7,
  most: 7,
  n: 7,
  needed: 7,
  operation: 'operation',
  part: 'part',
  participants: 7,
  reason: 'reason',
  rows: 7,
  site: 'site',
  sites: 7,
};
const codes = Object.keys(harmonizationErrors.entries) as (keyof typeof harmonizationErrors.entries)[];

describe.each(codes)('%s', (code) => {
  const error = harmonizationErrors.error(code, code === 'HARMONIZATION.TOO_FEW_BATCHES' ? { ...params, batches: 1 } : params);

  it('reads in both languages, no parameter left open', () => {
    for (const language of ['en', 'zh'] as const) expect(error.render(language)).not.toMatch(/[{}]|undefined/);
    expect(error.render('en')).toMatch(/^[ -~\n]+$/);
    expect(error.render('zh')).toMatch(/[\u4e00-\u9fff]/);
  });

  it('tells the same in both: a parameter of one is one of the other', () => {
    const named = (text: { what: string; next: string }) => [...new Set(`${text.what} ${text.next}`.match(/\{\w+(?=[,}])/g))].sort();
    expect(named(error.entry.zh)).toEqual(named(error.entry.en));
  });
});
