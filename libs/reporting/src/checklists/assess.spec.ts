import { describe, expect, it } from 'vitest';
import { fixtureResults } from '../results.fixture.js';
import { assessChecklist, metricsScore, radiomicsQualityScore } from './assess.js';
import { checklistItems, itemTexts } from './items.js';
import type { ChecklistId, Fill } from './items.js';

const { science } = fixtureResults();
const ids = Object.keys(itemTexts) as ChecklistId[];

describe('the items', () => {
  // Items in all, and how many of them the platform fills alone, with a person, and not at all.
  it.each<[ChecklistId, number, number, number, number]>([
    ['tripodAi', 52, 20, 20, 12],
    ['claim', 44, 23, 16, 5],
    ['metrics', 30, 22, 7, 1],
    ['clear', 58, 32, 20, 6],
    ['stardAi', 48, 18, 18, 12],
    ['rqs', 16, 11, 3, 2],
  ])('of %s are complete', (id, all, a, p, h) => {
    const items = checklistItems(id);
    const count = (fill: Fill) => items.filter((item) => item.fill === fill).length;
    expect([items.length, count('A'), count('P'), count('H')]).toEqual([all, a, p, h]);
    expect(new Set(items.map(({ item }) => item)).size).toBe(all);
    for (const { label } of items) expect(label.zh).toMatch(/[\u4e00-\u9fff]/);
  });

  it('of METRICS have weights that sum to 1, and those of RQS points from -8 to 36', () => {
    expect(checklistItems('metrics').reduce((sum, { extra }) => sum + Number(extra), 0)).toBeCloseTo(1, 10);
    const ranges = checklistItems('rqs').map(({ extra }) => (extra ?? '').split('..').map(Number) as [number, number]);
    expect([ranges.reduce((sum, [low]) => sum + low, 0), ranges.reduce((sum, [, high]) => sum + high, 0)]).toEqual([-8, 36]);
  });
});

describe('the assessment', () => {
  it('leaves to a person what only a person can write, and asks for a confirmation of what it has prepared', () => {
    for (const id of ids)
      for (const { fill, status, person } of assessChecklist(id, science)) {
        if (fill === 'H') expect([status, person]).toEqual(['notAssessed', 'write']);
        if (fill === 'P') expect(status).not.toBe('reported');
      }
  });

  it('follows the facts: one that is gone takes all of its items along', () => {
    const of = (item: string, given = science) => assessChecklist('tripodAi', given).find((entry) => entry.item === item)?.status;
    expect([of('20a'), of('20b'), of('23a'), of('12d')]).toEqual(['reported', 'reported', 'reported', 'reported']);
    const less = fixtureResults((results) => {
      const absent = { state: 'not-done' as const, reason: 'notInProtocol' };
      results.science.characteristics = absent;
      results.science.flow = absent;
      results.science.leaveOneSiteOut = absent;
      results.science.external = {
        sites: [],
        evaluation: { sites: absent, pooled: absent, comparisons: absent, meta: absent },
        pooled: absent,
      };
    }).science;
    expect([of('20a', less), of('20b', less), of('23a', less), of('12d', less)]).toEqual([
      'partly',
      'notReported',
      'notReported',
      'notReported',
    ]);
    expect(metricsScore(less)).toBeLessThan(metricsScore(science));
    expect(radiomicsQualityScore(less)).toBe(3 - 5);
  });

  it('has every fact that an item names', () => {
    for (const id of ids)
      for (const { fact, status, section } of assessChecklist(id, science))
        if (fact !== undefined && status !== 'notApplicable' && status !== 'notAssessed' && status !== 'notReported')
          expect(section, fact).toBeTruthy();
  });

  it('gives points of the radiomics quality score for what the run has shown', () => {
    // Penalized 3, cut-offs 1, discrimination 2, calibration 2, two institutes 4, decision curve 2.
    expect(radiomicsQualityScore(science)).toBe(3 + 1 + 2 + 2 + 4 + 2);
  });
});
