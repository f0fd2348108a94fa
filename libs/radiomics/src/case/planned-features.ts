import { describeExtraction } from '../extract.js';
import type { DescribedFeature } from '../extract.js';
import type { ExtractionSettings } from '../settings/resolve.js';
import type { CasePlan, ResolvedPlan } from './case-plan.schema.js';

/** A feature that a plan asks of every case. */
export interface PlannedFeature {
  /** `T2_tumor_` and the rest of the feature's name. */
  readonly name: string;
  readonly image: string;
  readonly region: string;
  readonly ibsiCode: string | null;
  readonly family: string;
  readonly unit: string;
}

/**
 * All features of a plan in a fixed order, each once: image by image, region by region, within them as they are extracted. They follow from the
 * plan alone, so that hospitals with one plan have the same columns, also those that lack a series.
 */
export function plannedFeatures({ plan, settings }: Pick<ResolvedPlan, 'plan' | 'settings'>): readonly PlannedFeature[] {
  const all = new Map<string, PlannedFeature>();
  for (const image of Object.keys(plan.images)) {
    const wanted = describeExtraction(settings.get(image) as ExtractionSettings).filter(({ family }) => isTakenFrom(family, image, plan));
    for (const region of Object.keys(plan.regions))
      for (const feature of wanted.map((one) => plannedFeature(one, image, region)))
        if (!all.has(feature.name)) all.set(feature.name, feature);
  }
  return [...all.values()];
}

const shapeFamilies: ReadonlySet<string> = new Set(['morphology', 'shape', 'shape2D']);

/** Features of shape describe the region: they come from the first image of the plan alone. */
export function isTakenFrom(family: string, image: string, { images }: Pick<CasePlan, 'images'>): boolean {
  return !shapeFamilies.has(family) || image === Object.keys(images)[0];
}

/** A feature under the name that it has in the table of a cohort. */
export function plannedFeature(
  { name, ibsiCode, family, aggregation, filter, unit }: DescribedFeature,
  image: string,
  region: string,
): PlannedFeature {
  // With the PyRadiomics profile a name holds filter and family already.
  const isWhole = name.startsWith(`${filter ?? 'original'}_${family}_`);
  const rest = isWhole
    ? name
    : [...(filter === null ? [] : [filter]), family, name, ...(aggregation === null ? [] : [aggregation.replaceAll(':', '-')])].join('_');
  return { name: `${image}_${region}_${rest}`, image, region, ibsiCode, family, unit };
}
