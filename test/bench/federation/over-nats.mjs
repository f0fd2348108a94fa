// Rounds over a real nats-server and a real PostgreSQL, both with their data on disk, the coordinator in a process of its own.
import { CoordinatorClient, TinyFederation, startTestBroker } from '@cohortium/testkit';
import { consumers, subjects } from '@cohortium/contracts';
import { startCoordinatorChild } from './coordinator-child.mjs';
import { cpuMsSince, median, quantile, timeEach } from './measuring.mjs';
import { childPeaksMib } from './processes.mjs';
import { gatedRounds } from './in-process.mjs';
import { lightCatalogue, siteCodes } from './study.mjs';

/** @typedef {import('./in-process.mjs').Figure} Figure */

const runTimeoutMs = 180_000;
/** Above every round here: a site that is busy is not asked twice. */
const reissueMs = 120_000;

/**
 * Asks light sites: they answer from this process, without database and gate, so that nearly all of the time is the coordinator's,
 * the broker's and the database's.
 * @param {{ sites: number, length: number, warmUp: number, count: number }} size
 */
export async function lightSites({ sites, ...order }) {
  const codes = siteCodes(sites);
  const federation = await TinyFederation.start(codes);
  try {
    const { databaseUrl, dataDir, broker } = federation;
    const config = coordinatorConfig({ databaseUrl, dataDir, broker });
    const coordinator = await startCoordinatorChild({ config, order: { question: 'spread', ...order } });
    try {
      const client = new CoordinatorClient(dataDir);
      for (const site of codes) federation.startSite(site, { catalogue: lightCatalogue });
      const cpu = process.cpuUsage();
      const run = await client.begin(await federation.submit(client));
      const measured = await coordinator.measured(client, run);
      const sitesCpuMs = cpuMsSince(cpu) / (order.warmUp + order.count);
      await client.ended(run, runTimeoutMs);
      const traffic = await trafficOf(client, run);
      const brokerMib = Math.max(...childPeaksMib('nats-server'));
      const { peakRssMib } = await coordinator.stop();
      return { ...measured, sitesCpuMs, traffic, rss: { coordinator: peakRssMib, ...(brokerMib > 0 ? { broker: brokerMib } : {}) } };
    } finally {
      coordinator.kill();
    }
  } finally {
    await federation.stop();
  }
}

/** @param {{ databaseUrl: string, dataDir: string, broker: import('@cohortium/testkit').TestBroker }} around */
export function coordinatorConfig({ databaseUrl, dataDir, broker }) {
  const nkeySeed = /** @type {import('@cohortium/transport').Nkey} */ (broker.keys.get('coordinator')).seed;
  return { dataDir, databaseUrl, natsUrls: [broker.url], nkeySeed, httpPort: 0, reissueMs, logLevel: 'error', language: 'en' };
}

/** Messages and bytes that arrived from the sites of a run. */
async function trafficOf(/** @type {CoordinatorClient} */ client, /** @type {string} */ run) {
  const results = /** @type {any} */ (await client.read(`/api/runs/${run}/results`));
  return /** @type {{ messages: number, bytes: number }[]} */ (results.run.sites);
}

/**
 * What a round costs beside the sites' own work.
 * @param {{ sites: number, length: number, warmUp: number, count: number, mostMs: number }} asked
 * @returns {Promise<{ figures: Figure[], rss: Record<string, number> }>}
 */
export async function smallRounds({ mostMs, ...size }) {
  const { times, cpuMs, sitesCpuMs, rss } = await lightSites(size);
  const bare = median(await bareExchange(size));
  const middle = median(times);
  return {
    figures: [
      {
        name: 'roundMedian',
        value: middle,
        unit: 'ms',
        target: `<= ${mostMs}`,
        met: middle <= mostMs,
        ratio: { to: 'bareExchange', value: middle / bare },
      },
      { name: 'roundP05', value: quantile(times, 0.05), unit: 'ms' },
      { name: 'roundP95', value: quantile(times, 0.95), unit: 'ms' },
      { name: 'roundsPerSecond', value: 1000 / middle, unit: '1/s' },
      { name: 'coordinatorCpu', value: cpuMs, unit: 'ms' },
      { name: 'sitesCpu', value: sitesCpuMs, unit: 'ms' },
      { name: 'bareExchange', value: bare, unit: 'ms' },
    ],
    rss,
  };
}

/**
 * Vectors that travel in chunks, both ways.
 * @param {{ sites: number, length: number, warmUp: number, count: number }} size
 * @returns {Promise<{ figures: Figure[], rss: Record<string, number> }>}
 */
export async function largeRounds(size) {
  const { times, cpuMs, sitesCpuMs, rss, traffic } = await lightSites(size);
  const rounds = size.warmUp + size.count;
  const upMib = traffic.reduce((sum, { bytes }) => sum + bytes, 0) / rounds / 2 ** 20;
  const downMib = (8 * size.length * size.sites) / 2 ** 20;
  const seconds = median(times) / 1000;
  const inProcess = median(await gatedRounds({ ...size, warmUp: 0 })) / 1000;
  return {
    figures: [
      { name: 'roundSeconds', value: seconds, unit: 's', ratio: { to: 'inProcess', value: seconds / inProcess } },
      { name: 'up', value: upMib, unit: 'MiB' },
      { name: 'down', value: downMib, unit: 'MiB' },
      { name: 'throughput', value: (upMib + downMib) / seconds, unit: 'MiB/s' },
      { name: 'coordinatorCpu', value: cpuMs, unit: 'ms' },
      { name: 'sitesCpu', value: sitesCpuMs, unit: 'ms' },
    ],
    rss,
  };
}

/**
 * The floor: the same bytes over the same kind of streams and consumers, one stored message to and from each site and an
 * acknowledgment of each, without coordinator, database, packing or hashing.
 * @returns {Promise<number[]>} milliseconds per round
 */
export async function bareExchange(
  /** @type {{ sites: number, length: number, warmUp: number, count: number }} */ { sites, length, warmUp, count },
) {
  const codes = siteCodes(sites);
  const broker = await startTestBroker({ sites: codes });
  const links = [];
  try {
    const center = await broker.link('coordinator');
    links.push(center);
    await center.ensureStreams({ maxBytes: 2 ** 30, maxAgeMs: 3_600_000 });
    for (const { stream, name, filter } of [consumers.up, ...codes.map((code) => consumers.task(code))])
      await center.ensureConsumer({ stream, name, filter, ackWaitMs: 60_000, maxAckPending: 64 });
    const answer = new Uint8Array(16 * length);
    for (const code of codes) {
      const link = await broker.link(code);
      links.push(link);
      let sent = 0;
      const { stream, name } = consumers.task(code);
      link.consume({ stream, consumer: name }, () => link.publish(subjects.up('bench', code), answer, `${code}.${++sent}`));
    }
    let arrived = 0;
    let all = () => {};
    center.consume({ stream: consumers.up.stream, consumer: consumers.up.name }, async () => {
      if (++arrived % sites === 0) all();
    });
    const task = new Uint8Array(8 * length);
    return await timeEach({ warmUp, count }, async (k) => {
      const over = new Promise((resolve) => (all = () => resolve(undefined)));
      await Promise.all(codes.map((code) => center.publish(subjects.task('bench', code), task, `task.${code}.${k}`)));
      await over;
    });
  } finally {
    for (const link of links.reverse()) await link.close();
    await broker.stop();
  }
}
