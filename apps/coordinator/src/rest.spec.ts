import { CoordinatorClient, TinyFederation, findTestBroker, neverMs, tinyProgram, tinyProtocol } from '@cohortium/testkit';
import { readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Config } from './config.js';
import { createLog } from './log.js';
import { startCoordinator } from './start.js';
import type { Coordinator } from './start.js';

const hasBroker = findTestBroker() !== undefined;
if (!hasBroker) console.warn('rest.spec: no nats-server found; its tests are skipped');

const training = ['A', 'B', 'C'];

describe.skipIf(!hasBroker)('REST', () => {
  let federation: TinyFederation;
  let coordinator: Coordinator;
  let client: CoordinatorClient;

  beforeAll(async () => {
    federation = await TinyFederation.start(training);
    coordinator = await start();
    client = new CoordinatorClient(federation.dataDir);
  });
  afterEach(() => federation.stopSites());
  afterAll(async () => {
    await coordinator?.stop();
    await federation?.stop();
  });

  function start(changes: Partial<Config> = {}): Promise<Coordinator> {
    const { dataDir, databaseUrl, broker } = federation;
    const nkeySeed = broker.keys.get('coordinator')?.seed as Uint8Array;
    const config: Config = {
      dataDir,
      databaseUrl,
      natsUrls: [broker.url],
      nkeySeed,
      httpPort: 0,
      // Exact counts of messages below: nothing is asked twice.
      reissueMs: neverMs,
      logLevel: 'error',
      language: 'en',
      ...changes,
    };
    return startCoordinator(config, tinyProgram({ smallRounds: 2, spread: 0 }), createLog(process.env['COHORTIUM_LOG_LEVEL'] ?? 'silent'));
  }

  async function codeOf(response: Response): Promise<[number, string]> {
    return [response.status, ((await response.json()) as { code: string }).code];
  }

  it('wants the token, and keeps it to its owner', async () => {
    const file = join(federation.dataDir, 'api-token');
    const token = readFileSync(file, 'utf8').trim();
    expect([statSync(file).mode & 0o777, Buffer.from(token, 'base64url').length]).toEqual([0o600, 32]);
    const announced = JSON.parse(readFileSync(join(federation.dataDir, 'http.json'), 'utf8')) as unknown;
    expect(announced).toEqual({ port: coordinator.port, url: coordinator.url });
    for (const wrong of [null, '', 'wrong', `${token}x`, token.slice(1)]) {
      for (const path of ['/api/sites', '/api/studies', '/api/runs/r1', '/api/runs/r1/events', '/openapi.json']) {
        expect(await codeOf(await client.call(path, { token: wrong }))).toEqual([401, 'COORDINATOR.UNAUTHORIZED']);
      }
    }
    expect((await client.call('/api/sites')).status).toBe(200);
  });

  it('tells without a token whether it lives and can work', async () => {
    expect(await (await client.call('/health/live', { token: null })).json()).toEqual({ state: 'live' });
    const ready = async () => {
      const response = await client.call('/health/ready', { token: null });
      return [response.status, await response.json()];
    };
    expect(await ready()).toEqual([200, { ready: true, database: true, broker: true }]);
    await federation.broker.kill();
    await expect.poll(ready).toEqual([503, { ready: false, database: true, broker: false }]);
    await federation.postgres.kill();
    await expect.poll(ready).toEqual([503, { ready: false, database: false, broker: false }]);
    expect(await codeOf(await client.call('/api/sites'))).toEqual([503, 'COORDINATOR.UNAVAILABLE']);
    await Promise.all([federation.broker.restart(), federation.postgres.restart()]);
    await expect.poll(ready).toEqual([200, { ready: true, database: true, broker: true }]);
  });

  it('refuses what it cannot read, and names the place', async () => {
    await federation.submit(client);
    const protocol = tinyProtocol({ study: 'u', training });
    const cases: readonly (readonly [string, unknown, number, string])[] = [
      ['/api/sites', { site: 'a b', displayName: 'x', nkey: 'U' }, 400, 'COORDINATOR.BAD_REQUEST'],
      [
        '/api/sites',
        { site: 'A', displayName: 'x', nkey: federation.broker.keys.get('B')?.publicKey },
        409,
        'COORDINATOR.SITE_KEY_DIFFERS',
      ],
      ['/api/studies', { protocol: { study: 1 } }, 400, 'PROTOCOL.BAD_SCHEMA'],
      ['/api/studies', { protocol, more: 1 }, 400, 'COORDINATOR.BAD_REQUEST'],
      ['/api/studies', { protocol: tinyProtocol({ study: 'u', training: ['A', 'B', 'Z'] }) }, 422, 'COORDINATOR.SITES_NOT_ENROLLED'],
      ['/api/studies', { protocol: { ...protocol, featureList: undefined } }, 422, 'COORDINATOR.PROTOCOL_UNRESOLVED'],
      ['/api/studies', { protocol: { ...protocol, sites: { external: [] } } }, 422, 'COORDINATOR.PROTOCOL_UNRESOLVED'],
      ['/api/studies/none/runs', {}, 404, 'COORDINATOR.NOT_FOUND'],
      ['/api/nothing', {}, 404, 'COORDINATOR.NOT_FOUND'],
    ];
    for (const [path, body, status, code] of cases)
      expect([path, ...(await codeOf(await client.post(path, body)))]).toEqual([path, status, code]);
    const broken = await client.call('/api/sites', { method: 'POST', body: '{' });
    expect(await codeOf(broken)).toEqual([400, 'COORDINATOR.BAD_REQUEST']);
    const bad = (await (await client.post('/api/sites', cases[0]?.[1])).json()) as { params: { path: string } };
    expect(bad.params.path).toBe('site');
  });

  it('takes a protocol twice, and another one under the same version never', async () => {
    const study = await federation.submit(client);
    const protocol = tinyProtocol({ study, training });
    const [first, second] = await Promise.all([client.post('/api/studies', { protocol }), client.post('/api/studies', { protocol })]);
    expect(await first.json()).toEqual(await second.json());
    const changed = await client.post('/api/studies', { protocol: { ...protocol, synthetic: false } });
    expect(await codeOf(changed)).toEqual([409, 'COORDINATOR.VERSION_DIFFERS']);
    expect((await client.post('/api/studies', { protocol: tinyProtocol({ study, training, version: '1.1.0' }) })).status).toBe(200);
    expect(await client.read(`/api/studies/${study}`)).toMatchObject({
      version: '1.1.0',
      sites: [{ site: 'A', role: 'training' }, {}, {}],
    });
    const versions = (await client.read<{ study: string; version: string }[]>('/api/studies')).filter((row) => row.study === study);
    expect(versions.map(({ version }) => version)).toEqual(['1.0.0', '1.1.0']);
  });

  it('has no results before the end, one run at a time, and a stream that resumes', async () => {
    const study = await federation.submit(client);
    const run = await client.begin(study);
    for (const [path, code] of [
      ['results', 'RUN.NOT_FINISHED'],
      ['report', 'RUN.NOT_FINISHED'],
      ['model', 'RUN.NO_MODEL'],
      ['model.onnx', 'RUN.NO_MODEL'],
    ]) {
      expect(await codeOf(await client.call(`/api/runs/${run}/${path}`))).toEqual([409, code]);
    }
    const second = await client.post(`/api/studies/${study}/runs`);
    expect([second.status, await second.json()]).toMatchObject([409, { code: 'RUN.ALREADY_ACTIVE', params: { run } }]);
    // Read while the run goes on: the stream ends with the run.
    const live = client.events(run);
    training.map((site) => federation.startSite(site));
    const told = await live;
    expect(told[0]).toMatchObject({ id: 1, type: 'waitingForApproval', data: { sites: training } });
    const kinds = [...new Set(told.map(({ type }) => type))];
    expect(kinds).toEqual([
      'waitingForApproval',
      'approved',
      'stepBegins',
      'roundOpened',
      'siteAnswered',
      'roundCommitted',
      'modelLocked',
      'finished',
    ]);
    expect(told.filter(({ type }) => type === 'siteAnswered')).toHaveLength(3 * 3);
    expect(await client.events(run, 5)).toEqual(told.slice(5));
    expect((await client.call(`/api/runs/${run}/events`, { headers: { 'last-event-id': String(told.length) } })).status).toBe(204);
    expect(await client.read(`/api/runs/${run}/model`)).toHaveProperty('tiny');
    expect(await (await client.call(`/api/runs/${run}/model.onnx`)).text()).toBe('onnx');
    const results = await client.read<{ run: { sites: { messages: number }[] } }>(`/api/runs/${run}/results`);
    expect(results).toMatchObject({ schemaVersion: 1, run: { run, mode: 'federated', contributionsVisibleToCoordinator: true } });
    // Three answers and an approval at least; how often a site witnesses, depends on when it is asked.
    for (const { messages } of results.run.sites) expect(messages).toBeGreaterThanOrEqual(4);
    expect(await client.read(`/api/studies/${study}/runs`)).toMatchObject([{ run, state: 'finished', round: 3, step: 'close' }]);
  });

  it('shows which sites are there', async () => {
    const study = await federation.submit(client);
    const a = federation.startSite('A');
    await a.hello(study, federation.broker.keys.get('A')?.publicKey as string);
    const first = async () => {
      a.beat({ state: 'computing' });
      return (await client.read<object[]>('/api/sites'))[0];
    };
    await expect
      .poll(first)
      .toMatchObject({ site: 'A', displayName: 'Hospital A', status: 'online', state: 'computing', release: '0.0.0' });
  });

  it('describes itself in OpenAPI 3.1 without loose ends', async () => {
    interface Document {
      readonly openapi: string;
      readonly paths: Record<string, object>;
      readonly components: { readonly schemas: Record<string, unknown> };
    }
    const document = await client.read<Document>('/openapi.json');
    expect(document.openapi).toBe('3.1.0');
    const ofRun = ['', '/events', '/model', '/model.onnx', '/report', '/results', '/transcript'].map((path) => `/api/runs/{run}${path}`);
    const ofStudy = ['', '/bundle', '/runs'].map((path) => `/api/studies/{study}${path}`);
    const others = ['/api/sites', '/api/studies', ...ofStudy, '/health/live', '/health/ready'];
    expect(Object.keys(document.paths).sort()).toEqual([...ofRun, ...others]);
    const references = new Set([...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1] as string));
    expect(references.size).toBeGreaterThan(8);
    for (const reference of references) {
      const keys = reference.replace(/^#\//, '').split('/');
      const target = keys.reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], document);
      expect([reference, target]).toEqual([reference, expect.any(Object)]);
    }
    for (const name of ['NewSite', 'NewStudy', 'Protocol', 'Run', 'Results', 'Transcript', 'Problem'])
      expect(document.components.schemas).toHaveProperty(name);
  });

  it('does not start where another program listens, and leaves nothing half-done', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    await expect(start({ httpPort: port })).rejects.toMatchObject({ code: 'COORDINATOR.PORT_TAKEN', exit: 2, params: { port } });
    await new Promise((resolve) => other.close(resolve));
    expect(JSON.parse(readFileSync(join(federation.dataDir, 'http.json'), 'utf8'))).toMatchObject({ port: coordinator.port });
  });
});
