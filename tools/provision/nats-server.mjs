// nats-server: a configured binary, one on the PATH, or Debian's package unpacked into .cache/nats. Never a service.
import { accessSync, chmodSync, constants, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { capture } from './processes.mjs';
import { ToolError, say } from './words.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
/** Oldest version whose JetStream this project was run against. */
const oldest = [2, 9];

/**
 * Path of a nats-server that runs. `NATS_SERVER_BIN` wins, then the PATH (and the sbin folders where Debian puts it), then
 * .cache/nats; else Debian's package is downloaded and unpacked there, without root, service or open port.
 * @param {(line: string) => void} [log]
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<string>}
 * @throws {ToolError} `natsBadSetting`, `natsNone`
 */
export async function ensureNatsServer(log = () => undefined, env = process.env) {
  const found = await findNatsServer(env);
  if (found !== undefined) return found;
  log(say('nats'));
  return await fetchNatsServer(log);
}

/**
 * The same without fetching; undefined when there is none.
 * @param {NodeJS.ProcessEnv} [env]
 * @throws {ToolError} `natsBadSetting`
 */
export async function findNatsServer(env = process.env) {
  if (env.NATS_SERVER_BIN) {
    const reason = await whyUnfit(env.NATS_SERVER_BIN);
    if (reason !== undefined) throw new ToolError('natsBadSetting', { path: env.NATS_SERVER_BIN, reason });
    return env.NATS_SERVER_BIN;
  }
  const folders = [...(env.PATH ?? '').split(delimiter).filter(Boolean), '/usr/local/sbin', '/usr/sbin'];
  for (const path of [...folders.map((folder) => join(folder, 'nats-server')), cachedBinary()]) {
    if (isExecutable(path) && (await whyUnfit(path)) === undefined) return path;
  }
  return undefined;
}

function cachedBinary() {
  return join(root, '.cache', 'nats', 'nats-server');
}

function isExecutable(/** @type {string} */ path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function whyUnfit(/** @type {string} */ path) {
  const { code, stdout, stderr } = await capture(path, ['--version']);
  if (code !== 0) return stderr.trim().split('\n')[0] || `exit code ${code}`;
  const version = /v?(\d+)\.(\d+)\.\d+/.exec(stdout + stderr);
  if (!version) return 'it prints no version';
  const [major, minor] = [Number(version[1]), Number(version[2])];
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1])
    ? undefined
    : `version ${version[0]} is older than ${oldest.join('.')}`;
}

async function fetchNatsServer(/** @type {(line: string) => void} */ log) {
  const cache = dirname(cachedBinary());
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, 'fetch-'));
  try {
    const deb = await download(work, log);
    const unpacked = await capture('dpkg', ['-x', deb, join(work, 'root')]);
    if (unpacked.code !== 0) throw none(`dpkg: ${lastLine(unpacked.stderr)}`);
    const binary = ['usr/sbin', 'usr/bin'].map((folder) => join(work, 'root', folder, 'nats-server')).find((path) => existsSync(path));
    if (binary === undefined) throw none('the package holds no nats-server');
    chmodSync(binary, 0o755);
    const reason = await whyUnfit(binary);
    if (reason !== undefined) throw none(reason);
    renameSync(binary, cachedBinary());
    return cachedBinary();
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** With the lists of the system if they know the package, else with lists of our own: those need no root and change nothing. */
async function download(/** @type {string} */ work, /** @type {(line: string) => void} */ log) {
  const aptCache = join(root, '.cache', 'apt');
  const sandbox = process.getuid?.() === 0 ? ['-o', 'APT::Sandbox::User=root'] : [];
  const fetch = (/** @type {string[]} */ options) =>
    capture('apt-get', ['-q', ...sandbox, ...options, 'download', 'nats-server'], { cwd: work });
  let result = await fetch([]);
  if (result.code === -1) throw none('apt-get was not found');
  if (result.code !== 0) {
    const own = ownLists(aptCache);
    log(say('natsLists'));
    const updated = await capture('apt-get', ['-q', ...sandbox, ...own, 'update'], { cwd: work });
    result = updated.code === 0 ? await fetch(own) : updated;
    rmSync(aptCache, { recursive: true, force: true });
  }
  const deb = readdirSync(work).find((name) => name.endsWith('.deb'));
  if (result.code !== 0 || deb === undefined) throw none(`apt-get: ${lastLine(result.stderr)}`);
  return join(work, deb);
}

function ownLists(/** @type {string} */ folder) {
  for (const part of ['lists/partial', 'archives/partial']) mkdirSync(join(folder, part), { recursive: true });
  return ['-o', `Dir::State::lists=${join(folder, 'lists')}`, '-o', `Dir::Cache=${folder}`, '-o', 'Acquire::Languages=none'];
}

function none(/** @type {string} */ reason) {
  return new ToolError('natsNone', { reason });
}

function lastLine(/** @type {string} */ text) {
  return text.trim().split('\n').at(-1) || 'no message';
}
