// The parent's side of coordinator-process.mjs.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A profile of the coordinator for `node --cpu-prof` readers (Chrome, VS Code) is written into this folder, if it is set. */
const cpuProfDir = process.env.COHORTIUM_BENCH_CPU_PROF;
const file = fileURLToPath(new URL('coordinator-process.mjs', import.meta.url));

/** Rarely, since each look is work for the coordinator that is measured. */
const lookEveryMs = 3000;

async function look(
  /** @type {import('@cohortium/testkit').CoordinatorClient} */ client,
  /** @type {string} */ run,
  /** @type {(reason: string) => void} */ onAborted,
) {
  const { state, error } = await client.view(run);
  if (state === 'aborted') onAborted(JSON.stringify(error));
}

/**
 * Starts a coordinator that will ask `order` in every run.
 * @param {{ config: object, order: object }} options
 */
export async function startCoordinatorChild({ config, order }) {
  const execArgv = cpuProfDir === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', cpuProfDir];
  const child = fork(file, [], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv });
  /** @type {Map<string, (message: any) => void>} */
  const waiting = new Map();
  /** @type {Map<string, any>} */
  const told = new Map();
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const gone = ended.then((code) => Promise.reject(new Error(`the coordinator ended with code ${code}`)));
  gone.catch(() => undefined);
  const tell = (/** @type {any} */ message) => {
    told.set(message.type, message);
    waiting.get(message.type)?.(message);
  };
  child.on('message', tell);
  const when = (/** @type {string} */ type) =>
    Promise.race([gone, told.has(type) ? told.get(type) : new Promise((resolve) => waiting.set(type, resolve))]);
  child.send({ config, order });
  const { url } = await when('started');
  return {
    url: /** @type {string} */ (url),
    /**
     * What the program measured, once it has asked all rounds of a run.
     * @param {import('@cohortium/testkit').CoordinatorClient} client
     * @param {string} run
     * @returns {Promise<{ times: number[], cpuMs: number }>}
     * @throws Error when the run is aborted
     */
    measured: async (client, run) => {
      const watch = setInterval(() => void look(client, run, (reason) => tell({ type: 'aborted', reason })), lookEveryMs);
      try {
        const outcome = await Promise.race([when('measured'), when('aborted')]);
        if (outcome.reason !== undefined) throw new Error(`the run was aborted: ${outcome.reason}`);
        return outcome;
      } finally {
        clearInterval(watch);
      }
    },
    /** Ends it gracefully. @returns {Promise<{ peakRssMib: number }>} */
    stop: async () => {
      child.send({ type: 'stop' });
      const { peakRssMib } = await when('stopped');
      await ended;
      return { peakRssMib };
    },
    kill: () => child.kill('SIGKILL'),
  };
}
