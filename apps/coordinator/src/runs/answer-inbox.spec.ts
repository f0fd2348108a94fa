import type { AnswerOutcome, ArrivedAnswer } from '@cohortium/persistence';
import { describe, expect, it } from 'vitest';
import { AnswerInbox } from './answer-inbox.js';

const answer = (site: string, bytes = 1, round = 1): ArrivedAnswer =>
  ({ message: { run: 'r', round, site }, content: new Uint8Array(bytes) }) as unknown as ArrivedAnswer;

/** A database that shows what it is given together, and answers when it is told to. */
function slowDatabase() {
  const batches: string[][] = [];
  const pending: { finish: () => void; fail: () => void }[] = [];
  const accept = (answers: readonly ArrivedAnswer[]): Promise<readonly AnswerOutcome[]> => {
    batches.push(answers.map(({ message }) => `${message.site}${message.round}`));
    return new Promise((resolve, reject) => {
      pending.push({ finish: () => resolve(answers.map(() => ({ state: 'stored' }))), fail: () => reject(new Error('gone')) });
    });
  };
  return { inbox: new AnswerInbox({ rounds: { accept } as never }), batches, pending };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('AnswerInbox', () => {
  it('stores together what gathers while a transaction is on its way', async () => {
    const { inbox, batches, pending } = slowDatabase();
    const all = Promise.all(['A', 'B', 'C', 'D'].map((site) => inbox.accept(answer(site))));
    expect(batches).toEqual([['A1']]);
    pending[0]?.finish();
    await settle();
    expect(batches).toEqual([['A1'], ['B1', 'C1', 'D1']]);
    pending[1]?.finish();
    expect((await all).map(({ state }) => state)).toEqual(['stored', 'stored', 'stored', 'stored']);
    const later = inbox.accept(answer('A', 1, 2));
    pending[2]?.finish();
    await later;
    expect(batches[2]).toEqual(['A2']);
  });

  it('keeps two answers of one site to one round apart and in order, and large ones in bounds', async () => {
    const { inbox, batches, pending } = slowDatabase();
    const large = 12 * 1024 ** 2;
    const arriving = [answer('X'), answer('A', 1), answer('A', 2), answer('B', large), answer('C', large), answer('A', 3)];
    const all = Promise.all(arriving.map((each) => inbox.accept(each)));
    for (let i = 0; i < 5; i++) {
      pending[i]?.finish();
      await settle();
    }
    await all;
    expect(batches).toEqual([['X1'], ['A1', 'B1'], ['A1', 'C1'], ['A1']]);
  });

  it('tells a failure to those it concerns, and goes on', async () => {
    const { inbox, batches, pending } = slowDatabase();
    const first = inbox.accept(answer('A'));
    const second = inbox.accept(answer('B'));
    pending[0]?.fail();
    await expect(first).rejects.toThrow('gone');
    await settle();
    pending[1]?.finish();
    await expect(second).resolves.toEqual({ state: 'stored' });
    expect(batches).toEqual([['A1'], ['B1']]);
  });
});
