import type { CohortRows } from '@cohortium/federation';
import type { Frozen } from '@cohortium/kernel';
import type { BatchMoments } from '../empirical-bayes/parametric.js';
import { priorOf } from '../empirical-bayes/prior.js';
import { neutralBatch } from '../empirical-bayes/shrink.js';
import type { BatchEffects } from '../empirical-bayes/shrink.js';
import { harmonizationErrors } from '../errors.js';
import { mixedMoments } from './location.js';
import type { StandardScale } from './location.js';
import { mixedResiduals } from './model.js';
import type { MixedModel } from './model.js';

/**
 * Empirical Bayes of longCombat: a fixed number of steps from a first estimate, each variance from the location of the step before. The
 * fixed point is that of ComBat.
 * @param active features that are harmonized
 * Source: Beer et al., NeuroImage 2020, doi 10.1016/j.neuroimage.2020.117129; R package longCombat.
 */
export function shrinkSteps({ n, gammaHat, deltaHat, squares }: BatchMoments, active: readonly number[], steps: number): BatchEffects {
  const effects = neutralBatch(gammaHat.length);
  const { gammaStar, deltaStar } = effects;
  if (active.length === 0) return effects;
  if (active.length === 1) throw harmonizationErrors.error('HARMONIZATION.TOO_FEW_FEATURES', { features: 1 });
  const prior = priorOf(gammaHat, deltaHat, active);
  const { gammaBar, tau2, aPrior, bPrior } = prior;
  for (const f of active) {
    const count = n[f] as number;
    const mean = gammaHat[f] as number;
    effects.gammaHat[f] = mean;
    effects.deltaHat[f] = deltaHat[f] as number;
    const location = (delta: number) => (count * tau2 * mean + delta * gammaBar) / (count * tau2 + delta);
    const spread = (gamma: number) => (bPrior + ((squares[f] as number) + count * (mean - gamma) ** 2) / 2) / (count / 2 + aPrior - 1);
    let gamma = location(deltaHat[f] as number);
    let delta = spread(gamma);
    for (let step = 0; step < steps; step++) {
      const next = location(delta);
      delta = spread(gamma);
      gamma = next;
    }
    gammaStar[f] = gamma;
    deltaStar[f] = delta;
  }
  return { ...effects, prior, iterations: steps };
}

/** Features that are harmonized: those with an SD. */
export function scaledFeatures({ sd }: Pick<StandardScale, 'sd'>): number[] {
  return [...sd.keys()].filter((f) => sd[f] !== 0);
}

/** Effects of the batches within the rows of one site, by position; remembered. @throws `HARMONIZATION.TOO_FEW_FEATURES` */
export function longitudinalEffects(
  rows: CohortRows,
  model: Frozen<MixedModel>,
  scale: StandardScale,
): ReadonlyMap<number, { readonly rows: number; readonly effects: BatchEffects }> {
  const found = mixedResiduals(rows, model);
  const active = scaledFeatures(scale);
  return new Map(
    found.data.groups
      .filter(({ batch }) => !model.value.crossing.includes(batch))
      .map(({ batch, rows: own }) => [
        batch,
        { rows: own.length, effects: shrinkSteps(mixedMoments(found, own, scale), active, scale.steps) },
      ]),
  );
}

/**
 * Rows harmonized by longitudinal ComBat in raw units, row-major: sigma / sqrt(deltaStar) (z - gammaStar) + covariate effects + grand mean + the
 * participant's intercept. Features without SD stay as they are; rows that take no part are NaN.
 */
export function longitudinalRows(
  rows: CohortRows,
  model: Frozen<MixedModel>,
  scale: StandardScale,
  crossing: ReadonlyMap<number, Pick<BatchEffects, 'gammaStar' | 'deltaStar'>>,
): Float64Array {
  const { data, values, expected } = mixedResiduals(rows, model);
  const own = longitudinalEffects(rows, model, scale);
  const { center, scale: unit } = model.value.scaling;
  const p = data.columnCount;
  const active = scaledFeatures(scale);
  const out = Float64Array.from(data.values, (value, k) => (center[k % p] as number) + (unit[k % p] as number) * value);
  for (let i = 0; i < data.rowCount; i++) {
    const batch = data.batch[i] as number;
    const effects = data.fit[i] === 1 ? (own.get(batch)?.effects ?? crossing.get(batch)) : undefined;
    for (const f of active) {
      const at = i * p + f;
      if (!effects) {
        out[at] = NaN;
        continue;
      }
      const sd = scale.sd[f] as number;
      const z = ((values[at] as number) - (scale.grandMean[f] as number)) / sd;
      const harmonized = (sd * (z - (effects.gammaStar[f] as number))) / Math.sqrt(effects.deltaStar[f] as number);
      out[at] = (center[f] as number) + (unit[f] as number) * (harmonized + (expected[at] as number) + (scale.grandMean[f] as number));
    }
  }
  return out;
}
