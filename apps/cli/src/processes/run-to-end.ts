import { spawn } from 'node:child_process';
import type { SpawnOptions } from 'node:child_process';

/** How a program ended and what it printed. */
export interface Ended {
  /** -1 when it could not be started. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end; it is killed when `timeoutMs` has passed. Never rejects. */
export function runToEnd(
  file: string,
  args: readonly string[],
  options: SpawnOptions & { readonly timeoutMs?: number } = {},
): Promise<Ended> {
  const { timeoutMs = 60_000, ...rest } = options;
  return new Promise((resolve) => {
    const child = spawn(file, args, { ...rest, stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMs, killSignal: 'SIGKILL' });
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (data: string) => (stdout += data));
    child.stderr?.setEncoding('utf8').on('data', (data: string) => (stderr += data));
    child.once('error', (error) => resolve({ code: -1, stdout, stderr: error.message }));
    child.once('close', (code, signal) => resolve({ code: code ?? 1, stdout, stderr: signal ? `${stderr}\n${signal}` : stderr }));
  });
}
