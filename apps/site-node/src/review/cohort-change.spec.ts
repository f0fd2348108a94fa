import { catalogue } from '@cohortium/analysis';
import type { ExtractionRecord } from '@cohortium/analysis';
import type { AnyQuery, RosterScope } from '@cohortium/federation';
import { parseSiteId, sha256 } from '@cohortium/kernel';
import { checkProtocol } from '@cohortium/protocol';
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
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const absent = findTestBroker() === undefined;
if (absent) console.warn('cohort-change.spec: skipped, no nats-server (set NATS_SERVER_BIN or run the set-up)');

const rows = Array.from({ length: 23 }, (_, i) => ({ id: `P${i}`, f1: i * 1.25 - 7, y: i % 2 }));
const features = ['patient_id,site,f1', ...rows.map((r) => `${r.id},H1,${r.f1}`)].join('\n');
const clinical = ['patient_id,site,y', ...rows.map((r) => `${r.id},H1,${r.y}`)].join('\n');
/** In every row, so that both tables may be answered from without the difference describing a few people. */
const changed = ['patient_id,site,f1', ...rows.map((r) => `${r.id},H1,${r.f1 + 1}`)].join('\n');
const [extractorSha256, settingsSha256] = [sha256('program'), sha256('settings')];
const record: ExtractionRecord = {
  schemaVersion: 1,
  extractorSha256,
  settingsSha256,
  featuresSha256: sha256(features),
  ibsi: { schemaVersion: 1, extractorSha256, rows: 487, failed: 0, reportSha256: sha256('report') },
};

/** @param bound how features are made stands in the protocol */
function protocolOf(study: string, bound: boolean): Protocol {
  const text = { en: 'A test', zh: '测试' };
  const clause = { purpose: text, scope: 'training', minParticipantsPerSite: 10 };
  return checkProtocol({
    schemaVersion: 1,
    study,
    version: '1.0.0',
    title: text,
    endpoint: { name: 'y', label: text, column: 'y', positive: [1], negative: [0] },
    features: { all: true },
    featureList: { names: ['f1'], sha256: sha256('f1') },
    ...(bound ? { extraction: { extractorSha256, settingsSha256 } } : {}),
    sites: { training: ['H1', 'H2', 'H3'], external: [] },
    analysis: { models: [{ id: 'm', alpha: 0, penalty: { rule: 'fixed', lambda: 1 } }], primaryModel: 'm' },
    validation: { leaveOneSiteOut: { enabled: false } },
    clauses: [{ ...clause, clauseId: 'moments', operations: ['statistics.first-moments@1'], kind: 'sum', secureAggregation: 'off' }],
  });
}

const query = catalogue.get('statistics.first-moments@1') as AnyQuery;
const params = { heldOut: [null], featureCount: 1 };
const training: RosterScope = { name: 'training', sites: ['H1', 'H2', 'H3'].map(parseSiteId) };

describe.skipIf(absent)('a table that changes between approval and the first answer', () => {
  let postgres: TestPostgres;
  let broker: TestBroker;
  let node: SiteProcess;
  let database: pg.Pool;
  let link: Awaited<ReturnType<TestBroker['link']>>;

  beforeAll(async () => {
    compileProject('apps/site-node');
    [postgres, broker] = await Promise.all([startTestPostgres(), startTestBroker({ sites: ['H1'] })]);
    const databaseUrl = await postgres.createDatabase('change-H1');
    database = new pg.Pool({ connectionString: databaseUrl, max: 1 });
    database.on('error', () => undefined);
    link = await broker.link('coordinator');
    node = prepareSiteProcess({
      site: 'H1',
      seed: broker.keys.get('H1')?.seed as Uint8Array,
      databaseUrl,
      brokerUrl: broker.url,
      cohort: { features, clinical },
      policy: 'signatures: notRequired\napprove: {studies: any, allowExceptions: true}\n',
      program: 'test/fixtures/unprotected-site.mjs',
    });
    writeFileSync(join(node.dataDir, 'cohort', 'extraction.json'), JSON.stringify(record), { mode: 0o600 });
  }, wholeRunMs);

  afterAll(async () => {
    await node?.remove();
    await link?.close();
    await database?.end();
    await Promise.all([postgres?.stop(), broker?.stop()]);
  });

  const setTable = (text: string): void => writeFileSync(join(node.dataDir, 'cohort', 'features.csv'), text, { mode: 0o600 });

  /** Has the protocol approved on the true table; the node is not running afterwards. */
  async function approved(protocol: Protocol): Promise<TestCoordinator> {
    const asking = await TestCoordinator.open(link, protocol, 'H1');
    setTable(features);
    node.start();
    await asking.offer();
    const told = () => asking.of('approval').find(({ header }) => header.study === protocol.study);
    expect((await asking.until('the decision', told)).header).toMatchObject({ decision: 'approved' });
    await node.kill();
    return asking;
  }

  const details = async (run: string) =>
    (await database.query('select detail from site_egress where run = $1 order by id', [run])).rows as unknown[];

  it('is not answered from where the protocol binds how features are made; the approved table is', async () => {
    const asking = await approved(protocolOf('bound', true));
    setTable(changed);
    node.start();
    await asking.ask(query, params, training, { run: 'b', round: 1 });
    const first = await asking.until('an answer', () => asking.answers('b', 1)[0]);
    expect(first.header).toMatchObject({ state: 'withheld', reason: 'notComputable' });
    expect(await details('b')).toEqual([{ detail: 'SITE.COHORT_CHANGED' }]);
    await node.kill();
    setTable(features);
    node.start();
    await asking.ask(query, params, training, { run: 'b', round: 1, attempt: 2 });
    const second = await asking.until('an answer', () => asking.answers('b', 1)[1]);
    expect(second.header).toMatchObject({ state: 'released' });
    await node.kill();
    await asking.close();
  });

  it('is frozen anew where nothing has left, and no other is answered from afterwards', async () => {
    const asking = await approved(protocolOf('free', false));
    setTable(changed);
    node.start();
    await asking.ask(query, params, training, { run: 'f', round: 1 });
    expect((await asking.until('an answer', () => asking.answers('f', 1)[0])).header).toMatchObject({ state: 'released' });
    expect(node.log.some((line) => line['event'] === 'cohort-frozen-again')).toBe(true);
    await node.kill();
    // What was approved first is now the changed table: something has left from the other.
    setTable(features);
    node.start();
    await asking.ask(query, params, training, { run: 'f', round: 2 });
    expect((await asking.until('an answer', () => asking.answers('f', 2)[0])).header).toMatchObject({ state: 'withheld' });
    expect((await details('f')).at(-1)).toEqual({ detail: 'SITE.COHORT_CHANGED' });
    await asking.close();
  });
});
