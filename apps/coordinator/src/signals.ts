/**
 * Wake-ups inside this process. They carry nothing: a woken reader looks into the database, and reads it now and then even when
 * nobody wakes it, so a lost wake-up costs time and nothing else.
 */
export class Signals {
  private readonly waiting = new Map<string, { readonly promise: Promise<void>; readonly wake: () => void }>();

  /** Wakes all who hold a ticket for the topic. */
  wake(topic: string): void {
    const entry = this.waiting.get(topic);
    this.waiting.delete(topic);
    entry?.wake();
  }

  /** Wakes everybody. */
  wakeAll(): void {
    for (const topic of [...this.waiting.keys()]) this.wake(topic);
  }

  /** Resolves at the next wake-up of the topic. Take it before looking, wait for it after: nothing is missed in between. */
  ticket(topic: string): Promise<void> {
    let entry = this.waiting.get(topic);
    if (entry === undefined) {
      let wake: () => void = () => undefined;
      const promise = new Promise<void>((resolve) => (wake = resolve));
      entry = { promise, wake };
      this.waiting.set(topic, entry);
    }
    return entry.promise;
  }
}

/** Topic of a run's events. */
export const runTopic = (run: string): string => `run ${run}`;
/** Wakes whoever waits for replies to a leg of secure aggregation. */
export const maskingTopic = (run: string): string => `masking ${run}`;
/** Topic of the decisions on a protocol. */
export const approvalTopic = (protocolHash: string): string => `approval ${protocolHash}`;

/** Waits for a ticket, at most this long. Resolves early when the signal aborts. */
export async function waitFor(ticket: Promise<unknown>, timeoutMs: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return;
  let done: () => void = () => undefined;
  const over = new Promise<void>((resolve) => (done = resolve));
  const timer = setTimeout(done, timeoutMs);
  signal?.addEventListener('abort', done, { once: true });
  try {
    await Promise.race([ticket, over]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', done);
  }
}
