// Measurements of our own program from outside: a fresh process each.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const file = fileURLToPath(new URL('own-process.mjs', import.meta.url));

/** Runs a function of own-measurements.mjs in a process of its own. @returns {Promise<any>} */
export function measureOwn(/** @type {string} */ name, /** @type {object} */ params) {
  const child = fork(file, [], { serialization: 'advanced', execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const end = () => child.kill('SIGKILL');
  process.on('exit', end);
  child.send({ name, params });
  return new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => {
      process.off('exit', end);
      reject(new Error(`exit code ${code}`));
    });
  });
}
