import 'reflect-metadata';
import { DataSource } from 'typeorm';
import type { EntitySchema, Logger, MigrationInterface } from 'typeorm';
import { persistenceErrors } from './errors.js';

/** What one app keeps in its own database. */
export interface DatabaseOptions {
  /** `postgres://ROLE:PASSWORD@HOST:PORT/DATABASE` */
  readonly url: string;
  /** Name that the server's log shows. */
  readonly applicationName: string;
  // eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- TypeORM's own type for classes
  readonly entities: readonly (Function | EntitySchema)[];
  readonly migrations: readonly (new () => MigrationInterface)[];
  /** Largest number of connections; default 5. */
  readonly poolSize?: number;
  /** How long a database that is still starting is waited for; default 60 s. */
  readonly waitMs?: number;
  /** Told of each failed attempt, with a reason that holds no secret. */
  readonly onWait?: (reason: string) => void;
}

/** Length of a query after which the server gives it up, so that a lost lock cannot hold a process for ever. */
const statementTimeoutMs = 120_000;
const longestPauseMs = 2000;

/**
 * Connects to the database, waiting for a server that is starting, and brings its tables to this release. Migrations run in one
 * transaction under an advisory lock, so that two processes that start at once do not collide.
 * @throws `PERSISTENCE.BAD_URL`, `PERSISTENCE.UNREACHABLE`, `PERSISTENCE.REFUSED`, `PERSISTENCE.MIGRATION_FAILED`
 */
export async function openDatabase(options: DatabaseOptions): Promise<DataSource> {
  const host = hostOf(options.url);
  const source = new DataSource(dataSourceOptions(options));
  await connect(source, host, options);
  try {
    await migrate(source);
    return source;
  } catch (cause) {
    await source.destroy().catch(() => undefined);
    throw persistenceErrors.error('PERSISTENCE.MIGRATION_FAILED', { host, reason: reasonOf(cause) }, { cause });
  }
}

/** TypeORM writes to stdout what it deems important, with texts of the server, which may repeat values. Errors reach the caller anyway. */
const silent: Logger = {
  logQuery: () => undefined,
  logQueryError: () => undefined,
  logQuerySlow: () => undefined,
  logSchemaBuild: () => undefined,
  logMigration: () => undefined,
  log: () => undefined,
};

/** TypeORM's options for {@link openDatabase}; never `synchronize`. */
function dataSourceOptions(options: DatabaseOptions): ConstructorParameters<typeof DataSource>[0] {
  return {
    type: 'postgres',
    url: options.url,
    entities: [...options.entities],
    migrations: [...options.migrations],
    migrationsTransactionMode: 'all',
    synchronize: false,
    logger: silent,
    applicationName: options.applicationName,
    poolSize: options.poolSize ?? 5,
    connectTimeoutMS: 5000,
    // Errors of idle connections (a restarting server) come here; the next query opens a new one.
    poolErrorHandler: () => undefined,
    extra: { keepAlive: true, statement_timeout: statementTimeoutMs },
  };
}

async function connect(source: DataSource, host: string, options: DatabaseOptions): Promise<void> {
  const waitMs = options.waitMs ?? 60_000;
  const deadline = performance.now() + waitMs;
  for (let pauseMs = 50; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      await source.initialize();
      return;
    } catch (cause) {
      const reason = reasonOf(cause);
      if (/^[0-9A-Z]{5}$/.test(reason) && !isTransientDatabaseError(cause))
        throw persistenceErrors.error('PERSISTENCE.REFUSED', { host, reason }, { cause });
      // Neither the server's word nor the network's: a defect, which waiting does not cure.
      if (!isTransientDatabaseError(cause)) throw cause;
      if (performance.now() + pauseMs > deadline) {
        throw persistenceErrors.error('PERSISTENCE.UNREACHABLE', { host, seconds: Math.round(waitMs / 1000), reason }, { cause });
      }
      options.onWait?.(reason);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}

/** Any fixed number: the lock under which migrations of one database run. */
const migrationLock = 7_263_001;

async function migrate(source: DataSource): Promise<void> {
  const runner = source.createQueryRunner();
  try {
    await runner.query('select pg_advisory_lock($1)', [migrationLock]);
    await source.runMigrations();
  } finally {
    await runner.query('select pg_advisory_unlock($1)', [migrationLock]).catch(() => undefined);
    await runner.release();
  }
}

function hostOf(url: string): string {
  try {
    const parsed = new URL(url);
    if (!['postgres:', 'postgresql:'].includes(parsed.protocol) || parsed.pathname.length < 2) throw new TypeError('not a database URL');
    return `${parsed.hostname || 'localhost'}:${parsed.port || '5432'}`;
  } catch {
    // Without the cause: its text would repeat the URL.
    throw persistenceErrors.error('PERSISTENCE.BAD_URL');
  }
}

/** Network failures, and SQLSTATE classes that pass by themselves: connection, resources, intervention, serialization. */
const transientSystemCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);
const transientSqlStates = /^(08|40|53|57|58)|^(55P03)$/;

/**
 * True for failures of the database that pass without anyone changing the request: a server that starts, stops, lost its
 * connection or is out of disk or memory. Such work is tried again.
 */
export function isTransientDatabaseError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.some(isTransientDatabaseError);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  if (code !== undefined && (transientSystemCodes.has(code) || (code.length === 5 && transientSqlStates.test(code)))) return true;
  if ('driverError' in error && isTransientDatabaseError(error.driverError)) return true;
  return /Connection terminated|timeout exceeded when trying to connect|Client was closed|not queryable|Connection ended|Driver not Connected/i.test(
    error.message,
  );
}

/** SQLSTATE or system code where there is one, else the class of the error: never its text, which may repeat a value. */
function reasonOf(cause: unknown): string {
  if (cause instanceof AggregateError && cause.errors.length > 0) return reasonOf(cause.errors[0]);
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code;
  return cause instanceof Error ? cause.constructor.name : typeof cause;
}
