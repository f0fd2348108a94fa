import { sha256 } from '@cohortium/kernel';
import { startTestPostgres } from '@cohortium/testkit';
import type { TestPostgres } from '@cohortium/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DataSource } from 'typeorm';
import { openCoordinatorDatabase } from './coordinator-database.js';
import type { CoordinatorDatabase } from './coordinator-database.js';
import type { AnswerOutcome, ArrivedAnswer, NewRound } from './round.repository.js';
import { coordinatorEntities } from './tables.js';

const at = new Date('2026-03-01T10:00:00Z');
const hash = (text: string) => sha256(text);
const bytes = (...values: number[]) => new Uint8Array(values);

let server: TestPostgres;
let database: CoordinatorDatabase;
let url: string;
let sequence = 0;

beforeAll(async () => {
  server = await startTestPostgres();
  url = await server.createDatabase('coordinator');
  database = await openCoordinatorDatabase({ url, applicationName: 'spec' });
  for (const [site, nkey] of [
    ['A', 'UA'],
    ['B', 'UB'],
  ] as const)
    await database.sites.enroll(site, `Hospital ${site}`, nkey, at);
});
afterAll(async () => {
  await database?.close();
  await server?.stop();
});

async function study(name: string): Promise<string> {
  const protocolHash = hash(name);
  await database.studies.submit({ protocolHash, study: name, version: '1.0.0', protocolJson: '{}', submittedAt: at }, []);
  return protocolHash;
}

async function runningRun(name: string): Promise<string> {
  const id = `${name}-run`;
  await database.runs.create({ id, study: name, protocolHash: await study(name) }, ['A', 'B'], at);
  await database.runs.begin(id, at);
  return id;
}

function roundOf(run: string, round: number, requestHash = hash(`${run} ${round}`)): NewRound {
  const common = { operation: 'spec.mean@1', kind: 'sum' as const, scopeName: 'training', sites: ['A', 'B'] };
  return {
    run,
    round,
    requestHash,
    ...common,
    paramsSha256: hash('p'),
    paramsBytes: 1,
    openedAt: at,
    expiresAt: new Date(at.getTime() + 1000),
  };
}

function answerOf(run: string, round: number, site: string, content: Uint8Array): ArrivedAnswer {
  const study = run.replace(/-run$/, '');
  const common = { site, study, type: 'answer', run, round, operation: 'spec.mean@1', payloadSha256: sha256(content), receivedAt: at };
  return {
    message: { ...common, streamSequence: String(++sequence), byteCount: content.length + 100, sha256: hash(`frame ${sequence}`) },
    requestHash: hash(`${run} ${round}`),
    kind: 'sum',
    state: 'released',
    reason: null,
    clauseId: 'c1',
    contentSha256: sha256(content),
    content,
  };
}

async function accept(answer: ArrivedAnswer): Promise<AnswerOutcome | undefined> {
  return (await database.rounds.accept([answer]))[0];
}

describe('tables', () => {
  it('are those that the entities describe', async () => {
    const source = await new DataSource({ type: 'postgres', url, entities: coordinatorEntities }).initialize();
    const { upQueries } = await source.driver.createSchemaBuilder().log();
    await source.destroy();
    // Foreign keys, checks and partial indexes live in the migration alone.
    const changes = upQueries.map(({ query }) => query).filter((query) => !/DROP CONSTRAINT|DROP INDEX/.test(query));
    expect(changes).toEqual([]);
  });

  it('are made once', async () => {
    const again = await openCoordinatorDatabase({ url, applicationName: 'spec' });
    expect((await again.sites.all()).map((site) => site.site)).toEqual(['A', 'B']);
    await again.close();
  });
});

describe('sites', () => {
  it('keep their key', async () => {
    expect(await database.sites.enroll('A', 'Renamed', 'UA', at)).toBe('enrolled');
    expect(await database.sites.enroll('A', 'Thief', 'UX', at)).toBe('keyDiffers');
    expect(await database.sites.enroll('C', 'Same key as A', 'UA', at)).toBe('keyDiffers');
    expect((await database.sites.all()).map((s) => [s.site, s.displayName, s.nkey])).toEqual([
      ['A', 'Renamed', 'UA'],
      ['B', 'Hospital B', 'UB'],
    ]);
    expect(await database.sites.hello('A', 'UX', '1', [], at)).toBe(false);
    expect(await database.sites.hello('A', 'UA', '0.1.0', ['spec.mean@1'], at)).toBe(true);
    expect((await database.sites.all())[0]).toMatchObject({ release: '0.1.0', operations: ['spec.mean@1'] });
    expect(await database.sites.unknown(['A', 'Z'])).toEqual(['Z']);
  });
});

describe('studies', () => {
  it('hold one protocol per version, and offers once', async () => {
    const offer = { messageId: 'offer.A', subject: 'fl.S1.task.A', run: null, head: bytes(1, 2, 3), slice: null };
    const submitted = { protocolHash: hash('S1'), study: 'S1', version: '1.0.0', protocolJson: '{"a":1}', submittedAt: at };
    const first = await database.studies.submit(submitted, [offer]);
    expect(first).toMatchObject([{ messageId: 'offer.A' }]);
    expect(await database.studies.submit(submitted, [offer])).toEqual([]);
    expect(await database.studies.submit({ ...submitted, protocolHash: hash('other') }, [])).toBe('versionDiffers');
    const later = { ...submitted, protocolHash: hash('S1 v2'), version: '2.0.0', submittedAt: new Date(at.getTime() + 1) };
    expect(await database.studies.submit(later, [])).toEqual([]);
    expect((await database.studies.latest('S1'))?.version).toBe('2.0.0');
    const waiting = await database.outbox.unsent();
    expect(waiting.map((m) => [m.messageId, [...m.head], m.slice])).toEqual([['offer.A', [1, 2, 3], null]]);
    await database.outbox.markSent([waiting[0]?.id ?? ''], at);
    expect(await database.outbox.unsent()).toEqual([]);
  });

  it('do not let a late "waiting" take a decision back', async () => {
    const protocolHash = await study('S2');
    const decide = (decision: 'approved' | 'refused' | 'waiting', site = 'A') =>
      database.studies.decide({ protocolHash, site, decision, reason: 'byOperator', decidedAt: at });
    expect((await database.studies.unanswered('A')).map((s) => s.study)).toContain('S2');
    expect(await decide('waiting')).toBe(true);
    expect(await decide('approved')).toBe(true);
    expect(await decide('waiting')).toBe(true);
    expect((await database.studies.approvals(protocolHash)).map((a) => a.decision)).toEqual(['approved']);
    expect(await decide('refused')).toBe(true);
    expect((await database.studies.approvals(protocolHash)).map((a) => a.decision)).toEqual(['refused']);
    expect(await decide('approved', 'Z')).toBe(false);
    expect((await database.studies.unanswered('A')).map((s) => s.study)).not.toContain('S2');
  });
});

describe('runs', () => {
  it('are one at a time per study', async () => {
    const protocolHash = await study('R1');
    expect(await database.runs.create({ id: 'r1', study: 'R1', protocolHash }, ['A'], at)).toBe(true);
    expect(await database.runs.create({ id: 'r2', study: 'R1', protocolHash }, ['A'], at)).toBe(false);
    await database.runs.end('r1', { state: 'aborted', error: { code: 'X.Y', params: {}, message: 'm', exit: 1 } }, at, []);
    expect(await database.runs.create({ id: 'r2', study: 'R1', protocolHash }, ['A'], at)).toBe(true);
    expect((await database.runs.activeOf('R1'))?.id).toBe('r2');
    expect((await database.runs.ofStudy('R1')).map((r) => r.id).sort()).toEqual(['r1', 'r2']);
  });

  it('tell each event once and in order, and end once', async () => {
    const run = await runningRun('R2');
    await database.runs.begin(run, at);
    await database.runs.stepBegins(run, 'eligibility', at);
    await database.runs.stepBegins(run, 'eligibility', at);
    const closing = { messageId: `${run}.closed`, subject: 's', run, head: bytes(9), slice: null };
    expect(await database.runs.end(run, { state: 'finished', resultsJson: '{}' }, at, [closing])).toHaveLength(1);
    expect(await database.runs.end(run, { state: 'finished', resultsJson: '{"other":1}' }, at, [closing])).toEqual([]);
    await database.runs.stepBegins(run, 'late', at);
    const events = await database.runs.events(run, 0, 100);
    expect(events.map((e) => [e.seq, e.type])).toEqual([
      [1, 'waitingForApproval'],
      [2, 'approved'],
      [3, 'stepBegins'],
      [4, 'finished'],
    ]);
    expect((await database.runs.events(run, 2, 100)).map((e) => e.seq)).toEqual([3, 4]);
    expect(await database.runs.resultsJson(run)).toBe('{}');
    expect(await database.runs.find(run)).toMatchObject({ state: 'finished', step: 'eligibility' });
  });

  it('lock one model', async () => {
    const run = await runningRun('R3');
    const lock = { run, hash: hash('m'), modelJson: '{}', onnx: bytes(1), onnxSha256: hash('o'), lockedAt: at };
    expect(await database.runs.lockModel(lock)).toMatchObject({ hash: hash('m'), onnxSha256: hash('o') });
    expect(await database.runs.lockModel({ ...lock, hash: hash('other') })).toMatchObject({ hash: hash('m') });
    expect([...((await database.runs.modelLock(run))?.onnx ?? [])]).toEqual([1]);
    expect((await database.runs.events(run, 2, 100)).map((e) => e.type)).toEqual(['modelLocked']);
  });
});

describe('rounds', () => {
  it('open with their messages, resume under a new attempt, refuse another request', async () => {
    const run = await runningRun('O1');
    const body = bytes(10, 11, 12, 13);
    await database.rounds.savePayload(run, 1, hash('body'), body);
    const messages = [
      { messageId: `${run}.1`, subject: 's', run, head: bytes(1), slice: { sha256: hash('body'), from: 1, bytes: 2 } },
      { messageId: `${run}.2`, subject: 's', run, head: bytes(2), slice: null },
    ];
    const opened = await database.rounds.open(roundOf(run, 1), messages);
    expect(opened).toMatchObject({ state: 'opened', queued: [{ messageId: `${run}.1` }, { messageId: `${run}.2` }] });
    const unsent = (await database.outbox.unsent()).filter((m) => m.run === run);
    expect([...((await database.outbox.body(unsent[0] as never)) ?? [])]).toEqual([11, 12]);
    expect(await database.rounds.open(roundOf(run, 1), messages)).toMatchObject({ state: 'resumed', attempt: 2, answers: [] });
    expect(await database.rounds.nextAttempt(run, 1)).toBe(3);
    expect(await database.rounds.open(roundOf(run, 1, hash('other')), messages)).toEqual({ state: 'hashDiffers' });
    expect(await database.rounds.awaited(run)).toMatchObject({ round: 1, sites: ['A', 'B'] });
    expect(await database.rounds.open(roundOf('unknown', 1), [])).toEqual({ state: 'runNotRunning' });
  });

  it('store the first answer of a site, know duplicates, keep evidence of contradictions', async () => {
    const run = await runningRun('O2');
    await database.rounds.open(roundOf(run, 1), []);
    const answer = answerOf(run, 1, 'A', bytes(1, 2));
    expect(await accept(answer)).toEqual({ state: 'stored' });
    expect(await accept(answer)).toEqual({ state: 'duplicate' });
    expect(await accept(answerOf(run, 1, 'A', bytes(1, 2)))).toEqual({ state: 'duplicate' });
    expect(await accept({ ...answerOf(run, 1, 'B', bytes(3)), requestHash: hash('other') })).toEqual({
      state: 'otherRequest',
    });
    expect(await accept(answerOf(run, 1, 'Z', bytes(3)))).toEqual({ state: 'otherRequest' });
    expect(await accept(answerOf(run, 2, 'A', bytes(3)))).toEqual({ state: 'unknownRound' });
    expect((await database.rounds.awaited(run))?.sites).toEqual(['B']);
    expect(await database.rounds.equivocator(run, 1)).toBeUndefined();
    expect(await accept(answerOf(run, 1, 'A', bytes(7)))).toEqual({ state: 'contradicts', whileOpen: true });
    expect(await database.rounds.equivocator(run, 1)).toBe('A');
    const answers = await database.rounds.answers(run, 1);
    expect(answers.map((a) => [a.site, a.state, [...(a.content ?? [])]])).toEqual([['A', 'released', [1, 2]]]);
    // Seven messages arrived; the first one twice by the broker's doing.
    expect(await database.transcript.traffic(run)).toEqual([
      { site: 'A', messages: 4, bytes: 102 + 102 + 101 + 101 },
      { site: 'B', messages: 1, bytes: 101 },
      { site: 'Z', messages: 1, bytes: 101 },
    ]);
  });

  it('commit once, forget contents, and know late answers', async () => {
    const run = await runningRun('O3');
    await database.rounds.open(roundOf(run, 1), []);
    await database.rounds.savePayload(run, 1, hash('body'), bytes(1));
    for (const site of ['A', 'B']) await accept(answerOf(run, 1, site, bytes(site.charCodeAt(0))));
    const requestHash = hash(`${run} 1`);
    expect(await database.rounds.commit(run, 1, requestHash, bytes(5), at)).toBe(true);
    expect(await database.rounds.commit(run, 1, requestHash, bytes(6), at)).toBe(true);
    expect(await database.rounds.commit(run, 1, hash('other'), bytes(6), at)).toBe(false);
    expect([...((await database.rounds.committed(run, 1))?.result ?? [])]).toEqual([5]);
    expect(await database.rounds.committed(run, 2)).toBeUndefined();
    expect((await database.rounds.answers(run, 1)).map((a) => a.content)).toEqual([null, null]);
    expect(await database.rounds.open(roundOf(run, 1), [])).toEqual({ state: 'hashDiffers' });
    expect(await accept(answerOf(run, 1, 'A', bytes(65)))).toEqual({ state: 'duplicate' });
    expect(await accept(answerOf(run, 1, 'A', bytes(66)))).toEqual({ state: 'contradicts', whileOpen: false });
    expect(await database.rounds.equivocator(run, 1)).toBeUndefined();
    await database.rounds.open(roundOf(run, 2), []);
    await database.runs.end(run, { state: 'aborted', error: { code: 'X.Y', params: {}, message: 'm', exit: 1 } }, at, []);
    expect(await accept(answerOf(run, 2, 'A', bytes(1)))).toEqual({ state: 'closed' });
    expect((await database.runs.events(run, 2, 100)).map((e) => e.type)).toEqual([
      'roundOpened',
      'siteAnswered',
      'siteAnswered',
      'roundCommitted',
      'roundOpened',
      'aborted',
    ]);
  });

  it('count chunks and approvals of the study in the transcript of a run', async () => {
    const run = await runningRun('O4');
    await database.rounds.open(roundOf(run, 1), []);
    const answer = answerOf(run, 1, 'A', bytes(1, 2));
    const chunk = { ...answer.message, type: 'chunk', run: null, round: null, operation: null, sha256: hash('chunk'), byteCount: 10 };
    const other = { ...chunk, payloadSha256: hash('of no answer'), sha256: hash('chunk 2') };
    const approval = { ...chunk, type: 'approval', payloadSha256: null, sha256: hash('approval') };
    for (const message of [chunk, other, approval]) await database.transcript.record(message);
    await accept(answer);
    expect((await database.transcript.ofRun(run)).map((m) => m.type)).toEqual(['chunk', 'approval', 'answer']);
  });
});

describe('answers together', () => {
  it('are stored each by its own merit, across runs', async () => {
    const [one, two] = [await runningRun('T1'), await runningRun('T2')];
    await database.rounds.open(roundOf(one, 1), []);
    await database.rounds.open(roundOf(two, 1), []);
    await accept(answerOf(one, 1, 'A', bytes(1)));
    const outcomes = await database.rounds.accept([
      answerOf(one, 1, 'B', bytes(2)),
      answerOf(one, 1, 'A', bytes(1)),
      answerOf(two, 1, 'A', bytes(3)),
      answerOf(one, 2, 'A', bytes(4)),
      answerOf(two, 1, 'Z', bytes(5)),
      answerOf(two, 1, 'B', bytes(6)),
    ]);
    expect(outcomes.map(({ state }) => state)).toEqual(['stored', 'duplicate', 'stored', 'unknownRound', 'otherRequest', 'stored']);
    const content = async (run: string) => (await database.rounds.answers(run, 1)).map((a) => [a.site, ...(a.content ?? [])]).sort();
    expect([await content(one), await content(two)]).toEqual([
      [
        ['A', 1],
        ['B', 2],
      ],
      [
        ['A', 3],
        ['B', 6],
      ],
    ]);
    const told = await database.runs.events(two, 0, 100);
    expect(told.map(({ seq, type, data }) => [seq, type, data['site']]).slice(3)).toEqual([
      [4, 'siteAnswered', 'A'],
      [5, 'siteAnswered', 'B'],
    ]);
  });
});

describe('concurrency', () => {
  it('gives every event of a run its own number while answers cross', async () => {
    const run = await runningRun('P1');
    const sites = Array.from({ length: 12 }, (_, i) => `S${i}`);
    await database.rounds.open({ ...roundOf(run, 1), sites }, []);
    const outcomes = await Promise.all(sites.map((site) => accept(answerOf(run, 1, site, bytes(1)))));
    expect(outcomes.every((o) => o?.state === 'stored')).toBe(true);
    const events = await database.runs.events(run, 0, 100);
    expect(events.map((e) => e.seq)).toEqual(Array.from({ length: 15 }, (_, i) => i + 1));
  });
});
