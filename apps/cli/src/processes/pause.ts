/** Resolves after a time, or rejects with the signal's reason. */
export function pause(durationMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error);
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, durationMs);
    signal?.addEventListener('abort', stop, { once: true });
  });
}

/** How often and how long {@link poll} tries. */
export interface Patience {
  readonly everyMs: number;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Tries until it works: calls `attempt` again and again until it answers something else than undefined.
 * @returns the answer, or undefined when the time had passed
 */
export async function poll<T>(attempt: () => Promise<T | undefined>, { everyMs, timeoutMs, signal }: Patience): Promise<T | undefined> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    signal?.throwIfAborted();
    const answer = await attempt();
    if (answer !== undefined || Date.now() >= deadline) return answer;
    await pause(everyMs, signal);
  }
}
