import { SeededRandom } from '@cohortium/numerics';
import { describe, expect, it } from 'vitest';
import { analyzeText, near } from './regression-reference.js';

/** A table of three hospitals: two columns of numbers (one with an unusual name), a category, ordered and binary outcomes, times. */
function madeTable(): string {
  const random = new SeededRandom(3);
  const lines = ['id,hospital,"size (mm), T1",age,grade,y,answer,stage,days,died'];
  for (let i = 0; i < 150; i++) {
    const size = 20 + 8 * random.normal();
    const age = 50 + 10 * random.normal();
    const eta = (size - 20) / 10 - (age - 50) / 20;
    const y = Number(random.uniform() < 1 / (1 + Math.exp(-eta)));
    // Grade "z" is only seen where age is missing.
    const grade = i % 50 === 0 ? 'z' : 'abc'[Math.floor(random.uniform() * 3)];
    const stage = Math.min(3, Math.max(1, Math.round(2 + 0.6 * eta + 0.7 * random.normal())));
    const days = Math.ceil(-Math.log(random.uniform()) * 200 * Math.exp(-0.5 * eta));
    const cells = [
      `P${i}`,
      'ABC'[i % 3],
      size.toFixed(2),
      i % 50 === 0 ? '' : age.toFixed(1),
      grade,
      y,
      y ? 'yes' : 'no',
      stage,
      days,
      Number(i % 4 > 0),
    ];
    lines.push(cells.join(','));
  }
  return `${lines.join('\n')}\n`;
}

const table = madeTable();
const how = { site: 'hospital' };
const run = (name: string, params: object, where: object = how) => analyzeText(table, name, params, where);

describe('models by name', () => {
  it('a formula gives names as R does, listed terms their own', async () => {
    const byFormula = (await run('glm', { formula: 'y ~ `size (mm), T1` + grade + age:grade' })).estimates;
    expect(Object.keys(byFormula.coef)).toEqual([
      '(Intercept)',
      '`size (mm), T1`',
      'gradeb',
      'gradec',
      'gradea:age',
      'gradeb:age',
      'gradec:age',
    ]);
    const byTerms = (await run('glm', { outcome: 'y', terms: ['size (mm), T1', 'grade', 'grade:age'] })).estimates;
    expect(Object.keys(byTerms.coef)[1]).toBe('size (mm), T1');
    near(byTerms.coef['size (mm), T1'], byFormula.coef['`size (mm), T1`'], 1e-12, 'coef');
  });

  it('a level that no complete row has does not exist', async () => {
    const { coef, n } = (await run('glm', { formula: 'y ~ grade + age' })).estimates;
    expect(Object.keys(coef)).toEqual(['(Intercept)', 'gradeb', 'gradec', 'age']);
    expect(n).toBe(147);
    const other = (await run('glm', { formula: 'y ~ grade + age', reference: { grade: 'c' } })).estimates;
    near(other.coef.gradea, -coef.gradec, 1e-10, 'reference');
  });

  it('site effects under the name of the column, or as site', async () => {
    const named = (await run('glm', { formula: 'y ~ age + hospital' })).estimates;
    expect(Object.keys(named.coef).slice(2)).toEqual(['hospitalB', 'hospitalC']);
    const alias = (await run('glm', { formula: 'y ~ age + site' })).estimates;
    near(alias.coef.siteC, named.coef.hospitalC, 1e-12, 'site');
    const asked = (await run('glm', { outcome: 'y', terms: ['age'], site_effects: true })).estimates;
    near(asked.coef.hospitalC, named.coef.hospitalC, 1e-12, 'site_effects');
  });

  it('an outcome of words', async () => {
    const words = (await run('glm', { formula: 'answer ~ age' })).estimates;
    const numbers = (await run('glm', { formula: 'y ~ age' })).estimates;
    near(words.coef.age, numbers.coef.age, 1e-12, 'yes is the second level');
    const turned = (await run('glm', { formula: 'answer ~ age', positive: 'no' })).estimates;
    near(turned.coef.age, -numbers.coef.age, 1e-10, 'positive');
  });

  it.each([
    ['glm', { outcome: 'y', formula: 'y ~ age' }, 'not both'],
    ['glm', {}, 'needs a formula'],
    ['glm', { formula: 'y ~ age + factor(age)' }, 'category and a number'],
    ['glm', { formula: 'grade ~ age' }, 'name the level'],
    ['glm', { formula: 'y ~ age + site', loso: true }, 'site effect cannot be predicted'],
    ['glm', { formula: 'amount ~ age' }, 'amount'],
    ['glm', { formula: 'y ~ age', family: 'gaussian', firth: true }, 'does not change'],
    ['glm', { formula: 'y ~ grade', reference: { grade: 'q' } }, 'no level "q"'],
    ['multinomial', { formula: 'grade ~ age', reference_level: 'q' }, 'no level "q"'],
    ['mixed-logistic', { formula: 'y ~ age + (1 | grade)' }, 'only the site'],
    ['mixed-logistic', { formula: 'y ~ age + site' }, 'fixed and a random'],
    ['cox', { formula: 'days ~ age' }, 'Surv'],
    ['cox', { formula: 'Surv(days, died) ~ age', strata: 'none' }, 'grid'],
    ['km', { time: 'days', event: 'died' }, 'grid'],
    ['km', { time: 'days', event: 'died', grid: [10, 5] }, 'ascend'],
    ['logrank', { time: 'days', event: 'age', group: 'grade' }, 'CANNOT_FIT'],
  ])('%s %j is refused', async (name, params, reason) => {
    await expect(run(name, params)).rejects.toThrow(reason);
  });
});

describe('what stays at the sites', () => {
  it('class probabilities of ordered and unordered classes add up to 1', async () => {
    for (const name of ['ordinal', 'multinomial']) {
      const { stays } = await run(name, { formula: 'stage ~ age + `size (mm), T1`' });
      const shares = stays.get('P1') as Record<string, number>;
      near(
        ['1', '2', '3'].reduce((sum, level) => sum + (shares[level] as number), 0),
        1,
        1e-12,
        name,
      );
      expect(stays.get('P0')?.['1'], 'age is missing').toBeNaN();
    }
  });

  it('fitted values of a logistic model have the mean of the outcome, those left out do not', async () => {
    const { stays, estimates } = await run('glm', { formula: 'y ~ age', loso: true });
    const rows = [...stays.values()].filter(({ fitted }) => !Number.isNaN(fitted));
    const mean = (key: string) => rows.reduce((sum, row) => sum + (row[key] as number), 0) / rows.length;
    const events = estimates.loso.per_site.reduce((sum: number, site: { events: number }) => sum + site.events, 0);
    near(mean('fitted'), events / rows.length, 1e-10, 'fitted');
    expect(Math.abs(mean('loso_prediction') - events / rows.length)).toBeGreaterThan(1e-6);
  });

  it('linear predictors of a Cox model are centered', async () => {
    const { stays } = await run('cox', { formula: 'Surv(days, died) ~ age + `size (mm), T1`' });
    const values = [...stays.values()].map((row) => row['linear_predictor'] as number).filter((value) => !Number.isNaN(value));
    expect(values.length).toBe(147);
    near(
      values.reduce((sum, value) => sum + value, 0),
      0,
      1e-9,
      'mean',
      1,
    );
  });

  it('predictions with the intercept of the site lie between those without and the site itself', async () => {
    const { stays, estimates } = await run('mixed-logistic', { formula: 'y ~ age', ranef: true });
    expect(Object.keys(estimates.ranef)).toEqual(['A', 'B', 'C']);
    const row = stays.get('P1') as Record<string, number>;
    const shift =
      Math.log((row['fitted'] as number) / (1 - (row['fitted'] as number))) -
      Math.log((row['fitted_without_site'] as number) / (1 - (row['fitted_without_site'] as number)));
    near(shift, estimates.ranef.B, 1e-9, 'site B', 1);
  });
});

describe('survival', () => {
  it('a large lasso penalty leaves nothing, a small one nearly the fit', async () => {
    const formula = 'Surv(days, died) ~ age + `size (mm), T1`';
    const { estimates } = await run('cox', { formula, ties: 'breslow', penalty: { alpha: 1, lambda: [10, 1e-6] } });
    expect(estimates.n_nonzero).toEqual([0, 2]);
    const plain = (await run('cox', { formula, ties: 'breslow' })).estimates;
    near(estimates.path.values[0][1], plain.coef.age, 1e-3, 'age');
  });

  it('one site alone: its own baseline gives the numbers of the pooled table', async () => {
    const formula = 'Surv(days, died) ~ age';
    const own = (await run('cox', { formula }, {})).estimates;
    const pooled = (await run('cox', { formula, exact_times: true })).estimates;
    near(own.coef.age, pooled.coef.age, 1e-10, 'coef');
    near(own.concordance[0], pooled.concordance[0], 1e-12, 'concordance');
    near(own.concordance[1], pooled.concordance[1], 1e-10, 'se');
  });

  it('a grid hides what lies between its points and beyond its end', async () => {
    const { estimates } = await run('km', { time: 'days', event: 'died', grid: [100, 200], at_times: [100, 150] });
    expect(estimates.curves.map(({ time }: { time: number }) => time)).toEqual([100, 200]);
    expect(estimates.at_times[1]).toMatchObject({ survival: null, reason: 'not a point of the grid' });
    expect(estimates.beyond_grid[0]).toBeGreaterThan(0);
  });
});
