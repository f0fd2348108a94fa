import 'reflect-metadata';
import { catalogue } from '@cohortium/analysis';
import { consumers, decodeDownMessage, noStudy, siteInbox, wireVersion } from '@cohortium/contracts';
import {
  CheckpointRepository,
  LedgerBook,
  SiteAnswerRepository,
  SiteChargeRepository,
  SiteMaskingRepository,
  SiteOutboxRepository,
  SitePartRepository,
  SiteProtocolRepository,
  SiteTotalRepository,
  openDatabase,
  siteEntities,
  siteMigrations,
} from '@cohortium/persistence';
import { JetStreamServer, connectLink } from '@cohortium/transport';
import type { BrokerLink } from '@cohortium/transport';
import { randomBytes } from 'node:crypto';
import { NestFactory } from '@nestjs/core';
import type { DataSource } from 'typeorm';
import { AppModule } from './app.module.js';
import type { SiteServices } from './app.module.js';
import { Computer } from './compute/computer.js';
import type { SiteConfig } from './config.js';
import { helloMessage } from './egress/outgoing.js';
import { Publisher } from './egress/publisher.js';
import { Relay } from './egress/relay.js';
import { ReleaseBook } from './egress/release-book.js';
import { Transcript } from './egress/transcript.js';
import { Heartbeat } from './exchange/heartbeat.js';
import { PartStore } from './exchange/part-store.js';
import { Tasks } from './exchange/tasks.js';
import { ensureIdentity } from './identity.js';
import type { SiteIdentity } from './identity.js';
import { Images } from './images.js';
import { readImagesConfig } from './images-config.js';
import type { ImagesConfig } from './images-config.js';
import { WitnessDesk } from './ledger/witness-desk.js';
import { MaskingDesk } from './masking/desk.js';
import { NestLog, transportLog } from './log.js';
import type { SiteLog } from './log.js';
import { ensurePrivateFolder, paths, readPrivateFile, readText } from './own-files.js';
import { operatorState } from './operator-state.js';
import { ensurePrivacyKey } from './privacy-key.js';
import type { PrivacySecrets } from './privacy-key.js';
import { Approvals } from './review/approvals.js';
import { PolicyFile } from './review/policy-file.js';
import type { Provenance } from './provenance/provenance.port.js';
import { TotalsBook } from './provenance/totals-book.js';
import { Review } from './review/review.js';
import { SiteStatus } from './status.js';

/** A running site node. */
export interface SiteNode {
  /** Takes no further message, finishes the one at work, closes everything. Idempotent. */
  stop(): Promise<void>;
}

/** Frozen parts of runs that were never closed are forgotten after this time. */
const forgetPartsAfterMs = 30 * 24 * 3600 * 1000;
const brokerWaitMs = 60_000;
/** How long messages under way may take to be acknowledged when the node stops; the outbox keeps them. */
const relayStopMs = 10_000;

/**
 * Starts a site node: database, broker, greeting, outbox, handlers. It listens nowhere.
 * @param provenance takes the place of the replay: for tests of everything else on requests that no program asks; never set by `main`
 * @throws `SITE.*`, `PERSISTENCE.*`, `TRANSPORT.*`
 */
export async function startSiteNode(config: SiteConfig, log: SiteLog, provenance?: Provenance): Promise<SiteNode> {
  await ensurePrivateFolder(config.dataDir);
  const policyFile = new PolicyFile(config.dataDir, log);
  await policyFile.read();
  const identity = await ensureIdentity(config);
  const url = await readPrivateFile(config.databaseUrlFile);
  const secrets = await ensurePrivacyKey(config.dataDir);
  const imagesConfig = config.imagesFile === undefined ? undefined : await readImagesConfig(config.imagesFile);
  const computer = new Computer({ ...config, memberKey: secrets.memberKey });
  computer.prepare();
  const onWait = (reason: string): void => log.warn({ event: 'database-awaited', reason });
  const database = {
    url,
    applicationName: `cohortium-site-${config.site}`,
    entities: siteEntities,
    migrations: siteMigrations,
    poolSize: 4,
    onWait,
  };
  const [source, link] = await both(openDatabase(database), connect(config, identity, log)).catch(async (error: unknown) => {
    await computer.close();
    throw error;
  });
  try {
    return await assemble({ config, log, source, link, identity, secrets, policyFile, computer, imagesConfig, provenance });
  } catch (error) {
    await Promise.allSettled([link.close(), source.destroy(), computer.close()]);
    throw error;
  }
}

interface Ground {
  readonly config: SiteConfig;
  readonly log: SiteLog;
  readonly source: DataSource;
  readonly link: BrokerLink;
  readonly identity: SiteIdentity;
  readonly secrets: PrivacySecrets;
  readonly policyFile: PolicyFile;
  readonly computer: Computer;
  readonly imagesConfig: ImagesConfig | undefined;
  readonly provenance: Provenance | undefined;
}

async function assemble(ground: Ground): Promise<SiteNode> {
  const { config, log, source, link, policyFile, computer } = ground;
  const { site } = config;
  const { signer } = ground.identity;
  const { dataDir } = config;
  const book = new LedgerBook(source);
  const answers = new SiteAnswerRepository(source, book, site);
  const outbox = new SiteOutboxRepository(source);
  const partRepository = new SitePartRepository(source);
  const transcript = await Transcript.open(paths.transcript(config.dataDir), outbox);
  const status = new SiteStatus();
  const halted = async (): Promise<boolean> => (await operatorState(config.dataDir)) !== 'running';
  const relay = new Relay({ site, link, outbox, transcript, status, log, halted });
  const heartbeat = new Heartbeat({ site, link, status, transcript, log });
  const parts = new PartStore(partRepository);
  const protocols = new SiteProtocolRepository(source, book, site);
  const checkpoints = new CheckpointRepository(source);
  const approvals = new Approvals(site, dataDir, ground.identity.record, log);
  const witness = new WitnessDesk({ site, dataDir, signer, book, checkpoints, protocols, outbox, relay, approvals, log });
  await witness.start();
  const { noiseSecret } = ground.secrets;
  const review = new Review(config, { protocols, answers, outbox, relay, computer, policyFile, approvals, noiseSecret, status, log });
  const publisher = new Publisher(answers, relay);
  const totals = new SiteTotalRepository(source);
  const provenance = ground.provenance ?? new TotalsBook({ site, totals, answers, parts, review, computer, log });
  const releases = new ReleaseBook(new SiteChargeRepository(source), policyFile);
  const masking = new SiteMaskingRepository(source, book, site);
  const trust = { signer, roster: () => approvals.rosterKeys() };
  const random = { bytes: (count: number) => randomBytes(count) };
  const desk = new MaskingDesk({ site, repository: masking, relay, review, trust, random, log });
  const deps = { config, answers, book: releases, parts, review, witness, computer, provenance, publisher, desk, relay, status, log };
  const tasks = new Tasks(deps);

  await partRepository.forgetBefore(new Date(Date.now() - forgetPartsAfterMs));
  await outbox.discardUnsent('hello');
  await relay.start();
  await greet(ground, outbox, relay);
  heartbeat.start();
  await review.reviewAll();
  policyFile.watch(
    () => review.reviewAll(),
    () => review.basis(),
  );
  const app = await listen(ground, { review, tasks, desk, parts, computer, witness, provenance, log });
  const images = startImages(ground, status);
  log.info({ event: 'ready', release: config.release });

  return stoppable(async () => {
    policyFile.close();
    await images?.stop();
    await app.close();
    await within(relayStopMs, relay.stop());
    await heartbeat.stop();
    await link.close();
    await computer.close();
    await transcript.close();
    await source.destroy();
  });
}

/** The steps `intake` and `extraction`, where they are configured. A study that is being computed comes first. */
function startImages({ config, imagesConfig, source, log }: Ground, status: SiteStatus): Images | undefined {
  if (imagesConfig === undefined) return undefined;
  const busy = () => status.now().state === 'computing';
  const images = new Images({ config: imagesConfig, dataDir: config.dataDir, source, busy, log });
  images.start();
  return images;
}

function stoppable(stop: () => Promise<void>): SiteNode {
  let stopping: Promise<void> | undefined;
  return { stop: () => (stopping ??= stop()) };
}

async function listen({ config, link, log }: Ground, services: SiteServices): Promise<{ close(): Promise<void> }> {
  const { stream, name } = consumers.task(config.site);
  const strategy = new JetStreamServer({ link, stream, consumer: name, decode: decodeDownMessage, log: transportLog(log) });
  const app = await NestFactory.createMicroservice(AppModule.with(services), { strategy, logger: new NestLog(log), abortOnError: false });
  await app.listen();
  return app;
}

async function connect(config: SiteConfig, identity: SiteIdentity, log: SiteLog): Promise<BrokerLink> {
  const { brokerCaFile } = config;
  return connectLink({
    ...(brokerCaFile === undefined ? {} : { ca: await readText(brokerCaFile) }),
    servers: config.brokers,
    nkeySeed: identity.seed,
    name: `site-${config.site}`,
    inboxPrefix: siteInbox(config.site),
    log: transportLog(log),
    firstConnectTimeoutMs: brokerWaitMs,
  });
}

async function greet({ config, identity }: Ground, outbox: SiteOutboxRepository, relay: Relay): Promise<void> {
  const { site, release } = config;
  const header = {
    v: wireVersion,
    study: noStudy,
    site,
    type: 'hello',
    release,
    operations: [...catalogue.keys()].sort(),
    nkey: identity.nkey,
  } as const;
  const { row, frame } = helloMessage(header, `hello.${Date.now()}.${process.pid}`);
  const stored = await outbox.add([row]);
  relay.send(stored.map((message) => ({ message, frame })));
}

/** Both, or neither: what succeeded is closed when the other fails. */
async function both(database: Promise<DataSource>, broker: Promise<BrokerLink>): Promise<[DataSource, BrokerLink]> {
  const [source, link] = await Promise.allSettled([database, broker]);
  if (source.status === 'fulfilled' && link.status === 'fulfilled') return [source.value, link.value];
  if (source.status === 'fulfilled') await source.value.destroy();
  if (link.status === 'fulfilled') await link.value.close();
  throw source.status === 'rejected' ? source.reason : (link as PromiseRejectedResult).reason;
}

async function within(limitMs: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([work, new Promise<void>((resolve) => (timer = setTimeout(resolve, limitMs)))]);
  clearTimeout(timer);
}
