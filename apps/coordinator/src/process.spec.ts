import { SeededRandom } from '@cohortium/numerics';
import { CoordinatorClient, TinyFederation, compileProject, findTestBroker, wholeRunMs } from '@cohortium/testkit';
import type { TinySize } from '@cohortium/testkit';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

const hasBroker = findTestBroker() !== undefined;
if (!hasBroker) console.warn('process.spec: no nats-server found; its tests are skipped');

const root = join(import.meta.dirname, '..', '..', '..');
const main = join(root, 'apps', 'coordinator', 'dist', 'main.js');
const size: TinySize = { smallRounds: 12, spread: 20_000 };
const kills = Math.min(10, Math.max(1, Math.round(3 * Number(process.env['COHORTIUM_TEST_SCALE'] ?? 1))));
const seed = Number(process.env['COHORTIUM_SEED'] ?? Math.floor(Math.random() * 1e9));

interface Ended {
  readonly code: number | null;
  readonly stderr: string;
}

describe.skipIf(!hasBroker)('coordinator process', () => {
  let federation: TinyFederation;
  let folder: string;
  const children = new Set<ChildProcess>();

  beforeAll(async () => {
    compileProject('libs/testkit');
    compileProject('apps/coordinator');
    federation = await TinyFederation.start(['A', 'B', 'C']);
    folder = mkdtempSync(join(tmpdir(), 'cohortium-process-'));
    writeFileSync(join(folder, 'url'), `${federation.databaseUrl}\n`, { mode: 0o600 });
    writeFileSync(join(folder, 'seed'), federation.broker.keys.get('coordinator')?.seed as Uint8Array, { mode: 0o600 });
  }, wholeRunMs);
  afterEach(() => children.forEach((child) => child.kill('SIGKILL')));
  afterAll(async () => {
    await federation?.stop();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  const environment = (changes: Readonly<Record<string, string | undefined>> = {}): Record<string, string | undefined> => ({
    PATH: process.env['PATH'],
    COHORTIUM_DATA_DIR: federation.dataDir,
    COHORTIUM_DATABASE_URL_FILE: join(folder, 'url'),
    COHORTIUM_NATS_URL: federation.broker.url,
    COHORTIUM_NKEY_FILE: join(folder, 'seed'),
    COHORTIUM_REISSUE_MS: '500',
    ...changes,
  });

  function run(script: string, changes?: Readonly<Record<string, string | undefined>>): { child: ChildProcess; ended: Promise<Ended> } {
    const child = spawn(process.execPath, [script], { env: environment(changes), stdio: ['ignore', 'ignore', 'pipe'] });
    children.add(child);
    let stderr = '';
    child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const ended = new Promise<Ended>((resolve) => child.once('close', (code) => (children.delete(child), resolve({ code, stderr }))));
    return { child, ended };
  }

  it('exits 2 at a wrong setting and says so in the language of the reader', async () => {
    const { code, stderr } = await run(main, { COHORTIUM_NATS_URL: 'http://hunter2', COHORTIUM_LANG: 'zh' }).ended;
    expect([code, stderr]).toEqual([2, expect.stringMatching(/^COORDINATOR\.BAD_SETTING: .*COHORTIUM_NATS_URL[^]*处理办法/)]);
    expect(stderr).not.toContain('hunter2');
  });

  it('exits 2 when its port is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    const { code, stderr } = await run(main, { COHORTIUM_HTTP_PORT: String(port) }).ended;
    expect([code, stderr]).toEqual([2, expect.stringContaining('COORDINATOR.PORT_TAKEN')]);
    await new Promise((resolve) => other.close(resolve));
  });

  it('ends with exit code 0 on SIGTERM, and takes its address back', async () => {
    const address = join(federation.dataDir, 'http.json');
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const { child, ended } = run(main);
      await expect.poll(() => existsSync(address)).toBe(true);
      expect((await new CoordinatorClient(federation.dataDir).call('/health/ready')).status).toBe(200);
      child.kill(signal);
      const { code, stderr } = await ended;
      expect(code).toBe(0);
      expect(existsSync(address)).toBe(false);
      // Every line of the log is JSON, and none holds the token or the password.
      for (const line of stderr.trim().split('\n')) expect(JSON.parse(line)).toMatchObject({ app: 'coordinator' });
      expect(stderr).not.toContain(new URL(federation.databaseUrl).password);
    }
  });

  it(
    `finishes with the same bytes after ${kills} kill -9 at random moments`,
    async () => {
      console.warn(`process.spec: COHORTIUM_SEED=${seed}`);
      const script = join(folder, 'tiny-coordinator.mjs');
      writeFileSync(script, tinyCoordinator());
      const random = new SeededRandom(seed);
      const client = new CoordinatorClient(federation.dataDir);
      for (const site of federation.sites) federation.startSite(site);
      let process_ = run(script);
      await expect
        .poll(() =>
          client.call('/health/ready').then(
            (r) => r.status,
            () => 0,
          ),
        )
        .toBe(200);
      const started = await client.begin(await federation.submit(client));
      let killed = 0;
      for (; killed < kills; killed++) {
        // From the moment it is asked to run until some rounds later; the last rounds may be missed.
        await new Promise((resolve) => setTimeout(resolve, 20 + random.uniform() * 700));
        process_.child.kill('SIGKILL');
        expect((await process_.ended).code).toBe(null);
        process_ = run(script);
        await client.until(started, () => true);
      }
      expect(await client.science(started)).toBe(await federation.expected(size));
      const told = await client.events(started);
      const committed = told.filter(({ type }) => type === 'roundCommitted').map(({ data }) => data['round']);
      expect(committed).toEqual(Array.from({ length: 14 }, (_, i) => i + 1));
      process_.child.kill('SIGTERM');
      expect((await process_.ended).code).toBe(0);
    },
    wholeRunMs,
  );

  /** The coordinator with the tiny program, slowed down so that it can be killed in its middle. */
  function tinyCoordinator(): string {
    const module = (path: string): string => JSON.stringify(pathToFileURL(join(root, path)).href);
    return `
      import { readConfig } from ${module('apps/coordinator/dist/config.js')};
      import { createLog } from ${module('apps/coordinator/dist/log.js')};
      import { startCoordinator } from ${module('apps/coordinator/dist/start.js')};
      import { tinyProgram } from ${module('libs/testkit/dist/index.js')};
      const pause = () => new Promise((resolve) => setTimeout(resolve, 60));
      const config = readConfig(process.env);
      const coordinator = await startCoordinator(config, tinyProgram(${JSON.stringify(size)}, pause), createLog(config.logLevel));
      process.once('SIGTERM', () => coordinator.stop().then(() => process.exit(0)));
    `;
  }
});
