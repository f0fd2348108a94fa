import type { Federation, RosterScope } from '@cohortium/federation';
import { Frozen } from '@cohortium/kernel';
import { fitBatches } from '../batches/fit.js';
import type { BatchFit, BatchFitOptions, BatchNames } from '../batches/fit.js';
import { tableBatchQueries } from '../batches/queries.js';
import type { BatchSpec } from '../batches/spec.js';
import { harmonizationErrors } from '../errors.js';
import { fitComponents } from './components.js';
import type { ComponentRule, Components } from './components.js';
import type { CrossingStars } from './residuals.js';
import { scoreQueries } from './scores.js';
import type { FittedCovbat, ScoreRecipe } from './scores.js';

/** Columns beyond which the cross products would not fit one message: 2000 columns are 2 million sums, 32 MB. */
const mostColumns = 2000;

/** How CovBat is fitted. */
export interface CovbatOptions {
  readonly combat: BatchFitOptions;
  readonly components: ComponentRule;
  readonly scoreEb: boolean;
  readonly scoreParametric: boolean;
}

/** A fitted CovBat with what a result shows of it. */
export interface CovbatFit {
  readonly fitted: FittedCovbat;
  readonly combat: BatchFit;
  readonly components: Components;
  readonly scores: BatchFit;
}

/**
 * CovBat: ComBat, principal components of the residuals from their cross products, and a second ComBat (without covariates) of the scores
 * of the leading ones.
 * @throws as `fitBatches`; `HARMONIZATION.TOO_MANY_FEATURES`
 * Source: Chen et al., Human Brain Mapping 2022, doi 10.1002/hbm.25688.
 */
export async function fitCovbat(
  federation: Federation,
  spec: BatchSpec,
  names: BatchNames,
  options: CovbatOptions,
  scope: RosterScope,
): Promise<CovbatFit> {
  if (spec.features.length > mostColumns)
    throw harmonizationErrors.error('HARMONIZATION.TOO_MANY_FEATURES', { features: spec.features.length, most: mostColumns });
  const combat = await fitBatches(federation, tableBatchQueries, new Frozen(spec), names, options.combat, scope);
  const fitted = { spec, model: combat.model.value, crossing: starsOf(combat) };
  const components = await fitComponents(federation, new Frozen(fitted), options.components, scope);
  const { center, scale, rotation } = components;
  const recipe: ScoreRecipe = { fitted, center, scale, rotation };
  const scoreOptions: BatchFitOptions = {
    ...options.combat,
    eb: options.scoreEb,
    parametric: options.scoreParametric,
    meanOnly: false,
    reference: null,
  };
  const scores = await fitBatches(
    federation,
    scoreQueries,
    new Frozen(recipe),
    { levels: names.levels, covariates: [] },
    scoreOptions,
    scope,
  );
  return { fitted: { recipe, scoreModel: scores.model.value, scoreCrossing: starsOf(scores) }, combat, components, scores };
}

function starsOf(fit: BatchFit): CrossingStars[] {
  return [...fit.crossingEffects].map(([batch, { effects }]) => ({ batch, gammaStar: effects.gammaStar, deltaStar: effects.deltaStar }));
}
