import { describe, expect, it } from 'vitest';
import { statisticsErrors } from './errors.js';

// Every parameter that any of these errors takes.
const params = {
  at: 3,
  column: 'column',
  formula: 'y ~ x',
  model: 'model',
  operation: 'operation',
  reason: 'reason',
  rounds: 7,
  step: 7,
  系数数量超过方案允许的每名参与者上限: '系数数量超过方案允许的每名参与者上限',
};
const codes = Object.keys(statisticsErrors.entries) as (keyof typeof statisticsErrors.entries)[];

describe.each(codes)('%s', (code) => {
  const error = statisticsErrors.error(code, params);

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
