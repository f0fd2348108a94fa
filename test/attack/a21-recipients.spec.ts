import type { Draft, ReleaseHistory } from '@cohortium/federation';
import { encodeFixedPoint, statisticWords, wordBytes } from '@cohortium/federation';
import { hashJson, parseSiteId, sha256 } from '@cohortium/kernel';
import { verifyBundle } from '@cohortium/ledger';
import { createGate } from '@cohortium/privacy';
import { checkProtocol } from '@cohortium/protocol';
import type { Protocol } from '@cohortium/protocol';
import { tinyProtocol } from '@cohortium/testkit';
import { describe, expect, it } from 'vitest';
import { generateStudy, writeBundle } from '../../libs/ledger/src/bundle/generated-study.fixture.js';

/*
 * A21: what a study made goes to somebody whom nobody allowed. Two things stand against it: a clause names its recipients, and a permission
 * for others than those who receive everything in this release is refused; and the model that was locked is a leaf with its hash, which
 * every bundle has to show, so that another model passed off as the study's is found.
 */

const training = ['H1', 'H2', 'H3', 'H4'].map(parseSiteId);
const protocol = tinyProtocol({ study: 'theft', training });
const without = (recipients: Protocol['clauses'][number]['recipients']): Protocol => ({
  ...protocol,
  clauses: protocol.clauses.map((clause) => ({ ...clause, recipients })),
});
const draft: Draft = {
  site: training[0] as Draft['site'],
  operation: 'tiny.moments@1',
  kind: 'sum',
  scope: { name: 'training', sites: training },
  releaseKey: sha256('request'),
  words: wordBytes(encodeFixedPoint(Float64Array.of(1, 2), statisticWords, 'test')),
  participantCount: 100,
  freeParameters: 0,
  scopeParticipantCount: 400,
};
const nothingYet: ReleaseHistory = { find: () => undefined, countInRun: () => 0 };
const decide = (of: Protocol) => createGate({ protocol: of, site: draft.site }).decide(draft, nothingYet);

describe('A21: a recipient whom no clause names', () => {
  it('is served where the list of recipients is not looked at', () => {
    // As without the rule: the same clause, whoever it is for, lets the same bytes out.
    expect(decide(protocol)).toMatchObject({ state: 'released' });
    expect(decide(without(['coordinator', 'board']))).toMatchObject({ state: 'released' });
  });

  it('gets nothing: the gate holds back what the coordinator may not have, since everything goes to the coordinator', () => {
    expect(decide(without(['board']))).toEqual({ state: 'withheld', reason: 'noClause', clauseId: 'moments' });
  });

  it.each([[['board']], [['coordinator']]] as const)(
    'cannot be left out by a promise that nobody keeps: %j is refused before anyone signs',
    (recipients) => {
      expect(() => checkProtocol(without([...recipients]))).toThrow(expect.objectContaining({ code: 'PROTOCOL.LINT' }));
    },
  );
});

describe('A21: another model passed off as that of the study', () => {
  const made = generateStudy({ trainingSites: 4, externalSites: 1, rounds: 2 });
  const foreign = { coefficients: [0.5, -0.25, 2.000001] };

  it('is believed where only the seal of the sender counts, and found against the leaf of the lock', () => {
    expect(verifyBundle(writeBundle(made)).findings).toEqual([]);
    const swapped = { ...made, models: [{ run: 'run-1', model: foreign }] };
    // Sealed by the coordinator itself: the seal fits, the leaf does not.
    const found = verifyBundle(writeBundle(swapped)).findings;
    expect(found.map(({ rule }) => rule)).toEqual(['modelDiffers']);
    expect(found[0]).toMatchObject({ type: 'modelCommit' });
  });

  it('cannot be logged afterwards beside the first', () => {
    const again = generateStudy({ trainingSites: 4, externalSites: 1, rounds: 2 });
    const coordinator = again.logs[0] as (typeof again.logs)[number];
    const lock = coordinator.leaves.find(({ type }) => type === 'modelCommit');
    coordinator.leaves.push({ ...lock, modelSha256: hashJson(foreign) } as (typeof coordinator.leaves)[number]);
    coordinator.checkpointsAt.push(coordinator.leaves.length);
    again.models.push({ run: 'run-1', model: foreign });
    expect(verifyBundle(writeBundle(again)).findings[0]).toMatchObject({ rule: 'lockTwice', index: coordinator.leaves.length - 1 });
  });
});
