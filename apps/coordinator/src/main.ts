import { AppError, languageOf } from '@cohortium/kernel';
import { readConfig, readDataDir } from './config.js';
import { coordinatorErrors } from './errors.js';

/** How long a start may still take once the end has been asked for. */
const startPatienceMs = 5000;

/** Makes the key that signs the logs if there is none, and prints its public half: what a roster needs. */
async function printIdentity(): Promise<void> {
  const { ledgerKey } = await import('./ledger/ledger-key.js');
  const { publicKey } = ledgerKey(readDataDir(process.env));
  process.stdout.write(`${JSON.stringify({ coordinatorLogKey: Buffer.from(publicKey).toString('base64url') })}\n`);
}

/**
 * Starts the coordinator and ends it on SIGTERM or SIGINT with exit code 0; any failure ends it with the code of its error. The
 * framework is loaded after the settings were read, so that a wrong setting is told at once.
 */
async function main(): Promise<void> {
  const language = languageOf(process.env['COHORTIUM_LANG'] ?? process.env['LANG']);
  let logFatal: (error: unknown) => void = () => undefined;
  const fail = (error: unknown): void => {
    logFatal(error);
    process.stderr.write(
      error instanceof AppError ? `${error.render(language)}\n` : `${error instanceof Error ? error.stack : String(error)}\n`,
    );
    process.exit(error instanceof AppError ? error.exit : 1);
  };
  // A fault that nobody caught leaves unknown state in memory; the truth is in the database, so a new process goes on from there.
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  try {
    const command = process.argv[2] ?? 'run';
    if (command === 'identity') return await printIdentity();
    if (command !== 'run') throw coordinatorErrors.error('COORDINATOR.USAGE');
    const config = readConfig(process.env);
    const [{ createLog, errorFields }, { startCoordinator }, { runStudy }] = await Promise.all([
      import('./log.js'),
      import('./start.js'),
      import('@cohortium/analysis'),
    ]);
    const log = createLog(config.logLevel);
    logFatal = (error) => log.fatal({ event: 'failed', ...errorFields(error) });
    const starting = startCoordinator(config, runStudy, log);
    const stop = (signal: string): void => {
      log.info({ event: 'stopping', signal });
      // One that still waits for its database has nothing to lose.
      const impatient = setTimeout(() => process.exit(0), startPatienceMs);
      starting.then((coordinator) => (clearTimeout(impatient), coordinator.stop())).then(() => process.exit(0), fail);
    };
    // Before it has started: it can be found by its address before the last step of the start.
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
    await starting;
  } catch (error) {
    fail(error);
  }
}

await main();
