import type { Draft, ReleaseHistory } from '@cohortium/federation';
import { encodeFixedPoint, statisticWords, withheldReasons, wordBytes, unpackSummary } from '@cohortium/federation';
import { parseSiteId, sha256 } from '@cohortium/kernel';
import type { Json, Sha256 } from '@cohortium/kernel';
import { checkProtocol } from '@cohortium/protocol';
import type { Clause, Protocol } from '@cohortium/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createGate } from './gate.js';
import { Released } from './released.js';

const text = { en: 'x', zh: '某' };
const A = parseSiteId('A');
const training = ['A', 'B', 'C', 'D'].map(parseSiteId);
const external = ['X'].map(parseSiteId);

function protocolWith(clauses: readonly Partial<Clause>[], sites: object = { training, external }): Protocol {
  return checkProtocol({
    schemaVersion: 1,
    study: 'gate-test',
    version: '1.0.0',
    title: text,
    endpoint: { name: 'her2', label: text, column: 'her2', positive: [1], negative: [0] },
    features: { all: true },
    sites,
    analysis: { models: [{ id: 'lasso', alpha: 1, penalty: { rule: 'fixed', lambda: 0.1 } }], primaryModel: 'lasso' },
    validation: { leaveOneSiteOut: { enabled: false } },
    clauses: clauses.map((clause, index) => ({ clauseId: `c${index}`, purpose: text, ...clause })),
  });
}

const sumClause: Partial<Clause> = { clauseId: 'moments', operations: ['statistics.moments@1'], kind: 'sum', scope: 'training' };
const summaryClause: Partial<Clause> = {
  clauseId: 'performance',
  operations: ['validation.site-performance@1'],
  kind: 'siteSummary',
  scope: 'all',
} as const;
const protocol = protocolWith([sumClause, summaryClause]);

const nothingYet: ReleaseHistory = { find: () => undefined, countInRun: () => 0 };
const words = wordBytes(encodeFixedPoint(Float64Array.of(1, -2.5, 1e6), statisticWords, 'test'));

function sumDraft(changes: Partial<Draft> = {}): Draft {
  return {
    site: A,
    operation: 'statistics.moments@1',
    kind: 'sum',
    scope: { name: 'training', sites: training },
    releaseKey: sha256('request 1'),
    words,
    participantCount: 100,
    freeParameters: 0,
    scopeParticipantCount: 400,
    ...changes,
  };
}

const ok = (value: number, ...cells: number[]): Json => ({ state: 'ok', value, cells });
const performance: Json = { auc: ok(0.7, 20, 80), sensitivity: ok(0.9, 18, 2), specificity: ok(0.6, 48, 32) };

function summaryDraft(changes: Partial<Draft> = {}): Draft {
  const { words: _words, ...rest } = sumDraft();
  return {
    ...rest,
    operation: 'validation.site-performance@1',
    kind: 'siteSummary',
    summary: performance,
    scopeParticipantCount: 100,
    ...changes,
  };
}

function decide(draft: Draft, history = nothingYet, under = protocol) {
  const outcome = createGate({ protocol: under, site: A }).decide(draft, history);
  return outcome.state === 'released' ? outcome.released : outcome.reason;
}

describe('createGate', () => {
  it('releases the words of a sum unchanged, under the id of its clause', () => {
    const released = decide(sumDraft());
    if (!(released instanceof Released)) throw new Error(`withheld: ${released}`);
    const byteLength = words.length;
    expect({ ...released }).toEqual({ clauseId: 'moments', operation: 'statistics.moments@1', byteLength, sha256: sha256(words) });
    expect(released.bytes).toEqual(words);
  });

  it('releases a summary without cells, small figures withheld', () => {
    const released = decide(summaryDraft());
    if (!(released instanceof Released)) throw new Error(`withheld: ${released}`);
    expect(unpackSummary(released.bytes)).toEqual({
      auc: { state: 'ok', value: 0.7 },
      sensitivity: { state: 'withheld', reason: 'smallCell' },
      specificity: { state: 'ok', value: 0.6 },
    });
    expect(released.sha256).toBe(sha256(released.bytes));
  });

  it('decides the same for the same draft', () => {
    const [first, second] = [decide(summaryDraft()), decide(summaryDraft())] as [Released, Released];
    expect(second.bytes).toEqual(first.bytes);
  });

  it.each<[string, Partial<Draft>]>([
    ['another operation', { operation: 'statistics.rows@1' }],
    ['another version', { operation: 'statistics.moments@2' }],
    ['a scope without clause', { scope: { name: 'external', sites: external } }],
    ['a scope that does not exist', { scope: { name: 'everyone' as 'all', sites: training } }],
  ])('noClause: %s', (_, changes) => expect(decide(sumDraft(changes))).toBe('noClause'));

  it('noClause: two clauses for one operation and scope', () => {
    const twice: Protocol = { ...protocol, clauses: [...protocol.clauses, { ...(protocol.clauses[0] as Clause), clauseId: 'again' }] };
    expect(decide(sumDraft(), nothingYet, twice)).toBe('noClause');
  });

  it('wrongKind: a summary under the clause of a sum, a sum under that of a summary, an unknown kind', () => {
    expect(decide(summaryDraft({ operation: 'statistics.moments@1' }))).toBe('wrongKind');
    expect(decide(sumDraft({ operation: 'validation.site-performance@1' }))).toBe('wrongKind');
    expect(decide(sumDraft({ kind: 'rows' as 'sum' }))).toBe('wrongKind');
  });

  it.each<[string, string[]]>([
    ['fewer sites', ['A', 'B', 'C']],
    ['more sites', ['A', 'B', 'C', 'D', 'X']],
    ['other sites', ['A', 'B', 'C', 'E']],
    ['a site twice', ['A', 'B', 'C', 'C']],
    ['this site missing', ['B', 'C', 'D']],
    ['nobody', []],
  ])('wrongScope: %s', (_, sites) =>
    expect(decide(sumDraft({ scope: { name: 'training', sites: sites.map(parseSiteId) } }))).toBe('wrongScope'),
  );

  it('wrongScope: a draft of another site', () => expect(decide(sumDraft({ site: parseSiteId('B') }))).toBe('wrongScope'));

  it('a sum may leave out sites once, and then always the same ones', () => {
    const without = (...left: string[]) =>
      sumDraft({ scope: { name: 'training', sites: training.filter((site) => !left.includes(site)) } });
    const before: ReleaseHistory = { ...nothingYet, sitesOfSums: () => undefined };
    const after: ReleaseHistory = { ...nothingYet, sitesOfSums: (scope) => (scope === 'training' ? ['C', 'B', 'A'] : undefined) };
    expect(decide(without('D'), before)).toBeInstanceOf(Released);
    expect(decide(without('D'), after)).toBeInstanceOf(Released);
    expect(decide(sumDraft(), after)).toBe('wrongScope');
    expect(decide(without('C'), after)).toBe('wrongScope');
    expect(decide(without('C', 'D'), before)).toBe('tooFewSites');
  });

  it('a summary may be asked of some sites only', () => {
    expect(decide(summaryDraft({ scope: { name: 'training', sites: [A] } }))).toBeInstanceOf(Released);
    expect(decide(summaryDraft({ scope: { name: 'all', sites: [A, ...external] } }))).toBeInstanceOf(Released);
    expect(decide(summaryDraft({ scope: { name: 'external', sites: [A, ...external] } }))).toBe('wrongScope');
  });

  it('tooFewSites: for sums alone', () => {
    const strict = protocolWith([
      { ...sumClause, minSites: 5 },
      { ...summaryClause, minSites: 5 },
    ]);
    expect(decide(sumDraft(), nothingYet, strict)).toBe('tooFewSites');
    expect(decide(summaryDraft(), nothingYet, strict)).toBeInstanceOf(Released);
  });

  it('belowMinCount: at the border, for both kinds, and for what is no count', () => {
    expect(decide(sumDraft({ participantCount: 10 }))).toBeInstanceOf(Released);
    expect(decide(sumDraft({ participantCount: 9 }))).toBe('belowMinCount');
    expect(decide(summaryDraft({ participantCount: 9 }))).toBe('belowMinCount');
    expect(decide(sumDraft({ participantCount: Number.NaN }))).toBe('belowMinCount');
    const eligibility = protocolWith([{ ...summaryClause, minParticipantsPerSite: 0 }]);
    const few = decide(
      summaryDraft({ participantCount: 3, summary: { n: ok(3, 3), verdict: 'tooFew' } }),
      nothingYet,
      eligibility,
    ) as Released;
    expect(unpackSummary(few.bytes)).toEqual({ n: { state: 'withheld', reason: 'smallCell' }, verdict: 'tooFew' });
  });

  it('tooManyParameters: more than 0.2 per participant of the scope, unless the clause says otherwise', () => {
    expect(decide(sumDraft({ freeParameters: 80 }))).toBeInstanceOf(Released);
    expect(decide(sumDraft({ freeParameters: 81 }))).toBe('tooManyParameters');
    expect(decide(sumDraft({ freeParameters: Number.NaN }))).toBe('tooManyParameters');
    expect(decide(sumDraft({ freeParameters: 1, scopeParticipantCount: Number.POSITIVE_INFINITY }))).toBe('tooManyParameters');
    expect(
      decide(sumDraft({ freeParameters: 500 }), nothingYet, protocolWith([{ ...sumClause, maxParametersPerRow: null }])),
    ).toBeInstanceOf(Released);
  });

  it('tooLarge: the size as it would leave', () => {
    expect(decide(sumDraft(), nothingYet, protocolWith([{ ...sumClause, maxBytes: words.length }]))).toBeInstanceOf(Released);
    expect(decide(sumDraft(), nothingYet, protocolWith([{ ...sumClause, maxBytes: words.length - 1 }]))).toBe('tooLarge');
    const leaving = (decide(summaryDraft()) as Released).bytes.length;
    expect(leaving).toBe(512);
    expect(decide(summaryDraft(), nothingYet, protocolWith([{ ...summaryClause, maxBytes: 511 }]))).toBe('tooLarge');
    expect(decide(summaryDraft(), nothingYet, protocolWith([{ ...summaryClause, maxBytes: leaving }]))).toBeInstanceOf(Released);
  });

  it('tooMany: new content beyond the count of the clause; content that left already may be sent again', () => {
    const full: ReleaseHistory = { find: () => undefined, countInRun: (clauseId) => (clauseId === 'moments' ? 2000 : 0) };
    expect(decide(sumDraft(), full)).toBe('tooMany');
    expect(decide(summaryDraft(), full)).toBeInstanceOf(Released);
    expect(decide(sumDraft(), { ...full, find: () => sha256(words) })).toBeInstanceOf(Released);
    expect(decide(sumDraft(), { ...full, countInRun: () => Number.NaN })).toBe('tooMany');
  });

  it('contradictsEarlierRelease: other content under the same key', () => {
    const released = new Map<string, Sha256>([[sumDraft().releaseKey, sha256(words)]]);
    const history: ReleaseHistory = { find: (key) => released.get(key), countInRun: () => 1 };
    expect(decide(sumDraft(), history)).toBeInstanceOf(Released);
    const other = words.slice();
    other[0] = (other[0] as number) ^ 1;
    expect(decide(sumDraft({ words: other }), history)).toBe('contradictsEarlierRelease');
    expect(decide(sumDraft({ words: other, releaseKey: sha256('request 2') }), history)).toBeInstanceOf(Released);
  });

  it('ruleFailed: whatever throws withholds', () => {
    const broken = () => {
      throw new Error('disk');
    };
    expect(decide(sumDraft(), { find: broken, countInRun: () => 0 })).toBe('ruleFailed');
    expect(decide(sumDraft(), { find: () => undefined, countInRun: broken })).toBe('ruleFailed');
    expect(decide(sumDraft(), { ...nothingYet, sitesOfSums: broken })).toBe('ruleFailed');
    expect(decide(summaryDraft({ summary: { auc: { state: 'ok', value: 1, cells: ['many'] } } }))).toBe('ruleFailed');
    expect(decide(summaryDraft({ summary: { auc: Number.NaN } }))).toBe('ruleFailed');
    expect(decide(sumDraft({ scope: undefined as never }))).toBe('ruleFailed');
  });

  it('ruleFailed: content that is missing, of the other kind, or both', () => {
    const { words: _words, ...wordless } = sumDraft();
    expect(decide(wordless)).toBe('ruleFailed');
    expect(decide({ ...wordless, summary: performance })).toBe('ruleFailed');
    expect(decide(sumDraft({ summary: performance }))).toBe('ruleFailed');
    expect(decide(summaryDraft({ words }))).toBe('ruleFailed');
  });

  it('refuses a protocol that leaves its training sites open', () => {
    expect(() => createGate({ protocol: protocolWith([sumClause], { external }), site: A })).toThrow('PRIVACY.OPEN_ROSTER');
  });
});

describe('the gate under random drafts', () => {
  const site = fc.constantFrom('A', 'B', 'C', 'D', 'X', 'Y').map(parseSiteId);
  const scopeName = fc.constantFrom('training', 'external', 'all', 'constructor') as fc.Arbitrary<'training'>;
  const count = fc.oneof({ weight: 4, arbitrary: fc.nat(500) }, fc.constantFrom(Number.NaN, -1, 0.5, Number.POSITIVE_INFINITY));
  const operation = fc.constantFrom('statistics.moments@1', 'validation.site-performance@1', 'statistics.rows@1', '');
  const wild = fc.record({
    site,
    operation,
    kind: fc.constantFrom('sum', 'siteSummary', 'rows') as fc.Arbitrary<'sum'>,
    scope: fc.record({
      name: scopeName,
      sites: fc.oneof(fc.constant(training), fc.constant([...training, ...external]), fc.array(site, { maxLength: 6 })),
    }),
    words: fc.option(fc.uint8Array({ maxLength: 64 }), { nil: undefined }),
    summary: fc.constantFrom<Json | undefined>(undefined, performance, null, 'text', ok(1, 2)),
    participantCount: count,
    freeParameters: count,
    scopeParticipantCount: count,
  }) as fc.Arbitrary<Partial<Draft>>;
  const fields = [
    'site',
    'operation',
    'kind',
    'scope',
    'words',
    'summary',
    'participantCount',
    'freeParameters',
    'scopeParticipantCount',
  ] as const;
  // A good draft with some fields replaced: far from every border, and near it.
  const draft = fc
    .tuple(fc.constantFrom(sumDraft(), summaryDraft()), wild, fc.subarray([...fields], { maxLength: 3 }))
    .map(([good, other, replaced]): Draft => ({ ...good, ...Object.fromEntries(replaced.map((field) => [field, other[field]])) }));
  const clauses = fc.record({
    minSites: fc.integer({ min: 1, max: 6 }),
    minParticipantsPerSite: fc.nat(40),
    maxBytes: fc.integer({ min: 1, max: 400 }),
    maxPerRun: fc.integer({ min: 1, max: 3 }),
    maxParametersPerRow: fc.constantFrom(null, 0.2, 1),
  });
  const history = fc
    .record({ known: fc.constantFrom(undefined, undefined, sha256('other')), used: fc.constantFrom(0, 1, 2, 3, Number.NaN) })
    .map(({ known, used }): ReleaseHistory => ({ find: () => known, countInRun: () => used }));

  it('never throws, and what it releases satisfies every condition of its clause', () => {
    const released = { count: 0 };
    fc.assert(
      fc.property(draft, clauses, history, (some, limits, before) => {
        const under = protocolWith([
          { ...sumClause, secureAggregation: 'off', ...limits },
          { ...summaryClause, ...limits },
        ]);
        const outcome = createGate({ protocol: under, site: A }).decide(some, before);
        if (outcome.state === 'withheld') {
          expect(withheldReasons).toContain(outcome.reason);
          return;
        }
        released.count++;
        const clause = under.clauses.filter((c) => c.clauseId === outcome.released.clauseId);
        expect(clause).toHaveLength(1);
        const { operations, kind, scope } = clause[0] as Clause;
        expect([operations, kind]).toEqual([[some.operation], some.kind]);
        expect([scope, 'all']).toContain(scope === 'all' ? 'all' : some.scope.name);
        expect(some.site).toBe(A);
        expect(some.participantCount).toBeGreaterThanOrEqual(limits.minParticipantsPerSite);
        expect(outcome.released.bytes.length).toBeLessThanOrEqual(limits.maxBytes);
        expect(before.find(some.releaseKey)).toBeUndefined();
        expect(before.countInRun('')).toBeLessThan(limits.maxPerRun);
        if (limits.maxParametersPerRow !== null)
          expect(some.freeParameters).toBeLessThanOrEqual(limits.maxParametersPerRow * some.scopeParticipantCount);
        if (some.kind !== 'sum') return;
        expect(some.scope.sites.length).toBeGreaterThanOrEqual(limits.minSites);
        expect(new Set(some.scope.sites)).toEqual(new Set(training));
      }),
      { numRuns: 4000 },
    );
    expect(released.count).toBeGreaterThan(20);
  });

  it('takes no draft of another form', () => {
    fc.assert(
      fc.property(fc.anything(), (anything) => {
        expect(createGate({ protocol, site: A }).decide(anything as Draft, nothingYet).state).toBe('withheld');
      }),
    );
  });
});
