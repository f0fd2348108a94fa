/** Resolves after a time. */
export function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}

/**
 * Tries until it works: calls `attempt` every `everyMs` until it answers something else than undefined.
 * @returns the answer, or undefined when `timeoutMs` had passed
 */
export async function poll<T>(attempt: () => Promise<T | undefined>, everyMs: number, timeoutMs: number): Promise<T | undefined> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const answer = await attempt();
    if (answer !== undefined || Date.now() >= deadline) return answer;
    await pause(everyMs);
  }
}
