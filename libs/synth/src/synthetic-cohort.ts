import { logistic } from '@cohortium/numerics';
import type { SeededRandom } from '@cohortium/numerics';
import { biology, expectedAuc, interceptFor, linearPredictors, scaleFor } from './biology.js';
import { clinicalCsv, dictionaryCsv, featuresCsv, sitesCsv } from './csv.js';
import { featureCatalog } from './feature-catalog.js';
import type { CohortFeature, CohortSite, Participant, SiteTruth } from './cohort.js';
import { completeOptions, stream } from './options.js';
import type { CompleteOptions, SyntheticOptions } from './options.js';
import { scannerEffects, scannerOf } from './scanner.js';

/** Everything about a synthetic cohort that no real one would tell. */
export interface SyntheticTruth {
  /** Expected AUC of the true probabilities over pairs within hospitals; what a perfect analysis could reach. */
  readonly achievableAuc: number;
  /** True model: log odds = intercept of the site + sum of coefficient x biological value (SD units, before any scanner). */
  readonly informative: readonly { readonly feature: string; readonly coefficient: number }[];
  /** Reference scanner, by feature: `raw = center + sd * (ageEffect * (age - 55) / 10 + location + scale * value)`. */
  readonly features: readonly {
    readonly feature: string;
    readonly center: number;
    readonly sd: number;
    readonly ageEffect: number;
    readonly missingShare: number;
    readonly lossy: boolean;
  }[];
  readonly sites: readonly SiteTruth[];
}

/** A cohort folder as texts, and what is true about it. */
export interface SyntheticCohort {
  /** features.csv: `patient_id,site,<features>`. */
  readonly features: string;
  /** clinical.csv: `patient_id,site,age_years,menopause,her2,er,pr,manufacturer,model,field_strength_T`. */
  readonly clinical: string;
  /** feature_dictionary.csv: `index,feature,group,lossy`. */
  readonly featureDictionary: string;
  /** sites.csv: `site,role,scanner,n`. */
  readonly sites: string;
  readonly truth: SyntheticTruth;
}

const meanAgeYears = 55;
const ageUnitYears = 10;
/** Share of participants without a HER-2 result: they have to be excluded, and counted. */
const missingOutcomeShare = 0.01;

/**
 * A made-up multi-center cohort with the troubles of real ones: scanner effects by hospital and feature, correlated and heavy-tailed
 * features over many powers of ten, missing cells and outcomes, prevalence and age that differ by hospital. Deterministic: the
 * same options give the same bytes everywhere.
 * @throws `SYNTH.BAD_OPTIONS`
 * @example syntheticCohort({ seed: 1 }).truth.achievableAuc // 0.78
 */
export function syntheticCohort(options: SyntheticOptions): SyntheticCohort {
  const complete = completeOptions(options);
  const features = cohortFeatures(complete);
  const pattern = informativePattern(complete, features);
  const prevalences = sitePrevalences(complete);
  const bare = complete.sites.map((site, index) => {
    const values = biology(stream(complete.seed, `biology ${site.id}`), site.participants, features);
    return { ...site, index, values, prevalence: prevalences[index] as number, eta: linearPredictors(values, features.length, pattern) };
  });
  const scale = scaleFor(bare, complete.targetAuc);
  const sites = bare.map((site) => {
    const eta = site.eta.map((x) => scale * x);
    return makeSite({ ...site, eta, intercept: interceptFor(eta, site.prevalence) }, features, complete.seed);
  });
  return {
    features: featuresCsv(features, sites),
    clinical: clinicalCsv(sites),
    featureDictionary: dictionaryCsv(features),
    sites: sitesCsv(sites),
    truth: {
      achievableAuc: expectedAuc(
        bare.map((site, i) => ({ eta: site.eta.map((x) => scale * x), intercept: (sites[i] as CohortSite).intercept })),
      ),
      informative: pattern.map(({ index, coefficient }) => ({
        feature: (features[index] as CohortFeature).name,
        coefficient: scale * coefficient,
      })),
      features: features.map(({ name, center, sd, ageEffect, missingShare, lossy }) => ({
        feature: name,
        center,
        sd,
        ageEffect,
        missingShare,
        lossy,
      })),
      sites: sites.map(({ site, role, prevalence, intercept, location, scale: scales }) => ({
        site,
        role,
        prevalence,
        intercept,
        location,
        scale: scales,
      })),
    },
  };
}

/** Chooses which features age moves, which have missing cells and which are stored coarsely. */
function cohortFeatures({ seed, featureCount, missingShare }: CompleteOptions): CohortFeature[] {
  const random = stream(seed, 'features');
  const lossyFrom = featureCount - 2;
  const gappy = new Set(sample(random, lossyFrom, Math.floor(featureCount / 5)));
  const worst = [...gappy].at(-1);
  return featureCatalog(featureCount).map((feature, j) => ({
    ...feature,
    ageEffect: random.uniform() < 0.25 ? 0.25 * random.normal() : 0,
    missingShare: !gappy.has(j) ? 0 : j === worst ? Math.min(0.6, 25 * missingShare) : 3 * missingShare,
    lossy: j >= lossyFrom,
  }));
}

/** Distinct integers below `bound`, in the order drawn. */
function sample(random: SeededRandom, bound: number, count: number): number[] {
  const drawn = new Set<number>();
  while (drawn.size < count) drawn.add(random.below(bound));
  return [...drawn];
}

/** Which features carry the outcome, with coefficients up to a common factor: neither coarse ones nor those with many gaps. */
function informativePattern(
  { seed, effects, missingShare }: CompleteOptions,
  features: readonly CohortFeature[],
): { index: number; coefficient: number }[] {
  const eligible = features.flatMap((feature, index) => (feature.lossy || feature.missingShare > 3 * missingShare ? [] : [index]));
  const chosen = sample(stream(seed, 'informative'), eligible.length, effects.length).sort((a, b) => a - b);
  return chosen.map((position, k) => ({ index: eligible[position] as number, coefficient: effects[k] as number }));
}

/** Prevalences spread evenly over 0.6 to 1.5 times the mean, dealt to the sites at random. */
function sitePrevalences({ seed, sites, prevalence }: CompleteOptions): number[] {
  const order = sample(stream(seed, 'prevalence'), sites.length, sites.length);
  return order.map((rank) => prevalence * (0.6 + (0.9 * (rank + 0.5)) / sites.length));
}

/** A site before its people are written down. */
interface BareSite {
  readonly id: string;
  readonly index: number;
  readonly role: 'training' | 'external';
  readonly participants: number;
  readonly prevalence: number;
  readonly intercept: number;
  readonly values: Float64Array;
  readonly eta: Float64Array;
}

function makeSite(site: BareSite, features: readonly CohortFeature[], seed: number): CohortSite {
  const effects = scannerEffects(stream(seed, `scanner ${site.id}`), features);
  const random = stream(seed, `participants ${site.id}`);
  const meanAge = meanAgeYears - 4 + 8 * random.uniform();
  const participants = Array.from({ length: site.participants }, (_, i): Participant => {
    const ageYears = Math.round(100 * Math.min(88, Math.max(24, meanAge + 11 * random.normal()))) / 100;
    const positive = random.uniform() < logistic(site.intercept + (site.eta[i] as number)) ? 1 : 0;
    const er = random.uniform() < (positive ? 0.58 : 0.78) ? 1 : 0;
    const pr = random.uniform() < (er ? 0.82 : 0.07) ? 1 : 0;
    const her2 = random.uniform() < missingOutcomeShare ? null : positive;
    const values = features.map((feature, j) => {
      const missing = random.uniform() < feature.missingShare;
      const moved = (effects.location[j] as number) + (effects.scale[j] as number) * (site.values[i * features.length + j] as number);
      const raw = feature.center + feature.sd * ((feature.ageEffect * (ageYears - meanAgeYears)) / ageUnitYears + moved);
      return missing ? null : raw;
    });
    return { id: `P-${site.id}-${String(i + 1).padStart(4, '0')}`, ageYears, her2, er, pr, values };
  });
  return {
    site: site.id,
    role: site.role,
    prevalence: site.prevalence,
    intercept: site.intercept,
    ...effects,
    scanner: scannerOf(site.index),
    participants,
  };
}
