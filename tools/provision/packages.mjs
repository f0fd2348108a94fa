// npm packages exactly as package-lock.json names them, installed once.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './processes.mjs';
import { ToolError, say } from './words.mjs';

/**
 * Installs the packages of the lock file unless they are there already.
 * @param {string} root the repository
 * @param {(line: string) => void} log
 */
export async function ensurePackages(root, log) {
  const lockText = readFileSync(join(root, 'package-lock.json'), 'utf8');
  const stampPath = join(root, 'node_modules', '.cohortium-lock');
  const stamp = `${createHash('sha256').update(lockText).digest('hex')} node-abi-${process.versions.modules}\n`;
  if (existsSync(stampPath) && readFileSync(stampPath, 'utf8') === stamp) return;
  if (!installedAsLocked(lockText, readIfThere(join(root, 'node_modules', '.package-lock.json')))) {
    log(say('packages'));
    await install(root);
  }
  writeFileSync(stampPath, stamp);
}

async function install(/** @type {string} */ root) {
  // What npm prints goes to stderr: stdout belongs to the command that follows (--json).
  /** @type {import('node:child_process').SpawnOptions} */
  const options = { cwd: root, stdio: ['ignore', 2, 2] };
  const npm = process.env.npm_execpath;
  const viaNode = npm !== undefined && /npm-cli\.c?js$/.test(npm) && existsSync(npm);
  const args = ['ci', '--no-audit', '--no-fund', '--no-progress', '--loglevel=error'];
  const code = await (viaNode ? run(process.execPath, [npm, ...args], options) : run('npm', args, options)).catch((error) => {
    if (error.code === 'ENOENT') throw new ToolError('noNpm');
    throw error;
  });
  if (code !== 0) throw new ToolError('packagesFailed', { code });
}

function readIfThere(/** @type {string} */ path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

/**
 * True when npm's own record of node_modules holds every package that the lock file demands, and no other.
 * @param {string} lockText package-lock.json
 * @param {string | undefined} installedText node_modules/.package-lock.json
 */
export function installedAsLocked(lockText, installedText) {
  if (installedText === undefined) return false;
  const wanted = packagesOf(lockText);
  const present = packagesOf(installedText);
  if (wanted === undefined || present === undefined) return false;
  for (const [path, entry] of Object.entries(wanted)) {
    if (!path.includes('node_modules/')) continue;
    const found = present[path];
    if (found === undefined ? !entry.optional && !entry.devOptional : !sameEntry(entry, found)) return false;
  }
  return Object.keys(present).every((path) => !path.includes('node_modules/') || path in wanted);
}

/** @typedef {{ version?: string, integrity?: string, link?: boolean, resolved?: string, optional?: boolean, devOptional?: boolean }} Entry */

function packagesOf(/** @type {string} */ text) {
  try {
    return /** @type {Record<string, Entry> | undefined} */ (JSON.parse(text).packages);
  } catch {
    return undefined;
  }
}

function sameEntry(/** @type {Entry} */ a, /** @type {Entry} */ b) {
  return a.version === b.version && a.integrity === b.integrity && a.link === b.link;
}
