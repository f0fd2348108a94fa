import { describe, expect, it } from 'vitest';
import { learningErrors } from './errors.js';

// Every parameter that any of these errors takes.
const params = { column: 'column', inputs: 7, feature: 'feature', input: 'input', reason: 'reason', variable: 'variable' };
const codes = Object.keys(learningErrors.entries) as (keyof typeof learningErrors.entries)[];

describe.each(codes)('%s', (code) => {
  const error = learningErrors.error(code, params);

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
