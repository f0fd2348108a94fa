import { readFileSync } from 'node:fs';
import { checkProtocol, parseProtocol } from '@cohortium/protocol';
import type { Protocol } from '@cohortium/protocol';
import { syntheticCohort } from '@cohortium/synth';
import { describe, expect, it } from 'vitest';
import { prepareStudy } from '../../apps/cli/src/cohort/prepare-cohort.js';
import { simulateStudy } from '../../apps/cli/src/simulation/simulate-study.js';
import { compareResults } from './methods/compare.js';

const file = new URL('../../protocols/her2-arms/protocol.yaml', import.meta.url);

/** What a clause must allow besides for features to be selected. */
const selectionOperations: Readonly<Record<string, string[]>> = {
  model: ['statistics.prepared-moments@1', 'statistics.prepared-products@1'],
  'leave-one-site-out': ['loso.prepared-moments@1', 'loso.prepared-products@1'],
};

/** Hashes of numbers that differ in their last bits differ altogether. */
const numbers = (value: unknown) => JSON.parse(JSON.stringify(value).replace(/"[0-9a-f]{64}"/g, '"hash"')) as never;
// Scales: 1 for standardized coefficients and probabilities; age has a variance near 100.
const scales = [[/medians|center|scale|characteristics/i, 100]] as const;

/** The study with arms, small: four training hospitals, a short path, some empty cells in the clinical table. */
function study(selection: Protocol['analysis']['selection'] = []) {
  const sites = ['S1', 'S2', 'S3', 'S4', 'X1'].map((id) => ({
    id,
    role: id === 'X1' ? ('external' as const) : ('training' as const),
    participants: 60,
  }));
  const cohort = syntheticCohort({ seed: 11, featureCount: 12, prevalence: 0.35, effects: [1, -0.8, 0.6], sites });
  const clinical = cohort.clinical
    .split('\n')
    .map((line, k) => (k > 0 && k % 17 === 0 ? line.replace(/,(pre|post),/, ',,') : line))
    .join('\n');
  const base = parseProtocol(readFileSync(file, 'utf8'), 'protocol.yaml');
  const protocol = checkProtocol({
    ...base,
    features: { list: cohort.features.split('\n', 1)[0]?.split(',').slice(2, 12) },
    sites: { minTraining: 4, external: ['X1'] },
    analysis: {
      ...base.analysis,
      selection,
      models: base.analysis.models.map((model) =>
        model.penalty.rule === 'fixed' ? model : { ...model, penalty: { ...model.penalty, folds: 3, count: 8 } },
      ),
    },
    clauses: base.clauses.map((clause) =>
      selection.length > 0 && selectionOperations[clause.clauseId] !== undefined
        ? { ...clause, operations: [...clause.operations, ...(selectionOperations[clause.clauseId] as string[])] }
        : clause,
    ),
    validation: { ...base.validation, leaveOneSiteOut: { enabled: true, penalty: { rule: 'finalModel' } } },
  });
  return prepareStudy(protocol, { features: cohort.features, clinical }, { external: ['X1'], synthetic: true });
}

describe('a study with arms', () => {
  it('fits each model on its own inputs, never harmonizes clinical ones, compares on identical participants, and equals the pooled study', async () => {
    const prepared = study();
    const { science } = await simulateStudy(prepared, false, () => undefined);
    const pooled = (await simulateStudy(prepared, true, () => undefined)).science;
    expect(compareResults(numbers(science), numbers(pooled), scales).largest).toBeLessThan(1e-9);

    const isClinical = (feature: string) => feature.startsWith('clinical:');
    const used = (id: string) =>
      science.models.find((model) => model.id === id)?.terms.filter(({ coefficient }) => coefficient !== 0) ?? [];
    expect(used('clinical').map(({ feature }) => feature)).toEqual([
      'clinical:age_years',
      'clinical:menopause=post',
      'clinical:er=1',
      'clinical:pr=1',
    ]);
    expect(used('radiomics').length).toBeGreaterThan(0);
    expect(used('radiomics').some(({ feature }) => isClinical(feature))).toBe(false);
    expect(used('combined').some(({ feature }) => !isClinical(feature))).toBe(true);

    const { harmonization, preparation } = science;
    if (harmonization.method !== 'combat') throw new Error('not harmonized');
    expect(harmonization.passedThrough).toEqual(preparation.features.filter(isClinical));
    preparation.features.forEach((feature, j) => {
      if (isClinical(feature)) expect([harmonization.grandMean[j], harmonization.varPooled[j]]).toEqual([0, 1]);
    });
    // A category that is missing gets the share of its level.
    const post = preparation.features.indexOf('clinical:menopause=post');
    expect(preparation.medians[post]).toBe(preparation.center[post]);

    const loso = science.leaveOneSiteOut;
    if (loso.state !== 'ok' || loso.value.evaluation.comparisons.state !== 'ok') throw new Error('no comparisons');
    const { comparisons, pooled: together } = loso.value.evaluation;
    expect(comparisons.value.map(({ models }) => models.join(' '))).toEqual([
      'combined radiomics',
      'combined clinical',
      'radiomics clinical',
    ]);
    if (together.state !== 'ok') throw new Error('no pooled evaluation');
    expect(Object.values(together.value).map(({ participants }) => participants)).toEqual(
      Array.from({ length: 3 }, () => science.trainingParticipants),
    );
  }, 120_000);

  it.each<[string, Protocol['analysis']['selection'], (left: number) => boolean]>([
    [
      'correlation, then mRMR',
      [
        { rule: 'correlation', cutoff: 0.6, priority: 'outcome' },
        { rule: 'mrmr', count: 4, criterion: 'MID' },
      ],
      (left) => left === 4,
    ],
    ['single tests', [{ rule: 'univariate', test: 'welch', adjust: 'none', alpha: 0.3 }], (left) => left > 0 && left < 10],
  ])(
    'selects features by %s in training alone, anew without each site, and equals the pooled study',
    async (_, selection, expected) => {
      const prepared = study(selection);
      const { science } = await simulateStudy(prepared, false, () => undefined);
      const pooled = (await simulateStudy(prepared, true, () => undefined)).science;
      expect(compareResults(numbers(science), numbers(pooled), scales).largest).toBeLessThan(1e-9);
      if (science.selection.state !== 'ok' || science.leaveOneSiteOut.state !== 'ok') throw new Error('nothing selected');
      const { steps, features } = science.selection.value;
      expect(steps.map(({ rule }) => rule)).toEqual(selection.map(({ rule }) => rule));
      expect(expected(steps.at(-1)?.left as number)).toBe(true);
      for (const { id, terms } of science.models) {
        const used = terms.filter(({ coefficient }) => coefficient !== 0).map(({ feature }) => feature);
        expect(
          used.filter((feature) => !features.includes(feature)),
          id,
        ).toEqual([]);
      }
      const perSite = science.leaveOneSiteOut.value.sites.map(({ selected }) => selected?.join());
      expect(new Set(perSite).size).toBeGreaterThan(1);
    },
    120_000,
  );
});
