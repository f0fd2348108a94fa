import { readFileSync } from 'node:fs';
import { checkProtocol, parseProtocol } from '@cohortium/protocol';
import type { Protocol } from '@cohortium/protocol';
import { syntheticCohort } from '@cohortium/synth';
import type { SyntheticCohort } from '@cohortium/synth';
import { prepareStudy } from '../../apps/cli/src/cohort/prepare-cohort.js';
import type { PreparedStudy } from '../../apps/cli/src/cohort/prepare-cohort.js';

const defaultProtocol = new URL('../../protocols/her2-radiomics/protocol.yaml', import.meta.url);
const featureCount = 10;

/** Three training hospitals and an external one, 60 participants each. */
export function smallCohort(): SyntheticCohort {
  const training = ['S1', 'S2', 'S3'].map((id) => ({ id, role: 'training' as const, participants: 60 }));
  return syntheticCohort({
    seed: 7,
    featureCount: 12,
    prevalence: 0.35,
    effects: [1, -0.8, 0.6],
    sites: [...training, { id: 'S4', role: 'external', participants: 60 }],
  });
}

/** The default study cut down to what a test with real processes needs: ten features, three folds, no leave-one-site-out. */
export function smallProtocol(cohort: SyntheticCohort): Protocol {
  const base = parseProtocol(readFileSync(defaultProtocol, 'utf8'), 'protocol.yaml');
  const columns = cohort.features.split('\n', 1)[0]?.split(',').slice(2) ?? [];
  const [model] = base.analysis.models;
  return checkProtocol({
    ...base,
    study: 'small-study',
    features: { list: columns.slice(0, featureCount) },
    sites: { minTraining: 3, external: ['S4'] },
    analysis: { ...base.analysis, models: [{ ...model, penalty: { rule: 'crossValidation', folds: 3, count: 8, minRatio: 0.1 } }] },
    validation: { scoreGrid: 1000, leaveOneSiteOut: { enabled: false } },
    clauses: base.clauses
      .filter(({ clauseId }) => !['leave-one-site-out', 'held-out-performance'].includes(clauseId))
      .map((clause) => ({ ...clause, minSites: Math.min(clause.minSites, 3) })),
  });
}

/** Both together, ready to run. */
export function smallStudy(): PreparedStudy {
  const cohort = smallCohort();
  return prepareStudy(
    smallProtocol(cohort),
    { features: cohort.features, clinical: cohort.clinical },
    { external: ['S4'], synthetic: true },
  );
}
