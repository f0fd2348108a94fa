// Rounds with real site nodes: nine processes, each site with its own database, folder, gate, outbox and transcript.
import { CoordinatorClient, prepareSiteProcess, startTestBroker, startTestPostgres } from '@cohortium/testkit';
import { sha256 } from '@cohortium/kernel';
import { checkProtocol } from '@cohortium/protocol';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCoordinatorChild } from './coordinator-child.mjs';
import { median, quantile } from './measuring.mjs';
import { coordinatorConfig } from './over-nats.mjs';
import { childPeaksMib } from './processes.mjs';
import { siteCodes } from './study.mjs';

const participantsPerSite = 40;
const runTimeoutMs = 180_000;
const study = 'bench';

/** @returns {import('@cohortium/protocol').Protocol} */
function protocolOf(/** @type {readonly string[]} */ sites, /** @type {readonly string[]} */ features) {
  const text = { en: 'Benchmark', zh: '基准测试' };
  return checkProtocol({
    schemaVersion: 1,
    study,
    version: '1.0.0',
    title: text,
    synthetic: true,
    endpoint: { name: 'y', label: text, column: 'y', positive: [1], negative: [0] },
    features: { list: [...features] },
    featureList: { names: [...features], sha256: sha256(features.join(' ')) },
    sites: { training: [...sites], external: [] },
    analysis: { models: [{ id: 'm', alpha: 0.5, penalty: { rule: 'fixed', lambda: 0.1 } }], primaryModel: 'm' },
    validation: { leaveOneSiteOut: { enabled: false } },
    // The cost of masks is the subject of another benchmark.
    clauses: [
      {
        clauseId: 'moments',
        purpose: text,
        operations: ['statistics.centered-moments@1'],
        kind: 'sum',
        scope: 'training',
        secureAggregation: 'off',
      },
    ],
  });
}

/** Tables of one site: values that differ from cell to cell. */
function cohortOf(/** @type {string} */ site, /** @type {readonly string[]} */ features) {
  const rows = Array.from({ length: participantsPerSite }, (_, i) => i);
  const cell = (/** @type {number} */ i, /** @type {number} */ j) => ((i * 7919 + j * 104_729) % 1009) / 13 - 30;
  return {
    features: [
      `patient_id,site,${features.join(',')}`,
      ...rows.map((i) => `${site}-${i},${site},${features.map((_, j) => cell(i, j))}`),
    ].join('\n'),
    clinical: ['patient_id,site,y', ...rows.map((i) => `${site}-${i},${site},${i % 2}`)].join('\n'),
  };
}

/**
 * Rounds of `statistics.centered-moments@1` over real site nodes on this machine.
 * @param {{ sites: number, length: number, warmUp: number, count: number }} size `length` values a round, from half as many features
 * @returns {Promise<{ figures: import('./in-process.mjs').Figure[], rss: Record<string, number> }>}
 */
export async function siteNodeRounds({ sites, ...order }) {
  const codes = siteCodes(sites);
  const features = Array.from({ length: order.length / 2 }, (_, j) => `f${j + 1}`);
  /** @type {(() => unknown)[]} */
  const closers = [];
  try {
    const [postgres, broker] = await Promise.all([startTestPostgres(), startTestBroker({ sites: codes })]);
    closers.push(
      () => broker.stop(),
      () => postgres.stop(),
    );
    const dataDir = mkdtempSync(join(tmpdir(), 'cohortium-coordinator-'));
    closers.push(() => rmSync(dataDir, { recursive: true, force: true }));
    const config = coordinatorConfig({ databaseUrl: await postgres.createDatabase('coordinator'), dataDir, broker });
    const coordinator = await startCoordinatorChild({ config, order: { question: 'centeredMoments', ...order } });
    closers.push(() => coordinator.kill());
    for (const site of codes) {
      const node = prepareSiteProcess({
        site,
        seed: /** @type {any} */ (broker.keys.get(site)).seed,
        databaseUrl: await postgres.createDatabase(`site-${site}`),
        brokerUrl: broker.url,
        cohort: cohortOf(site, features),
        policy: `approve:\n  studies: [${study}]\n  allowExceptions: true\n`,
        // What is asked here follows from no program, so sites do not replay one.
        program: 'test/fixtures/unprotected-site.mjs',
      });
      closers.push(() => node.remove());
      node.start();
    }
    const client = new CoordinatorClient(dataDir);
    for (const site of codes)
      await accepted(client.post('/api/sites', { site, displayName: site, nkey: broker.keys.get(site)?.publicKey }));
    await accepted(client.post('/api/studies', { protocol: protocolOf(codes, features) }));
    const run = await client.begin(study);
    const { times, cpuMs } = await coordinator.measured(client, run);
    await client.ended(run, runTimeoutMs);
    const siteNodes = childPeaksMib('site-node');
    const nats = childPeaksMib('nats-server');
    const { peakRssMib } = await coordinator.stop();
    const rss = {
      coordinator: peakRssMib,
      ...(siteNodes.length > 0 ? { siteNode: median(siteNodes) } : {}),
      ...(nats.length > 0 ? { broker: Math.max(...nats) } : {}),
    };
    return {
      figures: [
        { name: 'roundMedian', value: median(times), unit: 'ms' },
        { name: 'roundP05', value: quantile(times, 0.05), unit: 'ms' },
        { name: 'roundP95', value: quantile(times, 0.95), unit: 'ms' },
        { name: 'roundsPerSecond', value: 1000 / median(times), unit: '1/s' },
        { name: 'coordinatorCpu', value: cpuMs, unit: 'ms' },
      ],
      rss,
    };
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

async function accepted(/** @type {Promise<Response>} */ response) {
  const answered = await response;
  if (answered.status !== 200) throw new Error(`the coordinator refused: ${await answered.text()}`);
}
