// The door of `npm run demo`, `npm test`, `npm run test:fault` and `npm run bench`: sets up what is missing, then runs.
// It uses nothing but Node, so that it works in a fresh clone.
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './provision/processes.mjs';
import { assertNode, setUp } from './provision/setup.mjs';
import { ToolError, say } from './provision/words.mjs';
import { runTests } from './test/run.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const log = (/** @type {string} */ line) => process.stderr.write(`${line}\n`);

/** @type {Record<string, (args: string[]) => Promise<number>>} */
const verbs = {
  setup: async () => (await setUp(root, { build: true, log }), 0),
  demo: async (args) => {
    const { natsServer } = await setUp(root, { build: true, log });
    return await run(process.execPath, [join(root, 'apps', 'cli', 'bin', 'cohortium.mjs'), 'demo', ...args], {
      env: { ...process.env, NATS_SERVER_BIN: natsServer },
    });
  },
  test: async (args) => {
    // The build is the first step of the tests, counted and timed there.
    const { natsServer, chromium } = await setUp(root, { build: false, browser: true, peers: true, log });
    return await runTests(root, args, { natsServer, chromium, kind: 'test' });
  },
  fault: async (args) => {
    const { natsServer } = await setUp(root, { build: true, peers: true, log });
    return await runTests(root, args, { natsServer, kind: 'fault' });
  },
  bench: async (args) => {
    const { natsServer } = await setUp(root, { build: true, log });
    return await bench(args, natsServer);
  },
};

/** `npm run bench -- NAME [arguments]` runs test/bench/NAME.mjs; without a name, each of them in turn. */
async function bench(/** @type {string[]} */ args, /** @type {string} */ natsServer) {
  const folder = join(root, 'test', 'bench');
  const known = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.bench.mjs')) : [];
  const names = known.map((file) => file.slice(0, -'.bench.mjs'.length)).sort();
  const [asked, ...rest] = args;
  if (asked !== undefined && !names.includes(asked)) throw new ToolError('noBench', { name: asked, known: names.join(', ') || '-' }, 2);
  for (const name of asked === undefined ? names : [asked]) {
    const code = await run(process.execPath, ['--expose-gc', join(folder, `${name}.bench.mjs`), ...rest], {
      env: { ...process.env, NATS_SERVER_BIN: natsServer },
    });
    if (code !== 0) return code;
  }
  return 0;
}

async function main() {
  assertNode();
  const [verb = '', ...args] = process.argv.slice(2);
  const action = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined;
  if (!action) throw new ToolError('usage', {}, 2);
  return await action(args);
}

main().then(
  (code) => (process.exitCode = code),
  (error) => {
    process.stderr.write(`${error instanceof ToolError ? error.message : (error?.stack ?? error)}\n`);
    process.exitCode = error instanceof ToolError ? error.exitCode : 1;
  },
);
