import { Catch, HttpException } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import { AppError } from '@cohortium/kernel';
import { isTransientDatabaseError } from '@cohortium/persistence';
import type { Response } from 'express';
import { coordinatorErrors } from './errors.js';
import { errorFields } from './log.js';
import type { Log } from './log.js';

/** HTTP status by error code; a code not named here gets the status of its exit code. */
const statusByCode: Readonly<Record<string, number>> = {
  'COORDINATOR.UNAUTHORIZED': 401,
  'COORDINATOR.NOT_FOUND': 404,
  'COORDINATOR.SITE_KEY_DIFFERS': 409,
  'COORDINATOR.VERSION_DIFFERS': 409,
  'COORDINATOR.SITES_NOT_ENROLLED': 422,
  'COORDINATOR.PROTOCOL_UNRESOLVED': 422,
  'PROTOCOL.LINT': 422,
  // A protocol that does not fit one message.
  'CONTRACTS.TOO_LARGE': 413,
  'RUN.ALREADY_ACTIVE': 409,
  'RUN.NOT_FINISHED': 409,
  'RUN.NO_MODEL': 409,
};
const statusByExit = { 1: 500, 2: 400, 3: 403, 4: 409, 5: 503, 6: 500, 7: 422 } as const;

/** The one place where errors become HTTP: `{code, params, message}` with a status. */
@Catch()
export class HttpErrors implements ExceptionFilter {
  constructor(private readonly log: Log) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    const known = asAppError(error);
    const status = statusByCode[known.code] ?? statusByExit[known.exit];
    if (status >= 500) this.log.error({ event: 'http.failed', ...errorFields(error) });
    if (response.headersSent) response.end();
    else response.status(status).json(known.toJSON());
  }
}

/** Any failure of a request as a typed error. */
export function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (isTransientDatabaseError(error)) return coordinatorErrors.error('COORDINATOR.UNAVAILABLE', {}, { cause: error });
  const status = error instanceof HttpException ? error.getStatus() : statusOf(error);
  if (status === 404) return coordinatorErrors.error('COORDINATOR.NOT_FOUND', { what: 'address' }, { cause: error });
  if (status === 413) return coordinatorErrors.error('COORDINATOR.BAD_REQUEST', { path: '(body)', reason: 'too large' }, { cause: error });
  if (status !== undefined && status >= 400 && status < 500) {
    return coordinatorErrors.error('COORDINATOR.BAD_REQUEST', { path: '(body)', reason: 'not JSON, or of another form' }, { cause: error });
  }
  return coordinatorErrors.error(
    'COORDINATOR.UNEXPECTED',
    { reason: error instanceof Error ? error.name : typeof error },
    { cause: error },
  );
}

/** Body parsers of Express throw errors of their own with a status. */
function statusOf(error: unknown): number | undefined {
  return error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : undefined;
}
