import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { canonicalJson } from '@cohortium/kernel';
import type { PreparedStudy } from '../../apps/cli/src/cohort/prepare-cohort.js';
import { collectTranscript } from '../../apps/cli/src/demo/collect.js';
import { CoordinatorApi } from '../../apps/cli/src/demo/coordinator-api.js';
import { Deployment } from '../../apps/cli/src/demo/deployment.js';
import { driveStudy } from '../../apps/cli/src/demo/drive-study.js';
import type { DrivenStudy } from '../../apps/cli/src/demo/drive-study.js';
import type { RunListener } from '../../apps/cli/src/demo/run-view.js';
import { childrenOf, socketsOf } from './process-sockets.js';
import { RecordingProxy } from './recording-proxy.js';
import type { CapturedConnection } from './recording-proxy.js';

/** What one site process held at one moment. */
export interface Inventory {
  readonly listening: number;
  readonly children: number;
  /** `protocol remote` of each socket. */
  readonly sockets: readonly string[];
}

/** A site as seen from outside: its wire, its sockets, its own account. */
export interface CapturedSite {
  readonly site: string;
  readonly connections: readonly CapturedConnection[];
  readonly brokerPort: number;
  readonly databasePort: number;
  readonly inventories: readonly Inventory[];
  /** What lay in the site's folder, which is also its home and its folder for temporary files, when it had ended. */
  readonly files: readonly string[];
}

/** A finished run of real processes with every byte between sites and broker. */
export interface CapturedFederation {
  readonly driven: DrivenStudy;
  /** Canonical JSON. */
  readonly science: string;
  readonly sites: readonly CapturedSite[];
  /** The broker at one moment of the run, which listens and has many connections. */
  readonly brokerInventory: Inventory;
  readonly transcript: string;
}

const lookEveryMs = 150;
const endingMs = 60_000;
/** What is left of a time limit for tidying up. */
const cleaningMs = 30_000;

/** Runs a study as the demo does, with a recording proxy between each site and the broker. @throws when it does not finish */
export async function runCaptured(study: PreparedStudy, timeoutMs: number): Promise<CapturedFederation> {
  const timeout = AbortSignal.timeout(timeoutMs - cleaningMs);
  const proxies = new Map<string, RecordingProxy>();
  const deployment = await Deployment.plan({
    study,
    keep: false,
    language: 'en',
    say: () => undefined,
    signal: timeout,
    brokerPortOf: async (site, brokerPort) => {
      const proxy = await RecordingProxy.start(brokerPort);
      proxies.set(site, proxy);
      return proxy.port;
    },
  });
  const { supervisor } = deployment;
  const ending = new AbortController();
  supervisor.failure.catch((error: unknown) => ending.abort(error));
  const signal = AbortSignal.any([timeout, ending.signal]);
  let watch: NodeJS.Timeout | undefined;
  try {
    await deployment.start();
    const inventories = new Map(deployment.sites.map(({ site }) => [site as string, [] as Inventory[]]));
    watch = setInterval(() => inventories.forEach((list, site) => look(supervisor.pidOf(`site-${site}`), list)), lookEveryMs);
    const api = new CoordinatorApi(deployment.coordinatorDir, signal);
    const driven = await driveStudy(api, study.protocol, deployment.sites, silent, signal);
    clearInterval(watch);
    const brokerInventories: Inventory[] = [];
    look(supervisor.pidOf('broker'), brokerInventories);
    // As the demo does: a site completes its transcript when it is asked to end.
    await supervisor.stop(endingMs);
    const sites = deployment.sites.map(({ site, dataDir }) => {
      const proxy = proxies.get(site) as RecordingProxy;
      const databasePort = Number(new URL(readFileSync(`${dataDir}/database-url`, 'utf8')).port);
      const seen = { connections: proxy.connections(), inventories: inventories.get(site) ?? [], files: filesIn(dataDir) };
      return { site, brokerPort: proxy.port, databasePort, ...seen };
    });
    const [brokerInventory] = brokerInventories as [Inventory];
    const science = canonicalJson(driven.results.science);
    return { driven, science, sites, brokerInventory, transcript: collectTranscript(deployment.sites).jsonl };
  } catch (error) {
    throw new Error(`the run did not end well: ${String(error)}\n${lastLogs(deployment)}`, { cause: error });
  } finally {
    clearInterval(watch);
    await supervisor.stop();
    await Promise.all([...proxies.values()].map((proxy) => proxy.stop()));
    await deployment.clean();
  }
}

const silent: RunListener = { started: () => undefined, decided: () => undefined, happened: () => undefined, viewed: () => undefined };

function look(pid: number | undefined, into: Inventory[]): void {
  if (pid === undefined) return;
  try {
    const sockets = socketsOf(pid);
    into.push({
      listening: sockets.filter((socket) => socket.listening).length,
      children: childrenOf(pid).length,
      sockets: sockets.map(({ protocol, remote }) => `${protocol} ${remote}`),
    });
  } catch (error) {
    // The process has ended since we asked for its number; anything else is for the test to hear.
    if (!['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

function lastLogs({ supervisor }: Deployment): string {
  return supervisor
    .names()
    .filter((name) => existsSync(supervisor.logOf(name)))
    .map((name) => `${name}: ${readFileSync(supervisor.logOf(name), 'utf8').trimEnd().split('\n').slice(-5).join('\n  ')}`)
    .join('\n');
}
