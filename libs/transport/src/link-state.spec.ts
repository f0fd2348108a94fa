import { describe, expect, it } from 'vitest';
import { ConnectionLost, LinkState } from './link-state.js';

describe('LinkState', () => {
  it('tells each change once, and nothing after the end', () => {
    const state = new LinkState();
    const told: string[] = [];
    const stop = state.onChange((status) => told.push(status));
    state.set('connected');
    state.set('disconnected');
    state.set('disconnected');
    state.set('connected');
    stop();
    state.set('disconnected');
    state.set('closed');
    state.set('connected');
    expect(told).toEqual(['disconnected', 'connected']);
    expect(state.status).toBe('closed');
  });

  it('waits for the connection, up to a time', async () => {
    const state = new LinkState();
    expect(await state.whenConnected(0)).toBe(true);
    state.set('disconnected');
    expect(await state.whenConnected(5)).toBe(false);
    const waiting = state.whenConnected(10_000);
    state.set('connected');
    expect(await waiting).toBe(true);
    state.set('disconnected');
    const never = state.whenConnected(10_000);
    state.set('closed');
    expect(await never).toBe(false);
    expect(await state.whenConnected(10_000)).toBe(false);
  });

  it('ends what waits for an answer when the connection breaks', async () => {
    const state = new LinkState();
    expect(await state.untilLost(Promise.resolve(7))).toBe(7);
    await expect(state.untilLost(Promise.reject(new Error('refused')))).rejects.toThrow('refused');
    const waiting = state.untilLost(new Promise<number>(() => undefined));
    state.set('disconnected');
    await expect(waiting).rejects.toBeInstanceOf(ConnectionLost);
    await expect(state.untilLost(Promise.reject(new Error('unseen')))).rejects.toBeInstanceOf(ConnectionLost);
  });
});
