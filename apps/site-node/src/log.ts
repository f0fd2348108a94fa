import type { TransportLog } from '@cohortium/transport';
import type { LoggerService } from '@nestjs/common';
import { pino } from 'pino';
import type { Logger } from 'pino';
import type { SiteConfig } from './config.js';
import { errorFields } from './own-errors.js';

/**
 * The site's log: JSON lines on stderr. Reason codes, hashes, counts of messages; never a value of the cohort. Errors are shown by
 * `errorFields` only.
 */
export type SiteLog = Logger;

/** Makes the log of a site node. */
export function createLog(config: Pick<SiteConfig, 'site' | 'logLevel'>): SiteLog {
  return pino({ level: config.logLevel, base: { site: config.site, pid: process.pid } }, pino.destination({ fd: 2, sync: true }));
}

/** Nest's own messages, in the site's log at a lower level. */
export class NestLog implements LoggerService {
  constructor(private readonly target: SiteLog) {}

  log(_message: unknown): void {}

  error(message: unknown): void {
    // Texts of a framework may quote a value; place and class of an error do not.
    this.target.error({ event: 'nest-error', ...(message instanceof Error ? errorFields(message) : { kind: typeof message }) });
  }

  warn(_message: unknown): void {
    this.target.warn({ event: 'nest-warning' });
  }
}

/** The log as libs/transport wants it. */
export function transportLog(target: SiteLog): TransportLog {
  return (level, event, fields) => target[level]({ event, ...fields });
}
