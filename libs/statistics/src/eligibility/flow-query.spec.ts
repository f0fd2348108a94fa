import type { CohortFlow, CohortRows } from '@cohortium/federation';
import { describe, expect, it } from 'vitest';
import { flowQuery } from './flow-query.js';

const rowsWith = (flow?: Partial<CohortFlow>) =>
  ({ sites: ['H1'], ...(flow && { flow: [{ site: 'H1', candidates: 100, exclusions: [], ...flow }] }) }) as unknown as CohortRows;
const ok = (value: number) => ({ state: 'ok', value });
const small = { state: 'withheld', reason: 'smallCell' };

describe('statistics.flow', () => {
  it('counts candidates and reasons, in the order in which they are looked at', () => {
    const exclusions = [
      { reason: 'endpointMissing', count: 7 },
      { reason: 'noClinicalRow', count: 5 },
    ];
    expect(flowQuery.local(rowsWith({ exclusions }), {})).toEqual({
      candidates: ok(100),
      exclusions: [
        { reason: 'noClinicalRow', count: ok(5) },
        { reason: 'endpointMissing', count: ok(7) },
      ],
    });
  });

  it.each([1, 4])('withholds %i, and the total from which it could be worked out', (count) => {
    const found = flowQuery.local(
      rowsWith({
        exclusions: [
          { reason: 'notEligible', count },
          { reason: 'endpointMissing', count: 9 },
        ],
      }),
      {},
    );
    expect(found).toEqual({
      candidates: small,
      exclusions: [
        { reason: 'notEligible', count: small },
        { reason: 'endpointMissing', count: ok(9) },
      ],
    });
  });

  it('says when it does not know, and withholds a site with next to nobody', () => {
    expect(flowQuery.local(rowsWith(), {})).toEqual({ candidates: { state: 'not-done' }, exclusions: [] });
    expect(flowQuery.local(rowsWith({ candidates: 3 }), {})).toEqual({ candidates: small, exclusions: [] });
  });

  it('has a value that its own parser accepts', () => {
    const value = flowQuery.local(rowsWith({ exclusions: [{ reason: 'notEligible', count: 2 }] }), {});
    expect(flowQuery.value.parse(value)).toEqual(value);
  });
});
