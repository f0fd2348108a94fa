import { randomInt } from 'node:crypto';
import { canonicalJson } from '@cohortium/kernel';
import { SeededRandom } from '@cohortium/numerics';
import { wholeRunMs } from '@cohortium/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { simulateStudy } from '../../apps/cli/src/simulation/simulate-study.js';
import { smallStudy } from '../fixtures/small-study.js';
import { runUnderFire } from './federation-under-fire.js';
import type { Kill, Survived } from './federation-under-fire.js';

/** Moments drawn for each kind of process; two of them in each run. */
const moments = Number(process.env['COHORTIUM_FAULT_MOMENTS'] ?? 2);
const killsPerRun = 2;
const seed = process.env['COHORTIUM_SEED'] ? Number(process.env['COHORTIUM_SEED']) : randomInt(2 ** 31);

console.warn(`kill tests: COHORTIUM_SEED=${seed}, ${moments} moments for each kind of process`);

const study = smallStudy({ study: 'kill-test', trainingCount: 3, leaveOneSiteOut: false });
let undisturbed: Survived;

beforeAll(async () => {
  undisturbed = await runUnderFire(study, [], wholeRunMs);
}, wholeRunMs);

describe('a federation of real processes', () => {
  it('computes what the simulation computes, byte for byte', async () => {
    const { science } = await simulateStudy(study, false, () => undefined);
    expect(undisturbed.science).toBe(canonicalJson(science));
    expect(undisturbed.eventTypes.at(-1)).toBe('finished');
  });

  const kinds: Record<string, (random: SeededRandom) => string> = {
    coordinator: () => 'coordinator',
    site: (random) => `site-S${1 + random.below(4)}`,
    'nats-server': () => 'broker',
    PostgreSQL: () => 'database',
  };
  const cases = Object.entries(kinds).flatMap(([kind, nameOf], k) =>
    Array.from({ length: Math.ceil(moments / killsPerRun) }, (_, i) => ({ kind, nameOf, caseSeed: (seed + 1000 * k + i) >>> 0 })),
  );

  it.each(cases)(
    'finishes with the same science when $kind is killed (case $caseSeed)',
    async ({ nameOf, caseSeed }) => {
      const random = new SeededRandom(caseSeed);
      // Not before the first event, and not after the one that ends the run.
      const kills: Kill[] = Array.from({ length: killsPerRun }, () => ({
        process: nameOf(random),
        afterEvents: 1 + random.below(undisturbed.eventTypes.length - 2),
        delayMs: random.below(40),
      }));
      const survived = await runUnderFire(study, kills, wholeRunMs);
      expect(survived.hits, JSON.stringify(kills)).toBeGreaterThan(0);
      expect(survived.science, JSON.stringify(kills)).toBe(undisturbed.science);
      for (const [answer, contents] of survived.answers) expect(contents.size, `${answer}, ${JSON.stringify(kills)}`).toBe(1);
    },
    wholeRunMs,
  );
});
