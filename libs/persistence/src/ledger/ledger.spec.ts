import { ed25519Signer, sha256 } from '@cohortium/kernel';
import { MerkleTree, cosign, decodeLeaf, leafHash, parseNote, signCheckpoint, signatureLine, siteLog } from '@cohortium/ledger';
import type { Leaf } from '@cohortium/ledger';
import { startTestPostgres } from '@cohortium/testkit';
import type { TestPostgres } from '@cohortium/testkit';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../data-source.js';
import { SiteAnswerRepository } from '../site/answer.repository.js';
import type { DecidedAnswer } from '../site/answer.repository.js';
import { SiteProtocolRepository } from '../site/protocol.repository.js';
import { siteEntities, siteMigrations } from '../site/tables.js';
import { CheckpointRepository } from './checkpoint.repository.js';
import { LedgerBook, appendCall } from './ledger-book.js';

const log = siteLog('her2', 'A');
const signer = ed25519Signer(new Uint8Array(32).fill(7));
const leafOf = (n: number): Leaf => ({
  v: 1,
  at: n,
  study: 'her2',
  type: 'approval',
  protocolHash: sha256('p'),
  decision: 'approved',
  reason: 'r',
});
const treeOf = (leaves: readonly string[]): MerkleTree => MerkleTree.of(leaves.map((leaf) => leafHash(Buffer.from(leaf))));

/** An answer that stayed: everything but content. */
function withheld(round: number, requestHash = sha256(`request ${round}`)): Omit<DecidedAnswer, 'released'> {
  const at = new Date(1000 + round);
  const common = { run: 'run', round, attempt: 1, requestHash, operation: 'test.mean@1', state: 'withheld' as const };
  return {
    study: 'her2',
    task: {
      ...common,
      kind: 'sum',
      scopeName: 'training',
      scopeSites: ['A', 'B', 'C'],
      protocolHash: sha256('p'),
      modelLock: null,
      releaseKey: null,
      frameKey: null,
      answeredAt: at,
    },
    egress: { ...common, clauseId: 'means', reason: 'tooFewSites', detail: null, byteCount: 0, sha256: null, at },
    messages: [],
  };
}

describe('the ledger of a node, on PostgreSQL', () => {
  let server: TestPostgres;
  let source: DataSource;
  let book: LedgerBook;
  let databases = 0;

  beforeAll(async () => void (server = await startTestPostgres()));
  afterAll(() => server.stop());
  beforeEach(async () => {
    const url = await server.createDatabase(`ledger-${++databases}`);
    source = await openDatabase({ url, applicationName: 'spec', entities: siteEntities, migrations: siteMigrations });
    book = new LedgerBook(source);
    return () => source.destroy();
  });

  /** Puts the log back to its first `size` leaves, as an old backup would, with whatever force that takes. */
  async function restoreOld(size: number): Promise<void> {
    const leaves = (await book.leaves(log)).slice(0, size);
    await source.query('alter table ledger_leaf disable trigger user');
    await source.query('delete from ledger_leaf where log = $1', [log]);
    await source.query('delete from ledger_log where log = $1', [log]);
    await source.query('alter table ledger_leaf enable trigger user');
    if (size > 0) await new LedgerBook(source).appendAlone(log, leaves.map(decodeLeaf));
  }

  it('grows leaf by leaf, and another process reads the same state', async () => {
    expect(await book.state(log)).toMatchObject({ size: 0 });
    for (let n = 1; n <= 9; n++) await book.appendAlone(log, [leafOf(n)]);
    await book.appendAlone(log, [leafOf(10), leafOf(11)]);
    const leaves = await book.leaves(log);
    expect(leaves.map((leaf) => decodeLeaf(leaf).at)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    const state = await book.state(log);
    expect(state.size).toBe(11);
    expect(Buffer.compare(state.root, treeOf(leaves).root())).toBe(0);
    expect(Buffer.compare((await new LedgerBook(source).state(log)).root, state.root)).toBe(0);
    expect(await book.leaves(log, 9, 1)).toEqual([leaves[9]]);
  });

  it('holds an answer and its leaf together: both or neither, and once', async () => {
    const answers = new SiteAnswerRepository(source, book, 'A');
    await answers.commit(withheld(1));
    await answers.commit(withheld(1));
    const broken = { ...withheld(2), egress: { ...withheld(2).egress, operation: 'x'.repeat(81) } };
    await expect(answers.commit(broken)).rejects.toThrow();
    expect(await answers.find('run', 2)).toBeUndefined();
    await answers.commit(withheld(3));
    const leaves = (await book.leaves(log)).map(decodeLeaf);
    expect(leaves).toMatchObject([
      { type: 'withheld', round: 1, clauseId: 'means', reason: 'tooFewSites' },
      { type: 'withheld', round: 3 },
    ]);
    expect(await book.state(log)).toMatchObject({ size: 2 });
  });

  it('keeps what opens a commitment beside it', async () => {
    const answers = new SiteAnswerRepository(source, book, 'A');
    const counts = { commitment: sha256('c'), valueJson: '{"participants":20}', salt: new Uint8Array(32) };
    for (let i = 0; i < 2; i++) await answers.commit({ ...withheld(1), counts });
    expect(await source.query('select commitment, value_json from ledger_opening')).toEqual([
      { commitment: sha256('c'), value_json: '{"participants":20}' },
    ]);
  });

  it('tells each decision on a protocol once', async () => {
    const protocols = new SiteProtocolRepository(source, book, 'A');
    const record = {
      protocolHash: sha256('p'),
      study: 'her2',
      protocolJson: '{}',
      decision: 'waiting' as const,
      reason: 'waitingForOperator',
      policyHash: sha256('y'),
      snapshot: null,
      decidedAt: new Date(5),
    };
    await protocols.save(record);
    await protocols.save({ ...record, snapshot: sha256('s') });
    await protocols.save({ ...record, decision: 'approved', reason: 'byOperator', decidedAt: new Date(6) });
    expect((await book.leaves(log)).map(decodeLeaf)).toMatchObject([
      { type: 'approval', decision: 'waiting', at: 5 },
      { type: 'approval', decision: 'approved', at: 6 },
    ]);
  });

  it('takes the leaves of two processes one after another', async () => {
    const other = new LedgerBook(source);
    await Promise.all([1, 2, 3].map((n) => book.appendAlone(log, [leafOf(n)])));
    // The other process has an older head in mind: the database refuses it once, and it looks again.
    await other.state(log);
    await book.appendAlone(log, [leafOf(4)]);
    await other.appendAlone(log, [leafOf(5)]);
    await book.appendAlone(log, [leafOf(6)]);
    expect((await book.leaves(log)).map((leaf) => decodeLeaf(leaf).at)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('goes on after an append that was applied but reported as failed, and after one that failed and was lost', async () => {
    await book.appendAlone(log, [leafOf(1)]);
    const applied = book.append(log, [leafOf(2)], async ({ values }) => {
      await source.query(`select ${appendCall(1)}`, [...values]);
      throw new Error('connection lost');
    });
    await expect(applied).rejects.toThrow('connection lost');
    await expect(book.append(log, [leafOf(3)], () => Promise.reject(new Error('connection lost')))).rejects.toThrow('connection lost');
    await book.appendAlone(log, [leafOf(4)]);
    expect((await book.leaves(log)).map((leaf) => decodeLeaf(leaf).at)).toEqual([1, 2, 4]);
  });

  it('cannot be changed, shortened or emptied by statements of its own role', async () => {
    await book.appendAlone(log, [leafOf(1), leafOf(2)]);
    for (const sql of [`update ledger_leaf set leaf = '{}'`, 'delete from ledger_leaf', 'truncate ledger_leaf'])
      await expect(source.query(sql)).rejects.toMatchObject({ code: 'CL002' });
  });

  it('A13: an old database is met by the process that knew the newer one', async () => {
    for (let n = 1; n <= 5; n++) await book.appendAlone(log, [leafOf(n)]);
    await restoreOld(3);
    // Unprotected: a process that believes its database goes on from there, and the log has two histories.
    const believing = new LedgerBook(source);
    await believing.appendAlone(log, [leafOf(99)]);
    expect(await believing.state(log)).toMatchObject({ size: 4 });
    await restoreOld(3);
    // Protected: it refuses, now and from then on.
    await expect(book.appendAlone(log, [leafOf(6)])).rejects.toMatchObject({ code: 'LEDGER.ROLLED_BACK', params: { size: 3, signed: 5 } });
    await expect(book.state(log)).rejects.toMatchObject({ code: 'LEDGER.ROLLED_BACK' });
  });

  it('A13: an old or rewritten database is met by a signed state from outside it', async () => {
    for (let n = 1; n <= 5; n++) await book.appendAlone(log, [leafOf(n)]);
    const signed = await book.state(log);
    await new LedgerBook(source).guard(log, signed);
    await restoreOld(3);
    const started = new LedgerBook(source);
    await expect(started.guard(log, signed)).rejects.toMatchObject({ code: 'LEDGER.ROLLED_BACK' });
    await expect(started.appendAlone(log, [leafOf(6)])).rejects.toMatchObject({ code: 'LEDGER.ROLLED_BACK' });
    await new LedgerBook(source).appendAlone(log, [leafOf(14), leafOf(15), leafOf(16)]);
    const forked = new LedgerBook(source);
    await expect(forked.guard(log, signed)).rejects.toMatchObject({ code: 'LEDGER.FORKED' });
    await expect(forked.appendAlone(log, [leafOf(17)])).rejects.toMatchObject({ code: 'LEDGER.FORKED' });
  });

  it('finds the leaf that was altered under it', async () => {
    for (let n = 1; n <= 5; n++) await book.appendAlone(log, [leafOf(n)]);
    await source.query('alter table ledger_leaf disable trigger user');
    await source.query(`update ledger_leaf set leaf = replace(leaf, '"at":3', '"at":4') where index = 2`);
    const started = new LedgerBook(source);
    await expect(started.appendAlone(log, [leafOf(6)])).rejects.toMatchObject({ code: 'LEDGER.CORRUPT', params: { index: 2 } });
  });

  it('keeps checkpoints with their late cosignatures, and follows peers only forward and under one key', async () => {
    const checkpoints = new CheckpointRepository(source);
    await book.appendAlone(log, [leafOf(1)]);
    const { size, root } = await book.state(log);
    const note = signCheckpoint({ origin: log, size, root }, signer);
    expect(await checkpoints.save(log, size, note)).toBe(note);
    expect(await checkpoints.save(log, size, 'another')).toBe(note);
    expect(await checkpoints.latest(log)).toEqual({ size, note });
    for (const name of ['C', 'B', 'B']) {
      const line = signatureLine(
        cosign(parseNote(note), siteLog('her2', name), ed25519Signer(new Uint8Array(32).fill(name.charCodeAt(0))), 9),
      );
      await checkpoints.cosign({ log, size, witness: siteLog('her2', name), line });
    }
    expect(await checkpoints.witnessed(log, 1)).toBe(2);
    expect(await checkpoints.witnessed(log, 2)).toBe(0);
    const [cosigned] = await checkpoints.all(log);
    expect(parseNote(cosigned as string).signatures.map((line) => line.name.slice(-1))).toEqual(['A', 'B', 'C']);

    const peer = { log: siteLog('her2', 'B'), key: 'k1', size: 5, root, note: 'five' };
    expect(await checkpoints.seen(peer)).toBe(true);
    expect(await checkpoints.seen({ ...peer, size: 4, note: 'four' })).toBe(false);
    expect(await checkpoints.seen({ ...peer, size: 9, key: 'k2' })).toBe(false);
    expect(await checkpoints.seen({ ...peer, size: 6, note: 'six' })).toBe(true);
    expect(await checkpoints.peer(peer.log)).toMatchObject({ size: 6, note: 'six', key: 'k1' });
    expect(await checkpoints.peers()).toEqual([peer.log]);
  });
});
