import { parseSiteId, sha256 } from '@cohortium/kernel';
import { SeededRandom } from '@cohortium/numerics';
import { synthErrors } from './errors.js';

/** One hospital of a synthetic cohort. */
export interface SyntheticSite {
  /** Site code, `[A-Za-z0-9_-]{1,32}`. */
  readonly id: string;
  readonly role: 'training' | 'external';
  /** Number of participants, at least 2. */
  readonly participants: number;
}

/** What a synthetic cohort should look like; everything but the seed has a default. */
export interface SyntheticOptions {
  /** Unsigned 32-bit integer; the same seed and options give the same bytes on every machine. */
  readonly seed: number;
  /** Default: SITE_A to SITE_E for training with 90 to 160 participants each, drawn by the seed, and SITE_X, external, with 110. */
  readonly sites?: readonly SyntheticSite[];
  /** Features, at least 12. Default 60. */
  readonly featureCount?: number;
  /** Share of positive participants on average; hospitals lie between 0.6 and 1.5 times this. Default 0.2. */
  readonly prevalence?: number;
  /** Share of missing feature cells, about. They gather in a fifth of the features; one feature misses a quarter. Default 0.01. */
  readonly missingShare?: number;
  /** Relative coefficients of the informative features, in units of the most informative. Default: eight features. */
  readonly effects?: readonly number[];
  /** Expected AUC, within hospitals, of the true model; the coefficients are scaled to reach it. Default 0.78. */
  readonly targetAuc?: number;
}

/** Options with every default filled in. */
export type CompleteOptions = Required<SyntheticOptions>;

const defaultEffects = [1, -0.9, 0.85, -0.8, 0.7, 0.7, -0.6, 0.6];

/** @throws `SYNTH.BAD_OPTIONS`, `KERNEL.BAD_CODE` for a site code */
export function completeOptions(options: SyntheticOptions): CompleteOptions {
  const { seed } = options;
  const complete: CompleteOptions = {
    seed,
    sites: options.sites ?? defaultSites(seed),
    featureCount: options.featureCount ?? 60,
    prevalence: options.prevalence ?? 0.2,
    missingShare: options.missingShare ?? 0.01,
    effects: options.effects ?? defaultEffects,
    targetAuc: options.targetAuc ?? 0.78,
  };
  const demand = (holds: boolean, option: keyof SyntheticOptions, value: string | number, reason: string) => {
    if (!holds) throw synthErrors.error('SYNTH.BAD_OPTIONS', { option, value, reason });
  };
  const { sites, featureCount, prevalence, missingShare, effects, targetAuc } = complete;
  demand(Number.isInteger(seed) && seed >= 0 && seed <= 0xffffffff, 'seed', seed, 'not an unsigned 32-bit integer');
  demand(
    sites.length > 0 && new Set(sites.map((site) => site.id)).size === sites.length,
    'sites',
    sites.length,
    'no site, or one named twice',
  );
  for (const { id, participants } of sites) {
    parseSiteId(id);
    demand(Number.isInteger(participants) && participants >= 2, 'sites', participants, 'a site needs at least 2 participants');
  }
  demand(
    Number.isInteger(featureCount) && featureCount >= 12 && featureCount <= 5000,
    'featureCount',
    featureCount,
    'not between 12 and 5000',
  );
  demand(prevalence > 0 && prevalence <= 0.6, 'prevalence', prevalence, 'not between 0 and 0.6');
  demand(missingShare >= 0 && missingShare <= 0.1, 'missingShare', missingShare, 'not between 0 and 0.1');
  demand(effects.length > 0 && effects.length <= featureCount / 2, 'effects', effects.length, 'none, or more than half of the features');
  demand(
    effects.every(Number.isFinite) && effects.some((effect) => effect !== 0),
    'effects',
    effects.join(' '),
    'not numbers, or all zero',
  );
  demand(targetAuc >= 0.5 && targetAuc <= 0.95, 'targetAuc', targetAuc, 'not between 0.5 and 0.95');
  return complete;
}

function defaultSites(seed: number): SyntheticSite[] {
  const random = stream(seed, 'sites');
  const training = ['SITE_A', 'SITE_B', 'SITE_C', 'SITE_D', 'SITE_E'].map((id): SyntheticSite => ({
    id,
    role: 'training',
    participants: 90 + random.below(71),
  }));
  return [...training, { id: 'SITE_X', role: 'external', participants: 110 }];
}

/** An independent generator for one purpose, so that a change in one part of a cohort does not move the others. */
export function stream(seed: number, purpose: string): SeededRandom {
  return new SeededRandom(Number.parseInt(sha256(`${seed}/${purpose}`).slice(0, 8), 16));
}
