import type { StudyHost } from '@cohortium/analysis';
import { canonicalJson } from '@cohortium/kernel';
import type { SiteId } from '@cohortium/kernel';
import type { BrokerLink } from '@cohortium/transport';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestBroker } from './broker.js';
import type { TestBroker } from './broker.js';
import type { CoordinatorClient } from './coordinator-client.js';
import { simulatedFederationOf } from './federations.js';
import { startTestPostgres } from './postgres.js';
import type { TestPostgres } from './postgres.js';
import { rowsFromTable, tableOfSites } from './rows.js';
import { TestSite } from './test-site.js';
import type { TestSiteOptions } from './test-site.js';
import { tinyCatalogue, tinyProgram, tinyProtocol, tinyTable } from './tiny-study.js';
import type { TinySize } from './tiny-study.js';

/** Everything around a coordinator in a test: a broker, a database, a data folder, and sites that answer the tiny study. */
export class TinyFederation {
  private studies = 0;
  private started: TestSite[] = [];

  private constructor(
    readonly postgres: TestPostgres,
    readonly broker: TestBroker,
    readonly databaseUrl: string,
    readonly dataDir: string,
    private readonly links: ReadonlyMap<string, BrokerLink>,
    /** Sites by role. */
    readonly training: readonly string[],
    readonly external: readonly string[],
  ) {}

  static async start(training: readonly string[], external: readonly string[] = []): Promise<TinyFederation> {
    const sites = [...training, ...external];
    const [postgres, broker] = await Promise.all([startTestPostgres(), startTestBroker({ sites })]);
    const databaseUrl = await postgres.createDatabase('coordinator');
    const links = new Map(await Promise.all(sites.map(async (site) => [site, await broker.link(site)] as const)));
    return new TinyFederation(
      postgres,
      broker,
      databaseUrl,
      mkdtempSync(join(tmpdir(), 'cohortium-coordinator-')),
      links,
      training,
      external,
    );
  }

  get sites(): readonly string[] {
    return [...this.training, ...this.external];
  }

  /** Starts a site that approves and answers everything, unless told otherwise. */
  startSite(site: string, options: Partial<TestSiteOptions> = {}): TestSite {
    const rows = rowsFromTable(tableOfSites(tinyTable(this.sites), [site]));
    const started = new TestSite(this.links.get(site) as BrokerLink, { site, rows, catalogue: tinyCatalogue, ...options });
    this.started.push(started);
    return started;
  }

  /** Stops all sites. */
  async stopSites(): Promise<void> {
    for (const site of this.started.splice(0)) await site.stop();
  }

  /** Enrolls the sites and submits a tiny study that was never submitted before. */
  async submit(
    client: CoordinatorClient,
    options: { readonly external?: readonly string[]; readonly deadlineHours?: number } = {},
  ): Promise<string> {
    for (const site of this.sites) {
      const nkey = this.broker.keys.get(site)?.publicKey;
      await accepted(client.post('/api/sites', { site, displayName: `Hospital ${site}`, nkey }));
    }
    const study = `tiny-${++this.studies}`;
    await accepted(client.post('/api/studies', { protocol: tinyProtocol({ study, training: this.training, ...options }) }));
    return study;
  }

  /** What the tiny program brings on simulated sites, as canonical JSON: the bytes that any disturbance must leave alone. */
  async expected(size: TinySize, external: readonly string[] = []): Promise<string> {
    const protocol = tinyProtocol({ study: 's', training: this.training, external });
    const input = { protocol, training: this.training as SiteId[], external: external as SiteId[] };
    return canonicalJson(await tinyProgram(size)(input, simulatedFederationOf(tinyTable(this.sites)), quietHost));
  }

  async stop(): Promise<void> {
    await this.stopSites();
    for (const link of this.links.values()) await link.close();
    await this.broker.stop();
    await this.postgres.stop();
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

/** A host that remembers nothing. */
export const quietHost: StudyHost = { lockModel: () => Promise.resolve(), stepBegins: () => undefined };

async function accepted(response: Promise<Response>): Promise<void> {
  const answered = await response;
  if (answered.status !== 200) throw new Error(`the coordinator refused: ${await answered.text()}`);
}
