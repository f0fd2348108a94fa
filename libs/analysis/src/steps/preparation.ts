import { Frozen } from '@cohortium/kernel';
import { fitCombat } from '@cohortium/harmonization';
import type { CombatFit } from '@cohortium/harmonization';
import type { CombatReference, Harmonized, Imputation, Preparation } from '@cohortium/learning';
import { clinicalInputs } from '@cohortium/protocol';
import type { CombatSettings } from '@cohortium/protocol';
import { exactMedians, sampleSd, smoothedMedian } from '@cohortium/statistics';
import type { FirstMoments } from '@cohortium/statistics';
import { analysisErrors } from '../errors.js';
import type { FitContext } from './context.js';

/** A fitted preparation of one arm, with the counts it came from. */
export interface PreparedArm {
  readonly heldOut: string | null;
  readonly preparation: Preparation;
  readonly participants: number;
  readonly events: number;
  readonly leftOut: readonly { readonly feature: string; readonly reason: 'missing' | 'constant' }[];
  /** Share of missing cells of every candidate feature. */
  readonly missingShare: readonly number[];
}

/** Moments and medians of one arm, all candidate features. */
interface RawArm {
  readonly heldOut: string | null;
  readonly first: FirstMoments;
  readonly sd: Float64Array;
  readonly medians: Float64Array;
}

/** A feature whose SD is at most this share of its mean is constant but for rounding. */
const constantShare = 1e-10;
/**
 * A feature whose SD is smaller, in its own units, counts as constant: its squares come too close to the last bit of the sums
 * (2^-128), and what is left of the SD would depend on how many hospitals added to it.
 */
const smallestSd = 1e-14;
/** SD of a harmonized column, in units of the feature's SD before, below which harmonization has emptied it. */
const emptiedSd = 1e-6;

/** Fits imputation, harmonization and scaling on every arm side by side. @throws `STUDY.NO_FEATURES_LEFT`, `HARMONIZATION.*` */
export async function fitPreparations(context: FitContext, harmonizationBegins: () => void): Promise<PreparedArm[]> {
  const raw = await fitRaw(context);
  const selected = raw.map((arm) => selectFeatures(context, arm));
  harmonizationBegins();
  const harmonizations = await fitHarmonizations(
    context,
    selected.map((s) => s.imputation),
  );
  const arms = selected.map(({ imputation }, a) => ({
    heldOut: context.heldOut[a] as string | null,
    recipe: new Frozen({ ...imputation, harmonization: harmonizations[a] as Preparation['harmonization'] }),
  }));
  const { value: columns } = await context.federation.sum(
    context.queries.designMoments,
    { arms, centers: arms.map(({ recipe }) => harmonizedCenters(recipe.value)) },
    context.scope,
  );
  return raw.map((arm, a) => {
    const { mean, sd } = columns[a] as { mean: number[]; sd: number[] };
    const { leftOut, missingShare } = selected[a] as Selected;
    const preparation: Preparation = {
      ...(arms[a]?.recipe.value as Omit<Preparation, 'finalCenter' | 'finalScale' | 'clip'>),
      finalCenter: mean,
      // What is left of a column that differed only between hospitals is rounding; dividing by 1 keeps it near zero.
      finalScale: sd.map((s) => (s > emptiedSd ? s : 1)),
      clip: context.protocol.analysis.scaling.clip,
    };
    return { heldOut: arm.heldOut, preparation, participants: arm.first.participants, events: arm.first.events, leftOut, missingShare };
  });
}

/** Where harmonization puts the columns, about: at the grand means; without it they are standardized around zero. */
function harmonizedCenters({ features, harmonization }: Harmonized): Float64Array {
  return harmonization.method === 'combat' ? Float64Array.from(harmonization.grandMean) : new Float64Array(features.length);
}

async function fitRaw(context: FitContext): Promise<RawArm[]> {
  const { federation, queries, scope, heldOut } = context;
  const featureCount = context.protocol.featureList?.names.length ?? 0;
  const { value: firsts } = await federation.sum(queries.moments.first, { heldOut: [...heldOut], featureCount }, scope);
  const { value: centered } = await federation.sum(
    queries.moments.centered,
    { heldOut: [...heldOut], centers: firsts.map((f) => f.mean) },
    scope,
  );
  const sds = firsts.map((first, a) => sampleSd(centered[a] as (typeof centered)[number], first.observed));
  const medians = await fitMedians(context, firsts, sds);
  return firsts.map((first, a) => ({
    heldOut: heldOut[a] as string | null,
    first,
    sd: sds[a] as Float64Array,
    medians: medians[a] as Float64Array,
  }));
}

async function fitMedians(context: FitContext, firsts: readonly FirstMoments[], sds: readonly Float64Array[]): Promise<Float64Array[]> {
  const { federation, queries, scope, protocol } = context;
  const heldOut = [...context.heldOut];
  const { estimator, bins, smoothing } = protocol.analysis.imputation;
  if (estimator === 'exactMedian') {
    const arms = firsts.map(({ observed, mean }, a) => ({ observed, mean, sd: sds[a] as Float64Array }));
    return exactMedians(
      arms,
      async (thresholds, perFeature) => (await federation.sum(queries.rankCounts, { heldOut, thresholds, perFeature }, scope)).value,
    );
  }
  const lows = firsts.map(({ mean }, a) => mean.map((m, j) => m - ((sds[a] as Float64Array)[j] as number)));
  const widths = sds.map((sd) => sd.map((s) => (2 * s) / bins));
  const { value: grids } = await federation.sum(queries.gridCounts, { heldOut, lows, widths, bins }, scope);
  return grids.map((grid, a) =>
    Float64Array.from(grid, (counts, j) =>
      smoothedMedian(counts, (lows[a] as Float64Array)[j] as number, (widths[a] as Float64Array)[j] as number, smoothing),
    ),
  );
}

interface Selected {
  readonly imputation: Imputation;
  readonly leftOut: PreparedArm['leftOut'];
  readonly missingShare: readonly number[];
}

function selectFeatures({ protocol }: FitContext, { first, sd, medians }: RawArm): Selected {
  const names = protocol.featureList?.names ?? [];
  const limit = protocol.analysis.missingness.maxShare;
  // One division, so that a share equals the same share written in the protocol.
  const missingShare = names.map((_, j) => (first.participants - (first.observed[j] as number)) / first.participants);
  const leftOut: { feature: string; reason: 'missing' | 'constant' }[] = [];
  const kept: number[] = [];
  names.forEach((feature, j) => {
    if ((missingShare[j] as number) > limit || (first.observed[j] as number) < 2) leftOut.push({ feature, reason: 'missing' });
    else if (!((sd[j] as number) > Math.max(smallestSd, constantShare * Math.abs(first.mean[j] as number))))
      leftOut.push({ feature, reason: 'constant' });
    else kept.push(j);
  });
  if (kept.length === 0) {
    const missing = leftOut.filter((f) => f.reason === 'missing').length;
    throw analysisErrors.error('STUDY.NO_FEATURES_LEFT', { missing, constant: leftOut.length - missing });
  }
  const pick = (values: Float64Array) => kept.map((j) => values[j] as number);
  const indicators = new Set(clinicalInputs(protocol).flatMap(({ name, level }) => (level === undefined ? [] : [name])));
  return {
    imputation: {
      features: kept.map((j) => names[j] as string),
      // Half way between two levels lies nothing; the share of a level is its mean.
      medians: kept.map((j) => (indicators.has(names[j] as string) ? (first.mean[j] as number) : (medians[j] as number))),
      center: pick(first.mean),
      scale: pick(sd),
    },
    leftOut,
    missingShare,
  };
}

async function fitHarmonizations(context: FitContext, imputations: readonly Imputation[]): Promise<Preparation['harmonization'][]> {
  const settings = context.protocol.analysis.harmonization;
  if (settings.method === 'none') return imputations.map(() => ({ method: 'none' }));
  const clinical = new Set(clinicalInputs(context.protocol).map(({ name }) => name));
  const imaging = imputations.map((imputation) => withoutFeatures(imputation, clinical));
  if (imaging.some(({ features }) => features.length === 0)) return imputations.map(() => ({ method: 'none' }));
  const isJoint = settings.newSite === 'joint';
  const arms = imaging.map((imputation, a) => ({
    heldOut: isJoint ? null : (context.heldOut[a] as string | null),
    recipe: new Frozen(imputation),
  }));
  const { covariates, minBatch } = settings;
  const fits = await fitCombat(context.federation, context.queries.combat, { arms, covariates, scope: context.scope, minBatch });
  return fits.map((fit, a) => {
    const sites = isJoint ? [...context.scope.sites] : trainingSites(context, a);
    const reference = combatReference(fit, settings, imaging[a] as Imputation, sites);
    return withPassedThrough(reference, imputations[a] as Imputation, clinical);
  });
}

/** An imputation of the other features only. */
function withoutFeatures(imputation: Imputation, left: ReadonlySet<string>): Imputation {
  const kept = [...imputation.features.keys()].filter((j) => !left.has(imputation.features[j] as string));
  const pick = <T>(values: readonly T[]) => kept.map((j) => values[j] as T);
  const { features, medians, center, scale } = imputation;
  return { features: pick(features), medians: pick(medians), center: pick(center), scale: pick(scale) };
}

/** A reference over the imaging features, widened by clinical inputs, which it leaves as they are. */
function withPassedThrough(reference: CombatReference, { features }: Imputation, clinical: ReadonlySet<string>): CombatReference {
  if (clinical.size === 0) return reference;
  let at = 0;
  const places = features.map((name) => (clinical.has(name) ? -1 : at++));
  const widen = (values: readonly number[], neutral: number) => places.map((place) => (place < 0 ? neutral : (values[place] as number)));
  return {
    ...reference,
    beta: reference.beta.map((row) => widen(row, 0)),
    grandMean: widen(reference.grandMean, 0),
    varPooled: widen(reference.varPooled, 1),
    passedThrough: features.filter((name) => clinical.has(name) || reference.passedThrough.includes(name)),
  };
}

function trainingSites({ scope, heldOut }: FitContext, arm: number): string[] {
  return scope.sites.filter((site) => site !== heldOut[arm]);
}

function combatReference(fit: CombatFit, settings: CombatSettings, { features }: Imputation, sites: string[]): CombatReference {
  return {
    method: 'combat',
    sites,
    covariates: settings.covariates,
    beta: fit.beta,
    grandMean: fit.grandMean,
    varPooled: fit.varPooled,
    passedThrough: fit.passedThrough.map((j) => features[j] as string),
    // A hospital outside the study cannot join what is fitted already.
    newSite: settings.newSite === 'joint' ? 'frozenLocalEb' : settings.newSite,
    minBatch: settings.minBatch,
  };
}
