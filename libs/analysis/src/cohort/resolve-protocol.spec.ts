import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseProtocol } from '@cohortium/protocol';
import type { Protocol } from '@cohortium/protocol';
import { describe, expect, it } from 'vitest';
import { resolveProtocol } from './resolve-protocol.js';

const base = parseProtocol(
  readFileSync(join(import.meta.dirname, '../../../../protocols/her2-radiomics/protocol.yaml'), 'utf8'),
  'protocol.yaml',
);
const thrown = (code: string) => expect.objectContaining({ code });

describe('resolveProtocol', () => {
  const against = { featureColumns: ['patient_id', 'site', 'a', 'b', 'c'], sites: ['H1', 'H2', 'H3', 'H4', 'H5', 'H6'] };
  const dictionary = 'index,feature,group,lossy\n1,c,shape,FALSE\n2,a,texture,FALSE\n3,b,texture,TRUE\n';
  const withFeatures = (features: Protocol['features']) => ({ ...base, features });

  it('lists features, sites and origin, and hashes the list', () => {
    const resolved = resolveProtocol(base, { ...against, dictionary });
    expect(resolved.featureList?.names).toEqual(['c', 'a']);
    expect(resolved.featureList?.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(resolved.sites).toMatchObject({ training: against.sites, external: [] });
    expect(resolved.derivedFrom).toMatch(/^[0-9a-f]{64}$/);
    expect(resolveProtocol(resolved, { ...against, dictionary })).toEqual(resolved);
  });

  it('binds how the features of a cohort were made where the protocol binds nothing, and names the same origin', () => {
    const made = { extractorSha256: 'a'.repeat(64), settingsSha256: 'b'.repeat(64), ibsiRows: 487 };
    const resolve = (protocol: Protocol) => resolveProtocol(protocol, { ...against, dictionary, extraction: made });
    expect(resolve(base).extraction).toEqual(made);
    expect(resolve(base).derivedFrom).toBe(resolveProtocol(base, { ...against, dictionary }).derivedFrom);
    expect(Object.keys(resolveProtocol(base, { ...against, dictionary }))).not.toContain('extraction');
    const stricter = { ...made, ibsiRows: 5000 };
    expect(resolve({ ...base, extraction: stricter }).extraction).toEqual(stricter);
  });

  it.each<[string, Protocol['features'], string[]]>([
    ['a condition on text', { dictionary: 'd.csv', where: { group: 'texture' } }, ['a', 'b']],
    ['a condition that ignores case', { dictionary: 'd.csv', where: { lossy: true } }, ['b']],
    ['two conditions', { dictionary: 'd.csv', where: { lossy: false, group: 'Shape' } }, ['c']],
    ['a number', { dictionary: 'd.csv', where: { index: 3 } }, ['b']],
    ['no condition', { dictionary: 'd.csv', where: {} }, ['c', 'a', 'b']],
    ['a list, in its order', { list: ['b', 'a'] }, ['b', 'a']],
    ['all, in file order', { all: true }, ['a', 'b', 'c']],
  ])('selects features by %s', (_, features, names) => {
    expect(resolveProtocol(withFeatures(features), { ...against, dictionary }).featureList?.names).toEqual(names);
  });

  describe('inputs of models', () => {
    const clinical = [{ column: 'age' }, { column: 'stage', levels: ['1', 2, 'x'] }];
    const [model] = base.analysis.models as [Protocol['analysis']['models'][number]];
    const withModels = (inputs: Record<string, Protocol['analysis']['models'][number]['inputs']>): Protocol => ({
      ...base,
      features: { list: ['c', 'a'] },
      analysis: {
        ...base.analysis,
        clinical,
        models: Object.entries(inputs).map(([id, given]) => ({ ...model, id, inputs: given })),
        primaryModel: Object.keys(inputs)[0] as string,
      },
    });
    const [age, two, x] = ['clinical:age', 'clinical:stage=2', 'clinical:stage=x'];

    it('are clinical only, one sequence, radiomics or both, in one order', () => {
      const { featureList } = resolveProtocol(
        withModels({
          both: { features: 'all', clinical: true },
          clinical: { features: 'none', clinical: true },
          texture: { features: { where: { group: 'texture' } }, clinical: false },
          two: { features: { list: ['a', 'c'] }, clinical: false },
        }),
        { ...against, dictionary },
      );
      expect(featureList?.names).toEqual(['c', 'a', age, two, x]);
      expect(featureList?.byModel).toEqual({
        both: ['c', 'a', age, two, x],
        clinical: [age, two, x],
        texture: ['a'],
        two: ['c', 'a'],
      });
    });

    it.each<[string, Protocol, string]>([
      ['a feature that the study leaves out', withModels({ m: { features: { list: ['b'] }, clinical: true } }), 'PROTOCOL.UNKNOWN_COLUMN'],
      ['nothing of the dictionary', withModels({ m: { features: { where: { group: 'none' } }, clinical: false } }), 'PROTOCOL.NO_FEATURES'],
      [
        'neither features nor clinical predictors',
        {
          ...withModels({ m: { features: 'none', clinical: true } }),
          analysis: { ...withModels({ m: { features: 'none', clinical: true } }).analysis, clinical: [] },
        },
        'PROTOCOL.NO_FEATURES',
      ],
    ])('cannot be %s', (_, protocol, code) => {
      expect(() => resolveProtocol(protocol, { ...against, dictionary })).toThrow(thrown(code));
    });
  });

  it('moves sites to the outside on request, and derives another protocol by it', () => {
    const inside = resolveProtocol(base, { ...against, dictionary });
    const outside = resolveProtocol(base, { ...against, dictionary, external: ['H6'], synthetic: true });
    expect(outside.sites).toMatchObject({ training: ['H1', 'H2', 'H3', 'H4', 'H5'], external: ['H6'] });
    expect(outside.synthetic).toBe(true);
    expect(outside.derivedFrom).toBe(inside.derivedFrom);
    const named = { ...base, sites: { ...base.sites, training: ['H1', 'H2', 'H3', 'H4', 'H5', 'H6'] } };
    expect(resolveProtocol(named, { ...against, dictionary, external: ['H2'] }).sites.training).toEqual(['H1', 'H3', 'H4', 'H5', 'H6']);
  });

  it.each<[string, Protocol, object, string]>([
    ['an external site that is not there', base, { external: ['H9'] }, 'PROTOCOL.UNKNOWN_SITE'],
    ['a training site that is not there', { ...base, sites: { ...base.sites, training: ['H1', 'H9'] } }, {}, 'PROTOCOL.UNKNOWN_SITE'],
    ['an external site twice', base, { external: ['H6', 'H6'] }, 'PROTOCOL.LINT'],
    ['a feature twice in the list', withFeatures({ list: ['a', 'b', 'a'] }), {}, 'PROTOCOL.LINT'],
    ['a feature twice in the dictionary', base, { dictionary: `${dictionary}4,a,shape,FALSE\n` }, 'PROTOCOL.LINT'],
    ['too few sites to leave one out', base, { external: ['H5', 'H6'] }, 'PROTOCOL.LINT'],
    ['no dictionary', base, { dictionary: undefined }, 'PROTOCOL.UNKNOWN_COLUMN'],
    ['a dictionary without the column asked for', base, { dictionary: 'feature\na\n' }, 'PROTOCOL.UNKNOWN_COLUMN'],
    ['a dictionary without features', base, { dictionary: 'name,lossy\na,FALSE\n' }, 'COHORT.NO_COLUMN'],
    ['a dictionary that selects nothing', base, { dictionary: 'feature,lossy\na,TRUE\n' }, 'PROTOCOL.NO_FEATURES'],
    ['a feature that the table lacks', withFeatures({ list: ['a', 'z'] }), {}, 'PROTOCOL.UNKNOWN_COLUMN'],
    ['a column that is no feature', withFeatures({ list: ['site'] }), {}, 'PROTOCOL.UNKNOWN_COLUMN'],
    ['no features at all', withFeatures({ all: true }), { featureColumns: ['patient_id', 'site'] }, 'PROTOCOL.NO_FEATURES'],
  ])('refuses %s', (_, protocol, change, code) => {
    expect(() => resolveProtocol(protocol, { ...against, dictionary, ...change })).toThrow(thrown(code));
  });
});
