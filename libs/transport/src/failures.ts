import { JetStreamApiError } from '@nats-io/jetstream';
import { InvalidArgumentError, PermissionViolationError, RequestError, TimeoutError } from '@nats-io/transport-node';

/** A failure of the broker or of the way to it: worth another try, or final. */
export interface Failure {
  readonly final: boolean;
  /** For the operator: the broker's own words, or the kind of failure. Never message content. */
  readonly reason: string;
}

/** Codes of JetStream answers with status 503 that no repetition cures: the stream is full. */
const streamStoreFailed = 10077;

/** Tells a refusal from an outage. */
export function classify(error: unknown): Failure {
  const denied = permissionViolation(error);
  if (denied !== undefined) return { final: true, reason: 'permission denied' };
  if (error instanceof InvalidArgumentError) return { final: true, reason: error.message };
  if (error instanceof JetStreamApiError) {
    // 503: JetStream is starting, or short of something for a moment.
    return { final: error.status !== 503 || error.code === streamStoreFailed, reason: `${error.message} (${error.code})` };
  }
  // The client's name for "no responders", which is also what a broker says while it recovers its streams.
  if ((error instanceof Error && error.name === 'JetStreamNotEnabled') || (error instanceof RequestError && error.isNoResponders()))
    return { final: false, reason: 'nobody answers: no such stream, or JetStream is starting' };
  if (error instanceof TimeoutError) return { final: false, reason: 'no answer in time' };
  return { final: false, reason: error instanceof Error ? error.message : 'unknown failure' };
}

/** The refusal of a subject by the broker inside an error, however deep the client wrapped it. */
export function permissionViolation(error: unknown): PermissionViolationError | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 4; at = at.cause, depth++) {
    if (at instanceof PermissionViolationError) return at;
  }
  return undefined;
}

/** A name for an error that is safe to log: codes and class names, no text that a handler composed. */
export function errorName(error: unknown): string {
  if (error === null || typeof error !== 'object') return typeof error;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.name : 'Error';
}
