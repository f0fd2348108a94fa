import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSecret, systemCode } from './config.js';
import { coordinatorErrors } from './errors.js';

const tokenBytes = 32;

/**
 * The bearer token of the REST interface from `<data>/api-token`, made at the first start: 32 random bytes in base64url, mode 0600.
 * @throws `COORDINATOR.BAD_SECRET_FILE`, `COORDINATOR.BAD_DATA_DIR`
 */
export function apiToken(dataDir: string): string {
  const file = join(dataDir, 'api-token');
  if (!existsSync(file)) writeOnce(file, randomBytes(tokenBytes).toString('base64url'));
  return readSecret('api-token in COHORTIUM_DATA_DIR', file);
}

/** Tells others on this machine where the REST interface listens: `<data>/http.json`, replaced as a whole. */
export function announce(dataDir: string, port: number): void {
  const file = join(dataDir, 'http.json');
  const text = `${JSON.stringify({ port, url: `http://127.0.0.1:${port}` })}\n`;
  try {
    writeFileSync(`${file}.part`, text, { mode: 0o600 });
    renameSync(`${file}.part`, file);
  } catch (cause) {
    throw coordinatorErrors.error('COORDINATOR.BAD_DATA_DIR', { reason: systemCode(cause) }, { cause });
  }
}

/** Takes back what {@link announce} said. */
export function withdraw(dataDir: string): void {
  rmSync(join(dataDir, 'http.json'), { force: true });
}

/** Complete or not there at all, and never replaced: two processes that start at once end up with one token. */
export function writeOnce(file: string, text: string): void {
  const part = `${file}.${process.pid}.part`;
  try {
    writeFileSync(part, `${text}\n`, { mode: 0o600 });
    linkSync(part, file);
  } catch (cause) {
    if (systemCode(cause) !== 'EEXIST') throw coordinatorErrors.error('COORDINATOR.BAD_DATA_DIR', { reason: systemCode(cause) }, { cause });
  } finally {
    rmSync(part, { force: true });
  }
}
