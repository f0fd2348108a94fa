import { encodedBytes, operationName } from '@cohortium/federation';
import { pack } from '@cohortium/kernel';
import type { Packable } from '@cohortium/kernel';
import { Released } from '@cohortium/privacy';
import { characteristicsQuery, eligibilityQuery, flowQuery, momentQueries } from '@cohortium/statistics';
import { sitePerformance } from '@cohortium/validation';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerOf, attackedProtocol, clauseFor, madePeople, rowsOf, trainingScope } from './attack-ground.js';
import type { Person } from './attack-ground.js';

// A17: what an observer of encrypted traffic learns from sizes.

const first = momentQueries('full').first;
const protocol = attackedProtocol([
  clauseFor([operationName(first)], 'sum'),
  clauseFor([operationName(eligibilityQuery)], 'siteSummary', { scope: 'training', minParticipantsPerSite: 0, minSites: 1 }),
  clauseFor([operationName(characteristicsQuery), operationName(flowQuery)], 'siteSummary'),
]);

function sizeOf(people: readonly Person[], request: Parameters<typeof answerOf>[2]): number {
  const answer = answerOf(protocol, rowsOf(people), request);
  if (!(answer instanceof Released)) throw new Error(`withheld: ${answer}`);
  return answer.bytes.length;
}

/** People of any number, with any share of events and of each level. */
const cohorts = fc
  .record({ count: fc.integer({ min: 10, max: 400 }), seed: fc.nat(1000), rare: fc.integer({ min: 1, max: 60 }) })
  .map(({ count, seed, rare }) =>
    madePeople(count, 2, seed).map((person, i) => ({ ...person, covariates: { stage: i % rare === 0 ? 1 : 0, age: 40 + (i % 37) } })),
  );

describe('A17: sizes tell nothing of the data', () => {
  it('works on summaries as they are packed: what is withheld, and how many digits figures have, shows', () => {
    const sizes = new Set<number>();
    for (let k = 0; k < 20; k++) {
      const outcome = Float64Array.from({ length: 60 }, (_, i) => Number(i < 2 + k));
      const scores = Float64Array.from({ length: 60 }, (_, i) => ((i * 37) % 60) / 60);
      sizes.add(pack(sitePerformance(outcome, scores, 0.5) as unknown as Packable).length);
    }
    expect(sizes.size).toBeGreaterThan(3);
  });

  it('fails on what leaves: one size for all cohorts', () => {
    const characteristics = {
      characteristics: [
        { column: 'stage', levels: 2 },
        { column: 'age', levels: 0 },
      ],
    };
    const seen = new Map<string, Set<number>>();
    const note = (name: string, size: number) => seen.set(name, (seen.get(name) ?? new Set()).add(size));
    fc.assert(
      fc.property(cohorts, (people) => {
        note('moments', sizeOf(people, { query: first, params: { heldOut: [null], featureCount: 2 }, scope: trainingScope }));
        note(
          'eligibility',
          sizeOf(people, { query: eligibilityQuery, params: { minParticipants: 10, needBothClasses: true }, scope: trainingScope }),
        );
        note('characteristics', sizeOf(people, { query: characteristicsQuery, params: characteristics, scope: trainingScope }));
      }),
      { numRuns: 60 },
    );
    expect([...seen.keys()].sort()).toEqual(['characteristics', 'eligibility', 'moments']);
    for (const [name, sizes] of seen) expect([name, sizes.size]).toEqual([name, 1]);
  });

  it('the size of a sum is that of its words', () => {
    expect(sizeOf(madePeople(10, 2, 1), { query: first, params: { heldOut: [null], featureCount: 2 }, scope: trainingScope })).toBe(
      encodedBytes(first.words, first.length({ heldOut: [null], featureCount: 2 })),
    );
  });
});
