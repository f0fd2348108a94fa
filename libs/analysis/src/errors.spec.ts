import { describe, expect, it } from 'vitest';
import { analysisErrors } from './errors.js';

// Every parameter that any of these errors takes.
const params = {
  model: 'model',
  name: 'name',
  known: 'known',
  other: 'other',
  path: 'path',
  position: 7,
  participants: 7,
  sites: 7,
  allowed: 7,
  column: 'column',
  constant: 7,
  difference: 7,
  eligible: 7,
  excluded: 'excluded',
  file: 'file',
  first: 7,
  line: 7,
  missing: 7,
  needed: 7,
  reason: 'reason',
  rule: 'rule',
  second: 7,
};
const codes = Object.keys(analysisErrors.entries) as (keyof typeof analysisErrors.entries)[];

describe.each(codes)('%s', (code) => {
  const error = analysisErrors.error(code, params);

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
