import { describe, expect, it } from 'vitest';
import { designColumns } from './design-columns.js';
import type { ColumnContent } from './design-columns.js';
import { parseFormula } from './formula.js';

const contents: Readonly<Record<string, ColumnContent>> = {
  g: { kind: 'category', levels: ['a', 'b', 'c'], codes: [0, 1, 2] },
  h: { kind: 'category', levels: ['u', 'v'], codes: [0, 1] },
  one: { kind: 'category', levels: ['only'], codes: [0] },
  site: { kind: 'site', levels: ['H1', 'H2', 'H3'] },
};

/** Names of the columns of a right-hand side, as `colnames(model.matrix(...))` of R 4.2 prints them. */
function names(formula: string, others: readonly string[] = []): string[] {
  const { columns } = designColumns(parseFormula(formula, others), ({ columns: [column = ''] }) => contents[column] ?? { kind: 'number' });
  return columns.map(({ name }) => name);
}

describe('formulas as R reads them', () => {
  it.each<[string, string[]]>([
    ['y ~ 1', ['(Intercept)']],
    ['~ x', ['(Intercept)', 'x']],
    ['x', ['(Intercept)', 'x']],
    ['y ~ x - 1', ['x']],
    ['y ~ 0 + x', ['x']],
    ['y ~ -1 + x', ['x']],
    ['y ~ x + 0 + z', ['x', 'z']],
    ['y ~ x - 1 + 1', ['(Intercept)', 'x']],
    ['y ~ x + x + (x)', ['(Intercept)', 'x']],
    ['pcr ~ hr + her2 + hr:her2 + age10', ['(Intercept)', 'hr', 'her2', 'age10', 'hr:her2']],
    ['pcr ~ hr + her2 + her2:hr', ['(Intercept)', 'hr', 'her2', 'hr:her2']],
    ['pcr ~ hr * her2', ['(Intercept)', 'hr', 'her2', 'hr:her2']],
    ['y ~ (a + b + c)^2', ['(Intercept)', 'a', 'b', 'c', 'a:b', 'a:c', 'b:c']],
    ['y ~ (a + b)^2 - a:b', ['(Intercept)', 'a', 'b']],
    ['y ~ a * b * c - a:b:c', ['(Intercept)', 'a', 'b', 'c', 'a:b', 'a:c', 'b:c']],
    ['y ~ a / b', ['(Intercept)', 'a', 'a:b']],
    ['y ~ b %in% a', ['(Intercept)', 'b:a']],
    ['y ~ a:b*c', ['(Intercept)', 'c', 'a:b', 'a:b:c']],
    ['y ~ g', ['(Intercept)', 'gb', 'gc']],
    ['y ~ g - 1', ['ga', 'gb', 'gc']],
    ['y ~ 0 + x + g + h', ['x', 'ga', 'gb', 'gc', 'hv']],
    ['y ~ g * h', ['(Intercept)', 'gb', 'gc', 'hv', 'gb:hv', 'gc:hv']],
    ['y ~ x + g:x', ['(Intercept)', 'x', 'x:gb', 'x:gc']],
    ['y ~ g:x', ['(Intercept)', 'ga:x', 'gb:x', 'gc:x']],
    ['y ~ g + g:h', ['(Intercept)', 'gb', 'gc', 'ga:hv', 'gb:hv', 'gc:hv']],
    ['y ~ x + site', ['(Intercept)', 'x', 'siteH2', 'siteH3']],
    ['y ~ one + x', ['(Intercept)', 'x']],
    ['y ~ one:x', ['(Intercept)', 'oneonly:x']],
    ['y ~ `F1_DT(T11=0.05,T12=0.1)` + `2nd map`', ['(Intercept)', '`F1_DT(T11=0.05,T12=0.1)`', '`2nd map`']],
    ['y ~ I(x^2) + I(a*b) + I((age-50)/10) + log(x)', ['(Intercept)', 'I(x^2)', 'I(a * b)', 'I((age - 50)/10)', 'log(x)']],
    ['y ~ x + offset(log_t)', ['(Intercept)', 'x']],
  ])('%s', (formula, expected) => expect(names(formula)).toEqual(expected));

  it('the dot is every other column', () => expect(names('y ~ . - b', ['a', 'b', 'c'])).toEqual(['(Intercept)', 'a', 'c']));

  it('offsets and strata are no terms', () => {
    const formula = parseFormula('Surv(t, e) ~ x + strata(race, grade) + offset(`log t`)');
    expect(formula).toMatchObject({ strata: ['race', 'grade'], offsets: ['log t'], terms: [[0]] });
  });

  it('factor(x) is a category of its own', () => {
    const formula = parseFormula('y ~ factor(grade) + x');
    expect(formula.variables[0]).toEqual({ label: 'factor(grade)', columns: ['grade'], content: 'category' });
    const { columns } = designColumns(formula, ({ content }) =>
      content === 'category' ? { kind: 'category', levels: ['1', '2'], codes: [0, 1] } : { kind: 'number' },
    );
    expect(columns.map(({ name }) => name)).toEqual(['(Intercept)', 'factor(grade)2', 'x']);
    expect(columns[1]?.factors).toEqual([{ column: 'grade', code: 1 }]);
  });

  it('arithmetic becomes factors', () => {
    const factorsOf = (term: string) => parseFormula(`y ~ ${term}`).variables[0]?.content;
    expect(factorsOf('I(x^2)')).toEqual([{ column: 'x' }, { column: 'x' }]);
    expect(factorsOf('I(a*b)')).toEqual([{ column: 'a' }, { column: 'b' }]);
    expect(factorsOf('I((age - 50)/10)')).toEqual([{ column: 'age', minus: 50, over: 10, apply: 'identity' }]);
    expect(factorsOf('I(2*x + 3)')).toEqual([{ column: 'x', minus: -1.5, over: 0.5, apply: 'identity' }]);
    expect(factorsOf('I(5 - x)')).toEqual([{ column: 'x', minus: 5, over: -1, apply: 'identity' }]);
    expect(factorsOf('log(x/100)')).toEqual([{ column: 'x', minus: 0, over: 100, apply: 'ln' }]);
    expect(factorsOf('sqrt(x + 1)')).toEqual([{ column: 'x', minus: -1, over: 1, apply: 'sqrt' }]);
  });

  it.each([
    ['y ~ x +', 'ends too early'],
    ['y ~ (x', 'not closed'],
    ['y ~ x ~ z', 'not expected'],
    ['y ~ x $ z', 'no meaning'],
    ['y ~ 2', 'only 0 and 1'],
    ['y ~ 2 * x', 'only 0 and 1'],
    ['y ~ I(x + z)', 'products and powers'],
    ['y ~ log(x * z)', 'products and powers'],
    ['y ~ I(x^9)', 'products and powers'],
    ['y ~ poly(x, 2)', 'not known'],
    ['y ~ offset(log(x))', 'name of a column'],
    ['y ~ (a + b)^9', 'whole number'],
    ['y ~ 2nd', 'not expected'],
  ])('%s is refused', (formula, reason) => expect(() => parseFormula(formula)).toThrow(reason));
});
