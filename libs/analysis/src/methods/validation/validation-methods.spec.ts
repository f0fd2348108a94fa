import { describe, expect, it } from 'vitest';
import { PooledFederation } from '@cohortium/federation';
import type { Json } from '@cohortium/kernel';
import { CohortTable } from '../../cohort/cohort-table.js';
import { parseTable } from '../../cohort/table.js';
import { readMethodTable } from '../method-table.js';
import { methodParamsSchema, parseMethodParams } from '../params.js';
import { readSummaryTable } from '../summary-table.js';
import { validationMethods } from './validation-methods.js';

const byName = new Map(validationMethods.map((method) => [method.name, method]));

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests walk through results
async function run(name: string, params: object, csv = ''): Promise<any> {
  const method = byName.get(name);
  if (!method) throw new Error(`no method ${name}`);
  const parsed = parseMethodParams(method, params);
  if (method.input !== undefined) {
    const federation = new PooledFederation(() => {
      throw new Error('no rows');
    });
    const summaries = csv === '' ? {} : { summaries: readSummaryTable(parseTable(csv, 'x.csv'), 'label') };
    return method.run({ federation, scope: { name: 'training', sites: [] }, table: { columns: [] }, ...summaries }, parsed);
  }
  const table = readMethodTable(parseTable(csv, 'x.csv'), {
    id: 'id',
    sites: { column: 'site' },
    categories: method.categories?.(parsed) ?? [],
  });
  const federation = new PooledFederation((sites) => CohortTable.stack(sites.map((site) => table.sites.get(site) as CohortTable)));
  return method.run({ federation, scope: { name: 'training', sites: [...table.sites.keys()] }, table: table.shape }, parsed);
}

const rows = Array.from({ length: 60 }, (_, i) => [
  `p${i}`,
  `S${i % 3}`,
  i % 4 === 0 ? 'pos' : 'neg',
  i % 4 === 0 ? 1 : 0,
  ((i * 7) % 60) / 61 + 0.005,
  ((i * 11) % 60) / 61 + 0.005,
  i % 2 ? 'x' : 'y',
]);
const csv = `id,site,her2 (IHC),y,"score, one",b,group\n${rows.map(([id, site, her2, y, a, b, group]) => [id, site, her2, y, a, b, group].join(',')).join('\n')}\n`;

/** Every property of a JSON Schema, by path, that has no description. */
function undescribed(schema: Json, path = ''): string[] {
  if (schema === null || typeof schema !== 'object' || Array.isArray(schema)) return [];
  const { properties } = schema as { properties?: Record<string, { description?: string }> };
  return Object.entries(properties ?? {}).flatMap(([key, value]) => (value.description ? [] : [`${path}${key}`]));
}

describe('methods of validation', () => {
  it.each([...byName.keys()])('%s: every parameter is described, and its definition says something', (name) => {
    const method = byName.get(name);
    if (!method) throw new Error(name);
    expect(undescribed(methodParamsSchema(method))).toEqual([]);
    expect(method.input !== undefined ? method.leaves : method.leaves.length > 0).toEqual(method.input !== undefined ? [] : true);
  });

  it('names of columns may hold spaces, commas and brackets; two levels need no event', async () => {
    const plain = await run('auc', { outcome: 'y', scores: 'score, one', exact: true }, csv);
    const named = await run('auc', { outcome: 'her2 (IHC)', scores: 'score, one', exact: true }, csv);
    expect(named.scores).toEqual(plain.scores);
    const turned = await run('auc', { outcome: 'her2 (IHC)', event: 'neg', scores: 'score, one', exact: true }, csv);
    expect(turned.scores['score, one'].auc).toBeCloseTo(1 - plain.scores['score, one'].auc, 12);
    const lower = await run('auc', { outcome: 'y', scores: 'b', direction: 'lower', exact: true }, csv);
    const higher = await run('auc', { outcome: 'y', scores: 'b', exact: true }, csv);
    expect(lower.scores.b.auc).toBeCloseTo(1 - higher.scores.b.auc, 12);
  });

  it('compares scores exactly where one site holds all rows, and where it is asked to', async () => {
    const one = csv.replaceAll(/,S\d,/g, ',S0,');
    const asked = { outcome: 'y', scores: 'b', perSite: false, withinSite: false };
    expect((await run('auc', asked, one)).scores.b.n_unique_scores).toBe(60);
    expect((await run('auc', asked, csv)).scores.b.n_unique_scores).toBeNull();
    expect((await run('auc', { ...asked, exact: false }, one)).scores.b.n_unique_scores).toBeNull();
    expect((await run('auc', { ...asked, grid: 'rounded', decimals: 1 }, one)).scores.b.n_unique_scores).toBe(11);
    expect((await run('auc', { ...asked, exact: true }, csv)).scores.b).toEqual((await run('auc', asked, one)).scores.b);
  });

  it('several outcomes are evaluated one by one', async () => {
    const { outcomes } = await run('pr', { outcome: ['y', 'her2 (IHC)'], scores: ['b'] }, csv);
    expect(outcomes.y.average_precision).toEqual(outcomes['her2 (IHC)'].average_precision);
  });

  it('a perfect score has a marked interval of its own, and says why', async () => {
    const perfect = `id,site,y,s\n${Array.from({ length: 40 }, (_, i) => `p${i},A,${Number(i >= 20)},${i}`).join('\n')}\n`;
    const { scores } = await run('auc', { outcome: 'y', scores: 's', exact: true }, perfect);
    expect(scores.s).toMatchObject({ auc: 1, ci95_method: 'newcombe', ci95_delong: null, ci95_logit_delong: null, reason: 'noVariance' });
    expect(scores.s.ci95[0]).toBeLessThan(1);
  });

  it('missing outcomes are left out, or count both ways', async () => {
    const gaps = `id,site,y,s\na,A,1,0.9\nb,A,0,0.1\nc,A,,0.5\nd,A,1,0.4\ne,A,0,0.2\n`;
    const asked = (missingOutcome: string) => run('auc', { outcome: 'y', scores: 's', exact: true, missingOutcome }, gaps);
    expect((await asked('exclude')).scores.s).toMatchObject({ n: 4, n_without_outcome: 1 });
    expect((await asked('event')).scores.s).toMatchObject({ n: 5, n_pos: 3 });
    expect((await asked('noEvent')).scores.s).toMatchObject({ n: 5, n_pos: 2 });
  });

  it.each<[string, string, object, string]>([
    ['auc', 'no such column', { outcome: 'y', scores: 'absent' }, 'METHOD.NO_COLUMN'],
    ['auc', 'a score that is text', { outcome: 'y', scores: 'group' }, 'METHOD.NOT_NUMERIC'],
    ['auc', 'a level that does not exist', { outcome: 'her2 (IHC)', event: 'maybe', scores: 'b' }, 'VALIDATION.BAD_REQUEST'],
    ['auc', 'an outcome of many values', { outcome: 'b', scores: 'b' }, 'VALIDATION.NOT_BINARY'],
    ['auc', 'values without the list', { outcome: 'y', scores: 'b', grid: 'values' }, 'VALIDATION.BAD_REQUEST'],
    ['auc', 'scores off the declared values', { outcome: 'y', scores: 'b', grid: 'values', values: [0.5] }, 'VALIDATION.OUTSIDE_GRID'],
    ['auc', 'scores beyond the range', { outcome: 'y', scores: 'b', grid: 'rounded', range: [0, 0.5] }, 'VALIDATION.OUTSIDE_GRID'],
    ['delong', 'a score against itself', { outcome: 'y', scores: ['b'], pairs: [['b', 'b']] }, 'VALIDATION.BAD_REQUEST'],
    ['delong', 'a site that does not exist', { outcome: 'y', scores: ['b'], unpaired: ['S0', 'S9'] }, 'VALIDATION.BAD_REQUEST'],
    [
      'subgroups',
      'numbers without cuts',
      { outcome: 'y', scores: 'b', subgroups: [{ column: 'y', cuts: [0.5], reference: 'none' }] },
      'VALIDATION.BAD_REQUEST',
    ],
    [
      'decision-curve',
      'thresholds that do not ascend',
      { outcome: 'y', scores: 'b', thresholds: { from: 0.5, to: 0.1, by: 0.1 } },
      'VALIDATION.BAD_REQUEST',
    ],
    [
      'mcnemar',
      'a cut for another score',
      { outcome: 'y', scores: ['b', 'score, one'], thresholds: [0.5], cutByScore: { c: 1 } },
      'VALIDATION.BAD_REQUEST',
    ],
    [
      'calibration',
      'linear predictors as probabilities',
      { outcome: 'y', scores: 'y', scale: 'probability', breaks: [0] },
      'METHOD.BAD_PARAMS',
    ],
  ])('%s refuses %s', async (name, _, params, code) => {
    await expect(run(name, params, csv)).rejects.toMatchObject({ code });
  });

  it('calibration refuses scores that are no probabilities', async () => {
    const wide = csv.replaceAll(',0,', ',0,').replace('p1,S1,neg,0,', 'p1,S1,neg,0,3');
    await expect(run('calibration', { outcome: 'y', scores: 'score, one' }, wide)).rejects.toMatchObject({
      code: 'VALIDATION.NOT_PROBABILITIES',
    });
    await expect(run('decision-curve', { outcome: 'y', scores: 'score, one' }, wide)).rejects.toMatchObject({
      code: 'VALIDATION.NOT_PROBABILITIES',
    });
  });

  it('subgroups: differences against the reference, interaction, too few withheld', async () => {
    const { scores } = await run(
      'subgroups',
      { outcome: 'y', scores: 'b', subgroups: ['group', { column: 'score, one', cuts: [0.9] }], threshold: 0.5, minimumEvents: 5 },
      csv,
    );
    const { group, 'score, one': range } = scores.b;
    // Outcome and group go together in this table: only y has events.
    expect(group.levels.x).toMatchObject({ events: 0, reason: 'tooFewEvents' });
    expect(group.interaction.auc.reason).toBe('tooFewEvents');
    expect(Object.keys(range.levels)).toEqual(['< 0.9', '>= 0.9']);
    expect(range.levels['>= 0.9'].reason).toBe('tooFewEvents');
  });

  it('recalibration stays at the site as updated probabilities', async () => {
    const method = byName.get('recalibration');
    const params = { outcome: 'y', scores: 'b', minimumEvents: 4 };
    const estimates = await run('recalibration', params, csv);
    const parsed = parseMethodParams(method as never, params);
    const table = readMethodTable(parseTable(csv, 'x.csv'), { id: 'id', sites: { column: 'site' }, categories: [] });
    const site = [...table.sites.values()][0] as CohortTable;
    const stays = method?.stays?.(site, parsed, estimates, table.shape);
    expect(Object.keys(stays ?? {})).toEqual(['b pooled', 'b site']);
    expect(estimates.per_site.b.S0.label).toBe('updated at site');
    const pooled = stays?.['b pooled'] as Float64Array;
    expect(pooled.every((p) => p > 0 && p < 1)).toBe(true);
  });
});

describe('methods without participants', () => {
  it('meta: rows without an estimate are named, few sites are said to be few', async () => {
    const sites = 'label,yi,sei\nA,0.5,0.1\nB,,0.2\nC,0.7,0.1\nD,0.2,0\n';
    const result = await run('meta', {}, sites);
    expect(result).toMatchObject({ k: 2, labels: ['A', 'C'], left_out: ['B', 'D'], reason: 'fewSites' });
    expect(result.fits.REML_z.prediction_interval_metafor).toBeNull();
    await expect(run('meta', {}, 'label,yi,sei\nA,,0.1\n')).rejects.toMatchObject({ code: 'VALIDATION.BAD_REQUEST' });
  });

  it('sample-size: each part says what it needs', async () => {
    expect(await run('sample-size', { prevalence: 0.2 })).toMatchObject({
      development: { sample_size: null, reason: 'needs parameters' },
      external: { sample_size: null, reason: 'needs cstatistic' },
    });
    const full = await run('sample-size', { prevalence: 0.174, parameters: 24, csrsquared: 0.288, cstatistic: 0.8 });
    expect(full.development.sample_size).toBe(662);
    expect(full.external.sample_size).toBeGreaterThan(1500);
    await expect(run('sample-size', { prevalence: 0.1, parameters: 5, csrsquared: 0.85 })).rejects.toMatchObject({
      code: 'VALIDATION.BAD_REQUEST',
    });
  });

  it('release-gate: the card in both languages', async () => {
    const card = await run('release-gate', { auc: { estimate: 0.56, low: 0.5 }, externalSites: 5 });
    expect(card.meets).toBe(false);
    expect(card.verdict.en).toBe("does not meet the study's release rule");
    expect(card.tests).toHaveLength(6);
  });
});
