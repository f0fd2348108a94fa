import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isAppError } from '@cohortium/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { protocolErrors } from './errors.js';
import { checkProtocol, findClause, parseProtocol, protocolHash } from './parse.js';
import type { Protocol } from './schema.js';

const folder = join(import.meta.dirname, '../../../protocols');
const studies = readdirSync(folder).filter((name) => name !== 'schema');
const read = (study: string) => readFileSync(join(folder, study, 'protocol.yaml'), 'utf8');
const yaml = read('her2-radiomics');

/** A protocol with what {@link change} makes of it, as a value that is not yet checked. */
function changed(change: (protocol: Mutable) => void): unknown {
  const value = JSON.parse(JSON.stringify(parseProtocol(yaml, 'protocol.yaml'))) as Mutable;
  change(value);
  return value;
}
type Mutable = { -readonly [K in keyof Protocol]: Protocol[K] };

function failure(action: () => unknown): { code: string; params: Readonly<Record<string, string | number>> } {
  try {
    action();
  } catch (error) {
    if (isAppError(error)) return { code: error.code, params: error.params };
    throw error;
  }
  throw new Error('accepted');
}

describe('protocols of this repository', () => {
  it.each(studies)('%s reads, and stays the same when it is read again', (study) => {
    const protocol = parseProtocol(read(study), `${study}/protocol.yaml`);
    expect(protocol.study).toBe(study);
    expect(checkProtocol(JSON.parse(JSON.stringify(protocol)))).toEqual(protocol);
  });

  it('have every default written out', () => {
    const short = { ...(changed(() => undefined) as Record<string, unknown>) };
    delete short['validation'];
    delete short['eligibility'];
    const protocol = checkProtocol({
      ...short,
      analysis: { models: [{ id: 'm', alpha: 1, penalty: { rule: 'fixed', lambda: 0.1 } }], primaryModel: 'm' },
    });
    expect(protocol).toMatchObject({
      eligibility: [],
      synthetic: false,
      analysis: {
        missingness: { maxShare: 0.2 },
        imputation: { estimator: 'smoothedMedian', bins: 64, smoothing: 10 },
        harmonization: { method: 'combat', covariates: [], newSite: 'frozenLocalEb', minBatch: 5 },
        scaling: { clip: null },
        threshold: { rule: 'prevalence' },
        convergence: { tolerance: 1e-11, maxRounds: 300 },
      },
      validation: { scoreGrid: 1000, leaveOneSiteOut: { enabled: true, penalty: { rule: 'siteFolds' }, pooled: true } },
    });
  });
});

describe('a file that is no protocol', () => {
  it.each([
    ['not closed', 'a: [1', 'PROTOCOL.NOT_YAML'],
    ['indented by tabs', 'a:\n\t- 1', 'PROTOCOL.NOT_YAML'],
    ['with a key twice', 'a: 1\na: 2', 'PROTOCOL.NOT_YAML'],
    ['of two documents', 'a: 1\n---\nb: 2', 'PROTOCOL.NOT_YAML'],
    ['with an alias to nothing', 'a: *nowhere', 'PROTOCOL.NOT_YAML'],
    [
      'whose aliases multiply',
      'a: &a [1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c]',
      'PROTOCOL.NOT_YAML',
    ],
    ['empty', '', 'PROTOCOL.BAD_SCHEMA'],
    ['a list', '- 1', 'PROTOCOL.BAD_SCHEMA'],
    ['a number', '1', 'PROTOCOL.BAD_SCHEMA'],
  ])('%s is refused', (_, text, code) => {
    expect(failure(() => parseProtocol(text, 'x.yaml')).code).toBe(code);
  });

  it('names file and line', () => {
    const { params } = failure(() => parseProtocol('a: 1\na: 2', 'x.yaml'));
    expect(params).toMatchObject({ file: 'x.yaml', reason: expect.stringContaining('line 2') });
  });
});

describe('the schema', () => {
  it.each<[string, (text: string) => string, string, string]>([
    ['at the top', (text) => `${text}\nfoo: 1\n`, '(root)', 'foo'],
    ['in a section', (text) => text.replace('scaling: {', 'scaling: { foo: 1,'), 'analysis.scaling', 'foo'],
    ['in a branch', (text) => text.replace('method: combat', 'method: combat, foo: 1'), 'analysis.harmonization', 'foo'],
    ['in a list', (text) => text.replace('clauseId: eligibility\n', 'clauseId: eligibility\n    foo: 1\n'), 'clauses.0', 'foo'],
    ['in a choice', (text) => text.replace('where: { lossy: false }', 'where: { lossy: false }\n  foo: 1'), 'features', 'foo'],
    ['called __proto__', (text) => `${text}\n__proto__: { synthetic: true }\n`, '(root)', '__proto__'],
  ])('refuses an unknown key %s, with its path', (_, change, path, key) => {
    const { code, params } = failure(() => parseProtocol(change(yaml), 'x.yaml'));
    expect({ code, path: params['path'] }).toEqual({ code: 'PROTOCOL.BAD_SCHEMA', path });
    expect(params['reason']).toContain(key);
  });

  it('refuses an unknown key anywhere', () => {
    const protocol = parseProtocol(yaml, 'x.yaml');
    const places: string[][] = [];
    const visit = (value: unknown, path: string[]) => {
      if (value === null || typeof value !== 'object') return;
      // The conditions on a dictionary have keys of their own.
      if (!Array.isArray(value) && path.at(-1) !== 'where') places.push(path);
      for (const [key, item] of Object.entries(value)) visit(item, [...path, key]);
    };
    visit(protocol, []);
    expect(places.length).toBeGreaterThan(25);
    for (const path of places) {
      const value = JSON.parse(JSON.stringify(protocol)) as Record<string, unknown>;
      const at = path.reduce((node, key) => node[key] as Record<string, unknown>, value);
      at['unheardOf'] = 1;
      const { code, params } = failure(() => checkProtocol(value));
      expect({ code, path: params['path'] }).toEqual({ code: 'PROTOCOL.BAD_SCHEMA', path: path.join('.') || '(root)' });
    }
  });

  it.each<[string, (p: Mutable) => void, string]>([
    ['a site code with a dot', (p) => (p.sites = { ...p.sites, external: ['a.b'] }), 'sites.external.0'],
    ['NaN', (p) => (p.analysis = { ...p.analysis, missingness: { maxShare: NaN } }), 'analysis.missingness.maxShare'],
    ['another version of the form', (p) => (p.schemaVersion = 2 as 1), 'schemaVersion'],
    ['a version that is none', (p) => (p.version = '1.0'), 'version'],
    ['no model', (p) => (p.analysis = { ...p.analysis, models: [] }), 'analysis.models'],
    [
      'alpha above 1',
      (p) => (p.analysis = { ...p.analysis, models: p.analysis.models.map((m) => ({ ...m, alpha: 1.1 })) }),
      'analysis.models.0.alpha',
    ],
    ['a text in one language', (p) => (p.title = { en: 'x' } as Protocol['title']), 'title.zh'],
    [
      'an operation without version',
      (p) => (p.clauses = p.clauses.map((c) => ({ ...c, operations: ['statistics.gram'] }))),
      'clauses.0.operations.0',
    ],
    [
      'two folds',
      (p) =>
        (p.analysis = { ...p.analysis, models: p.analysis.models.map((m) => ({ ...m, penalty: { ...m.penalty, folds: 2 } as never })) }),
      'analysis.models.0.penalty.folds',
    ],
  ])('refuses %s, with its path', (_, change, path) => {
    expect(failure(() => checkProtocol(changed(change)))).toMatchObject({ code: 'PROTOCOL.BAD_SCHEMA', params: { path } });
  });
});

describe('the lint', () => {
  const fixed = { rule: 'fixed' as const, lambda: 0.1 };
  const models = (p: Mutable, ...list: Protocol['analysis']['models']) => (p.analysis = { ...p.analysis, models: list });
  const model = (id: string) => ({ id, alpha: 0.5, penalty: fixed }) as Protocol['analysis']['models'][number];
  const sites = (p: Mutable, training: string[] | undefined, external: string[] = []) => {
    p.sites = { minTraining: 3, external, ...(training && { training }) };
  };
  const loso = (p: Mutable, rule: 'siteFolds' | 'finalModel', enabled = true) => {
    p.validation = { ...p.validation, leaveOneSiteOut: { enabled, penalty: { rule }, pooled: true } };
  };

  it.each<[string, string, (p: Mutable) => void]>([
    ['two models of one id', 'models', (p) => models(p, model('elastic-net'), model('elastic-net'))],
    ['a primary model that does not exist', 'primaryModel', (p) => (p.analysis = { ...p.analysis, primaryModel: 'other' })],
    [
      'the endpoint as covariate',
      'covariates',
      (p) =>
        (p.analysis = { ...p.analysis, harmonization: { method: 'combat', covariates: ['age', 'her2'], newSite: 'none', minBatch: 5 } }),
    ],
    ['two clauses of one id', 'clauses', (p) => (p.clauses = p.clauses.map((c) => ({ ...c, clauseId: 'same' })))],
    [
      'two clauses for one operation and scope',
      'clauses',
      (p) => (p.clauses = [...p.clauses, { ...(p.clauses[1] as Protocol['clauses'][number]), clauseId: 'again' }]),
    ],
    [
      'a clause for all beside one for training',
      'clauses',
      (p) => (p.clauses = [...p.clauses, { ...(p.clauses[1] as Protocol['clauses'][number]), clauseId: 'again', scope: 'all' }]),
    ],
    ['a site that is training and external', 'sites', (p) => sites(p, ['A', 'B', 'C', 'D', 'E'], ['E'])],
    ['a training site twice', 'sites', (p) => sites(p, ['A', 'B', 'C', 'D', 'D', 'E'])],
    ['an external site twice', 'sites', (p) => sites(p, undefined, ['X', 'X'])],
    ['a value that is positive and negative', 'endpoint', (p) => (p.endpoint = { ...p.endpoint, positive: [1], negative: ['1', 0] })],
    ['one that differs in case only', 'endpoint', (p) => (p.endpoint = { ...p.endpoint, positive: ['Yes'], negative: ['yes'] })],
    ['a feature twice in the selector', 'features', (p) => (p.features = { list: ['a', 'b', 'a'] })],
    ['a feature twice in the resolved list', 'features', (p) => (p.featureList = { names: ['a', 'a'], sha256: '', byModel: {} })],
    ['leave-one-site-out over three sites', 'leaveOneSiteOut', (p) => (sites(p, ['A', 'B', 'C']), loso(p, 'finalModel'))],
    ['site folds over four sites', 'leaveOneSiteOut', (p) => (sites(p, ['A', 'B', 'C', 'D']), loso(p, 'siteFolds'))],
  ])('refuses %s', (_, rule, change) => {
    expect(failure(() => checkProtocol(changed(change)))).toMatchObject({ code: 'PROTOCOL.LINT', params: { rule } });
  });

  it.each<[string, (p: Mutable) => void]>([
    ['leave-one-site-out over four sites with the final penalty', (p) => (sites(p, ['A', 'B', 'C', 'D']), loso(p, 'finalModel'))],
    [
      'four sites where no penalty is tuned',
      (p) => (sites(p, ['A', 'B', 'C', 'D']), loso(p, 'siteFolds'), models(p, model('elastic-net'))),
    ],
    ['three sites without leave-one-site-out', (p) => (sites(p, ['A', 'B', 'C']), loso(p, 'siteFolds', false))],
    ['training sites left open', (p) => (sites(p, undefined), loso(p, 'siteFolds'))],
    [
      'one operation in training and external clauses',
      (p) =>
        (p.clauses = [
          ...p.clauses,
          { ...(p.clauses.find((c) => c.clauseId === 'preparation') as Protocol['clauses'][number]), clauseId: 'again', scope: 'external' },
        ]),
    ],
    ['the endpoint as covariate of nothing', (p) => (p.analysis = { ...p.analysis, harmonization: { method: 'none' } })],
  ])('accepts %s', (_, change) => {
    expect(() => checkProtocol(changed(change))).not.toThrow();
  });
});

describe('the hash of a protocol', () => {
  const protocol = parseProtocol(yaml, 'x.yaml');

  /** The same value with keys in another order. */
  function shuffled(value: unknown, order: () => number): unknown {
    if (Array.isArray(value)) return value.map((item) => shuffled(item, order));
    if (value === null || typeof value !== 'object') return value;
    const entries = Object.entries(value).map(([key, item]) => ({ key, item: shuffled(item, order), at: order() }));
    return Object.fromEntries(entries.sort((a, b) => a.at - b.at).map(({ key, item }) => [key, item]));
  }

  it('does not depend on the order of keys, on comments or on notation', () => {
    const hash = protocolHash(protocol);
    expect(protocolHash(parseProtocol(yaml.replace(/^#.*$/m, '# other').replace('maxShare: 0.2', 'maxShare: 2.0e-1'), 'y.yaml'))).toBe(
      hash,
    );
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat()), (stream) => {
        expect(protocolHash(checkProtocol(shuffled(protocol, () => stream.next().value as number)))).toBe(hash);
      }),
      { numRuns: 20 },
    );
  });

  it('depends on every value, and on the order of lists', () => {
    const hashes = new Set([protocolHash(protocol)]);
    const places: (readonly string[])[] = [];
    const visit = (value: unknown, path: readonly string[]) => {
      if (value !== null && typeof value === 'object') for (const [key, item] of Object.entries(value)) visit(item, [...path, key]);
      else places.push(path);
    };
    visit(protocol, []);
    for (const path of places) {
      const value = JSON.parse(JSON.stringify(protocol)) as Record<string, unknown>;
      const parent = path.slice(0, -1).reduce((node, key) => node[key] as Record<string, unknown>, value);
      parent[path.at(-1) as string] = 'changed';
      hashes.add(protocolHash(value as never));
    }
    expect(hashes.size).toBe(places.length + 1);
    expect(protocolHash({ ...protocol, clauses: [...protocol.clauses].reverse() })).not.toBe(protocolHash(protocol));
  });
});

describe('findClause', () => {
  const protocol = parseProtocol(yaml, 'x.yaml');

  it('finds the clause of an operation in its scope only', () => {
    expect(findClause(protocol, 'statistics.gram@1', 'training')?.clauseId).toBe('model');
    expect(findClause(protocol, 'statistics.gram@1', 'external')).toBeUndefined();
    expect(findClause(protocol, 'statistics.gram@1', 'all')).toBeUndefined();
    expect(findClause(protocol, 'statistics.gram@2', 'training')).toBeUndefined();
    expect(findClause(protocol, 'statistics.gra', 'training')).toBeUndefined();
  });

  it('lets a clause for all sites cover training and external', () => {
    for (const scope of ['training', 'external', 'all'] as const)
      expect(findClause(protocol, 'statistics.eligibility@1', scope)?.clauseId).toBe('eligibility');
  });

  it('finds none where two would fit: what is not clear is not allowed', () => {
    const clause = protocol.clauses.find((c) => c.clauseId === 'model') as Protocol['clauses'][number];
    const twice = { ...protocol, clauses: [...protocol.clauses, { ...clause, clauseId: 'again', scope: 'all' as const }] };
    expect(findClause(twice, 'statistics.gram@1', 'training')).toBeUndefined();
    expect(findClause(twice, 'statistics.gram@1', 'external')?.clauseId).toBe('again');
  });
});

describe('errors of this library', () => {
  it('read in both languages', () => {
    const params = { file: 'f', reason: 'r', path: 'p', rule: 'u', column: 'c', role: 'o', where: 'w', site: 's', known: 'k' };
    for (const code of Object.keys(protocolErrors.entries) as (keyof typeof protocolErrors.entries)[]) {
      const error = protocolErrors.error(code, params);
      expect(error.render('en')).not.toMatch(/[{}]|undefined/);
      expect(error.render('zh')).toMatch(/[\u4e00-\u9fff]/);
    }
  });
});
