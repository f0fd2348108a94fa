import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseProtocol } from '../parse.js';
import { protocolSchema } from '../schema.js';
import type { Protocol } from '../schema.js';
import { diffProtocols, tellChange } from './diff.js';

const yaml = readFileSync(join(import.meta.dirname, '../../../../protocols/her2-radiomics/protocol.yaml'), 'utf8');
const base = parseProtocol(yaml, 'protocol.yaml');

/** Its form is checked and no more: differences are told of what lint would refuse, too. */
function withModel(settings: object): Protocol {
  return protocolSchema.parse({
    ...base,
    clauses: base.clauses.map((clause) => (clause.clauseId === 'model' ? { ...clause, ...settings } : clause)),
  });
}

/** Changes as `clause effect word`. */
const short = (before: Protocol, after: Protocol) =>
  diffProtocols(before, after).map(({ clauseId, effect, word, path }) => [clauseId ?? path, effect, word].join(' '));

describe('the difference of two protocols', () => {
  it('is empty for the same one', () => {
    expect(diffProtocols(base, base)).toEqual([]);
    expect(diffProtocols(base, { ...base, version: '2.0.0' })).toEqual([]);
  });

  it.each([
    ['minSites', { minSites: 5 }],
    ['minParticipantsPerSite', { minParticipantsPerSite: 20 }],
    ['minCell', { minCell: 7 }],
    ['maxParametersPerRow', { maxParametersPerRow: 0.1 }],
    ['maxBytes', { maxBytes: 1000 }],
    ['maxPerRun', { maxPerRun: 10 }],
    ['dominance', { dominance: { contributors: 2, maxShare: 0.8 } }],
    ['dp', { dp: { mechanism: 'skellam', sigma: 2, l2Sensitivity: 1, delta: 1e-6 } }],
    ['notBefore', { notBefore: '2027-01-01T00:00:00Z' }],
    ['notAfter', { notAfter: '2027-01-01T00:00:00Z' }],
    ['recipientRemoved', { recipients: ['board'] }],
  ])('says of a stricter %s that less is allowed, and of the way back that more is', (word, settings) => {
    const strict = withModel(settings);
    expect(short(base, strict)).toEqual([`model noLongerAllowed ${word}`]);
    expect(short(strict, base)).toEqual([`model newlyAllowed ${word.replace('Removed', 'Added')}`]);
  });

  it('warns of masking that is switched off, of lifted limits and of less noise', () => {
    expect(short(base, withModel({ secureAggregation: 'off' }))).toEqual(['model newlyAllowed secureAggregation']);
    expect(short(base, withModel({ maxParametersPerRow: null }))).toEqual(['model newlyAllowed maxParametersPerRow']);
    const dp = { mechanism: 'skellam', sigma: 2, l2Sensitivity: 1, delta: 1e-6 } as const;
    const noisy = withModel({ dp });
    for (const less of [{ sigma: 1 }, { l2Sensitivity: 2 }, { delta: 1e-5 }, { mechanism: 'discreteGaussian' }])
      expect(short(noisy, withModel({ dp: { ...dp, ...less } }))).toEqual(['model newlyAllowed dp']);
    // Larger units alone change nothing about the privacy.
    expect(short(noisy, withModel({ dp: { ...dp, sigma: 4, l2Sensitivity: 2 } }))).toEqual(['model noLongerAllowed dp']);
  });

  it('tells operations, scopes, clauses and sites one by one', () => {
    const [model] = base.clauses.filter(({ clauseId }) => clauseId === 'model');
    const operations = [...(model?.operations.slice(1) ?? []), 'statistics.other@1'];
    expect(short(base, withModel({ operations }))).toEqual(['model newlyAllowed operationAdded', 'model noLongerAllowed operationRemoved']);
    expect(short(base, withModel({ scope: 'all' }))).toEqual(['model newlyAllowed scope']);
    expect(short(withModel({ scope: 'all' }), base)).toEqual(['model noLongerAllowed scope']);
    expect(short(base, withModel({ scope: 'external' }))).toEqual(['model newlyAllowed scope', 'model noLongerAllowed scope']);
    const fewer = protocolSchema.parse({ ...base, clauses: base.clauses.slice(1) });
    expect(short(base, fewer)).toEqual(['eligibility noLongerAllowed clauseRemoved']);
    expect(short(fewer, base)).toEqual(['eligibility newlyAllowed clauseAdded']);
    const sites = { ...base, sites: { ...base.sites, training: ['A', 'B'], external: ['C'] } };
    expect(short(sites, { ...sites, sites: { ...sites.sites, training: ['A', 'C'], external: [] } })).toEqual([
      'training newlyAllowed siteAdded',
      'training noLongerAllowed siteRemoved',
      'external noLongerAllowed siteRemoved',
    ]);
  });

  it('tells the rest of the study by its place', () => {
    const other = protocolSchema.parse({ ...base, analysis: { ...base.analysis, missingness: { maxShare: 0.5 } } });
    const [change] = diffProtocols(base, other);
    expect(change).toMatchObject({ clauseId: null, effect: 'changed', path: 'analysis.missingness.maxShare', before: 0.2, after: 0.5 });
    expect(tellChange(change as never, 'en')).toBe('analysis.missingness.maxShare is now 0.5 (before: 0.2)');
    expect(tellChange(change as never, 'zh')).toBe('analysis.missingness.maxShare 现为 0.5（原为 0.2）');
  });

  it('has a sentence for every change in both languages, nothing left open', () => {
    const far = withModel({
      operations: ['statistics.other@1'],
      scope: 'all',
      minSites: 9,
      maxParametersPerRow: null,
      notAfter: '2027-01-01T00:00:00Z',
      notBefore: '2026-01-01T00:00:00Z',
      purpose: { en: 'Other', zh: '其他' },
      deadlineHours: 1,
      recipients: ['board'],
      dominance: { contributors: 2, maxShare: 0.8 },
    });
    for (const change of [...diffProtocols(base, far), ...diffProtocols(far, base)]) {
      expect(tellChange(change, 'en')).not.toMatch(/[{}]{2}|undefined|\[object/);
      expect(tellChange(change, 'zh')).toMatch(/[\u4e00-\u9fff]/);
    }
  });
});
