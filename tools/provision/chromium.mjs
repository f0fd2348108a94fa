// Chromium for the tests of pages: a configured one, one on the PATH, or Debian's package where this process may install it.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { capture } from './processes.mjs';
import { say } from './words.mjs';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Path of a Chromium; undefined when there is none. */
export function findChromium(/** @type {NodeJS.ProcessEnv} */ env = process.env) {
  const folders = (env.PATH ?? '').split(delimiter).filter(Boolean);
  const candidates = env.CHROMIUM_BIN ? [env.CHROMIUM_BIN] : names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return candidates.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * The same, and where root runs on a system with apt-get, Debian's package with a font for Chinese is installed. It brings no service.
 * Without it the tests of pages are skipped and say so.
 * @param {(line: string) => void} log
 * @returns {Promise<string | undefined>}
 */
export async function ensureChromium(log) {
  const found = findChromium();
  if (found !== undefined || process.env.CHROMIUM_BIN) return found;
  if (process.getuid?.() !== 0) return (log(say('chromiumNotRoot')), undefined);
  log(say('chromium'));
  const install = () => apt(['install', '-y', '--no-install-recommends', 'chromium', 'fonts-noto-cjk']);
  let result = await install();
  if (result.code > 0) result = (await apt(['update'])).code === 0 ? await install() : result;
  const installed = findChromium();
  if (installed === undefined) log(say('chromiumNone', { reason: result.stderr.trim().split('\n').at(-1) || `exit code ${result.code}` }));
  return installed;
}

function apt(/** @type {string[]} */ args) {
  return capture('apt-get', ['-q', ...args], { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
}
