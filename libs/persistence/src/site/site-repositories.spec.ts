import { parseSiteId, sha256 } from '@cohortium/kernel';
import { createGate } from '@cohortium/privacy';
import type { Released } from '@cohortium/privacy';
import { siteLog } from '@cohortium/ledger';
import { checkProtocol } from '@cohortium/protocol';
import { startTestPostgres } from '@cohortium/testkit';
import type { TestPostgres } from '@cohortium/testkit';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../data-source.js';
import { LedgerBook } from '../ledger/ledger-book.js';
import { SiteAnswerRepository } from './answer.repository.js';
import type { AnsweredTask, DecidedAnswer } from './answer.repository.js';
import { relaxed } from './commit-statement.js';
import { SiteOutboxRepository } from './outbox.repository.js';
import type { NewOutboxMessage } from './outbox.repository.js';
import { SitePartRepository } from './part.repository.js';
import { SiteProtocolRepository } from './protocol.repository.js';
import { siteEntities, siteMigrations } from './tables.js';

const hashOf = (text: string) => sha256(text);
const at = new Date('2025-01-02T03:04:05.000Z');

const text = { en: 'A test', zh: '测试' };
const protocol = checkProtocol({
  schemaVersion: 1,
  study: 'study',
  version: '1.0.0',
  title: text,
  endpoint: { name: 'y', label: text, column: 'y', positive: [1], negative: [0] },
  features: { all: true },
  sites: { training: ['A', 'B', 'C'] },
  analysis: { models: [{ id: 'm', alpha: 0, penalty: { rule: 'fixed', lambda: 1 } }], primaryModel: 'm' },
  validation: { leaveOneSiteOut: { enabled: false } },
  clauses: [{ clauseId: 'means', purpose: text, operations: ['test.mean@1'], kind: 'sum', scope: 'training' }],
});
const site = parseSiteId('A');
const gate = createGate({ protocol, site });

/** Content through the real gate: there is no other way to make a `Released`. */
function released(bytes: Uint8Array): Released {
  const outcome = gate.decide(
    {
      site,
      operation: 'test.mean@1',
      kind: 'sum',
      scope: { name: 'training', sites: ['A', 'B', 'C'].map(parseSiteId) },
      releaseKey: hashOf('any'),
      words: bytes,
      participantCount: 20,
      freeParameters: 0,
      scopeParticipantCount: 60,
    },
    { find: () => undefined, countInRun: () => 0 },
  );
  if (outcome.state !== 'released') throw new Error(outcome.reason);
  return outcome.released;
}

function answer(run: string, round: number, bytes: Uint8Array, over: Partial<AnsweredTask> = {}): DecidedAnswer & { released: Released } {
  const content = released(bytes);
  const task = {
    run,
    round,
    requestHash: hashOf(`request ${round}`),
    attempt: 1,
    operation: 'test.mean@1',
    kind: 'sum' as const,
    scopeName: 'training' as const,
    scopeSites: ['A', 'B', 'C'],
    protocolHash: hashOf('protocol'),
    modelLock: null,
    state: 'released' as const,
    releaseKey: hashOf(`release ${round}`),
    frameKey: null,
    answeredAt: at,
    ...over,
  };
  const egress = { ...task, clauseId: 'means', reason: null, detail: null, byteCount: bytes.length, sha256: content.sha256, at };
  const message: NewOutboxMessage = {
    messageId: `${run}.${round}.1`,
    answerId: `${run}.${round}`,
    subject: 'fl.study.up.A',
    type: 'answer',
    header: '{"type":"answer"}',
    releaseKey: task.releaseKey,
    bodyFrom: 2,
    bodyBytes: bytes.length - 2,
    frameBytes: 100,
    frameSha256: hashOf('frame'),
    run,
    round,
    operation: task.operation,
    clauseId: 'means',
    attempt: 1,
  };
  return { study: 'study', task, egress: pick(egress), released: content, messages: [message] };
}

function pick(e: DecidedAnswer['egress']): DecidedAnswer['egress'] {
  const { run, round, attempt, requestHash, operation, clauseId, state, reason, detail, byteCount, sha256: hash, at: when } = e;
  return { run, round, attempt, requestHash, operation, clauseId, state, reason, detail, byteCount, sha256: hash, at: when };
}

describe('repositories of a site, on PostgreSQL', () => {
  let server: TestPostgres;
  let source: DataSource;
  let answers: SiteAnswerRepository;
  let outbox: SiteOutboxRepository;
  let book: LedgerBook;
  let databases = 0;

  beforeAll(async () => void (server = await startTestPostgres()));
  afterAll(() => server.stop());
  beforeEach(async () => {
    const url = await server.createDatabase(`site-${++databases}`);
    const open = () => openDatabase({ url, applicationName: 'spec', entities: siteEntities, migrations: siteMigrations });
    // Two processes that start at once: both come through, and the migrations have run once.
    const [first, second] = await Promise.all([open(), open()]);
    await second.destroy();
    source = first;
    book = new LedgerBook(source);
    answers = new SiteAnswerRepository(source, book, 'A');
    outbox = new SiteOutboxRepository(source);
    return () => source.destroy();
  });

  it('has tables that match the entities', async () => {
    const pending = await source.driver.createSchemaBuilder().log();
    const changed = pending.upQueries.map((query) => query.query).filter((sql) => !/CONSTRAINT|INDEX/i.test(sql));
    expect(changed).toEqual([]);
  });

  it('stores an answer once and gives its messages to the relay', async () => {
    const decided = answer('run', 1, Uint8Array.of(1, 2, 3, 4));
    const stored = await answers.commit(decided);
    expect(stored.map((m) => m.messageId)).toEqual(['run.1.1']);
    expect(await answers.commit(decided)).toEqual([]);
    expect(await outbox.unsent()).toEqual(stored);
    expect(Array.from((await outbox.body(stored[0] as (typeof stored)[0])) as Uint8Array)).toEqual([3, 4]);
    expect(await answers.find('run', 1)).toMatchObject({ requestHash: hashOf('request 1'), state: 'released' });
    expect(await answers.find('run', 2)).toBeUndefined();
  });

  it('stores nothing of an answer whose last part fails', async () => {
    const decided = answer('run', 1, Uint8Array.of(1, 2, 3));
    const broken = { ...decided, messages: [{ ...(decided.messages[0] as NewOutboxMessage), subject: 'x'.repeat(200) }] };
    await expect(answers.commit(broken)).rejects.toThrow();
    expect(await answers.find('run', 1)).toBeUndefined();
    expect(
      (
        await answers.past({
          releaseKey: hashOf('release 1'),
          run: 'other',
          round: 9,
          protocolHash: hashOf('protocol'),
          scopeName: 'training',
        })
      ).sha256,
    ).toBeUndefined();
  });

  it('tells the gate what has left, apart from the round in question', async () => {
    await answers.commit(answer('run', 1, Uint8Array.of(1, 2, 3), { scopeSites: ['A', 'B'] }));
    await answers.commit(answer('run', 2, Uint8Array.of(4, 5, 6)));
    const asked = { releaseKey: hashOf('release 1'), run: 'run', protocolHash: hashOf('protocol'), scopeName: 'training' };
    const third = await answers.past({ ...asked, round: 3 });
    expect(third).toEqual({ sha256: sha256(Uint8Array.of(1, 2, 3)), countByClause: new Map([['means', 2]]), sitesOfSums: ['A', 'B'] });
    const first = await answers.past({ ...asked, round: 1 });
    expect(first.countByClause.get('means')).toBe(1);
    expect(first.sitesOfSums).toEqual(['A', 'B', 'C']);
    const elsewhere = await answers.past({ ...asked, run: 'later', round: 1, protocolHash: hashOf('amended') });
    expect(elsewhere.countByClause.size).toBe(0);
    expect(elsewhere.sitesOfSums).toBeUndefined();
  });

  it('stores nothing when other content was released under the key', async () => {
    await answers.commit(answer('run', 1, Uint8Array.of(1, 2, 3)));
    const other = answer('run', 2, Uint8Array.of(9, 9, 9), { releaseKey: hashOf('release 1') });
    await expect(answers.commit(other)).rejects.toMatchObject({ code: 'PERSISTENCE.RELEASE_DIFFERS' });
    expect(await answers.find('run', 2)).toBeUndefined();
    expect(await source.query('select count(*)::int as n from site_egress')).toEqual([{ n: 1 }]);
    const unsent = await outbox.unsent();
    expect(unsent.map((m) => m.messageId)).toEqual(['run.1.1']);
    expect(Array.from((await outbox.body(unsent[0] as never)) as Uint8Array)).toEqual([3]);
  });

  it('keeps the order of messages', async () => {
    const decided = answer('run', 1, new Uint8Array(50));
    const [message] = decided.messages as [NewOutboxMessage];
    const many = Array.from({ length: 40 }, (_, i) => ({ ...message, messageId: `run.1.${40 - i}`, bodyFrom: i, bodyBytes: 1 }));
    const stored = await answers.commit({ ...decided, messages: many });
    expect(stored.map((m) => m.bodyFrom)).toEqual(many.map((m) => m.bodyFrom));
    expect((await outbox.unsent()).map((m) => m.bodyFrom)).toEqual(many.map((m) => m.bodyFrom));
  });

  it('sends again what was sent, with a later attempt', async () => {
    const [message] = await answers.commit(answer('run', 1, Uint8Array.of(1, 2, 3)));
    const id = message?.id as string;
    expect(await outbox.markSent([id], at)).toEqual(new Map([[id, 1]]));
    expect(await outbox.unsent()).toEqual([]);
    expect(await outbox.resend('run.1', 3)).toMatchObject([{ id, attempt: 3, sentAt: null }]);
    expect(await outbox.unsent()).toMatchObject([{ id, attempt: 3, sends: 1 }]);
    // Asked again before the first repetition was noted: both are noted together, and both count.
    expect(await outbox.resend('run.1', 2)).toMatchObject([{ id, attempt: 3 }]);
    expect(await outbox.markSent([id, id], at)).toEqual(new Map([[id, 3]]));
    expect(await outbox.sent('0', 10)).toMatchObject([{ id, sends: 3 }]);
    expect(await outbox.resend('run.1')).toMatchObject([{ id, attempt: 4 }]);
    expect(await outbox.unsent()).toMatchObject([{ id, attempt: 4, frameSha256: message?.frameSha256 }]);
    expect(await outbox.resend('none')).toEqual([]);
  });

  it('forgets committed content, never what is unsent or still needed, and takes back only the same content', async () => {
    const first = answer('run', 1, Uint8Array.of(1, 2, 3));
    const [sent] = await answers.commit(first);
    await answers.commit(answer('run', 2, Uint8Array.of(4, 5, 6)));
    await outbox.markSent([sent?.id as string], at);
    await answers.forgetThrough('run', 2);
    const held: { release_key: string }[] = await source.query('select release_key from site_release where content is not null');
    expect(held.map((row) => row.release_key)).toEqual([hashOf('release 2')]);
    expect(await outbox.resend('run.1', 2)).toBeUndefined();

    const key = hashOf('release 1');
    const other = released(Uint8Array.of(7, 7, 7));
    expect(await answers.restore(key, other, other.sha256)).toBe(false);
    expect(await answers.restore(key, first.released, first.released.sha256)).toBe(true);
    expect(await outbox.resend('run.1', 2)).toHaveLength(1);
  });

  it('waits for the disk with answers, not with notes', async () => {
    const runner = source.createQueryRunner();
    // One transaction shows what set_config has set for it; outside of it the setting is the server's again.
    await runner.query('begin');
    await runner.query(`${relaxed} update site_outbox set sends = sends from relaxed`);
    expect(await runner.query('show synchronous_commit')).toEqual([{ synchronous_commit: 'off' }]);
    await runner.query('rollback');
    expect(await runner.query('show synchronous_commit')).toEqual([{ synchronous_commit: 'on' }]);
    await runner.release();
  });

  it('records a refusal beside the answer of its round', async () => {
    const decided = answer('run', 1, Uint8Array.of(1, 2, 3));
    await answers.commit(decided);
    const refusal = {
      ...decided.egress,
      requestHash: hashOf('another'),
      state: 'withheld' as const,
      reason: 'contradictsEarlierRelease',
      clauseId: null,
      sha256: null,
      byteCount: 0,
    };
    const task = { ...decided.task, requestHash: refusal.requestHash, state: 'withheld' as const, releaseKey: null };
    for (let i = 0; i < 2; i++) await answers.commitRefusal({ study: 'study', task, egress: refusal, messages: [] });
    // The release and one refusal.
    expect(await book.leaves(siteLog('study', 'A'))).toHaveLength(2);
    expect(await source.query('select state, count(*)::int as n from site_egress group by state order by state')).toEqual([
      { state: 'released', n: 1 },
      { state: 'withheld', n: 1 },
    ]);
    expect(await answers.find('run', 1)).toMatchObject({ state: 'released', requestHash: decided.task.requestHash });
  });

  it('remembers the first model lock of a run', async () => {
    expect(await answers.modelLock('run')).toBeUndefined();
    await answers.commit(answer('run', 1, Uint8Array.of(1, 2, 3)));
    await answers.commit(answer('run', 2, Uint8Array.of(1, 2, 4), { modelLock: hashOf('lock') }));
    expect(await answers.modelLock('run')).toBe(hashOf('lock'));
  });

  it('keeps frozen parts until their run closes, and discards unsent greetings', async () => {
    const parts = new SitePartRepository(source);
    const content = new Uint8Array(70_000).fill(3);
    const hash = sha256(content);
    await parts.save(hash, content, 'run', at);
    await parts.save(hash, content, 'later', at);
    await parts.forgetRun('run');
    expect(Buffer.compare((await parts.find([hash, hashOf('none')])).get(hash) as Uint8Array, content)).toBe(0);
    await parts.forgetBefore(new Date(at.getTime() + 1));
    expect((await parts.find([hash])).size).toBe(0);

    const greeting: NewOutboxMessage = {
      ...(answer('r', 1, Uint8Array.of(1, 2, 3)).messages[0] as NewOutboxMessage),
      messageId: 'hello.1',
      type: 'hello',
      answerId: null,
      releaseKey: null,
    };
    await outbox.add([greeting]);
    await outbox.discardUnsent('hello');
    expect(await outbox.unsent()).toEqual([]);
  });

  it('replaces a decision on a protocol', async () => {
    const protocols = new SiteProtocolRepository(source, book, 'A');
    const record = {
      protocolHash: hashOf('p'),
      study: 'study',
      protocolJson: '{}',
      decision: 'waiting' as const,
      reason: 'waitingForOperator',
      policyHash: hashOf('policy'),
      snapshot: null,
      decidedAt: at,
    };
    await protocols.save(record);
    await protocols.save({ ...record, decision: 'approved', reason: 'byOperator', snapshot: hashOf('rows') });
    expect(await protocols.find(record.protocolHash)).toEqual({
      ...record,
      decision: 'approved',
      reason: 'byOperator',
      snapshot: hashOf('rows'),
    });
    expect(await protocols.list()).toHaveLength(1);
    expect(await protocols.find(hashOf('unknown'))).toBeUndefined();
  });
});
