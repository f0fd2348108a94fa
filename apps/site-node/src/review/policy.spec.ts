import { checkProtocol } from '@cohortium/protocol';
import type { Protocol } from '@cohortium/protocol';
import { describe, expect, it } from 'vitest';
import { applyPolicy, parsePolicy } from './policy.js';

const text = { en: 'A test', zh: '测试' };
const eligibility = 'statistics.eligibility@1';
const hash = 'a'.repeat(64);

function protocolWith(clause: object): Protocol {
  return checkProtocol({
    schemaVersion: 1,
    study: 'her2',
    version: '1.0.0',
    title: text,
    endpoint: { name: 'y', label: text, column: 'y', positive: [1], negative: [0] },
    features: { all: true },
    sites: { training: ['A', 'B', 'C'] },
    analysis: { models: [{ id: 'm', alpha: 0, penalty: { rule: 'fixed', lambda: 1 } }], primaryModel: 'm' },
    validation: { leaveOneSiteOut: { enabled: false } },
    clauses: [
      { clauseId: 'who', purpose: text, operations: [eligibility], kind: 'siteSummary', scope: 'all', minParticipantsPerSite: 0 },
      { clauseId: 'sum', purpose: text, operations: ['test.mean@1'], kind: 'sum', scope: 'training', ...clause },
    ],
  });
}

const verdict = (yaml: string | undefined, clause: object = {}) =>
  applyPolicy(parsePolicy(yaml).policy, protocolWith(clause), hash, eligibility);

describe('the operator policy', () => {
  it('approves nothing where there is no file, or an empty one', () => {
    expect(verdict(undefined)).toEqual({ decision: 'waiting', reason: 'waitingForOperator' });
    expect(verdict('')).toEqual({ decision: 'waiting', reason: 'waitingForOperator' });
  });

  it('approves what lies within every bound', () => {
    expect(verdict('approve: {studies: [her2]}')).toEqual({ decision: 'approved', reason: 'withinPolicy' });
    expect(verdict('approve: {studies: any}')).toEqual({ decision: 'approved', reason: 'withinPolicy' });
    expect(verdict(`approve: {studies: any, operations: [test.mean@1, ${eligibility}]}`).decision).toBe('approved');
  });

  it.each([
    ['another study', 'approve: {studies: [er]}', {}],
    ['another kind', 'approve: {studies: any, kinds: [siteSummary]}', {}],
    ['an operation that is not listed', 'approve: {studies: any, operations: [test.other@1]}', {}],
    ['fewer participants', 'approve: {studies: any}', { minParticipantsPerSite: 9 }],
    ['no cap on parameters', 'approve: {studies: any}', { maxParametersPerRow: null }],
    ['a smaller cell in a summary', 'approve: {studies: any}', { kind: 'siteSummary', minCell: 4 }],
  ])('waits for %s, or refuses it where the operator says so', (_, yaml, clause) => {
    expect(verdict(yaml, clause)).toEqual({ decision: 'waiting', reason: 'waitingForOperator' });
    expect(verdict(`${yaml}\notherwise: refuse`, clause)).toEqual({ decision: 'refused', reason: 'beyondPolicy' });
  });

  it('lets exceptions pass only where they are allowed', () => {
    const allowed = 'approve: {studies: any, allowExceptions: true}';
    expect(verdict(allowed, { maxParametersPerRow: null }).decision).toBe('approved');
    expect(verdict(allowed, { kind: 'siteSummary', minCell: 0 }).decision).toBe('approved');
    expect(verdict(allowed, { minParticipantsPerSite: 9 }).decision).toBe('waiting');
  });

  it('puts a single decision before the rules', () => {
    expect(verdict(`decisions: {${hash}: approve}`)).toEqual({ decision: 'approved', reason: 'byOperator' });
    expect(verdict(`approve: {studies: any}\ndecisions: {${hash}: refuse}`)).toEqual({ decision: 'refused', reason: 'refusedByOperator' });
  });

  it.each([
    'approve: 3',
    'approve: {}',
    'aprove: {studies: any}',
    'approve: {studies: any, minCell: -1}',
    ': [',
    'decisions: {abc: approve}',
  ])('refuses %j by a typed error', (yaml) => {
    expect(() => parsePolicy(yaml)).toThrow(expect.objectContaining({ code: 'SITE.BAD_POLICY' }));
  });

  it('has one hash for one meaning', () => {
    expect(parsePolicy('approve: {studies: any}').policyHash).toBe(
      parsePolicy('# a note\napprove:\n  studies: any\n  minCell: 5\n').policyHash,
    );
    expect(parsePolicy('approve: {studies: any, minCell: 6}').policyHash).not.toBe(parsePolicy('approve: {studies: any}').policyHash);
  });
});
