import { accessSync, constants } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cliErrors } from '../errors.js';
import { runToEnd } from '../processes/run-to-end.js';

/** The root of the checkout, seen from apps/cli/{src,dist}/servers. */
const repository = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', '..');

/** A nats-server that runs. */
export interface NatsBinary {
  readonly path: string;
  readonly version: string;
}

/**
 * Finds nats-server: `NATS_SERVER_BIN` alone where it is set, else the PATH, the sbin folders, and what the bootstrap fetched
 * into .cache/nats.
 * @throws `CLI.BROKER_ABSENT`
 */
export async function findNatsServer(env: NodeJS.ProcessEnv = process.env): Promise<NatsBinary> {
  const named = env['NATS_SERVER_BIN'];
  const folders = [
    ...(env['PATH'] ?? '').split(delimiter).filter(Boolean),
    '/usr/local/sbin',
    '/usr/sbin',
    join(repository, '.cache', 'nats'),
  ];
  const candidates = named ? [named] : folders.map((folder) => join(folder, 'nats-server')).filter(executable);
  let reason = named ? '' : 'it is neither on the PATH nor in .cache/nats';
  for (const path of candidates) {
    const { code, stdout, stderr } = await runToEnd(path, ['--version'], { timeoutMs: 30_000 });
    const version = /\d+\.\d+\.\d+/.exec(stdout + stderr)?.[0];
    if (code === 0 && version) return { path, version };
    reason = `${path}: ${stderr.trim().split('\n')[0] || 'it prints no version'}`;
  }
  throw cliErrors.error('CLI.BROKER_ABSENT', { reason });
}

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
