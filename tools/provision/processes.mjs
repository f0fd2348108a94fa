// Children of the tools: started without a shell, waited for, stopped with us.
import { spawn } from 'node:child_process';

/**
 * Runs a program to its end with our terminal as its own. Ctrl-C reaches it through the terminal's process group; a signal
 * sent to us alone is passed on. Resolves with the exit code, 128 + n for a death by signal n.
 * @param {string} file
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 * @returns {Promise<number>}
 */
export function run(file, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: 'inherit', ...options });
    const pass = (/** @type {NodeJS.Signals} */ signal) => child.kill(signal);
    const ignore = () => undefined;
    process.on('SIGINT', ignore);
    process.on('SIGTERM', pass);
    process.on('SIGHUP', pass);
    const off = () => {
      process.off('SIGINT', ignore);
      process.off('SIGTERM', pass);
      process.off('SIGHUP', pass);
    };
    child.once('error', (error) => (off(), reject(error)));
    child.once('close', (code, signal) => (off(), resolve(code ?? 128 + (signals[signal ?? ''] ?? 0))));
  });
}

/** @type {Record<string, number>} */
const signals = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

/**
 * Runs a program quietly and returns what it printed.
 * @param {string} file
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 * @returns {Promise<{ code: number, stdout: string, stderr: string }>} code -1 when it could not be started
 */
export function capture(file, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(file, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    const out = { stdout: '', stderr: '' };
    child.stdout?.on('data', (data) => (out.stdout += data));
    child.stderr?.on('data', (data) => (out.stderr += data));
    child.once('error', (error) => resolve({ code: -1, stdout: out.stdout, stderr: error.message }));
    child.once('close', (code) => resolve({ code: code ?? 1, ...out }));
  });
}
