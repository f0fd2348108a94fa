import type { LinkStatus } from './types.js';

/** Thrown to whoever waited for the broker when the connection broke; stays inside this library. */
export class ConnectionLost extends Error {
  constructor() {
    super('the connection was lost');
    this.name = 'ConnectionLost';
  }
}

/** Whether the broker can be reached, and a way to wait for a change of it. */
export class LinkState {
  private current: LinkStatus = 'connected';
  private readonly listeners = new Set<(status: LinkStatus) => void>();

  get status(): LinkStatus {
    return this.current;
  }

  /** Tells every listener, once per change; `closed` is final. */
  set(status: LinkStatus): void {
    if (status === this.current || this.current === 'closed') return;
    this.current = status;
    for (const listener of [...this.listeners]) listener(status);
  }

  onChange(listener: (status: LinkStatus) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** True as soon as connected, false after the timeout or when closed for good. */
  whenConnected(timeoutMs: number): Promise<boolean> {
    if (this.current !== 'disconnected') return Promise.resolve(this.current === 'connected');
    return new Promise((resolve) => {
      const end = (connected: boolean): void => {
        clearTimeout(timer);
        stop();
        resolve(connected);
      };
      const timer = setTimeout(() => end(false), timeoutMs);
      const stop = this.onChange((status) => end(status === 'connected'));
    });
  }

  /** The outcome of some work with the broker, or {@link ConnectionLost} the moment the connection breaks: an answer cannot come any more. */
  untilLost<T>(work: Promise<T>): Promise<T> {
    // The loser of the race is observed here, so that it never surfaces as an unhandled rejection.
    work.catch(() => undefined);
    if (this.current !== 'connected') return Promise.reject(new ConnectionLost());
    return new Promise((resolve, reject) => {
      const stop = this.onChange(() => reject(new ConnectionLost()));
      work.then(resolve, reject).finally(stop);
    });
  }
}
