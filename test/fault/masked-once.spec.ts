import { canonicalJson } from '@cohortium/kernel';
import { wholeRunMs } from '@cohortium/testkit';
import { expect, it } from 'vitest';
import { simulateStudy } from '../../apps/cli/src/simulation/simulate-study.js';
import { smallStudy } from '../fixtures/small-study.js';
import { runUnderFire } from './federation-under-fire.js';
it('computes masked what the simulation computes', async () => {
  const study = smallStudy({ study: 'masked', trainingCount: 3, leaveOneSiteOut: false });
  const started = Date.now();
  const { science } = await simulateStudy(study, false, () => undefined);
  console.warn('simulated', Date.now() - started);
  const survived = await runUnderFire(study, [], 140_000);
  console.warn('ran', Date.now() - started, survived.eventTypes.length);
  expect(survived.science).toBe(canonicalJson(science));
}, wholeRunMs);
