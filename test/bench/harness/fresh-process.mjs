// A measurement in a process of its own, so that its peak of memory is its own and nothing has been compiled before.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const file = fileURLToPath(new URL('fresh-process-child.mjs', import.meta.url));

/** Calls an exported function of a module (its URL) in a fresh process. @returns {Promise<any>} */
export function inFreshProcess(/** @type {string} */ module, /** @type {string} */ name, /** @type {object} */ params) {
  const child = fork(file, [], { serialization: 'advanced', execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const end = () => child.kill('SIGKILL');
  process.on('exit', end);
  child.send({ module, name, params });
  return new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => {
      process.off('exit', end);
      reject(new Error(`exit code ${code}`));
    });
  });
}
