import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clauseTime, unreachableClauses, windowOf } from './lint-clauses.js';
import { checkProtocol, lintProtocol, parseProtocol } from './parse.js';
import type { Protocol } from './schema.js';

const yaml = readFileSync(join(import.meta.dirname, '../../../protocols/her2-radiomics/protocol.yaml'), 'utf8');
const base = parseProtocol(yaml, 'protocol.yaml');

/** The protocol with other settings in one of its clauses, as whoever writes it would submit it. */
function withClause(clauseId: string, settings: object): unknown {
  return { ...base, clauses: base.clauses.map((clause) => (clause.clauseId === clauseId ? { ...clause, ...settings } : clause)) };
}

describe('the clause fields', () => {
  it('have every default written out: sums are masked, summaries cannot be', () => {
    const [sum, summary] = (['sum', 'siteSummary'] as const).map((kind) => base.clauses.find((clause) => clause.kind === kind));
    const common = { dominance: null, notBefore: null, notAfter: null, dp: null };
    expect(sum).toMatchObject({ secureAggregation: 'required', ...common });
    expect(summary).toMatchObject({ secureAggregation: 'off', ...common });
  });

  it.each([
    ['masking of a summary', 'eligibility', { secureAggregation: 'required' }],
    ['noise in a summary', 'eligibility', { dp: { mechanism: 'skellam', sigma: 1, l2Sensitivity: 1, delta: 1e-6 } }],
    ['noise without a size', 'model', { dp: { mechanism: 'skellam', l2Sensitivity: 1, delta: 1e-6 } }],
    ['an unknown mechanism', 'model', { dp: { mechanism: 'gaussian', sigma: 1, l2Sensitivity: 1, delta: 1e-6 } }],
    ['a local time', 'model', { notAfter: '2030-01-01T00:00:00+01:00' }],
    ['a dominance rule of nobody', 'model', { dominance: { contributors: 0, maxShare: 0.85 } }],
    ['an unknown key', 'model', { secAgg: 'off' }],
  ])('refuse %s', (_, clauseId, settings) => {
    expect(() => checkProtocol(withClause(clauseId, settings))).toThrow(expect.objectContaining({ code: 'PROTOCOL.BAD_SCHEMA' }));
  });

  it('take noise, a dominance rule and dates', () => {
    const dp = { mechanism: 'discreteGaussian', sigma: 12.5, l2Sensitivity: 4, delta: 1e-6 };
    const settings = {
      dp,
      dominance: { contributors: 2, maxShare: 0.85 },
      notBefore: '2026-01-01T00:00:00Z',
      notAfter: '2027-01-01T00:00:00Z',
    };
    expect(checkProtocol(withClause('model', settings)).clauses.find(({ clauseId }) => clauseId === 'model')).toMatchObject(settings);
  });
});

describe('contradictions of clauses', () => {
  it.each([
    ['dates', { notBefore: '2027-01-01T00:00:00Z', notAfter: '2027-01-01T00:00:00Z' }],
    ['secureAggregation', { minSites: 2 }],
    ['clauses', { operations: ['statistics.gram@1', 'statistics.gram@1'] }],
    ['recipients', { recipients: ['board'] }],
    ['recipients', { recipients: ['coordinator'] }],
  ])('%s', (rule, settings) => {
    expect(() => checkProtocol(withClause('model', settings))).toThrow(
      expect.objectContaining({ code: 'PROTOCOL.LINT', params: expect.objectContaining({ rule }) as unknown }),
    );
  });

  it('an expired clause is refused where the time is known, up to the millisecond', () => {
    const protocol = checkProtocol(withClause('model', { notAfter: '2026-06-01T12:00:00Z' }));
    const end = Date.UTC(2026, 5, 1, 12);
    expect(() => lintProtocol(protocol)).not.toThrow();
    expect(() => lintProtocol(protocol, end - 1)).not.toThrow();
    expect(() => lintProtocol(protocol, end)).toThrow(expect.objectContaining({ code: 'PROTOCOL.LINT' }));
  });
});

describe('the time of a clause', () => {
  it('reads instants as the platform does', () => {
    const day = 86_400_000;
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 200 * 365 }), fc.integer({ min: 0, max: day - 1 }), (days, ms) => {
        const at = days * day + ms - 50 * 365 * day;
        expect(windowOf({ notBefore: new Date(at).toISOString(), notAfter: null })).toEqual([at, Infinity]);
      }),
    );
  });

  it('is open from its beginning to just before its end', () => {
    const clause = { notBefore: '2026-01-01T00:00:00Z', notAfter: '2026-01-02T00:00:00.500Z' };
    const [from, to] = [Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 2) + 500];
    expect([from - 1, from, to - 1, to].map((at) => clauseTime(clause, at))).toEqual(['early', 'open', 'open', 'expired']);
  });
});

describe('clauses that nothing can use', () => {
  const find = (change: Partial<Protocol>) =>
    unreachableClauses({ ...base, ...change }).map(({ clauseId, reason }) => `${clauseId} ${reason}`);

  it('are those without sites, with too few, or of a part that is switched off', () => {
    expect(find({ sites: { minTraining: 3, training: ['A', 'B', 'C', 'D'], external: ['E', 'F', 'G'] } })).toEqual([]);
    expect(find({ sites: { minTraining: 3, training: undefined, external: ['E'] } })).toEqual([
      'external-pooled tooFewSites',
      'external-curves-pooled tooFewSites',
    ]);
    expect(find({}).filter((line) => line.endsWith('noSites'))).toHaveLength(4);
    const validation = { ...base.validation, leaveOneSiteOut: { ...base.validation.leaveOneSiteOut, enabled: false } };
    expect(find({ validation }).filter((line) => line.endsWith('Off'))).toHaveLength(4);
  });
});
