// One set-up at a time in one checkout.
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Holds a lock file while `work` runs. A lock whose owner is dead is taken over.
 * @template T
 * @param {string} path
 * @param {(pid: number) => void} waiting called once, with the owner, when we have to wait
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(path, waiting, work) {
  mkdirSync(dirname(path), { recursive: true });
  const mine = `${process.pid}\n`;
  let told = false;
  while (!take(path, mine)) {
    const owner = ownerOf(path);
    if (owner === undefined) continue;
    if (!alive(owner)) {
      dropStale(path, owner);
      continue;
    }
    if (!told) waiting(owner);
    told = true;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  const release = () => ownerOf(path) === process.pid && rmSync(path, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

/** Written aside and linked in place, so that the file is never seen empty. */
function take(/** @type {string} */ path, /** @type {string} */ text) {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, text);
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function ownerOf(/** @type {string} */ path) {
  try {
    const pid = Number(readFileSync(path, 'utf8').trim());
    return Number.isInteger(pid) && pid > 0 ? pid : 0;
  } catch {
    return undefined;
  }
}

function alive(/** @type {number} */ pid) {
  if (pid === 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/** Renaming decides between two that see the same dead owner; a lock taken meanwhile is put back. */
function dropStale(/** @type {string} */ path, /** @type {number} */ dead) {
  const aside = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, aside);
    if (ownerOf(aside) !== dead) linkSync(aside, path);
  } catch {
    return;
  } finally {
    rmSync(aside, { force: true });
  }
}
