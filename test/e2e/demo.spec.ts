import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readCohort, splitCohortBySite } from '@cohortium/analysis';
import type { Results } from '@cohortium/analysis';
import { canonicalJson, hashJson, parseSiteId } from '@cohortium/kernel';
import { localEffects, lockedModelSchema, onnxInputs, silenceOnnxRuntime } from '@cohortium/learning';
import type { OnnxInputs } from '@cohortium/learning';
import { protocolSchema } from '@cohortium/protocol';
import { startTestPostgres, wholeRunMs } from '@cohortium/testkit';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { smallStudyFiles } from '../fixtures/small-study.js';
import { CommandLine } from './command-line.js';
import type { Ended } from './command-line.js';
import { countNumbers, differences, predictionRows } from './compare.js';

const resultsSchema = new URL('../../docs/schemas/results.schema.json', import.meta.url);
const tolerance = 1e-9;

const files = smallStudyFiles({ study: 'demo-test', trainingCount: 4, leaveOneSiteOut: true });
const { external } = files;
const sites = ['S1', 'S2', 'S3', 'S4', 'S5'];
const participants = files.features
  .trimEnd()
  .split('\n')
  .slice(1)
  .map((row) => row.split(',')[0] as string);

const cli = new CommandLine();
const cohort = cli.cohort('cohort', files);
const protocol = cli.path('protocol.json', JSON.stringify(files.protocol));
const demoArguments = (out: string) => ['demo', '--cohort', cohort, '--protocol', protocol, '--external', external, '--out', out];
const simulateArguments = (out: string) => ['simulate', protocol, '--cohort', cohort, '--external', external, '--out', out];

const out = cli.path('results/demo');
const read = (...parts: string[]) => readFileSync(join(...parts), 'utf8');
const resultsOf = (folder: string) => JSON.parse(read(folder, 'results.json')) as Results;
const predictionFiles = (folder: string) =>
  sites.flatMap((site) =>
    existsSync(join(folder, 'sites', site)) ? readdirSync(join(folder, 'sites', site)).map((name) => `${site}/${name}`) : [],
  );
const outputs = [
  'model.json',
  'model.onnx',
  'protocol.json',
  'protocol.signed.json',
  'report.html',
  'results.json',
  'roster.json',
  'sites',
  'study.bundle',
  'transcript.jsonl',
];

let first: Ended;

beforeAll(async () => {
  first = await cli.run(demoArguments(out));
}, wholeRunMs);
afterAll(() => cli.remove());

describe('cohortium demo on a cohort folder', () => {
  it('ends well, says where the results are, and leaves nothing else behind', () => {
    expect(first, first.stderr).toMatchObject({ code: 0 });
    expect(first.stdout).toContain(join(out, 'results.json'));
    expect(first.stdout).toContain('What left each site');
    expect(readdirSync(out).sort()).toEqual(outputs);
    expect(readdirSync(cli.path('results'))).toEqual(['demo']);
    expect(cli.leftInTemporary()).toEqual([]);
    expect(cli.processes()).toEqual([]);
  });

  it('names participants in the predictions alone, which are closed to others', () => {
    const tables = predictionFiles(out);
    expect(tables.sort()).toEqual([
      ...['S1', 'S2', 'S3', 'S4'].map((site) => `${site}/predictions-held-out.csv`),
      'S5/predictions-external.csv',
    ]);
    for (const table of tables) expect(statSync(join(out, 'sites', table)).mode & 0o777).toBe(0o600);
    const said = `${first.stdout}${first.stderr}`;
    const open = ['model.json', 'protocol.json', 'report.html', 'results.json', 'transcript.jsonl'].map((name) => read(out, name)).join('');
    for (const participant of participants) expect(`${said}${open}`.includes(participant), participant).toBe(false);
    expect(read(out, 'sites', 'S5', 'predictions-external.csv')).toContain(participants.at(-1));
  });

  it('writes a results.json that follows its published schema', () => {
    const check = new Ajv2020({ strict: false }).compile(JSON.parse(readFileSync(resultsSchema, 'utf8')) as object);
    const results = resultsOf(out);
    expect(check(results), JSON.stringify(check.errors)).toBe(true);
    expect(check({ ...results, surprise: 1 })).toBe(false);
    expect(results.run).toMatchObject({ mode: 'federated', contributionsVisibleToCoordinator: false });
    // Every message of the transcript is counted, signs of life included.
    const lines = read(out, 'transcript.jsonl')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { site: string; count: number; bytes: number });
    const total = (site: string, of: 'count' | 'bytes') =>
      lines.filter((line) => line.site === site).reduce((sum, line) => sum + line[of], 0);
    expect(results.run.sites).toEqual(sites.map((site) => ({ site, messages: total(site, 'count'), bytes: total(site, 'bytes') })));
    expect(results.science.study.synthetic).toBe(true);
    expect(results.science.lock.modelSha256).toBe(hashJson(JSON.parse(read(out, 'model.json'))));
  });

  it('computes what the simulation computes, byte for byte, and what the pooled table gives within 1e-9', async () => {
    const [simulated, pooled] = [cli.path('results/simulated'), cli.path('results/pooled')];
    const ended = await Promise.all([cli.run(simulateArguments(simulated)), cli.run([...simulateArguments(pooled), '--pooled'])]);
    expect(
      ended.map(({ code }) => code),
      ended.map(({ stderr }) => stderr).join('\n'),
    ).toEqual([0, 0]);
    const { science } = resultsOf(out);
    expect(canonicalJson(science)).toBe(canonicalJson(resultsOf(simulated).science));
    expect(differences(science, resultsOf(pooled).science, tolerance)).toEqual([]);
    expect(countNumbers(science)).toBeGreaterThan(200);
    // Another model would be noticed: the comparison is not blind.
    const moved = structuredClone(science);
    (moved.models[0] as { intercept: number }).intercept += 2e-9;
    expect(differences(moved, science, tolerance)).toHaveLength(1);
    for (const table of predictionFiles(out)) {
      expect(read(out, 'sites', table), table).toBe(read(simulated, 'sites', table));
      expect(
        differences(predictionRows(read(out, 'sites', table)), predictionRows(read(pooled, 'sites', table)), tolerance),
        table,
      ).toEqual([]);
    }
    for (const name of ['model.json', 'model.onnx', 'protocol.json'])
      expect(readFileSync(join(out, name)).equals(readFileSync(join(simulated, name))), name).toBe(true);
  });

  it('writes an ONNX file that gives every participant of the external site the probability of the predictions', async () => {
    const predictions = predictionRows(read(out, 'sites', external, 'predictions-external.csv'));
    const probabilities = await scoreExternal();
    expect(predictions).toHaveLength(probabilities.length + 1);
    const expected = predictions.slice(1).map((row) => row.at(-1) as number);
    expect(differences([...probabilities], expected, tolerance)).toEqual([]);
    expect(new Set(expected).size).toBe(expected.length);
  });

  it(
    'gives the same the second time, on a PostgreSQL server of yours, where it leaves nothing',
    async () => {
      const server = await startTestPostgres();
      try {
        const again = cli.path('results/again');
        const ended = await cli.run([...demoArguments(again), '--json', '--lang', 'zh'], { env: { DATABASE_URL: server.adminUrl } });
        expect(ended, ended.stderr).toMatchObject({ code: 0 });
        const told = JSON.parse(ended.stdout) as { readonly sites: readonly { readonly site: string }[] };
        const { science } = resultsOf(out);
        expect(told).toMatchObject({ schemaVersion: 1, out: again, synthetic: true, scienceSha256: hashJson(science) });
        expect(told.sites.map(({ site }) => site)).toEqual(sites);
        expect(canonicalJson(resultsOf(again).science)).toBe(canonicalJson(science));
        for (const name of ['model.json', 'model.onnx', 'protocol.json', ...predictionFiles(out).map((table) => join('sites', table))])
          expect(readFileSync(join(again, name)).equals(readFileSync(join(out, name))), name).toBe(true);
        expect(await ownNames(server.adminUrl)).toEqual([]);
        expect(cli.leftInTemporary()).toEqual([]);
        expect(cli.processes()).toEqual([]);
      } finally {
        await server.stop();
      }
    },
    wholeRunMs,
  );
});

/** Databases and roles of ours on a server. */
async function ownNames(adminUrl: string): Promise<string[]> {
  const client = new pg.Client(adminUrl);
  await client.connect();
  const names = `select datname as name from pg_database where datname like 'cohortium%'
    union select rolname from pg_roles where rolname like 'cohortium%'`;
  const { rows } = await client.query<{ name: string }>(names);
  await client.end();
  return rows.map(({ name }) => name);
}

/** The external site's participants through `model.onnx`, by ONNX Runtime itself. */
async function scoreExternal(): Promise<Float64Array> {
  const model = lockedModelSchema.parse(JSON.parse(read(out, 'model.json')));
  const own = splitCohortBySite(files).get(parseSiteId(external));
  const { rows } = readCohort(
    own as NonNullable<typeof own>,
    protocolSchema.parse(JSON.parse(read(out, 'protocol.json'))),
    parseSiteId(external),
  );
  const effects = localEffects(rows, external, model.preparation);
  const inputs = onnxInputs(rows, { from: 0, to: rows.rowCount }, model.preparation, effects);
  silenceOnnxRuntime();
  const session = await InferenceSession.create(readFileSync(join(out, 'model.onnx')));
  try {
    const { probability } = await session.run(feeds(inputs), ['probability']);
    return Float64Array.from(probability?.data as Float64Array);
  } finally {
    await session.release();
  }
}

function feeds({ features, rowCount, covariates, gammaStar, deltaStar }: OnnxInputs): Record<string, Tensor> {
  const tensor = (values: Float64Array, ...dims: number[]) => new Tensor('float64', values, dims);
  const [own, gamma, delta] = [covariates, gammaStar, deltaStar] as [Float64Array, Float64Array, Float64Array];
  return {
    features: tensor(features, rowCount, features.length / rowCount),
    covariates: tensor(own, rowCount, own.length / rowCount),
    gamma_star: tensor(gamma, gamma.length),
    delta_star: tensor(delta, delta.length),
  };
}
