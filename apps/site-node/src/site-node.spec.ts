import { catalogue } from '@cohortium/analysis';
import { decodeHeartbeat, subjects } from '@cohortium/contracts';
import type { HeartbeatMessage } from '@cohortium/contracts';
import { bytesToWords, decodeFixedPoint, unpackSummary, wideWords } from '@cohortium/federation';
import type { AnyQuery, RosterScope, SumQuery } from '@cohortium/federation';
import { Frozen, parseSiteId, sha256 } from '@cohortium/kernel';
import type { Packable } from '@cohortium/kernel';
import { checkProtocol } from '@cohortium/protocol';
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
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const broken = findTestBroker() === undefined;
if (broken) console.warn('site-node.spec: skipped, no nats-server (set NATS_SERVER_BIN or run the set-up)');

const text = { en: 'A test', zh: '测试' };
const clause = { purpose: text, scope: 'training', minParticipantsPerSite: 10 };
const protocol = checkProtocol({
  schemaVersion: 1,
  study: 'spec',
  version: '1.0.0',
  title: text,
  endpoint: { name: 'y', label: text, column: 'y', positive: [1], negative: [0] },
  features: { all: true },
  featureList: { names: ['f1', 'f2'], sha256: sha256('f1 f2') },
  sites: { training: ['H1', 'H2', 'H3'], external: ['H4'] },
  analysis: { models: [{ id: 'm', alpha: 0, penalty: { rule: 'fixed', lambda: 1 } }], primaryModel: 'm' },
  validation: { leaveOneSiteOut: { enabled: false } },
  clauses: [
    {
      ...clause,
      clauseId: 'eligibility',
      operations: ['statistics.eligibility@1'],
      kind: 'siteSummary',
      scope: 'all',
      minParticipantsPerSite: 0,
    },
    {
      ...clause,
      clauseId: 'moments',
      operations: ['statistics.first-moments@1', 'statistics.centered-moments@1'],
      kind: 'sum',
      secureAggregation: 'off',
    },
    {
      ...clause,
      clauseId: 'combat',
      operations: ['harmonization.combat-location@1'],
      kind: 'sum',
      maxBytes: 16_777_216,
      secureAggregation: 'off',
    },
  ],
});

const participantCount = 23;
const rows = Array.from({ length: participantCount }, (_, i) => ({
  id: `PSEUDONYM-${1000 + i}`,
  f1: i * 1.25 - 7,
  f2: i % 5 === 0 ? undefined : Math.sqrt(i + 1),
  y: i % 2,
}));
const cohort = {
  features: ['patient_id,site,f1,f2', ...rows.map((r) => `${r.id},H1,${r.f1},${r.f2 ?? ''}`)].join('\n'),
  clinical: ['patient_id,site,y', ...rows.map((r) => `${r.id},H1,${r.y}`)].join('\n'),
};
const policy = 'signatures: notRequired\napprove:\n  studies: [spec]\n  allowExceptions: true\n';
const training: RosterScope = { name: 'training', sites: ['H1', 'H2', 'H3'].map(parseSiteId) };
const everyone: RosterScope = { name: 'all', sites: ['H1', 'H2', 'H3', 'H4'].map(parseSiteId) };

const query = (name: string): AnyQuery => catalogue.get(name) as AnyQuery;
const first = query('statistics.first-moments@1');
const firstParams = { heldOut: [null], featureCount: 2 };
const centered = query('statistics.centered-moments@1');
const centeredParams = (at: number) => ({ heldOut: [null], centers: [Float64Array.of(at, 2)] });

describe.skipIf(broken)('a site node as a process, on a real broker and database', () => {
  let postgres: TestPostgres;
  let broker: TestBroker;
  let coordinator: TestCoordinator;
  let node: SiteProcess;
  let database: pg.Pool;
  let closeLink: () => Promise<void>;
  const beats: (HeartbeatMessage & { readonly subject: string })[] = [];

  beforeAll(async () => {
    compileProject('apps/site-node');
    [postgres, broker] = await Promise.all([startTestPostgres(), startTestBroker({ sites: ['H1'] })]);
    const databaseUrl = await postgres.createDatabase('site-H1');
    database = new pg.Pool({ connectionString: databaseUrl, max: 1 });
    database.on('error', () => undefined);
    const link = await broker.link('coordinator');
    closeLink = () => link.close();
    link.subscribeVolatile(subjects.heartbeats, (bytes, subject) => beats.push({ subject, ...decodeHeartbeat(bytes).header }));
    coordinator = await TestCoordinator.open(link, protocol, 'H1');
    node = prepareSiteProcess({
      site: 'H1',
      seed: broker.keys.get('H1')?.seed as Uint8Array,
      databaseUrl,
      brokerUrl: broker.url,
      cohort,
      policy,
      // Requests here are of the test's own making; test/contract/site-provenance.spec.ts has those of a program.
      program: 'test/fixtures/unprotected-site.mjs',
    });
    node.start();
  }, wholeRunMs);

  afterAll(async () => {
    await node?.remove();
    await coordinator?.close();
    await closeLink?.();
    await database?.end();
    await Promise.all([postgres?.stop(), broker?.stop()]);
  });

  const storedApprovals = async () => (await database.query("select sends from site_outbox where type = 'approval'")).rows as unknown;
  const answered = (run: string, round: number, count = 1) =>
    coordinator.until(`answer ${count} to ${run}/${round}`, () => coordinator.answers(run, round)[count - 1]);
  const contents = (run: string, round: number) => coordinator.answers(run, round).map((answer) => sha256(coordinator.contentOf(answer)));

  it('greets, and gives an unchanged protocol the same answer twice', async () => {
    const hello = await coordinator.until('the greeting', () => coordinator.of('hello')[0]);
    expect(hello.header).toMatchObject({ site: 'H1', study: '_', nkey: broker.keys.get('H1')?.publicKey });
    expect(hello.header.operations).toEqual([...catalogue.keys()].sort());
    await coordinator.offer();
    const first = await coordinator.until('an approval', () => coordinator.of('approval')[0]);
    expect(first.header).toMatchObject({ decision: 'approved', reason: 'withinPolicy' });
    await coordinator.offer();
    const second = await coordinator.until('the same again', () => coordinator.of('approval')[1]);
    // Not made again but sent again: one message, the same bytes.
    expect(Buffer.compare(second.bytes, first.bytes)).toBe(0);
    await expect.poll(storedApprovals).toEqual([{ sends: 2 }]);
  });

  it('waits for the operator beyond the policy, refuses unknown operations and tables that do not fit', async () => {
    const decisionOn = async (changed: object) => {
      const other = checkProtocol({ ...protocol, ...changed });
      const seen = coordinator.of('approval').length;
      await coordinator.offer(other);
      return (await coordinator.until('a decision', () => coordinator.of('approval')[seen])).header;
    };
    const clauses = [{ ...protocol.clauses[1], minParticipantsPerSite: 9 }];
    expect(await decisionOn({ clauses, version: '1.0.1' })).toMatchObject({ decision: 'waiting', reason: 'waitingForOperator' });
    expect(await decisionOn({ clauses: [{ ...protocol.clauses[1], operations: ['statistics.made-up@1'] }] })).toMatchObject({
      decision: 'refused',
      reason: 'unknownOperation',
    });
    expect(await decisionOn({ endpoint: { ...protocol.endpoint, column: 'absent' } })).toMatchObject({
      decision: 'refused',
      reason: 'cohortMismatch',
    });

    // What features must be made of: the site has no record, then one of another program, then the right one of this very table.
    const extraction = { extractorSha256: sha256('program'), settingsSha256: sha256('settings'), ibsiRows: 2 };
    expect(await decisionOn({ extraction, version: '1.0.2' })).toMatchObject({ decision: 'refused', reason: 'extractionUnknown' });
    const record = {
      schemaVersion: 1,
      ...{ extractorSha256: sha256('program'), settingsSha256: sha256('settings') },
      featuresSha256: sha256(readFileSync(join(node.dataDir, 'cohort', 'features.csv'))),
      ibsi: { schemaVersion: 1, extractorSha256: sha256('program'), rows: 2, failed: 0, reportSha256: sha256('report') },
    };
    const written = (change: object) =>
      writeFileSync(join(node.dataDir, 'cohort', 'extraction.json'), JSON.stringify({ ...record, ...change }));
    written({ extractorSha256: sha256('older') });
    expect(await decisionOn({ extraction, version: '1.0.3' })).toMatchObject({ decision: 'refused', reason: 'extractorDiffers' });
    written({});
    expect(await decisionOn({ extraction, version: '1.0.4' })).toMatchObject({ decision: 'approved', reason: 'withinPolicy' });

    // The operator approves by hand, while the node runs.
    const waiting = coordinator.of('approval').find(({ header }) => header.decision === 'waiting')?.header.protocolHash as string;
    writeFileSync(join(node.dataDir, 'policy.yaml'), `${policy}decisions:\n  ${waiting}: approve\n`);
    await coordinator.until('the operator', () =>
      coordinator.of('approval').find(({ header }) => header.protocolHash === waiting && header.reason === 'byOperator'),
    );
  });

  it('tells a decision whose message a crash has kept from being stored', async () => {
    const [first, ...others] = coordinator.of('approval');
    const seen = others.length + 1;
    await node.kill();
    // As it stands between the two: a decision of another moment, and no message of it.
    const { rowCount } = await database.query(
      "update site_protocol set decided_at = decided_at + interval '1 ms' where protocol_hash = $1",
      [first?.header.protocolHash],
    );
    expect(rowCount).toBe(1);
    node.start();
    const told = await coordinator.until('the decision', () => coordinator.of('approval')[seen]);
    expect(Buffer.compare(told.bytes, first?.bytes as Uint8Array)).toBe(0);
  });

  it('answers a sum with the exact vector of its rows', async () => {
    await coordinator.ask(first, firstParams, training, { run: 'r1', round: 1 });
    const answer = await answered('r1', 1);
    expect(answer.header).toMatchObject({ state: 'released', clauseId: 'moments', attempt: 1, kind: 'sum' });
    const words = bytesToWords(
      coordinator.contentOf(answer),
      wideWords,
      (first as SumQuery<unknown, unknown>).length(firstParams),
      'spec',
      'H1',
    );
    const present = rows.filter((r) => r.f2 !== undefined);
    const expected = [
      participantCount,
      rows.filter((r) => r.y === 1).length,
      participantCount,
      present.length,
      rows.reduce((s, r) => s + r.f1, 0),
      present.reduce((s, r) => s + (r.f2 as number), 0),
    ];
    const actual = decodeFixedPoint(words, wideWords);
    // Sums of 23 doubles of size 30: the order of terms moves the last bits.
    expected.forEach((value, i) => expect(actual[i]).toBeCloseTo(value, 10));
  });

  it('answers a summary under the smallest-cell rule', async () => {
    await coordinator.ask(query('statistics.eligibility@1'), { minParticipants: 10, needBothClasses: true }, everyone, {
      run: 'r1',
      round: 2,
    });
    const answer = await answered('r1', 2);
    expect(unpackSummary(coordinator.contentOf(answer))).toEqual({ n: { state: 'ok', value: participantCount }, verdict: 'eligible' });
  });

  it('gives a repeated task the same bytes, and refuses another request under the same round', async () => {
    await coordinator.ask(first, firstParams, training, { run: 'r1', round: 1, attempt: 2 });
    const again = await answered('r1', 1, 2);
    expect(Buffer.compare(again.bytes, coordinator.answers('r1', 1)[0]?.bytes as Uint8Array)).toBe(0);
    await coordinator.ask(centered, centeredParams(0), training, { run: 'r1', round: 1, attempt: 3 });
    expect((await answered('r1', 1, 3)).header).toMatchObject({
      state: 'withheld',
      reason: 'contradictsEarlierRelease',
      payload: { bytes: 0 },
    });
    // The refusal has not taken the place of the answer.
    await coordinator.ask(first, firstParams, training, { run: 'r1', round: 1, attempt: 4 });
    expect((await answered('r1', 1, 4)).header.state).toBe('released');
  });

  it.each([
    ['an unknown protocol', { protocolHash: sha256('other') }, 'notApproved'],
    ['a deadline that has passed', { expiresAt: 1 }, 'expired'],
    ['another scope than the protocol lists', { scope: { name: 'training', sites: ['H1', 'H2'] } }, 'notComputable'],
    ['a scope without this site', { scope: { name: 'training', sites: ['H2', 'H3'] } }, 'wrongScope'],
    ['an external scope before the model is locked', { scope: { name: 'external', sites: ['H1'] } }, 'notApproved'],
    ['a hash that is not that of the request', { requestHash: sha256('forged') }, 'notComputable'],
    ['an operation that does not exist', { operation: 'statistics.made-up@1' }, 'notComputable'],
  ])('withholds for %s', async (_, forge, reason) => {
    const round = 100 + coordinator.captured.length;
    await coordinator.ask(first, firstParams, training, { run: 'r2', round, forge: forge as never });
    expect((await answered('r2', round)).header).toMatchObject({ state: 'withheld', reason });
  });

  it('reconsiders what it withheld when a later attempt asks', async () => {
    await coordinator.ask(first, firstParams, training, { run: 'r3', round: 1, expiresAt: 1 });
    expect((await answered('r3', 1)).header.state).toBe('withheld');
    await coordinator.ask(first, firstParams, training, { run: 'r3', round: 1, attempt: 2 });
    expect((await answered('r3', 1, 2)).header).toMatchObject({ state: 'released', attempt: 2 });
    // The same request in another run: the same content.
    expect(contents('r3', 1)[1]).toBe(contents('r1', 1)[0]);
  });

  it('waits for frozen parts, and keeps them', async () => {
    const recipe = new Frozen({ features: ['f1', 'f2'], medians: [0, 2], center: [0, 2], scale: [4, 1] });
    const params = { arms: [{ heldOut: null, recipe }], covariates: [], minBatch: 5, slopes: [] } as unknown as Packable;
    const combat = query('harmonization.combat-location@1');
    await coordinator.ask(combat, params, training, { run: 'r4', round: 1, withoutParts: true });
    await coordinator.until('the node to miss the part', () => node.log.some((line) => line['outcome'] === 'content-missing'));
    expect(coordinator.answers('r4', 1)).toHaveLength(0);
    await coordinator.ask(combat, params, training, { run: 'r4', round: 1, attempt: 2 });
    expect((await answered('r4', 1)).header.state).toBe('released');
    await coordinator.ask(combat, params, training, { run: 'r4', round: 2, withoutParts: true });
    expect((await answered('r4', 2)).header.state).toBe('released');
  });

  it('forgets what was committed, and gives the same bytes when asked nevertheless', async () => {
    await coordinator.ask(centered, centeredParams(1), training, { run: 'r5', round: 1 });
    await answered('r5', 1);
    await coordinator.ask(centered, centeredParams(2), training, { run: 'r5', round: 2, committedThrough: 1 });
    await answered('r5', 2);
    const held = async () => {
      const { rows: found } = await database.query(
        "select count(content)::int as n from site_task join site_release using (release_key) where run = 'r5'",
      );
      return (found[0] as { n: number }).n;
    };
    await expect.poll(held).toBe(1);
    await coordinator.ask(centered, centeredParams(1), training, { run: 'r5', round: 1, attempt: 2, committedThrough: 1 });
    await answered('r5', 1, 2);
    expect(new Set(coordinator.answers('r5', 1).map(({ bytes }) => sha256(bytes))).size).toBe(1);
    await coordinator.closeRun('r5');
    await expect.poll(held).toBe(0);
  });

  it('answers once, with the same bytes, when it is killed at any moment of a task', async () => {
    const delaysMs = [0, 3, 8, 15, 40];
    for (const [k, delayMs] of delaysMs.entries()) {
      const round = k + 1;
      await coordinator.ask(centered, centeredParams(10 + k), training, { run: 'r6', round });
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      await node.kill();
      node.start();
      await answered('r6', round);
      // A second request of the same round must find what the first one stored.
      await coordinator.ask(centered, centeredParams(10 + k), training, { run: 'r6', round, attempt: 2 });
      await coordinator.until('an answer after the second request', () => coordinator.answers('r6', round).length >= 2);
      expect(new Set(coordinator.answers('r6', round).map(({ bytes }) => sha256(bytes)))).toHaveLength(1);
    }
    const { rows: records } = await database.query(
      "select round, count(*)::int as n from site_egress where run = 'r6' group by round order by round",
    );
    expect(records).toEqual(delaysMs.map((_, k) => ({ round: k + 1, n: 1 })));
  });

  it('goes on after its database and its broker were killed', async () => {
    await postgres.kill();
    await coordinator.ask(centered, centeredParams(20), training, { run: 'r7', round: 1 });
    await coordinator.until('the node to notice', () =>
      node.log.some((line) => line['event'] === 'task-failed' && line['outage'] === true),
    );
    await postgres.restart();
    expect((await answered('r7', 1)).header.state).toBe('released');
    await broker.kill();
    await broker.restart();
    await coordinator.ask(centered, centeredParams(21), training, { run: 'r7', round: 2 });
    expect((await answered('r7', 2)).header.state).toBe('released');
  });

  it('shows signs of life that say nothing about data', async () => {
    const before = beats.length;
    await expect.poll(() => beats.length).toBeGreaterThan(before);
    for (const beat of beats)
      expect(beat).toMatchObject({ subject: 'fl.hb.H1', site: 'H1', state: expect.stringMatching(/^(idle|computing|sending|blocked)$/) });
    // A task that came again after an outage may still be under way.
    await expect.poll(() => beats.at(-1)).toMatchObject({ state: 'idle', run: null, round: null });
  });

  it('lists in its transcript every message that left, and nothing of a participant left', async () => {
    expect(await node.terminate()).toBe(0);
    const lines = readFileSync(join(node.dataDir, 'egress.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; sha256: string | null });
    const listed = new Set(lines.map((line) => line.sha256));
    for (const { bytes } of coordinator.captured) expect(listed).toContain(sha256(bytes));
    expect(lines.filter((line) => line.type === 'answer').length).toBeGreaterThanOrEqual(coordinator.of('answer').length);
    for (const { bytes } of coordinator.captured) expect(Buffer.from(bytes).includes('PSEUDONYM')).toBe(false);
    expect(node.stderr()).not.toContain('PSEUDONYM');
  });

  it('mends its transcript after a crash', async () => {
    const file = join(node.dataDir, 'egress.jsonl');
    const whole = readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; seq: number; sends: number });
    writeFileSync(file, readFileSync(file, 'utf8').slice(0, -400));
    node.start();
    await coordinator.until('the node', () => node.stderr().includes('"ready"'));
    expect(await node.terminate()).toBe(0);
    const keys = readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; seq: number; sends: number });
    const keyOf = (line: { seq: number; sends: number }) => `${line.seq} ${line.sends}`;
    const kept = new Set(keys.map(keyOf));
    for (const line of whole.filter((l) => l.type !== 'heartbeat')) expect(kept).toContain(keyOf(line));
  });

  it('refuses a cohort that has changed since something left', async () => {
    writeFileSync(join(node.dataDir, 'cohort', 'features.csv'), cohort.features.replace(',H1,-7,', ',H1,-8,'));
    node.start();
    await coordinator.ask(first, firstParams, training, { run: 'r8', round: 1 });
    expect((await answered('r8', 1)).header).toMatchObject({ state: 'withheld', reason: 'notComputable' });
    const { rows: records } = await database.query("select detail from site_egress where run = 'r8'");
    expect(records).toEqual([{ detail: 'SITE.COHORT_CHANGED' }]);
  });
});
