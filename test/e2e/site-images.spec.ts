import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  compileProject,
  findProgram,
  findTestBroker,
  freePort,
  patienceMs,
  prepareSiteProcess,
  startTestBroker,
  startTestPostgres,
  wholeRunMs,
} from '@cohortium/testkit';
import type { SiteProcess, TestBroker, TestPostgres } from '@cohortium/testkit';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runToEnd } from '../../apps/cli/src/processes/run-to-end.js';

const root = join(import.meta.dirname, '../..');
const broken = findTestBroker() === undefined;
if (broken) console.warn('site-images.spec: skipped, no nats-server (set NATS_SERVER_BIN or run the set-up)');
const storescu = findProgram('storescu');
if (storescu === undefined) console.warn('site-images.spec: no storescu (apt-get install dcmtk): everything comes by the watched folder');

const folder = mkdtempSync(join(tmpdir(), 'cohortium-site-images-'));
const path = (...names: string[]) => join(folder, ...names);
const caseCount = 4;

interface Lineage {
  readonly participant: string;
  readonly inputSha256: string;
  readonly vectorSha256: string;
}

async function cohortium(...args: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await runToEnd(process.execPath, [join(root, 'apps/cli/bin/cohortium.mjs'), ...args, '--json']);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as Record<string, unknown>;
}

/** The examinations of one hospital, and what the commands make of them one by one. */
async function makeReference(): Promise<void> {
  const made = ['synth', '--sites', '1', '--cases', String(caseCount), '--seed', '5', '--size', '48x48x10', '--out', path('images')];
  await cohortium(...made);
  await cohortium('intake', 'key', '--out', path('site.key'));
  const [site] = readdirSync(path('images')).filter((name) => name.startsWith('SITE'));
  cpSync(path('images', site as string, 'dicom'), path('examinations'), { recursive: true });
  await cohortium('intake', 'import', path('examinations'), '--tray', path('tray-by-hand'));
  await cohortium('intake', 'tray', 'release', '--tray', path('tray-by-hand'));
  cpSync(path('site.key'), path('by-hand.key'));
  const deidentify = ['--tray', path('tray-by-hand'), '--key', path('by-hand.key'), '--out', path('by-hand', 'dicom')];
  mkdirSync(path('by-hand'));
  await cohortium('intake', 'deidentify', ...deidentify);
  const certificate = path('ibsi.json');
  await cohortium('ibsi-selftest', '--certificate', certificate);
  const build = ['--site', 'H1', '--cache', path('cache'), '--certificate', certificate, '--out', path('tables')];
  await cohortium('cohort', 'build', path('by-hand'), ...build);
}

const lineage = () => JSON.parse(readFileSync(path('tables/sites/H1/lineage.json'), 'utf8')) as readonly Lineage[];

describe.skipIf(broken)('a site node to which images come', () => {
  let postgres: TestPostgres;
  let broker: TestBroker;
  let node: SiteProcess;
  let database: pg.Pool;
  let port: number;

  beforeAll(async () => {
    compileProject('apps/cli');
    compileProject('apps/site-node');
    await makeReference();
    [postgres, broker, port] = await Promise.all([startTestPostgres(), startTestBroker({ sites: ['H1'] }), freePort()]);
    const databaseUrl = await postgres.createDatabase('site-H1');
    database = new pg.Pool({ connectionString: databaseUrl, max: 1 });
    database.on('error', () => undefined);
    mkdirSync(path('inbox'));
    const images = {
      schemaVersion: 1,
      tray: path('tray'),
      watch: [path('inbox')],
      settleSeconds: 0.5,
      receiver: { title: 'COHORTIUM', port, host: '127.0.0.1', callers: ['SCANNER'] },
      release: 'automatic',
      extraction: {
        plan: join(root, 'protocols/her2-radiomics/extraction-plan.yaml'),
        key: path('site.key'),
        certificate: path('ibsi.json'),
        quietSeconds: 3,
      },
    };
    // YAML 1.2 takes JSON as it is.
    writeFileSync(path('images.yaml'), JSON.stringify(images));
    node = prepareSiteProcess({
      site: 'H1',
      seed: broker.keys.get('H1')?.seed as Uint8Array,
      databaseUrl,
      brokerUrl: broker.url,
      cohort: { features: 'patient_id,site\n', clinical: 'patient_id,site\n' },
      policy: '',
      environment: { COHORTIUM_IMAGES_FILE: path('images.yaml') },
    });
    node.start();
  }, wholeRunMs);

  afterAll(async () => {
    await node?.remove();
    await database?.end();
    await Promise.all([postgres?.stop(), broker?.stop()]);
    rmSync(folder, { recursive: true, force: true });
  });

  const status = () =>
    JSON.parse(readFileSync(join(node.dataDir, 'images-status.json'), 'utf8')) as {
      intake: { state: string; port: number; stored: number };
      extraction: { objects: number; extracted: number; failed: object; waiting: object } | null;
    };
  const extracted = async () => (await database.query('select vector_sha256 from site_feature_vector')).rowCount ?? 0;
  const until = (what: () => unknown) => expect.poll(what, { timeout: patienceMs, interval: 100 });

  it(
    'takes them by a watched folder and by C-STORE, extracts complete cases, and goes on after a kill with the vectors that the commands give',
    async () => {
      await until(() => node.log.some(({ event }) => event === 'intake-ready')).toBe(true);
      const [first, ...others] = readdirSync(path('examinations'));
      cpSync(path('examinations', first as string), path('inbox', 'first'), { recursive: true });
      await until(extracted).toBe(1);
      for (const name of others) {
        if (storescu === undefined) cpSync(path('examinations', name), path('inbox', name), { recursive: true });
        else {
          // Contexts for the classes and syntaxes of these objects only.
          const titles = ['-aet', 'SCANNER', '-aec', 'COHORTIUM'];
          const sent = spawnSync(storescu, [...titles, '-R', '+sd', '+r', '127.0.0.1', String(port), path('examinations', name)]);
          expect(sent.status, String(sent.stderr)).toBe(0);
        }
      }
      await until(extracted).toBeGreaterThan(1);
      await node.kill();
      const before = await extracted();
      expect(before).toBeLessThan(caseCount);
      node.start();
      await until(extracted).toBe(caseCount);
      const { rows } = await database.query<{ participant: string; input_sha256: string; vector_sha256: string }>(
        'select participant, input_sha256, vector_sha256 from site_feature_vector order by participant',
      );
      expect(rows).toEqual(
        lineage().map((one) => ({ participant: one.participant, input_sha256: one.inputSha256, vector_sha256: one.vectorSha256 })),
      );
      await until(() => status().extraction).toMatchObject({ extracted: caseCount, waiting: {}, failed: {} });
      // Four vectors were extracted, none of them twice.
      expect(node.log.filter(({ event }) => event === 'case-extracted').length).toBe(caseCount);
    },
    wholeRunMs,
  );

  it('says nothing of anybody in its log and its status', () => {
    const told = JSON.stringify(node.log) + readFileSync(join(node.dataDir, 'images-status.json'), 'utf8');
    for (const { participant } of lineage()) expect(told).not.toContain(participant);
    for (const name of readdirSync(path('examinations'))) expect(told).not.toContain(name);
  });

  it(
    'writes the table that a study reads, the bytes of the command and the record of its extraction',
    async () => {
      const made = await runToEnd(process.execPath, [join(root, 'apps/site-node/dist/main.js'), 'cohort'], { env: node.environment });
      expect(made.code, made.stderr).toBe(0);
      expect(JSON.parse(made.stdout)).toMatchObject({ participants: caseCount });
      for (const file of ['features.csv', 'extraction.json'])
        expect(readFileSync(join(node.dataDir, 'cohort', file), 'utf8'), file).toBe(readFileSync(path('tables/sites/H1', file), 'utf8'));
    },
    wholeRunMs,
  );

  it(
    'looks again at a case to which something was added, and keeps the vector of before',
    async () => {
      const { rows } = await database.query<{ case_key: string }>('select case_key from site_case');
      const [first] = readdirSync(path('examinations'));
      const series = readdirSync(path('examinations', first as string)).find((name) => name.endsWith('t2')) as string;
      const [one] = readdirSync(path('examinations', first as string, series));
      const bytes = readFileSync(path('examinations', first as string, series, one as string));
      // The same object with another content is a conflict, which a person decides.
      bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 1;
      writeFileSync(path('inbox', 'other.dcm'), bytes);
      await until(() => status().extraction).toMatchObject({ extracted: caseCount - 1, waiting: { conflict: 1 } });
      const listed = await cohortium('intake', 'tray', 'list', '--tray', path('tray'));
      const [conflict] = listed['conflicts'] as { id: string; kind: string }[];
      expect(conflict).toMatchObject({ kind: 'sameUid' });
      await cohortium('intake', 'tray', 'resolve', conflict?.id as string, '--keep', 'second', '--tray', path('tray'));
      await until(() => status().extraction).toMatchObject({ extracted: caseCount, waiting: {} });
      const after = (await database.query<{ case_key: string }>('select case_key from site_case')).rows;
      expect(after.filter(({ case_key }) => !rows.some((row) => row.case_key === case_key))).toHaveLength(1);
      expect(await extracted()).toBe(caseCount + 1);
      expect(after).toHaveLength(caseCount);
    },
    wholeRunMs,
  );
});
