import { describe, expect, it } from 'vitest';
import { federationErrors } from './errors.js';

// Every parameter that any of these errors takes.
const params = {
  actual: 7,
  bits: 7,
  expected: 7,
  flaw: 'flaw',
  index: 7,
  operation: 'operation',
  path: 'path',
  reason: 'reason',
  round: 7,
  site: 'site',
};
const codes = Object.keys(federationErrors.entries) as (keyof typeof federationErrors.entries)[];

describe.each(codes)('%s', (code) => {
  const error = federationErrors.error(code, params);

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
