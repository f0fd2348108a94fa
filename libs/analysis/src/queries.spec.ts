import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { operationName } from '@cohortium/federation';
import { parseProtocol } from '@cohortium/protocol';
import { describe, expect, it } from 'vitest';
import { methods } from './methods/registry.js';
import { catalogue, fullQueries, leaveOneSiteOutQueries } from './queries.js';

const folder = join(import.meta.dirname, '../../../protocols');
const protocols = readdirSync(folder)
  .filter((name) => name !== 'schema')
  .map((name) => parseProtocol(readFileSync(join(folder, name, 'protocol.yaml'), 'utf8'), name));

describe('the methods of the catalogue', () => {
  it('have names of their own, and two that ask an operation of one name ask the same one', () => {
    const byName = new Map<string, unknown>();
    for (const { name, leaves } of methods.values()) {
      expect(name).toMatch(/^[a-z][a-z0-9-]*$/);
      for (const { query } of leaves) {
        const operation = operationName(query);
        expect(operation).toMatch(/^[a-z]+\.[a-z-]+@[0-9]+$/);
        expect(byName.get(operation) ?? query, `${name}: ${operation}`).toBe(query);
        byName.set(operation, query);
        expect(catalogue.get(operation), `${name}: ${operation}`).toBe(query);
      }
    }
  });
});

describe('the catalogue of operations', () => {
  // What a site may be asked at all: a name here is a decision, and a change of it a change of the wire.
  // Those of single methods (`cohortium operations`) come beside it.
  it('is this list for studies', () => {
    const ofMethods = new Set([...methods.values()].flatMap(({ leaves }) => leaves.map(({ query }) => operationName(query))));
    expect([...catalogue.keys()].filter((name) => !ofMethods.has(name)).sort()).toEqual([
      'harmonization.combat-cross-products@1',
      'harmonization.combat-location@1',
      'harmonization.component-products@1',
      'harmonization.site-differences@1',
      'harmonization.site-ellipses@1',
      'loso.centered-moments@1',
      'loso.combat-cross-products@1',
      'loso.combat-location@1',
      'loso.design-moments@1',
      'loso.first-moments@1',
      'loso.gram@1',
      'loso.grid-counts@1',
      'loso.held-out-cells@1',
      'loso.held-out-counts@1',
      'loso.held-out-curve-distances@1',
      'loso.held-out-curve-sums@1',
      'loso.held-out-placements@1',
      'loso.held-out-probability-sums@1',
      'loso.held-out-site-auc@1',
      'loso.held-out-site-calibration@1',
      'loso.held-out-site-thresholds@1',
      'loso.held-out@1',
      'loso.logistic-deviance@1',
      'loso.logistic-gradient@1',
      'loso.pairs@1',
      'loso.prepared-moments@1',
      'loso.prepared-products@1',
      'loso.rank-counts@1',
      'loso.score-moments@1',
      'loso.scores@1',
      'statistics.centered-moments@1',
      'statistics.characteristic-sums@1',
      'statistics.characteristics@1',
      'statistics.design-moments@1',
      'statistics.eligibility@1',
      'statistics.first-moments@1',
      'statistics.flow@1',
      'statistics.gram@1',
      'statistics.grid-counts@1',
      'statistics.logistic-deviance@1',
      'statistics.logistic-gradient@1',
      'statistics.prepared-moments@1',
      'statistics.prepared-products@1',
      'statistics.rank-counts@1',
      'validation.commit-harmonization@1',
      'validation.external-cells@1',
      'validation.external-counts@1',
      'validation.external-curve-distances@1',
      'validation.external-curve-sums@1',
      'validation.external-moments@1',
      'validation.external-pairs@1',
      'validation.external-placements@1',
      'validation.external-probability-sums@1',
      'validation.external-scores@1',
      'validation.external-site-auc@1',
      'validation.external-site-calibration@1',
      'validation.external-site-thresholds@1',
      'validation.external@1',
    ]);
  });

  it('names each operation as it names itself', () => {
    for (const [name, query] of catalogue) expect(operationName(query)).toBe(name);
  });

  it.each(protocols.map((protocol) => [protocol.study, protocol] as const))(
    'has every operation of %s, of the kind its clause says',
    (_, protocol) => {
      for (const { kind, operations } of protocol.clauses)
        for (const operation of operations) expect([operation, catalogue.get(operation)?.kind]).toEqual([operation, kind]);
    },
  );

  it('has the two families of one fit, operation for operation', () => {
    expect([fullQueries.family, leaveOneSiteOutQueries.family]).toEqual(['full', 'leaveOneSiteOut']);
    const names = ({ moments, gridCounts, rankCounts, combat, designMoments, elasticNet }: typeof fullQueries) =>
      [
        moments.first,
        moments.centered,
        gridCounts,
        rankCounts,
        combat.crossProducts,
        combat.location,
        designMoments,
        elasticNet.gram,
        elasticNet.gradient,
        elasticNet.deviance,
      ].map(({ operation }) => operation.split('.')[1]);
    expect(names(leaveOneSiteOutQueries)).toEqual(names(fullQueries));
  });
});
