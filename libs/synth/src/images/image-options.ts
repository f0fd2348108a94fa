import { parseSiteId } from '@cohortium/kernel';
import { synthErrors } from '../errors.js';

/** Form of the MR objects: one image each, many frames each, or as each scanner prefers. */
export type ImageForm = 'classic' | 'enhanced' | 'mixed';

/** One hospital of a cohort in images. */
export interface ImageSite {
  /** Site code, `[A-Za-z0-9_-]{1,32}`. */
  readonly id: string;
  readonly participants: number;
}

/** What a cohort in images should look like; everything but seed and sites has a default. */
export interface ImageCohortOptions {
  /** Unsigned 32-bit integer; the same seed and options give the same bytes on every machine. */
  readonly seed: number;
  readonly sites: readonly ImageSite[];
  /** Voxels of T2WI and DCE: columns, rows, slices. Default 64 x 64 x 16. */
  readonly size?: readonly [number, number, number];
  /** Default `mixed`. */
  readonly form?: ImageForm;
  /** Phases after contrast; one precedes them. Default 5. */
  readonly postPhases?: number;
  /** No noise, no coil, exact flip angles and gradients, more gray levels: for tests of whoever computes maps. Default false. */
  readonly ideal?: boolean;
  /** Share of blood that perfuses in DWI; 0 is mono-exponential. Default 0. */
  readonly perfusionFraction?: number;
  /** Mean share of HER-2 positive participants; hospitals lie between 0.8 and 1.2 times this. Default 0.4. */
  readonly prevalence?: number;
  /** Log odds of HER-2 per SD of the logarithm of Ktrans and of the ADC's heterogeneity, and for a positive estrogen receptor. */
  readonly effects?: { readonly ktrans: number; readonly adcHeterogeneity: number; readonly er: number };
}

/** Options with every default filled in. */
export type CompleteImageOptions = Required<ImageCohortOptions>;

/** @throws `SYNTH.BAD_OPTIONS`, `KERNEL.BAD_CODE` for a site code */
export function completeImageOptions(options: ImageCohortOptions): CompleteImageOptions {
  const complete: CompleteImageOptions = {
    seed: options.seed,
    sites: options.sites,
    size: options.size ?? [64, 64, 16],
    form: options.form ?? 'mixed',
    postPhases: options.postPhases ?? 5,
    ideal: options.ideal ?? false,
    perfusionFraction: options.perfusionFraction ?? 0,
    prevalence: options.prevalence ?? 0.4,
    effects: options.effects ?? { ktrans: 1.8, adcHeterogeneity: 1.5, er: -0.5 },
  };
  const demand = (holds: boolean, option: keyof ImageCohortOptions, value: string | number, reason: string) => {
    if (!holds) throw synthErrors.error('SYNTH.BAD_OPTIONS', { option, value, reason });
  };
  const whole = (value: number, least: number, most: number) => Number.isInteger(value) && value >= least && value <= most;
  const { seed, sites, size, postPhases, perfusionFraction, prevalence, effects } = complete;
  demand(whole(seed, 0, 0xffffffff), 'seed', seed, 'not an unsigned 32-bit integer');
  demand(whole(sites.length, 1, 200), 'sites', sites.length, 'not between 1 and 200');
  demand(new Set(sites.map((site) => site.id)).size === sites.length, 'sites', sites.length, 'one is named twice');
  for (const { id, participants } of sites) {
    parseSiteId(id);
    demand(whole(participants, 1, 9999), 'sites', participants, 'a site needs 1 to 9999 participants');
  }
  demand(whole(size[0], 16, 512) && whole(size[1], 16, 512), 'size', size.join('x'), 'rows and columns not between 16 and 512');
  demand(whole(size[2], 4, 256), 'size', size.join('x'), 'slices not between 4 and 256');
  demand(whole(postPhases, 2, 60), 'postPhases', postPhases, 'not between 2 and 60');
  demand(perfusionFraction >= 0 && perfusionFraction <= 0.5, 'perfusionFraction', perfusionFraction, 'not between 0 and 0.5');
  demand(prevalence > 0 && prevalence <= 0.7, 'prevalence', prevalence, 'not between 0 and 0.7');
  demand(Object.values(effects).every(Number.isFinite), 'effects', Object.values(effects).join(' '), 'not numbers');
  return complete;
}
