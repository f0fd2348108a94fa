import { spawn } from 'node:child_process';
import type { SpawnOptions } from 'node:child_process';

/** How a program ended and what it printed. */
export interface Ended {
  /** -1 when it could not be started. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program to its end; it is killed when `timeoutMs` has passed, or when our own process ends. It leads its own process group,
 * so that a Ctrl-C in the terminal reaches us alone. Never rejects.
 */
export function runToEnd(
  file: string,
  args: readonly string[],
  options: SpawnOptions & { readonly timeoutMs?: number } = {},
): Promise<Ended> {
  const { timeoutMs = 180_000, ...rest } = options;
  return new Promise((resolve) => {
    const stdio: SpawnOptions['stdio'] = ['ignore', 'pipe', 'pipe'];
    const child = spawn(file, args, { ...rest, stdio, detached: true, timeout: timeoutMs, killSignal: 'SIGKILL' });
    const onExit = () => child.kill('SIGKILL');
    process.on('exit', onExit);
    const end = (ended: Ended) => {
      process.off('exit', onExit);
      resolve(ended);
    };
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (data: string) => (stdout += data));
    child.stderr?.setEncoding('utf8').on('data', (data: string) => (stderr += data));
    child.once('error', (error) => end({ code: -1, stdout, stderr: error.message }));
    child.once('close', (code, signal) => end({ code: code ?? 1, stdout, stderr: signal ? `${stderr}\n${signal}` : stderr }));
  });
}

/** As `Promise.all`, but when one fails the others are waited for too: none works on in a folder that is being removed. */
export async function allDone<T extends readonly unknown[] | []>(work: T): Promise<{ -readonly [P in keyof T]: Awaited<T[P]> }> {
  await Promise.allSettled(work);
  return await Promise.all(work);
}
