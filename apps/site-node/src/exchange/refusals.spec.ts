import type { TaskMessage } from '@cohortium/contracts';
import type { Protocol } from '@cohortium/protocol';
import { describe, expect, it } from 'vitest';
import { refusalOf } from './refusals.js';

const lock = 'a'.repeat(64);
const protocol = { study: 'her2', sites: { training: ['A', 'B'], external: ['X'] }, clauses: [] } as unknown as Protocol;
const asked = {
  study: 'her2',
  operation: 'test.mean@1',
  modelLock: null,
  expiresAt: 2000,
  scope: { name: 'training', sites: ['A', 'B'] },
} as unknown as TaskMessage;
const at = {
  site: 'A',
  nowMs: 1000,
  protocol,
  knownLock: undefined,
  openedLock: undefined,
  eligibilityOperation: 'statistics.eligibility@1',
};
const external = { ...asked, scope: { name: 'external', sites: ['X'] } } as TaskMessage;

describe('refusals before anything is computed', () => {
  it('let an ordinary task pass', () => {
    expect(refusalOf(asked, at)).toBeUndefined();
  });

  it("refuse a study that is not the protocol's, a scope without this site and a deadline that has come", () => {
    expect(refusalOf({ ...asked, study: 'er' }, at)).toMatchObject({ reason: 'notApproved' });
    expect(refusalOf(asked, { ...at, site: 'C' })).toMatchObject({ reason: 'wrongScope' });
    expect(refusalOf(asked, { ...at, nowMs: 2000 })).toMatchObject({ reason: 'expired' });
  });

  it('open an external site only under a lock, eligibility apart', () => {
    const there = { ...at, site: 'X' };
    expect(refusalOf(external, there)).toMatchObject({ reason: 'notApproved', detail: 'SITE.NO_MODEL_LOCK' });
    expect(refusalOf({ ...external, modelLock: lock }, { ...there, openedLock: lock })).toBeUndefined();
    // A lock that no checkpoint of the coordinator has shown to this site opens nothing, nor does the opening for another model.
    for (const openedLock of [undefined, 'b'.repeat(64)])
      expect(refusalOf({ ...external, modelLock: lock }, { ...there, openedLock })).toMatchObject({ detail: 'SITE.NOT_OPENED' });
    expect(refusalOf({ ...external, operation: at.eligibilityOperation }, there)).toBeUndefined();
    // The external site is asked under the scope of everyone: the lock is needed all the same.
    expect(refusalOf({ ...asked, scope: { name: 'all', sites: ['A', 'B', 'X'].map(String) } } as TaskMessage, there)).toMatchObject({
      reason: 'notApproved',
    });
  });

  it('hold a run to one lock', () => {
    expect(refusalOf({ ...asked, modelLock: lock }, { ...at, knownLock: lock })).toBeUndefined();
    expect(refusalOf({ ...asked, modelLock: 'b'.repeat(64) }, { ...at, knownLock: lock })).toMatchObject({
      reason: 'contradictsEarlierRelease',
      detail: 'SITE.LOCK_MISMATCH',
    });
  });
});
