import { Frozen, parseSiteId, sha256 } from '@cohortium/kernel';
import type { Json, Sha256 } from '@cohortium/kernel';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { armSchema } from './design.js';
import { countWords, decodeFixedPoint, statisticWords } from './fixed-point.js';
import { frozenSchema, vectorSchema } from './param-schemas.js';
import { operationName } from './query.js';
import type { AnyQuery, RosterScope, SumQuery, SummaryQuery } from './query.js';
import { siteSlices } from './rows.js';
import type { CohortRows } from './rows.js';
import { draftAnswer, parseParams, releaseKey, requestHash } from './site-answer.js';

const site = parseSiteId('H1');
const scope: RosterScope = { name: 'training', sites: ['H1', 'H2'].map(parseSiteId) };

/** Rows with one feature. */
function rowsOf(values: readonly number[], siteIndex: readonly number[] = values.map(() => 0), snapshot = 'x'): CohortRows {
  const sites = [...new Set(siteIndex)].map((index) => parseSiteId(`H${index + 1}`));
  return {
    rowCount: values.length,
    featureNames: ['f'],
    features: Float64Array.from(values),
    outcome: new Float64Array(values.length),
    covariates: {},
    folds: () => new Int32Array(values.length),
    sites,
    siteIndex: Int32Array.from(siteIndex),
    participantIndex: Int32Array.from(values.keys()),
    snapshot: sha256(snapshot),
    digestPredictions: () => sha256(''),
    memo: (_, compute) => compute(),
  };
}

interface Params {
  readonly power: number;
  readonly vector: Float64Array;
}
const powers: SumQuery<Params, number> = {
  kind: 'sum',
  operation: 'test.powers',
  version: 2,
  words: statisticWords,
  params: z.strictObject({ power: z.int().min(1), vector: vectorSchema }),
  length: () => 1,
  local: (rows, { power }) => Float64Array.of(rows.features.reduce((sum, x) => sum + x ** power, 0)),
  read: (total) => total[0] as number,
};
const count: SummaryQuery<Params, Json> = {
  kind: 'siteSummary',
  operation: 'test.count',
  version: 1,
  params: powers.params,
  value: z.any(),
  local: (rows) => ({ n: rows.rowCount }),
};
const params: Params = { power: 2, vector: Float64Array.of(1, 2) };
const request = { query: powers as AnyQuery, params, scope };

describe('draftAnswer', () => {
  it('computes a sum and encodes it', () => {
    const draft = draftAnswer(site, rowsOf([1, 2, 0.5]), request);
    expect(draft).toMatchObject({
      site,
      operation: 'test.powers@2',
      kind: 'sum',
      scope,
      participantCount: 3,
      freeParameters: 0,
      scopeParticipantCount: 3,
    });
    expect(draft.summary).toBeUndefined();
    const words = new Uint32Array((draft.words as Uint8Array).slice().buffer);
    expect([...decodeFixedPoint(words, statisticWords)]).toEqual([5.25]);
  });

  it('takes free parameters and participants of the scope from the query, where it tells them', () => {
    const query: AnyQuery = { ...powers, freeParameters: () => 7, scopeParticipants: () => 400 };
    expect(draftAnswer(site, rowsOf([1]), { ...request, query })).toMatchObject({ freeParameters: 7, scopeParticipantCount: 400 });
  });

  it('computes a summary and leaves it as it is', () => {
    const draft = draftAnswer(site, rowsOf([1, 2]), { ...request, query: count });
    expect(draft).toMatchObject({ kind: 'siteSummary', summary: { n: 2 }, participantCount: 2, freeParameters: 0 });
    expect(draft.words).toBeUndefined();
  });

  it.each<[string, unknown, string]>([
    ['of the wrong type', { power: 'x', vector: Float64Array.of() }, 'power'],
    ['with a member too many', { ...params, extra: 1 }, '(root)'],
    ['with a list where a vector belongs', { power: 1, vector: [1] }, 'vector'],
  ])('refuses parameters %s before it computes', (_, given, path) => {
    const query: AnyQuery = { ...powers, local: () => expect.unreachable() };
    expect(() => draftAnswer(site, rowsOf([1]), { query, params: given, scope })).toThrow(
      expect.objectContaining({ code: 'FEDERATION.BAD_PARAMS', params: expect.objectContaining({ operation: 'test.powers@2', path }) }),
    );
  });

  it('refuses a vector of another length than the parameters promise', () => {
    const query: AnyQuery = { ...powers, length: () => 2 };
    expect(() => draftAnswer(site, rowsOf([1]), { ...request, query })).toThrow(
      expect.objectContaining({ code: 'FEDERATION.BAD_LENGTH', params: expect.objectContaining({ site: 'H1', actual: 8, expected: 16 }) }),
    );
  });

  it.each([
    ['too large', 1e10, 2, statisticWords, 'FEDERATION.OVERFLOW'],
    ['not finite', NaN, 1, statisticWords, 'FEDERATION.NOT_FINITE'],
    ['a fraction where counts are due', 0.5, 1, countWords, 'FEDERATION.NOT_A_COUNT'],
  ])('refuses a result that is %s', (_, value, power, words, code) => {
    expect(() => draftAnswer(site, rowsOf([value]), { query: { ...powers, words }, params: { ...params, power }, scope })).toThrow(
      expect.objectContaining({ code }),
    );
  });
});

describe('the identity of a request', () => {
  const base = requestHash(request);
  const variants: [string, Sha256][] = [
    ['operation', requestHash({ ...request, query: { ...powers, operation: 'test.other' } })],
    ['version', requestHash({ ...request, query: { ...powers, version: 3 } })],
    ['parameters', requestHash({ ...request, params: { ...params, power: 3 } })],
    ['bits of a vector', requestHash({ ...request, params: { ...params, vector: Float64Array.of(1, 2 + 2 ** -51) } })],
    ['length of a vector', requestHash({ ...request, params: { ...params, vector: Float64Array.of(1, 2, 0) } })],
    ['scope', requestHash({ ...request, scope: { ...scope, name: 'all' } })],
    ['sites', requestHash({ ...request, scope: { ...scope, sites: [site] } })],
  ];

  it.each(variants)('depends on its %s', (_, hash) => expect(hash).not.toBe(base));

  it('differs between any two of these', () => {
    expect(new Set([base, ...variants.map(([, hash]) => hash)]).size).toBe(variants.length + 1);
  });

  it('depends on nothing else: neither on functions and words of the query, nor on the order of keys', () => {
    const query: AnyQuery = { ...powers, local: () => new Float64Array(1), words: countWords, freeParameters: () => 3 };
    expect(
      requestHash({ query, params: { vector: params.vector.slice(), power: 2 }, scope: { sites: [...scope.sites], name: 'training' } }),
    ).toBe(base);
  });

  it('as a release key depends on the data too, and not on who asks, when, or how often', () => {
    const rows = rowsOf([1, 2], undefined, 'first');
    const key = draftAnswer(site, rows, request).releaseKey;
    expect(key).toBe(releaseKey(request, sha256('first')));
    expect(draftAnswer(site, rowsOf([1, 2], undefined, 'first'), { ...request }).releaseKey).toBe(key);
    expect(draftAnswer(site, rowsOf([1, 2], undefined, 'second'), request).releaseKey).not.toBe(key);
    expect(draftAnswer(site, rows, { ...request, params: { ...params, power: 3 } }).releaseKey).not.toBe(key);
    expect(draftAnswer(site, rows, { ...request, scope: { ...scope, sites: [site] } }).releaseKey).not.toBe(key);
  });
});

describe('schemas of parameters', () => {
  const recipe = z.strictObject({ a: z.number() });

  it('keep the instance of a frozen part, so that its hash stays the key of what is remembered', () => {
    const schema = z.strictObject({ recipe: frozenSchema(recipe) });
    const frozen = new Frozen({ a: 1 });
    expect((parseParams({ ...powers, params: schema } as AnyQuery, { recipe: frozen }) as { recipe: unknown }).recipe).toBe(frozen);
    for (const other of [{ a: 1 }, new Frozen({ a: 'x' }), new Frozen({ a: 1, b: 2 }), null]) {
      expect(schema.safeParse({ recipe: other }).success).toBe(false);
    }
  });

  it('of an arm name one site or none', () => {
    const schema = armSchema(recipe);
    const frozen = new Frozen({ a: 1 });
    expect(schema.safeParse({ heldOut: null, recipe: frozen }).success).toBe(true);
    expect(schema.safeParse({ heldOut: 'H1', recipe: frozen }).success).toBe(true);
    expect(schema.safeParse({ heldOut: ['H1', 'H2'], recipe: frozen }).success).toBe(false);
    expect(schema.safeParse({ heldOut: null, recipe: frozen, more: 1 }).success).toBe(false);
  });

  it('print operations as clauses name them', () => expect(operationName(powers)).toBe('test.powers@2'));
});

describe('siteSlices', () => {
  it('finds the contiguous rows of each site', () => {
    expect(siteSlices(rowsOf([1, 2, 3, 4, 5, 6], [0, 0, 1, 2, 2, 2]))).toEqual([
      { site: 'H1', from: 0, to: 2 },
      { site: 'H2', from: 2, to: 3 },
      { site: 'H3', from: 3, to: 6 },
    ]);
  });

  it('finds nothing in an empty table, and an empty slice for a site without rows', () => {
    expect(siteSlices(rowsOf([]))).toEqual([]);
    expect(siteSlices({ ...rowsOf([1, 2]), sites: ['H1', 'H2'].map(parseSiteId) })[1]).toEqual({ site: 'H2', from: 2, to: 2 });
  });
});
