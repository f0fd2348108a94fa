import { catalogue } from '@cohortium/analysis';
import { unpackSummary } from '@cohortium/federation';
import type { AnyQuery, RosterScope } from '@cohortium/federation';
import { Frozen, hashJson, parseSiteId, sha256 } from '@cohortium/kernel';
import { CompactRange, MerkleTree, decodeLeaf, isSignedBy, leafHash, parseCheckpoint, parseKey } from '@cohortium/ledger';
import { lockedModelSchema } from '@cohortium/learning';
import { checkProtocol, protocolHash } from '@cohortium/protocol';
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
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const broken = findTestBroker() === undefined;
if (broken) console.warn('external-site.spec: skipped, no nats-server (set NATS_SERVER_BIN or run the set-up)');

/** Wide enough that the moments of all features need more than one message. */
const featureCount = 6000;
const names = Array.from({ length: featureCount }, (_, j) => `f${j}`);
const participantCount = 24;
const cell = (i: number, j: number) => ((i * 7 + j * 13) % 29) / 3 - 4;
const ids = Array.from({ length: participantCount }, (_, i) => `PSEUDONYM-${i}`);
const cohort = {
  features: [`patient_id,site,${names.join(',')}`, ...ids.map((id, i) => `${id},H4,${names.map((_, j) => cell(i, j)).join(',')}`)].join(
    '\n',
  ),
  clinical: ['patient_id,site,y', ...ids.map((id, i) => `${id},H4,${i % 2}`)].join('\n'),
};

const text = { en: 'A test', zh: '测试' };
const clause = { purpose: text, minParticipantsPerSite: 10 };
const protocol = checkProtocol({
  schemaVersion: 1,
  study: 'outside',
  version: '1.0.0',
  title: text,
  endpoint: { name: 'y', label: text, column: 'y', positive: [1], negative: [0] },
  features: { all: true },
  featureList: { names, sha256: hashJson(names) },
  sites: { training: ['H1', 'H2', 'H3'], external: ['H4'] },
  analysis: {
    models: [{ id: 'm', alpha: 0, penalty: { rule: 'fixed', lambda: 1 } }],
    primaryModel: 'm',
    harmonization: { method: 'none' },
  },
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
    { ...clause, clauseId: 'performance', operations: ['validation.external@1'], kind: 'siteSummary', scope: 'external' },
    { ...clause, clauseId: 'moments', operations: ['statistics.first-moments@1'], kind: 'sum', scope: 'all', secureAggregation: 'off' },
  ],
});

const center = [0.5, -1];
const scale = [2, 3];
const coefficients = [0.7, -0.4];
const intercept = 0.1;
const model = lockedModelSchema.parse({
  schemaVersion: 1,
  study: 'outside',
  protocolHash: protocolHash(protocol),
  endpoint: 'y',
  synthetic: true,
  preparation: {
    features: ['f0', 'f1'],
    medians: [0, 0],
    center,
    scale,
    harmonization: { method: 'none' },
    finalCenter: [0, 0],
    finalScale: [1, 1],
    clip: null,
  },
  models: [{ id: 'm', alpha: 0, lambda: 1, intercept, coefficients }],
  primaryModel: 'm',
  threshold: 0.5,
});
const modelSha256 = hashJson(model);
const lockedParams = { model: new Frozen(model), modelSha256 } as never;

const everyone: RosterScope = { name: 'all', sites: ['H1', 'H2', 'H3', 'H4'].map(parseSiteId) };
const external: RosterScope = { name: 'external', sites: [parseSiteId('H4')] };
const query = (name: string): AnyQuery => catalogue.get(name) as AnyQuery;

describe.skipIf(broken)('an external site as a process', () => {
  let postgres: TestPostgres;
  let broker: TestBroker;
  let coordinator: TestCoordinator;
  let node: SiteProcess;
  let database: pg.Pool;
  let closeLink: () => Promise<void>;

  beforeAll(async () => {
    compileProject('apps/site-node');
    [postgres, broker] = await Promise.all([startTestPostgres(), startTestBroker({ sites: ['H4'] })]);
    const databaseUrl = await postgres.createDatabase('site-H4');
    database = new pg.Pool({ connectionString: databaseUrl, max: 1 });
    database.on('error', () => undefined);
    const link = await broker.link('coordinator');
    closeLink = () => link.close();
    coordinator = await TestCoordinator.open(link, protocol, 'H4');
    const seed = broker.keys.get('H4')?.seed as Uint8Array;
    // Requests here are of the test's own making; test/contract/site-provenance.spec.ts has those of a program.
    const program = 'test/fixtures/unprotected-site.mjs';
    node = prepareSiteProcess({
      site: 'H4',
      seed,
      databaseUrl,
      brokerUrl: broker.url,
      cohort,
      policy: 'approve: {studies: any, allowExceptions: true}',
      program,
    });
    node.start();
    await coordinator.offer();
    await coordinator.until('approval', () => coordinator.of('approval').find(({ header }) => header.decision === 'approved'));
  }, wholeRunMs);

  afterAll(async () => {
    await node?.remove();
    await coordinator?.close();
    await closeLink?.();
    await database?.end();
    await Promise.all([postgres?.stop(), broker?.stop()]);
  });

  const answered = (run: string, round: number, count = 1) =>
    coordinator.until(`answer ${count} to ${run}/${round}`, () => coordinator.answers(run, round)[count - 1]);
  const detail = async (run: string, round: number) =>
    (await database.query('select detail from site_egress where run = $1 and round = $2 order by id desc limit 1', [run, round]))
      .rows[0] as unknown;

  it('tells its eligibility before the lock, and nothing else', async () => {
    await coordinator.ask(query('statistics.eligibility@1'), { minParticipants: 10, needBothClasses: true }, everyone, {
      run: 'r',
      round: 1,
    });
    expect((await answered('r', 1)).header.state).toBe('released');
    await coordinator.ask(query('validation.external@1'), lockedParams, external, { run: 'r', round: 2 });
    expect((await answered('r', 2)).header).toMatchObject({ state: 'withheld', reason: 'notApproved' });
    expect(await detail('r', 2)).toEqual({ detail: 'SITE.NO_MODEL_LOCK' });
  });

  it('A22: opens nothing for a lock that the log of the coordinator has not shown', async () => {
    await coordinator.ask(query('validation.external@1'), lockedParams, external, { run: 'q', round: 1, modelLock: modelSha256 });
    expect((await answered('q', 1)).header).toMatchObject({ state: 'withheld', reason: 'notApproved' });
    expect(await detail('q', 1)).toEqual({ detail: 'SITE.NOT_OPENED' });
    // Opened for one model, it opens for no other: thresholds cannot be chosen after the labels were seen.
    await coordinator.witness({ lock: { run: 'q', modelSha256: sha256('first model') } });
    await coordinator.witness({ lock: { run: 'q', modelSha256 } });
    await coordinator.ask(query('validation.external@1'), lockedParams, external, {
      run: 'q',
      round: 1,
      attempt: 2,
      modelLock: modelSha256,
    });
    expect((await answered('q', 1, 2)).header).toMatchObject({ state: 'withheld', reason: 'notApproved' });
    expect(node.log.some((line) => line['event'] === 'second-lock')).toBe(true);
  });

  it('refuses a model that is not the locked one', async () => {
    await coordinator.witness({ lock: { run: 'r', modelSha256: sha256('another model') } });
    await coordinator.ask(query('validation.external@1'), lockedParams, external, {
      run: 'r',
      round: 3,
      modelLock: sha256('another model'),
    });
    expect((await answered('r', 3)).header).toMatchObject({ state: 'withheld', reason: 'notComputable' });
    expect(await detail('r', 3)).toEqual({ detail: 'SITE.LOCK_MISMATCH' });
  });

  it('scores with the locked model, by ONNX too, and keeps the predictions', async () => {
    await coordinator.witness({ lock: { run: 's', modelSha256 } });
    await coordinator.ask(query('validation.external@1'), lockedParams, external, { run: 's', round: 1, modelLock: modelSha256 });
    const answer = await answered('s', 1);
    expect(answer.header).toMatchObject({ state: 'released', clauseId: 'performance' });
    const file = join(node.dataDir, 'predictions-external.csv');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const [header, ...lines] = readFileSync(file, 'utf8').trim().split('\n');
    expect(header).toBe('patient_id,site,outcome,m');
    lines.forEach((line, i) => {
      const [id, site, outcome, probability] = line.split(',');
      const z = [0, 1].reduce(
        (sum, j) => sum + ((cell(i, j) - (center[j] as number)) / (scale[j] as number)) * (coefficients[j] as number),
        intercept,
      );
      expect([id, site, outcome]).toEqual([ids[i], 'H4', String(i % 2)]);
      expect(Number(probability)).toBeCloseTo(1 / (1 + Math.exp(-z)), 12);
    });
    const committed = unpackSummary(coordinator.contentOf(answer)) as { predictionsSha256: { m: string } };
    expect(committed.predictionsSha256.m).toBe(sha256(lines.map((line) => `${line.split(',')[0]},${line.split(',')[3]}\n`).join('')));
  });

  it('tries an unexpected failure a few times, then says that it cannot compute', async () => {
    await coordinator.witness({ lock: { run: 'u', modelSha256 } });
    // A folder where the file of predictions belongs.
    rmSync(join(node.dataDir, 'predictions-external.csv'));
    mkdirSync(join(node.dataDir, 'predictions-external.csv'));
    const failures = () => node.log.filter((line) => line['event'] === 'task-failed' && line['run'] === 'u').length;
    await coordinator.ask(query('validation.external@1'), lockedParams, external, { run: 'u', round: 1, modelLock: modelSha256 });
    expect((await answered('u', 1)).header).toMatchObject({ state: 'withheld', reason: 'notComputable' });
    expect(await detail('u', 1)).toEqual({ detail: 'UNEXPECTED' });
    expect(failures()).toBe(5);
    rmSync(join(node.dataDir, 'predictions-external.csv'), { recursive: true });
    await coordinator.ask(query('validation.external@1'), lockedParams, external, {
      run: 'u',
      round: 1,
      attempt: 2,
      modelLock: modelSha256,
    });
    expect((await answered('u', 1, 2)).header.state).toBe('released');
    expect(readFileSync(join(node.dataDir, 'predictions-external.csv'), 'utf8')).toContain('PSEUDONYM-0');
  });

  it('holds a run to one lock', async () => {
    await coordinator.ask(query('statistics.first-moments@1'), { heldOut: [null], featureCount }, everyone, {
      run: 's',
      round: 2,
      modelLock: sha256('another model'),
    });
    expect((await answered('s', 2)).header).toMatchObject({ state: 'withheld', reason: 'contradictsEarlierRelease' });
  });

  it('sends a long vector in chunks, all of them again when asked again, also after a crash and after it was forgotten', async () => {
    await coordinator.witness({ lock: { run: 't', modelSha256 } });
    const params = { heldOut: [null], featureCount };
    const ask = (attempt: number, committedThrough = 0) =>
      coordinator.ask(query('statistics.first-moments@1'), params, everyone, {
        run: 't',
        round: 1,
        attempt,
        modelLock: modelSha256,
        committedThrough,
      });
    await ask(1);
    const first = await answered('t', 1);
    const { chunks, bytes, sha256: hash } = first.header.payload;
    expect([chunks, bytes]).toEqual([2, (2 + 2 * featureCount) * 32]);
    expect(sha256(coordinator.contentOf(first))).toBe(hash);

    await node.kill();
    node.start();
    const chunksSoFar = () => coordinator.of('chunk').length;
    for (const attempt of [2, 3]) {
      const before = chunksSoFar();
      await ask(attempt);
      const again = await answered('t', 1, attempt);
      expect(chunksSoFar() - before).toBe(2);
      expect(sha256(again.bytes)).toBe(sha256(first.bytes));
    }
    await coordinator.closeRun('t');
    await expect
      .poll(async () => (await database.query("select content from site_task join site_release using (release_key) where run = 't'")).rows)
      .toEqual([{ content: null }]);
    await ask(4);
    expect(sha256((await answered('t', 1, 4)).bytes)).toBe(sha256(first.bytes));
    expect(sha256(coordinator.contentOf(first))).toBe(hash);
    for (const { bytes: sent } of coordinator.captured) expect(Buffer.from(sent).includes('PSEUDONYM')).toBe(false);
  });

  it('tells its log leaf by leaf, signed, when it is asked to witness', async () => {
    const { note, leaves, key, cosignatures } = await toldLog();
    const checkpoint = parseCheckpoint(note);
    expect(isSignedBy(checkpoint.note, parseKey(key))).toBe(true);
    const tree = MerkleTree.of(leaves.map((leaf) => leafHash(Buffer.from(leaf, 'utf8'))));
    expect(Buffer.compare(tree.root(), checkpoint.root)).toBe(0);
    const decoded = leaves.map(decodeLeaf);
    expect(decoded[0]).toMatchObject({ type: 'approval', decision: 'approved' });
    expect(decoded.filter(({ type }) => type === 'validationOpening').map((leaf) => 'run' in leaf && leaf.run)).toEqual([
      'q',
      'r',
      's',
      'u',
      't',
    ]);
    expect(decoded.filter(({ type }) => type === 'released').length).toBeGreaterThan(2);
    // Counts are committed to, not told.
    expect(leaves.join()).not.toContain('participants');
    expect(cosignatures.map(({ log }) => log)).toEqual(['cohortium/outside/coordinator']);
  });

  it('A13: an old database is met by the file beside it, and by what the coordinator echoes; nothing leaves', async () => {
    const { note, leaves } = await toldLog();
    await node.kill();
    await rollBack(leaves.slice(0, -3));
    // Unprotected: without the file, and before the coordinator has said anything, the node goes on from the old state.
    const file = join(node.dataDir, 'ledger', 'outside.checkpoint');
    const kept = readFileSync(file);
    rmSync(file);
    node.start();
    const eligibility = (round: number) =>
      coordinator.ask(query('statistics.eligibility@1'), { minParticipants: 10, needBothClasses: true }, everyone, { run: 'w', round });
    await eligibility(1);
    expect((await answered('w', 1)).header.state).toBe('released');
    const incidents = () => node.log.filter((line) => line['event'] === 'ledger-incident');
    await coordinator.witness({ echo: note });
    await expect.poll(() => incidents().at(-1)?.['code']).toBe('LEDGER.ROLLED_BACK');
    await node.kill();
    // Protected: the file alone is enough.
    writeFileSync(file, kept, { mode: 0o600 });
    const before = incidents().length;
    node.start();
    await expect.poll(() => incidents().slice(before).at(-1)?.['code']).toBe('LEDGER.ROLLED_BACK');
    const failed = () => node.log.filter((line) => line['event'] === 'task-failed' && line['round'] === 2 && line['run'] === 'w');
    await eligibility(2);
    await expect.poll(() => failed().at(-1)?.['code']).toBe('LEDGER.ROLLED_BACK');
    expect(coordinator.answers('w', 2)).toEqual([]);
  });

  /** The whole log as the site tells it. */
  async function toldLog() {
    const seen = coordinator.of('witnessed').length;
    await coordinator.witness();
    const { header } = await coordinator.until('the log', () => coordinator.of('witnessed')[seen]);
    return { ...header, note: header.note ?? '' };
  }

  /** The database as a backup with these leaves has it. */
  async function rollBack(leaves: readonly string[]): Promise<void> {
    const range = leaves.reduce((edge, leaf) => edge.append(leafHash(Buffer.from(leaf, 'utf8'))), CompactRange.empty);
    await database.query('alter table ledger_leaf disable trigger user');
    await database.query('delete from ledger_leaf where index >= $1', [range.size]);
    await database.query('alter table ledger_leaf enable trigger user');
    await database.query('update ledger_log set size = $1, root = $2, edges = $3', [range.size, range.root, range.toBytes()]);
    await database.query('delete from ledger_checkpoint where size > $1', [range.size]);
  }
});
