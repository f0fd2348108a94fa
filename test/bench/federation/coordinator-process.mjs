// A coordinator in a process of its own, as in production but for its program: one sum after the other, each timed where the
// program waits for it. Its parent tells it what to ask, and when to end.
import { createLog } from '../../../apps/coordinator/dist/log.js';
import { startCoordinator } from '../../../apps/coordinator/dist/start.js';
import { catalogue } from '@cohortium/analysis';
import { cpuMsSince, peakRssMib, timeEach } from './measuring.mjs';
import { spread, weightsOf } from './study.mjs';

/** What a round asks, by name: a query and its parameters. */
const questions = {
  /** As many doubles down as up. */
  spread: (/** @type {number} */ length) => (/** @type {number} */ k) => ({ query: spread, params: { weights: weightsOf(length, k) } }),
  /** Sums and squares of deviations from given centers, half as many features: an operation that real site nodes know. */
  centeredMoments: (/** @type {number} */ length) => (/** @type {number} */ k) => ({
    query: /** @type {any} */ (catalogue.get('statistics.centered-moments@1')),
    params: { heldOut: [null], centers: [weightsOf(length / 2, k)] },
  }),
};

/** @param {{ question: keyof typeof questions, length: number, warmUp: number, count: number }} order */
function program({ question, length, warmUp, count }) {
  return async (/** @type {any} */ { training }, /** @type {any} */ federation) => {
    const ask = questions[question](length);
    const round = (/** @type {number} */ k) => {
      const { query, params } = ask(k);
      return federation.sum(query, params, { name: 'training', sites: training });
    };
    await timeEach({ warmUp: 0, count: warmUp }, round);
    const cpu = process.cpuUsage();
    const times = await timeEach({ warmUp: 0, count }, (k) => round(warmUp + k));
    process.send?.({ type: 'measured', times, cpuMs: cpuMsSince(cpu) / count });
    return /** @type {any} */ ({});
  };
}

process.once('message', async (/** @type {any} */ { config, order }) => {
  const coordinator = await startCoordinator(config, program(order), createLog('error'));
  process.on('message', async () => {
    await coordinator.stop();
    process.send?.({ type: 'stopped', peakRssMib: peakRssMib() }, () => process.exit(0));
  });
  process.send?.({ type: 'started', url: coordinator.url });
});
// A parent that died leaves nothing behind.
process.on('disconnect', () => process.exit(1));
