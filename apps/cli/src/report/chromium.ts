import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { cliErrors } from '../errors.js';

/** Names under which distributions install the browser. */
const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];

/** A Chromium that can print: `CHROMIUM_BIN` alone where it is set, else the PATH. @throws `CLI.BROWSER_ABSENT` */
export function findChromium(env: NodeJS.ProcessEnv = process.env): string {
  const named = env['CHROMIUM_BIN'];
  const folders = (env['PATH'] ?? '').split(delimiter).filter(Boolean);
  const candidates = named ? [named] : names.flatMap((name) => folders.map((folder) => join(folder, name)));
  const found = candidates.find(executable);
  if (found !== undefined) return found;
  throw cliErrors.error('CLI.BROWSER_ABSENT', { reason: named ? `CHROMIUM_BIN (${named}) is not a program` : 'it is not on the PATH' });
}

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
