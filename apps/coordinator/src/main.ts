import 'reflect-metadata';
import { runStudy } from '@cohortium/analysis';
import { AppError, languageOf } from '@cohortium/kernel';
import { readConfig } from './config.js';
import { asAppError } from './http-errors.js';
import { createLog, errorFields } from './log.js';
import type { Log } from './log.js';
import { startCoordinator } from './start.js';

/** Starts the coordinator and ends it on SIGTERM or SIGINT with exit code 0; any failure ends it with the code of its error. */
async function main(): Promise<void> {
  const language = languageOf(process.env['COHORTIUM_LANG'] ?? process.env['LANG']);
  let log: Log | undefined;
  const fail = (error: unknown): void => {
    const known = asAppError(error);
    log?.fatal({ event: 'failed', ...errorFields(error) });
    process.stderr.write(`${known.render(language)}\n`);
    process.exit(error instanceof AppError ? known.exit : 1);
  };
  // A fault that nobody caught leaves unknown state in memory; the truth is in the database, so a new process goes on from there.
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  try {
    const config = readConfig(process.env);
    log = createLog(config.logLevel);
    const coordinator = await startCoordinator(config, runStudy, log);
    const stop = (signal: string): void => {
      log?.info({ event: 'stopping', signal });
      coordinator.stop().then(() => process.exit(0), fail);
    };
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
  } catch (error) {
    fail(error);
  }
}

await main();
