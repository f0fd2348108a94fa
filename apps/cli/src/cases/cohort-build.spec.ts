import { randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseExtractionRecord, parseTable } from '@cohortium/analysis';
import { SiteKey } from '@cohortium/imaging';
import { sha256 } from '@cohortium/kernel';
import { FeatureVectorRepository, openDatabase, siteEntities, siteMigrations } from '@cohortium/persistence';
import { compileProject, startTestPostgres } from '@cohortium/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runToEnd } from '../processes/run-to-end.js';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'cohortium-cases-'));
const images = join(folder, 'images');

/** The command line as a process of its own: its threads need compiled code. */
async function cohortium(...args: string[]): Promise<{ code: number; json: Record<string, never>; stderr: string }> {
  const { code, stdout, stderr } = await runToEnd(process.execPath, [join(root, 'apps/cli/bin/cohortium.mjs'), ...args, '--json']);
  return { code, json: JSON.parse(stdout === '' ? '{}' : stdout) as Record<string, never>, stderr };
}
const build = (out: string, ...args: string[]) =>
  cohortium('cohort', 'build', images, '--out', join(folder, out), '--cache', join(folder, 'cache'), ...args);

beforeAll(async () => {
  compileProject('apps/cli');
  const made = await cohortium('synth', '--sites', '2', '--cases', '2', '--seed', '5', '--size', '48x48x10', '--out', images);
  expect(made.code).toBe(0);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a cohort from folders of DICOM', () => {
  it('has features, clinical columns and the record of its extraction; the second time nothing is computed and nothing differs', async () => {
    const { code, json } = await build('tables');
    expect(code).toBe(0);
    expect(json).toMatchObject({ sites: 2, cases: 4, failed: [], keptFromCache: 0 });
    const features = readFileSync(join(folder, 'tables', 'features.csv'), 'utf8');
    const table = parseTable(features, 'features.csv');
    expect(table.columns.length - 2).toBe(json['features']);
    const ktrans = table.columns.indexOf('Ktrans_tumor_intensityStatistics_median');
    for (const row of table.rows) expect(Number(row[ktrans])).toBeGreaterThan(0.02);
    expect(parseTable(readFileSync(join(folder, 'tables', 'clinical.csv'), 'utf8'), 'clinical.csv').columns).toContain('her2');
    const site = readFileSync(join(folder, 'tables', 'sites', 'SITE_A', 'features.csv'));
    const record = parseExtractionRecord(readFileSync(join(folder, 'tables', 'sites', 'SITE_A', 'extraction.json'), 'utf8'));
    expect(record).toMatchObject({
      settingsSha256: json['planSha256'],
      extractorSha256: json['extractorSha256'],
      featuresSha256: sha256(site),
    });
    const postgres = await startTestPostgres();
    try {
      const url = await postgres.createDatabase('site');
      writeFileSync(join(folder, 'database-url'), url, { mode: 0o600 });
      const again = await build('again', '--database-url-file', join(folder, 'database-url'));
      expect(again.json).toMatchObject({ cases: 4, keptFromCache: 4 });
      const source = await openDatabase({ url, applicationName: 'spec', entities: siteEntities, migrations: siteMigrations });
      const stored = await new FeatureVectorRepository(source).ofPlan(String(json['planSha256']), String(json['extractorSha256']));
      await source.destroy();
      const lineage = ['SITE_A', 'SITE_B'].flatMap(
        (name) => JSON.parse(readFileSync(join(folder, 'tables/sites', name, 'lineage.json'), 'utf8')) as { vectorSha256: string }[],
      );
      expect(stored.map(({ vectorSha256 }) => vectorSha256).sort()).toEqual(lineage.map(({ vectorSha256 }) => vectorSha256).sort());
    } finally {
      await postgres.stop();
    }
    for (const file of ['features.csv', 'clinical.csv', 'feature_dictionary.csv', 'sites/SITE_B/lineage.json'])
      expect(readFileSync(join(folder, 'again', file), 'utf8')).toBe(readFileSync(join(folder, 'tables', file), 'utf8'));
  }, 120_000);

  it('has the columns of the plan at a hospital that makes no such series, and empty cells in them', async () => {
    const own = join(folder, 'away', 'SITE_B');
    cpSync(join(images, 'SITE_B'), own, { recursive: true });
    for (const name of readdirSync(join(own, 'dicom'))) rmSync(join(own, 'dicom', name, '2-t2'), { recursive: true });
    const args = ['cohort', 'build', own, '--site', 'SITE_B', '--cache', join(folder, 'cache'), '--out', join(folder, 'without-t2')];
    expect((await cohortium(...args)).json).toMatchObject({ cases: 2, failed: [] });
    const tableOf = (out: string) => parseTable(readFileSync(join(folder, out, 'sites/SITE_B/features.csv'), 'utf8'), 'features.csv');
    const [whole, lacking] = [tableOf('tables'), tableOf('without-t2')];
    expect(lacking.columns).toEqual(whole.columns);
    lacking.columns.forEach((name, column) => {
      const cells = lacking.rows.map((row) => row[column]);
      expect(cells, name).toEqual(name.startsWith('T2_') ? ['', ''] : whole.rows.map((row) => row[column]));
    });
    const dictionary = (out: string) => readFileSync(join(folder, out, 'feature_dictionary.csv'), 'utf8');
    expect(dictionary('without-t2')).toBe(dictionary('tables'));
  }, 120_000);

  it('gives other hashes with another setting, and lists a case that fails without losing the rest', async () => {
    const plan = readFileSync(join(root, 'protocols/her2-radiomics/extraction-plan.yaml'), 'utf8').replace('bins: 32', 'bins: 16');
    writeFileSync(join(folder, 'plan.yaml'), plan);
    const broken = join(images, 'SITE_A', 'dicom', 'broken');
    mkdirSync(broken);
    writeFileSync(join(broken, 'x.dcm'), randomBytes(300));
    const { code, json, stderr } = await build('other', '--plan', join(folder, 'plan.yaml'));
    rmSync(broken, { recursive: true });
    expect(code).toBe(0);
    expect(json).toMatchObject({ cases: 4, keptFromCache: 0, failed: [{ site: 'SITE_A', error: { code: 'CASES.NO_IMAGES' } }] });
    expect(stderr).not.toContain('broken');
    const hashes = (out: string) =>
      (
        JSON.parse(readFileSync(join(folder, out, 'sites/SITE_B/lineage.json'), 'utf8')) as {
          inputSha256: string;
          planSha256: string;
          vectorSha256: string;
        }[]
      )[0];
    const [first, other] = [hashes('tables'), hashes('other')];
    expect(other?.inputSha256).toBe(first?.inputSha256);
    expect(other?.planSha256).not.toBe(first?.planSha256);
    expect(other?.vectorSha256).not.toBe(first?.vectorSha256);
  }, 120_000);

  it('gives the clinical table the pseudonyms of the images, under the key that de-identification uses', async () => {
    const key = join(folder, 'site.key');
    expect((await cohortium('intake', 'key', '--out', key)).code).toBe(0);
    const table = join(folder, 'hospital.csv');
    writeFileSync(table, 'patient_id,age_years,ihc\n4711,50,3+\n');
    const out = join(folder, 'pseudonyms.csv');
    expect((await cohortium('cohort', 'import', table, '--site', 'H1', '--key', key, '--issuer', 'HIS', '--out', out)).code).toBe(0);
    const secret = Buffer.from((JSON.parse(readFileSync(key, 'utf8')) as { key: string }).key, 'base64');
    const { code } = new SiteKey(secret).pseudonym({ patientId: '4711', issuer: 'HIS' });
    expect(parseTable(readFileSync(out, 'utf8'), 'clinical.csv').rows[0]?.[0]).toBe(code);
    // Images and tables that speak of other people are no cohort.
    expect((await build('keyed', '--key', key)).json).toMatchObject({ error: { code: 'CASES.NO_CLINICAL_ROW' } });
  }, 60_000);

  it('refuses a folder without hospitals and images of two people in one case', async () => {
    expect((await cohortium('cohort', 'build', folder, '--out', join(folder, 'none'))).json).toMatchObject({
      error: { code: 'CASES.NO_SITES' },
    });
    const mixed = join(images, 'SITE_B', 'dicom', 'mixed');
    mkdirSync(mixed);
    const cases = readdirSync(join(images, 'SITE_B', 'dicom')).filter((name) => name !== 'mixed');
    for (const [at, name] of cases.entries()) {
      const first = readdirSync(join(images, 'SITE_B', 'dicom', name), { recursive: true, encoding: 'utf8' }).find((file) =>
        file.endsWith('.dcm'),
      ) as string;
      writeFileSync(join(mixed, `${at}.dcm`), readFileSync(join(images, 'SITE_B', 'dicom', name, first)));
    }
    const { json } = await build('mixed');
    rmSync(mixed, { recursive: true });
    expect(json).toMatchObject({ failed: [{ site: 'SITE_B', error: { code: 'CASES.SEVERAL_PEOPLE' } }] });
  }, 120_000);
});

describe('people at two hospitals', () => {
  const table = (name: string, rows: readonly string[]) => {
    const path = join(folder, name);
    writeFileSync(path, ['id,born,name', ...rows].join('\n'));
    return path;
  };
  const key = join(folder, 'duplicates.key');

  it('are counted from keyed hashes, however their numbers are written; nobody is named', async () => {
    writeFileSync(key, randomBytes(32).toString('hex'), { mode: 0o600 });
    const tables = {
      A: table('a.csv', ['110101 19700101 001x,1970-01-01,Li', '2,1980-02-02,Wang', ',1990-01-01,Nobody']),
      B: table('b.csv', ['110101１９７００１０１001X,1970-01-01,LI', '3,1985-03-03,Zhao']),
      C: table('c.csv', ['4,1985-03-03,Zhou']),
    };
    for (const [site, path] of Object.entries(tables)) {
      const made = await cohortium(
        'cohort',
        'tokens',
        path,
        '--site',
        site,
        '--identity',
        'id,born',
        '--key',
        key,
        '--out',
        join(folder, `${site}.json`),
      );
      expect(made.code).toBe(0);
      if (site === 'A') expect(made.json).toMatchObject({ people: 2, without: 1 });
    }
    const files = ['A', 'B', 'C'].map((site) => join(folder, `${site}.json`));
    expect(readFileSync(files[0] as string, 'utf8')).not.toMatch(/Li|Wang|1970|110101/);
    const found = await cohortium('cohort', 'duplicates', ...files);
    expect(found.code).toBe(6);
    expect(found.json['pairs']).toEqual([
      { sites: ['A', 'B'], shared: 1 },
      { sites: ['A', 'C'], shared: 0 },
      { sites: ['B', 'C'], shared: 0 },
    ]);
    expect((await cohortium('cohort', 'duplicates', ...files.slice(1))).code).toBe(0);
  }, 60_000);

  it('cannot be compared under different keys', async () => {
    const other = join(folder, 'other.key');
    writeFileSync(other, randomBytes(32).toString('hex'), { mode: 0o600 });
    const path = join(folder, 'D.json');
    await cohortium('cohort', 'tokens', join(folder, 'c.csv'), '--site', 'D', '--identity', 'id,born', '--key', other, '--out', path);
    expect((await cohortium('cohort', 'duplicates', join(folder, 'A.json'), path)).json).toMatchObject({
      error: { code: 'CLI.CANNOT_READ' },
    });
  }, 60_000);
});
