import { catalogue } from '@cohortium/analysis';
import { encodeMessage, wireVersion } from '@cohortium/contracts';
import type { MaskingAsked, MaskingSaid } from '@cohortium/contracts';
import type { AnyQuery } from '@cohortium/federation';
import { parseSiteId, sha256 } from '@cohortium/kernel';
import type { RosterScope } from '@cohortium/federation';
import { checkProtocol, protocolHash } from '@cohortium/protocol';
import type { Protocol } from '@cohortium/protocol';
import {
  TestCoordinator,
  compileProject,
  findTestBroker,
  prepareSiteProcess,
  startTestBroker,
  startTestPostgres,
  wholeRunMs,
} from '@cohortium/testkit';
import type { SiteProcess, TestBroker, TestPostgres } from '@cohortium/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const absent = findTestBroker() === undefined;
if (absent) console.warn('unmasked-downgrade.spec: skipped, no nats-server (set NATS_SERVER_BIN or run the set-up)');

const text = { en: 'A test', zh: '测试' };
function protocolOf(version: string, secureAggregation: 'required' | 'off'): Protocol {
  return checkProtocol({
    schemaVersion: 1,
    study: 'downgrade',
    version,
    title: text,
    endpoint: { name: 'y', label: text, column: 'y', positive: [1], negative: [0] },
    features: { all: true },
    featureList: { names: ['f1'], sha256: sha256('f1') },
    sites: { training: ['H1', 'H2', 'H3'], external: [] },
    analysis: { models: [{ id: 'm', alpha: 0, penalty: { rule: 'fixed', lambda: 1 } }], primaryModel: 'm' },
    validation: { leaveOneSiteOut: { enabled: false } },
    clauses: [
      {
        clauseId: 'moments',
        purpose: text,
        operations: ['statistics.first-moments@1'],
        kind: 'sum',
        scope: 'training',
        minParticipantsPerSite: 10,
        secureAggregation,
      },
    ],
  });
}

const rows = Array.from({ length: 23 }, (_, i) => ({ id: `P${i}`, f1: i * 1.25 - 7, y: i % 2 }));
const cohort = {
  features: ['patient_id,site,f1', ...rows.map((r) => `${r.id},H1,${r.f1}`)].join('\n'),
  clinical: ['patient_id,site,y', ...rows.map((r) => `${r.id},H1,${r.y}`)].join('\n'),
};
const query = catalogue.get('statistics.first-moments@1') as AnyQuery;
const params = { heldOut: [null], featureCount: 1 };
const training: RosterScope = { name: 'training', sites: ['H1', 'H2', 'H3'].map(parseSiteId) };

describe.skipIf(absent)('a coordinator that would rather have vectors in clear (A5)', () => {
  let postgres: TestPostgres;
  let broker: TestBroker;
  let node: SiteProcess;
  let asking: TestCoordinator;
  let closeLink: () => Promise<void>;
  let runs = 0;

  beforeAll(async () => {
    compileProject('apps/site-node');
    [postgres, broker] = await Promise.all([startTestPostgres(), startTestBroker({ sites: ['H1'] })]);
    const link = await broker.link('coordinator');
    closeLink = () => link.close();
    asking = await TestCoordinator.open(link, protocolOf('1.0.0', 'required'), 'H1');
    node = prepareSiteProcess({
      site: 'H1',
      seed: broker.keys.get('H1')?.seed as Uint8Array,
      databaseUrl: await postgres.createDatabase('downgrade-H1'),
      brokerUrl: broker.url,
      cohort,
      policy: 'approve: {studies: any, allowExceptions: true}\n',
      // The questions are of the test's own making; that they follow from a program is the matter of other tests.
      program: 'test/fixtures/unprotected-site.mjs',
    });
    node.start();
  }, wholeRunMs);

  afterAll(async () => {
    await node?.remove();
    await asking?.close();
    await closeLink?.();
    await Promise.all([postgres?.stop(), broker?.stop()]);
  });

  async function ask(protocol: Protocol, masking: { batch: number; set: number; attempt: number } | null) {
    const run = `r${++runs}`;
    await asking.offer(protocol);
    await asking.until('approval', () =>
      asking.of('approval').find(({ header }) => header.protocolHash === protocolHash(protocol) && header.decision === 'approved'),
    );
    await asking.ask(query, params, training, { run, round: 1, forge: { protocolHash: protocolHash(protocol), masking } });
    const { header } = await asking.until(`an answer in ${run}`, () => asking.answers(run, 1)[0]);
    return { state: header.state, reason: header.reason, bytes: header.payload.bytes };
  }

  /** Asks a leg of secure aggregation, and waits for what the site says to it. */
  async function leg(asked: MaskingAsked, sites: readonly string[]): Promise<MaskingSaid> {
    const run = `m${++runs}`;
    const hash = protocolHash(protocolOf('1.0.0', 'required'));
    const scope = { name: 'training' as const, sites: [...sites] };
    const fields = { study: 'downgrade', site: 'H1', run, batch: 1, round: 0, protocolHash: hash, scope, asked };
    await asking.send(encodeMessage({ v: wireVersion, type: 'maskingRequest', ...fields }));
    const { header } = await asking.until('a reply', () => asking.of('maskingReply').find((one) => one.header.run === run));
    return header.said;
  }

  it('gets them where the protocol lets sums leave without masks', async () => {
    const answer = await ask(protocolOf('2.0.0', 'off'), null);
    expect(answer).toMatchObject({ state: 'released', reason: null });
    expect(answer.bytes).toBeGreaterThan(0);
  });

  it('gets nothing without masks where the protocol wants them', async () => {
    expect(await ask(protocolOf('1.0.0', 'required'), null)).toEqual({ state: 'withheld', reason: 'notMasked', bytes: 0 });
  });

  it('gets nothing under a key set that the site has never made', async () => {
    const answer = await ask(protocolOf('1.0.0', 'required'), { batch: 1, set: 1, attempt: 1 });
    expect(answer).toEqual({ state: 'withheld', reason: 'notMasked', bytes: 0 });
  });

  it('gets no keys for hospitals that no roster names: it could play all others itself', async () => {
    expect(await leg({ leg: 'keys', setCount: 4 }, ['H1', 'H2', 'H3'])).toEqual({ leg: 'refused', of: 'keys', reason: 'SECAGG.SCOPE' });
  });

  it('gets no keys for fewer than three hospitals', async () => {
    expect(await leg({ leg: 'keys', setCount: 4 }, ['H1', 'H2'])).toEqual({ leg: 'refused', of: 'keys', reason: 'SECAGG.SCOPE' });
  });
});
