import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { StreamKeeper } from './stream-keeper.js';

const mebibyte = 1024 ** 2;

describe('StreamKeeper', () => {
  it('clears the streams of one study once much went through them, and not again before as much went through anew', async () => {
    const purged: string[] = [];
    const purge = async (stream: string, subject: string): Promise<number> => purged.push(`${stream} ${subject}`);
    const keeper = new StreamKeeper({ purge }, pino({ level: 'silent' }));
    keeper.note('other', 600 * mebibyte);
    keeper.note('large', 500 * mebibyte);
    await keeper.clearIfLarge('large');
    expect(purged).toEqual([]);
    keeper.note('large', 20 * mebibyte);
    await keeper.clearIfLarge('large');
    await keeper.clearIfLarge('large');
    expect(purged.splice(0)).toEqual(['UP fl.large.up.*', 'TASK fl.large.task.*']);
    keeper.suspect('resumed');
    await keeper.clearIfLarge('resumed');
    expect(purged).toEqual(['UP fl.resumed.up.*', 'TASK fl.resumed.task.*']);
  });

  it('lets the run go on when the broker is away, and clears at the next chance', async () => {
    let calls = 0;
    const purge = (): Promise<number> => (++calls === 1 ? Promise.reject(new Error('away')) : Promise.resolve(1));
    const keeper = new StreamKeeper({ purge }, pino({ level: 'silent' }));
    keeper.note('s', 600 * mebibyte);
    await expect(keeper.clearIfLarge('s')).resolves.toBeUndefined();
    await keeper.clearIfLarge('s');
    expect(calls).toBe(3);
  });
});
