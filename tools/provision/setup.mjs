// Everything that has to be there before Cohortium runs from its checkout; each step is skipped when it is done already.
import { join } from 'node:path';
import { ensureChromium } from './chromium.mjs';
import { ensureDicomTools } from './dicom-tools.mjs';
import { withLock } from './lock.mjs';
import { ensureNatsServer } from './nats-server.mjs';
import { ensurePackages } from './packages.mjs';
import { run } from './processes.mjs';
import { ToolError, say } from './words.mjs';

const neededNode = [20, 19];

/** @throws {ToolError} `oldNode` */
export function assertNode(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > neededNode[0] || (major === neededNode[0] && minor >= neededNode[1])) return;
  throw new ToolError('oldNode', { needed: neededNode.join('.'), actual: version, path: process.execPath });
}

/**
 * Packages, build and broker. What is said goes to `log`, one line a step.
 * @param {string} root the repository
 * @param {{ build: boolean, browser?: boolean, peers?: boolean, log: (line: string) => void }} options `browser`: also Chromium, for tests of
 *   pages; `peers`: also archives and senders of DICOM
 * @returns {Promise<{ natsServer: string, chromium: string | undefined }>}
 */
export async function setUp(root, { build, browser = false, peers = false, log }) {
  assertNode();
  const begun = Date.now();
  let steps = 0;
  const counted = (/** @type {string} */ line) => (steps++, log(line));
  const tools = await withLock(
    join(root, '.cache', 'setup.lock'),
    (pid) => log(say('waitLock', { pid })),
    async () => {
      await ensurePackages(root, counted);
      if (build) await compile(root);
      const natsServer = await ensureNatsServer(counted);
      if (peers) await ensureDicomTools(counted);
      return { natsServer, chromium: browser ? await ensureChromium(counted) : undefined };
    },
  );
  if (steps > 0) log(say('ready', { seconds: ((Date.now() - begun) / 1000).toFixed(1) }));
  return tools;
}

/** `tsc -b`: nothing to do costs about a second. Its messages go to stderr. */
export async function compile(/** @type {string} */ root) {
  const code = await run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-b'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (code !== 0) throw new ToolError('buildFailed');
}
