import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { protocolSchema } from '@cohortium/protocol';
import { settingsPresets, settingsSchema } from '@cohortium/radiomics';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { schemaFiles, staleSchemas } from './generate-schemas.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const committed = (path: string) => readFileSync(join(root, path), 'utf8');

const text = { en: 'x', zh: '某' };
const minimalProtocol = {
  schemaVersion: 1,
  study: 'schema-test',
  version: '1.0.0',
  title: text,
  endpoint: { name: 'her2', label: text, column: 'her2', positive: [1], negative: [0] },
  features: { all: true },
  sites: {},
  analysis: { models: [{ id: 'lasso', alpha: 1, penalty: { rule: 'fixed', lambda: 0.1 } }], primaryModel: 'lasso' },
  clauses: [{ clauseId: 'c', purpose: text, operations: ['statistics.moments@1'], kind: 'sum', scope: 'training' }],
};

describe('generated schemas', () => {
  it('are committed as the code has them; otherwise run node tools/generate-schemas.mjs', async () => {
    expect(await staleSchemas()).toEqual([]);
  });

  it('a change or an absent file is noticed', async () => {
    const paths = (await schemaFiles()).map(({ path }) => path);
    expect(paths).toHaveLength(4);
    expect(await staleSchemas((path) => committed(path).replace('"title"', '"titel"'))).toEqual(paths);
    expect(await staleSchemas(() => undefined)).toEqual(paths);
  });

  it('compile, and the one of protocols accepts and refuses what the code does', async () => {
    const compiled = new Map(
      (await schemaFiles()).map(({ path, text: json }) => [path, new Ajv2020({ strict: false }).compile(JSON.parse(json) as object)]),
    );
    const check = compiled.get('protocols/schema/protocol.schema.json');
    if (!check) throw new Error('no schema of protocols');
    const { endpoint, ...withoutEndpoint } = minimalProtocol;
    const cases = [
      minimalProtocol,
      withoutEndpoint,
      { ...minimalProtocol, study: 'two words' },
      { ...minimalProtocol, surprise: 1 },
      { ...minimalProtocol, endpoint: { ...endpoint, positive: [] } },
      { ...minimalProtocol, analysis: { ...minimalProtocol.analysis, harmonization: { method: 'none' } } },
    ];
    expect(cases.map((value) => check(value))).toEqual(cases.map((value) => protocolSchema.safeParse(value).success));
    expect(cases.map((value) => check(value))).toEqual([true, false, false, false, false, true]);
    const checkSettings = compiled.get('docs/schemas/radiomics-settings.schema.json');
    if (!checkSettings) throw new Error('no schema of settings');
    const settings = [
      ...Object.values(settingsPresets),
      {},
      { binWidth: 25 },
      { discretization: { method: 'FBS' } },
      { interpolation: { spacingMm: [1, 1] } },
      { filters: [{ filter: { name: 'mean', supportVoxels: 3 } }] },
    ];
    expect(settings.map((value) => checkSettings(value))).toEqual(settings.map((value) => settingsSchema.safeParse(value).success));
  });
});
