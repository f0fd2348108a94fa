// Archives and senders of DICOM for the tests of the way in: what is installed, or Debian's packages where this process may install them.
import { accessSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { capture } from './processes.mjs';
import { say } from './words.mjs';

/** A file that each package brings: a program, or a plugin by its whole path. */
const packages = {
  orthanc: 'Orthanc',
  'orthanc-dicomweb': '/usr/share/orthanc/plugins/libOrthancDicomWeb.so',
  dcmtk: 'storescu',
  dicom3tools: 'dciodvfy',
};
/** Asked by Debian's packages before they start a service; 101 forbids it. */
const policyFile = '/usr/sbin/policy-rc.d';

/** Packages of which nothing is found here. */
export function missingDicomPackages(/** @type {NodeJS.ProcessEnv} */ env = process.env) {
  const folders = [...(env.PATH ?? '').split(delimiter).filter(Boolean), '/usr/local/sbin', '/usr/sbin'];
  const isThere = (/** @type {string} */ name) =>
    name.startsWith('/') ? existsSync(name) : folders.some((folder) => isExecutable(join(folder, name)));
  return Object.entries(packages)
    .filter(([, name]) => !isThere(name))
    .map(([name]) => name);
}

/**
 * Installs what is missing where root runs on a system with apt-get. Orthanc comes with a service, which is not started: tests run it as a
 * child with a configuration of its own. Without them the tests of real peers are skipped and say so.
 * @param {(line: string) => void} log
 * @returns {Promise<void>}
 */
export async function ensureDicomTools(log) {
  const missing = missingDicomPackages();
  if (missing.length === 0) return;
  const names = missing.join(' ');
  if (process.getuid?.() !== 0) return log(say('dicomNotRoot', { names }));
  log(say('dicom', { names }));
  const result = await withoutServices(async () => {
    const install = () => apt(['install', '-y', '--no-install-recommends', ...missing]);
    const first = await install();
    return first.code > 0 && (await apt(['update'])).code === 0 ? await install() : first;
  });
  const still = missingDicomPackages();
  if (still.length > 0)
    log(say('dicomNone', { names: still.join(' '), reason: result.stderr.trim().split('\n').at(-1) || `exit code ${result.code}` }));
}

/**
 * A policy that the system has already is left alone: who wrote it knows why.
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
async function withoutServices(work) {
  const ours = !existsSync(policyFile);
  if (ours) writeFileSync(policyFile, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    return await work();
  } finally {
    if (ours) rmSync(policyFile, { force: true });
  }
}

function isExecutable(/** @type {string} */ path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function apt(/** @type {string[]} */ args) {
  return capture('apt-get', ['-q', ...args], { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
}
