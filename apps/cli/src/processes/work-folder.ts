import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { identityOf, isAlive } from './identity.js';
import type { ProcessIdentity } from './identity.js';

const prefix = 'cohortium-';
const ownerFile = 'owner.json';

/** Where one demo keeps what it needs while it runs. */
export interface WorkFolder {
  readonly path: string;
  readonly logs: string;
  readonly pids: string;
  /** Makes a folder that only we may enter and answers its path. */
  folder(...parts: string[]): string;
  /** Removes everything. */
  remove(): void;
}

/**
 * The system's folder for temporary files. As root it must be one that others may traverse, since the database runs as another user:
 * where TMPDIR lies below a closed folder, the usual places are taken instead.
 */
export function workParent(): string {
  if (process.getuid?.() !== 0) return tmpdir();
  return [tmpdir(), '/tmp', '/var/tmp'].find(othersMayTraverse) ?? tmpdir();
}

/** True when every folder down to this one may be passed by everybody. */
export function othersMayTraverse(folder: string): boolean {
  for (let at = resolve(folder); ; at = dirname(at)) {
    if (!existsSync(at) || (statSync(at).mode & 0o001) === 0) return false;
    if (at === dirname(at)) return true;
  }
}

/**
 * Makes the work folder. Others may traverse it (0711) since PostgreSQL runs as another user than root; what lies in it is
 * closed to them.
 * @param parent where; see {@link workParent}
 */
export function makeWorkFolder(parent: string = workParent()): WorkFolder {
  const path = mkdtempSync(join(parent, prefix));
  chmodSync(path, 0o711);
  writeFileSync(join(path, ownerFile), JSON.stringify(identityOf(process.pid)), { mode: 0o600 });
  const folder = (...parts: string[]) => {
    const made = join(path, ...parts);
    mkdirSync(made, { recursive: true, mode: 0o700 });
    return made;
  };
  return {
    path,
    logs: folder('logs'),
    pids: folder('pids'),
    folder,
    remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }),
  };
}

/** Marks a work folder as wanted after its demo has ended. */
export function keepWorkFolder(work: WorkFolder): void {
  rmSync(join(work.path, ownerFile), { force: true });
}

/**
 * Cleans up after demos that were killed before they could: ends the processes that they recorded (by number and start time,
 * so never another one) and removes their folders. Folders of running demos and kept ones stay.
 * @returns how many folders were removed
 */
export function clearStaleWork(parent: string = workParent()): number {
  let cleared = 0;
  for (const name of readdirSync(parent).filter((entry) => entry.startsWith(prefix))) {
    const path = join(parent, name);
    if (!isStale(path)) continue;
    for (const file of listed(join(path, 'pids'))) {
      const child = readIdentity(join(path, 'pids', file));
      if (child && isAlive(child)) process.kill(child.pid, 'SIGKILL');
    }
    rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    cleared++;
  }
  return cleared;
}

function isStale(path: string): boolean {
  const owner = join(path, ownerFile);
  if (!existsSync(owner) || statSync(owner).uid !== process.getuid?.()) return false;
  const identity = readIdentity(owner);
  return identity !== undefined && !isAlive(identity);
}

function listed(path: string): string[] {
  return existsSync(path) ? readdirSync(path) : [];
}

function readIdentity(path: string): ProcessIdentity | undefined {
  try {
    const value = JSON.parse(readFileSync(path, 'utf8')) as Partial<ProcessIdentity> | null;
    return typeof value?.pid === 'number' && typeof value.startedAt === 'string'
      ? { pid: value.pid, startedAt: value.startedAt }
      : undefined;
  } catch {
    return undefined;
  }
}
