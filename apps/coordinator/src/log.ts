import { AppError } from '@cohortium/kernel';
import type { TransportLog } from '@cohortium/transport';
import type { LoggerService } from '@nestjs/common';
import { destination, pino } from 'pino';
import type { Logger } from 'pino';

/** The log of this app. */
export type Log = Logger;

/** Structured log of this process: JSON lines on stderr. Secrets are never passed to it. */
export function createLog(level: string): Log {
  const options = { level, base: { app: 'coordinator', pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime };
  return pino(options, destination({ dest: 2, sync: true }));
}

/** Nest's own messages in the same log; what it tells of its start only at level debug. */
export class NestLog implements LoggerService {
  constructor(private readonly target: Log) {}

  log(message: unknown): void {
    this.write('debug', message);
  }
  debug(message: unknown): void {
    this.write('debug', message);
  }
  verbose(message: unknown): void {
    this.write('debug', message);
  }
  warn(message: unknown): void {
    this.write('warn', message);
  }
  error(message: unknown): void {
    this.write('error', message);
  }
  fatal(message: unknown): void {
    this.write('error', message);
  }

  private write(level: 'debug' | 'warn' | 'error', message: unknown): void {
    if (message instanceof Error) this.target[level]({ event: 'nest', ...errorFields(message) });
    else this.target[level]({ event: 'nest' }, String(message));
  }
}

/** The log as libs/transport wants it. */
export function transportLog(log: Log): TransportLog {
  return (level, event, fields) => log[level]({ event, ...fields });
}

/** What the log shows of an error: its code or class, and where an unexpected one comes from. Never the text of a database error, which may repeat values. */
export function errorFields(error: unknown): Readonly<Record<string, unknown>> {
  if (error instanceof AppError) return { code: error.code, params: error.params };
  if (!(error instanceof Error)) return { error: typeof error };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return {
    error: error.name,
    code,
    stack: error.stack
      ?.split('\n')
      .filter((line) => /^\s+at /.test(line))
      .slice(0, 8)
      .map((line) => line.trim()),
  };
}
