import { readFileSync } from 'node:fs';
import { checkProtocol, parseProtocol } from '@cohortium/protocol';
import { syntheticCohort } from '@cohortium/synth';
import { prepareStudy } from '../../apps/cli/src/cohort/prepare-cohort.js';
import type { PreparedStudy } from '../../apps/cli/src/cohort/prepare-cohort.js';

const defaultProtocol = new URL('../../protocols/her2-radiomics/protocol.yaml', import.meta.url);

/** The default study cut down to what a kill test needs: three training hospitals and an external one, ten features, no leave-one-site-out. */
export function smallStudy(): PreparedStudy {
  const training = ['S1', 'S2', 'S3'].map((id) => ({ id, role: 'training' as const, participants: 60 }));
  const cohort = syntheticCohort({
    seed: 7,
    featureCount: 12,
    prevalence: 0.35,
    effects: [1, -0.8, 0.6],
    sites: [...training, { id: 'S4', role: 'external', participants: 60 }],
  });
  const base = parseProtocol(readFileSync(defaultProtocol, 'utf8'), 'protocol.yaml');
  const columns = cohort.features.split('\n', 1)[0]?.split(',').slice(2, 12) ?? [];
  const [model] = base.analysis.models;
  const small = checkProtocol({
    ...base,
    study: 'kill-test',
    features: { list: columns },
    sites: { minTraining: 3, external: ['S4'] },
    analysis: { ...base.analysis, models: [{ ...model, penalty: { rule: 'crossValidation', folds: 3, count: 8, minRatio: 0.1 } }] },
    validation: { scoreGrid: 1000, leaveOneSiteOut: { enabled: false } },
    clauses: base.clauses
      .filter(({ clauseId }) => !['leave-one-site-out', 'held-out-performance'].includes(clauseId))
      .map((clause) => ({ ...clause, minSites: Math.min(clause.minSites, 3) })),
  });
  return prepareStudy(small, { features: cohort.features, clinical: cohort.clinical }, { external: ['S4'], synthetic: true });
}
