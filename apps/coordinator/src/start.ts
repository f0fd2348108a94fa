import 'reflect-metadata';
import type { StudyProgram } from '@cohortium/analysis';
import { consumers, decodeHeartbeat, subjects } from '@cohortium/contracts';
import { openCoordinatorDatabase } from '@cohortium/persistence';
import { connectLink, JetStreamServer } from '@cohortium/transport';
import type { BrokerLink } from '@cohortium/transport';
import { NestFactory, Reflector } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { AddressInfo } from 'node:net';
import { announce, apiToken, withdraw } from './api-token.js';
import { AppModule } from './app.module.js';
import type { Surroundings } from './app.module.js';
import { systemCode } from './config.js';
import type { Config } from './config.js';
import { coordinatorErrors } from './errors.js';
import { HttpErrors } from './http-errors.js';
import { ledgerKey } from './ledger/ledger-key.js';
import { readRosterKeys } from './roster-file.js';
import { errorFields, NestLog, transportLog } from './log.js';
import type { Log } from './log.js';
import { OpenApiController } from './openapi.controller.js';
import { openApiDocument } from './openapi.js';
import { OutboxRelay } from './outbox-relay.js';
import { decodeReceived } from './received.js';
import { release } from './release.js';
import { RunSupervisor } from './runs/run-supervisor.js';
import { setUpBroker } from './sites/broker-set-up.js';
import { TokenGuard } from './token.guard.js';

const waitMs = 60_000;
const bodyLimit = '8mb';
/** Messages of sites that are handled beside each other. */
const pulls = 8;
const poolSize = 10;

/** Undoes one step of the start. */
type Closer = () => unknown;

/** A running coordinator. */
export interface Coordinator {
  readonly port: number;
  readonly url: string;
  /** Ends gracefully: nothing is lost, runs go on after the next start. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Starts a coordinator: waits for database and broker, opens the interface, takes up the runs that had not ended.
 * @throws the errors of libs/persistence and libs/transport for what does not come up within 60 s; `COORDINATOR.PORT_TAKEN`
 */
export async function startCoordinator(config: Config, program: StudyProgram, log: Log): Promise<Coordinator> {
  const closers: Closer[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) {
      await Promise.resolve()
        .then(closer)
        .catch((error: unknown) => log.warn({ event: 'stop.failed', ...errorFields(error) }));
    }
  };
  try {
    const token = apiToken(config.dataDir);
    const surroundings = await connect(config, program, log, closers);
    const app = await openApp(surroundings, token, closers);
    const port = await listen(app, config.httpPort);
    closers.push(
      () => app.get(OutboxRelay).stop(),
      () => app.get(RunSupervisor).stop(),
    );
    announce(config.dataDir, port);
    closers.push(() => withdraw(config.dataDir));
    await app.get(OutboxRelay).start();
    await app.get(RunSupervisor).resume();
    log.info({ event: 'started', port, release });
    return { port, url: `http://127.0.0.1:${port}`, stop: close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function connect(config: Config, program: StudyProgram, log: Log, closers: Closer[]): Promise<Surroundings> {
  const database = await openCoordinatorDatabase({
    url: config.databaseUrl,
    applicationName: 'cohortium-coordinator',
    keepFrames: config.keepFrames === true,
    poolSize,
    waitMs,
    onWait: (reason) => log.info({ event: 'database.awaited', reason }),
  });
  closers.push(() => database.close());
  const link = await connectLink({
    servers: config.natsUrls,
    ...(config.natsCa === undefined ? {} : { ca: config.natsCa }),
    nkeySeed: config.nkeySeed,
    name: 'coordinator',
    inboxPrefix: '_INBOX.coordinator',
    log: transportLog(log),
    firstConnectTimeoutMs: waitMs,
  });
  closers.push(() => link.close());
  const setUp = () => setUpBroker(link, database);
  await setUp();
  link.onStatus((status) => {
    if (status === 'connected') setUp().catch((error: unknown) => log.warn({ event: 'broker.not_set_up', ...errorFields(error) }));
  });
  const signer = ledgerKey(config.dataDir);
  return { config, database, link, log, program, signer, roster: () => readRosterKeys(config.dataDir, signer.publicKey) };
}

async function openApp(surroundings: Surroundings, token: string, closers: Closer[]): Promise<NestExpressApplication> {
  const { link, log } = surroundings;
  const app = await NestFactory.create<NestExpressApplication>(AppModule.around(surroundings), {
    logger: new NestLog(log),
    abortOnError: false,
    bodyParser: false,
    forceCloseConnections: true,
  });
  closers.push(() => app.close());
  app.useBodyParser('json', { limit: bodyLimit });
  app.disable('x-powered-by');
  app.useGlobalGuards(new TokenGuard(token, app.get(Reflector)));
  app.useGlobalFilters(new HttpErrors(log));
  for (let i = 0; i < pulls; i++) app.connectMicroservice({ strategy: messageServer(link, log, i === 0) });
  await app.startAllMicroservices();
  await app.init();
  app.get(OpenApiController).document = openApiDocument(app, release);
  return app;
}

/** One of several servers that share the messages of sites among them; the first one also hears the heartbeats. */
function messageServer(link: BrokerLink, log: Log, first: boolean): JetStreamServer {
  return new JetStreamServer({
    link,
    stream: consumers.up.stream,
    consumer: consumers.up.name,
    decode: decodeReceived,
    ...(first && { volatile: { subject: subjects.heartbeats, decode: (frame) => ({ ...decodeHeartbeat(frame), frame }) } }),
    log: transportLog(log),
  });
}

async function listen(app: NestExpressApplication, port: number): Promise<number> {
  try {
    const server = (await app.listen(port, '127.0.0.1')) as { address(): AddressInfo };
    return server.address().port;
  } catch (cause) {
    if (!['EADDRINUSE', 'EACCES'].includes(systemCode(cause))) throw cause;
    throw coordinatorErrors.error('COORDINATOR.PORT_TAKEN', { port }, { cause });
  }
}
