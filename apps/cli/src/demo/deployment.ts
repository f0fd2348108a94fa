import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { canonicalJson } from '@cohortium/kernel';
import type { Language, SiteId } from '@cohortium/kernel';
import { keyRecord } from '@cohortium/protocol';
import type { KeyRecord, Protocol } from '@cohortium/protocol';
import { createNkey } from '@cohortium/transport';
import type { PreparedStudy } from '../cohort/prepare-cohort.js';
import { cliErrors } from '../errors.js';
import type { MessageKey } from '../messages.js';
import { minimalEnvironment } from '../processes/child-spec.js';
import type { ChildSpec } from '../processes/child-spec.js';
import { assertPortFree, freePort } from '../processes/ports.js';
import { allDone, runToEnd } from '../processes/run-to-end.js';
import { Supervisor } from '../processes/supervisor.js';
import { clearStaleWork, keepWorkFolder, makeWorkFolder } from '../processes/work-folder.js';
import type { WorkFolder } from '../processes/work-folder.js';
import { Databases } from '../servers/databases.js';
import { findNatsServer } from '../servers/nats-binary.js';
import type { NatsBinary } from '../servers/nats-binary.js';
import { prepareBroker, waitForBroker } from '../servers/nats.js';
import { prepareCluster, waitForPostgres } from '../servers/postgres.js';
import { signByPeople } from './people.js';
import type { SignedStudy } from './people.js';
import { makeSiteFolder, writePrivate } from './site-folders.js';
import type { SiteFolder } from './site-folders.js';

/** The folder of the apps, seen from apps/cli/{src,dist}/demo. */
const apps = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
/** Pools of the apps open at most this many connections each. */
const connectionsPerApp = 12;

/** What is to be set up. */
export interface DeploymentPlan {
  readonly study: PreparedStudy;
  /** The coordinator listens here, the broker on the next port, the database on the one after; undefined: free ports. */
  readonly firstPort?: number | undefined;
  /** A PostgreSQL server that is there already; undefined: one of our own. */
  readonly databaseUrl?: string | undefined;
  /** Keep the work folder with its databases for a person to look at. */
  readonly keep: boolean;
  readonly language: Language;
  readonly say: (key: MessageKey, params?: Record<string, string | number>) => void;
  readonly signal?: AbortSignal | undefined;
  /** The port at which a site finds the broker, when something stands between the two: a test that listens. */
  readonly brokerPortOf?: ((site: SiteId, brokerPort: number) => Promise<number>) | undefined;
}

interface Ports {
  readonly coordinator: number;
  readonly broker: number;
  readonly database: number;
}

/**
 * A whole federation on this machine as processes of its own: database server, broker, coordinator, one site node per hospital.
 * Every site has its own folder, keys, database and broker account.
 */
export class Deployment {
  readonly supervisor: Supervisor;
  sites: readonly (SiteFolder & { readonly nkey: string; readonly record: KeyRecord })[] = [];
  /** What the people of the demo signed, once {@link start} has begun the apps. */
  signed: SignedStudy | undefined;
  private databases: Databases | undefined;
  private coordinatorLogKey = '';

  private constructor(
    private readonly plan: DeploymentPlan,
    readonly work: WorkFolder,
    private readonly ports: Ports,
    private readonly nats: NatsBinary,
  ) {
    this.supervisor = new Supervisor(work);
  }

  /** Folder of the coordinator, where it says how to reach it. */
  get coordinatorDir(): string {
    return join(this.work.path, 'coordinator');
  }

  /**
   * Checks what can be missing and makes the work folder; nothing runs yet.
   * @throws `CLI.BROKER_ABSENT`, `CLI.PORT_TAKEN`, `CLI.PROCESS_FAILED`
   */
  static async plan(plan: DeploymentPlan): Promise<Deployment> {
    const cleared = clearStaleWork();
    if (cleared > 0) plan.say('staleCleared', { count: cleared });
    for (const app of ['coordinator', 'site-node']) assertBuilt(app);
    const nats = await findNatsServer();
    const ports = await choosePorts(plan);
    return new Deployment(plan, makeWorkFolder(), ports, nats);
  }

  /** Starts everything, in the order in which one needs the other. @throws `CLI.*` */
  async start(): Promise<void> {
    const { study, say, signal } = this.plan;
    const folders = [...study.files.keys()].map((site) => makeSiteFolder(this.work.folder('sites'), site, study));
    this.work.folder('coordinator');
    const [, identities, logKey] = await allDone([
      this.startDatabase(folders.map(({ site }) => site)),
      this.makeIdentities(folders),
      makeLogKey(this.coordinatorDir),
    ]);
    signal?.throwIfAborted();
    this.coordinatorLogKey = logKey;
    this.sites = folders.map((folder, i) => ({ ...folder, nkey: (identities[i] as KeyRecord).nkey, record: identities[i] as KeyRecord }));
    await this.letPeopleSign(study.protocol);
    signal?.throwIfAborted();
    await this.startBroker();
    signal?.throwIfAborted();
    say('startApps', { sites: this.sites.length });
    this.supervisor.start(this.coordinatorSpec());
    for (const { site, dataDir } of this.sites) {
      const brokerPort = (await this.plan.brokerPortOf?.(site, this.ports.broker)) ?? this.ports.broker;
      this.supervisor.start(this.siteSpec(site, dataDir, brokerPort));
    }
  }

  private async letPeopleSign(protocol: Protocol): Promise<void> {
    const { say } = this.plan;
    say('peopleSign');
    this.signed = await signByPeople(this.work.folder('people'), protocol, this.sites, this.coordinatorLogKey);
    writePrivate(join(this.coordinatorDir, 'roster.json'), canonicalJson(this.signed.roster));
    for (const line of this.signed.sites) say('siteSigned', line);
  }

  /** Removes what was made (databases on a foreign server, the work folder), or keeps it where that was asked for. */
  async clean(): Promise<void> {
    if (this.plan.keep) {
      keepWorkFolder(this.work);
      return this.plan.say('keptIn', { path: this.work.path });
    }
    if (this.plan.databaseUrl !== undefined) {
      const left = (await this.databases?.dropAll()) ?? [];
      if (left.length > 0) this.plan.say('databasesLeft', { names: left.join(', ') });
    }
    this.work.remove();
  }

  private async startDatabase(sites: readonly SiteId[]): Promise<void> {
    const { databaseUrl, say, signal } = this.plan;
    say(databaseUrl === undefined ? 'startDatabase' : 'useDatabase');
    let adminUrl = databaseUrl;
    if (adminUrl === undefined) {
      const connectionCount = connectionsPerApp * (sites.length + 1) + 10;
      const cluster = await prepareCluster(join(this.work.path, 'database'), {
        port: this.ports.database,
        connectionCount,
        durable: this.plan.keep,
      });
      signal?.throwIfAborted();
      this.supervisor.start(cluster.spec);
      adminUrl = cluster.adminUrl;
    }
    await waitForPostgres(adminUrl, signal);
    const prefix = databaseUrl === undefined ? '' : `cohortium_${randomBytes(4).toString('hex')}_`;
    this.databases = new Databases(adminUrl, prefix);
    if (databaseUrl === undefined) await this.databases.closeToPublic();
    writePrivate(join(this.coordinatorDir, 'database-url'), await this.databases.create('coordinator'));
    for (const site of sites) {
      signal?.throwIfAborted();
      writePrivate(join(this.work.path, 'sites', site, 'database-url'), await this.databases.create(`site_${site}`));
    }
  }

  /** Every site makes its key itself, in a process of its own, and tells the public half. Two at a time. */
  private async makeIdentities(folders: readonly SiteFolder[]): Promise<KeyRecord[]> {
    this.plan.say('startIdentities');
    const keys: KeyRecord[] = [];
    for (let at = 0; at < folders.length; at += 2) {
      this.plan.signal?.throwIfAborted();
      keys.push(...(await allDone(folders.slice(at, at + 2).map(({ site, dataDir }) => makeIdentity(site, dataDir)))));
    }
    return keys;
  }

  private async startBroker(): Promise<void> {
    const { say, signal } = this.plan;
    say('startBroker', { version: this.nats.version, port: String(this.ports.broker) });
    const own = createNkey();
    writePrivate(join(this.coordinatorDir, 'nkey.seed'), own.seed);
    const { broker: port } = this.ports;
    this.supervisor.start(
      prepareBroker({ binary: this.nats.path, folder: this.work.folder('broker'), port, coordinator: own.publicKey, sites: this.sites }),
    );
    await waitForBroker(port, signal);
  }

  private coordinatorSpec(): ChildSpec {
    const folder = this.coordinatorDir;
    return this.appSpec('coordinator', 'coordinator', folder, {
      COHORTIUM_NATS_URL: natsUrl(this.ports.broker),
      COHORTIUM_NKEY_FILE: join(folder, 'nkey.seed'),
      // For a full bundle; left out, the coordinator forgets what sites sent once a round is committed.
      COHORTIUM_KEEP_FRAMES: process.env['COHORTIUM_KEEP_FRAMES'] ?? '0',
      COHORTIUM_HTTP_PORT: this.plan.firstPort === undefined ? '0' : String(this.ports.coordinator),
    });
  }

  private siteSpec(site: SiteId, dataDir: string, brokerPort: number): ChildSpec {
    return this.appSpec(`site-${site}`, 'site-node', dataDir, { COHORTIUM_NATS_URL: natsUrl(brokerPort), COHORTIUM_SITE: site });
  }

  private appSpec(name: string, app: 'coordinator' | 'site-node', folder: string, settings: Record<string, string>): ChildSpec {
    return {
      name,
      kind: app === 'coordinator' ? 'coordinator' : 'site',
      file: process.execPath,
      args: [mainOf(app)],
      env: {
        ...minimalEnvironment(folder),
        COHORTIUM_DATA_DIR: folder,
        COHORTIUM_DATABASE_URL_FILE: join(folder, 'database-url'),
        COHORTIUM_LOG_LEVEL: 'info',
        COHORTIUM_LANG: this.plan.language,
        ...settings,
      },
      cwd: folder,
      stopSignal: 'SIGTERM',
    };
  }
}

function natsUrl(port: number): string {
  return `nats://127.0.0.1:${port}`;
}

function mainOf(app: string): string {
  return join(apps, app, 'dist', 'main.js');
}

function assertBuilt(app: string): void {
  const path = mainOf(app);
  if (!existsSync(path)) throw cliErrors.error('CLI.CANNOT_READ', { path, reason: 'not compiled; run npm run build' });
}

async function choosePorts({ firstPort, databaseUrl }: DeploymentPlan): Promise<Ports> {
  if (firstPort === undefined) return { coordinator: 0, broker: await freePort(), database: await freePort() };
  const ports = { coordinator: firstPort, broker: firstPort + 1, database: firstPort + 2 };
  await assertPortFree(ports.coordinator);
  await assertPortFree(ports.broker);
  if (databaseUrl === undefined) await assertPortFree(ports.database);
  return ports;
}

async function makeIdentity(site: SiteId, dataDir: string): Promise<KeyRecord> {
  return identityOf(`site-${site}`, 'site-node', dataDir, { COHORTIUM_SITE: site }, recordIn);
}

async function makeLogKey(dataDir: string): Promise<string> {
  return identityOf('coordinator', 'coordinator', dataDir, {}, logKeyIn);
}

/** What an app prints of itself when it is asked for its identity, in a process of its own. */
async function identityOf<T>(
  name: string,
  app: 'coordinator' | 'site-node',
  dataDir: string,
  settings: Record<string, string>,
  read: (text: string) => T | undefined,
): Promise<T> {
  const env = { ...minimalEnvironment(dataDir), COHORTIUM_DATA_DIR: dataDir, ...settings };
  const { code, stdout, stderr } = await runToEnd(process.execPath, [mainOf(app), 'identity'], { env, cwd: dataDir });
  const told = code === 0 ? read(stdout) : undefined;
  if (told === undefined)
    throw cliErrors.error('CLI.PROCESS_FAILED', {
      name: `${name} identity`,
      how: stderr.trim().split('\n')[0] || `exit code ${code}`,
      log: '-',
    });
  return told;
}

function logKeyIn(text: string): string | undefined {
  try {
    const { coordinatorLogKey } = JSON.parse(text) as { coordinatorLogKey?: unknown };
    return typeof coordinatorLogKey === 'string' ? coordinatorLogKey : undefined;
  } catch {
    return undefined;
  }
}

function recordIn(text: string): KeyRecord | undefined {
  try {
    const { fingerprint: _told, ...record } = JSON.parse(text) as Record<string, unknown>;
    return keyRecord.parse(record);
  } catch {
    return undefined;
  }
}
