import { hashJson } from '@cohortium/kernel';
import type { Sha256 } from '@cohortium/kernel';
import { z } from 'zod';
import { isPreset, settingsPresets } from '../settings/presets.js';
import { resolveExtractionSettings } from '../settings/resolve.js';
import type { ExtractionSettings } from '../settings/resolve.js';
import { settingsErrors } from '../settings/errors.js';

/** Names of images and regions become part of feature names. */
const name = z.string().regex(/^[A-Za-z][A-Za-z0-9]{0,31}$/);
const phase = z.int().min(0).max(1000).describe('Place of the phase in time; 0 is the first, before contrast');
const sequence = z.string().min(1).optional().describe('Whose rules in the settings hold; the name of the image where left out');

const image = z.discriminatedUnion('from', [
  z.strictObject({ from: z.literal('t1'), sequence }),
  z.strictObject({ from: z.literal('t2w'), sequence }),
  z.strictObject({ from: z.literal('dce'), phase, sequence }),
  z.strictObject({ from: z.literal('subtraction'), phase, sequence }).describe('A phase after contrast minus the mean before it'),
  z.strictObject({ from: z.literal('percentEnhancement'), phase, sequence }),
  z.strictObject({ from: z.literal('signalEnhancementRatio'), early: phase, late: phase.optional(), sequence }),
  z.strictObject({ from: z.enum(['washIn', 'washOut', 'timeToPeak']), sequence }),
  z.strictObject({ from: z.enum(['ktrans', 'kep', 've', 'vp']), sequence }),
  z.strictObject({ from: z.literal('dwi'), bValue: z.number().min(0), sequence }),
  z
    .strictObject({ from: z.literal('adc'), origin: z.enum(['computed', 'vendor', 'either']).default('computed'), sequence })
    .describe('10^-6 mm^2/s; `either` computes where there are diffusion images and takes the map of the scanner elsewhere'),
]);

const kinetics = z
  .strictObject({
    model: z.enum(['tofts', 'extendedTofts', 'patlak']).default('extendedTofts'),
    input: z.enum(['parker', 'georgiou']).default('parker').describe('Population arterial input'),
    hematocrit: z.number().gt(0).lt(1).default(0.42),
    t1Ms: z.number().gt(0).default(1400).describe('T1 before contrast, one for all voxels'),
    relaxivityPerMmS: z.number().gt(0).default(4.5),
    arrivalSeconds: z
      .number()
      .min(0)
      .max(120)
      .default(0)
      .describe(
        'From the injection to the arrival of the bolus; the injection is what the headers say, else the end of the last phase before contrast',
      ),
  })
  .describe('How Ktrans, kep, ve and vp are made from the dynamic series');

const triple = z.tuple([z.number(), z.number(), z.number()]);

const region = z.union([
  z
    .strictObject({
      functionalTumor: z.strictObject({
        box: z
          .union([
            z.strictObject({ segment: z.int().min(1).describe('Bounding box of a segment') }),
            z.strictObject({ fromMm: triple, toMm: triple }).describe('Two corners, LPS millimeters'),
          ])
          .optional()
          .describe('Where the tumor is sought; the whole dynamic series where left out'),
        percentEnhancement: z.number().gt(0).default(70),
        backgroundShare: z.number().min(0).default(0.6),
        neighbors: z.int().min(0).max(26).default(4),
        minRatio: z.number().min(0).default(0).describe('Least signal enhancement ratio'),
      }),
    })
    .describe('Voxels of the dynamic series that enhance as tumor does (functional tumor volume); nobody has to draw it'),
  z.strictObject({ segment: z.int().min(1).describe('Number of the segment, or of the ROI of a structure set') }),
  z.strictObject({
    ring: name.describe('Region around which it lies'),
    fromMm: z.number().min(0).default(0),
    toMm: z.number().gt(0),
  }),
]);

/** What is extracted from every case of a study: images, regions and settings. */
export const casePlanSchema = z
  .strictObject({
    schemaVersion: z.literal(1).default(1),
    name: z.string().min(1).max(64),
    settings: z.union([z.string(), z.looseObject({})]).describe('A preset or a settings document'),
    images: z.record(name, image).describe('By the name that features begin with'),
    regions: z.record(name, region).describe('By the name that follows'),
    kinetics: kinetics.prefault({}),
  })
  .describe('Extraction plan');

/** A plan with every default written out. */
export type CasePlan = z.output<typeof casePlanSchema>;
/** How one image of a plan is made. */
export type PlannedImage = CasePlan['images'][string];
/** How one region of a plan is made. */
export type PlannedRegion = CasePlan['regions'][string];

/** A plan with the settings of each of its images. */
export interface ResolvedPlan {
  readonly plan: CasePlan;
  readonly settings: ReadonlyMap<string, ExtractionSettings>;
  /** SHA-256 of plan and settings in canonical form, every default written out: what a protocol binds. */
  readonly hash: Sha256;
}

/**
 * Parses a plan and resolves the settings of its images.
 * @throws `RADIOMICS.BAD_PLAN`, `RADIOMICS.BAD_SETTINGS`, `RADIOMICS.UNKNOWN_SEQUENCE`, `RADIOMICS.SETTINGS_CONFLICT`
 */
export function resolveCasePlan(document: unknown): ResolvedPlan {
  const parsed = casePlanSchema.safeParse(document);
  if (!parsed.success) {
    const issue = parsed.error.issues[0] as z.core.$ZodIssue;
    throw settingsErrors.error('RADIOMICS.BAD_PLAN', { path: issue.path.map(String).join('.') || '(root)', reason: issue.message });
  }
  const plan = parsed.data;
  const bad = (path: string, reason: string) => settingsErrors.error('RADIOMICS.BAD_PLAN', { path, reason });
  for (const [key, planned] of Object.entries(plan.regions)) {
    if (!('ring' in planned)) continue;
    const center = plan.regions[planned.ring];
    if (center === undefined || 'ring' in center) throw bad(`regions.${key}.ring`, 'no region that is not a ring itself');
    if (planned.toMm <= planned.fromMm) throw bad(`regions.${key}.toMm`, 'not above fromMm');
  }
  if (Object.keys(plan.images).length === 0) throw bad('images', 'empty');
  if (Object.keys(plan.regions).length === 0) throw bad('regions', 'empty');
  if (typeof plan.settings === 'string' && !isPreset(plan.settings)) throw bad('settings', 'no preset of this name');
  const settingsDocument =
    typeof plan.settings === 'string' ? settingsPresets[plan.settings as keyof typeof settingsPresets] : plan.settings;
  const settings = new Map(
    Object.entries(plan.images).map(([key, { sequence: asked }]) => [key, settingsOf(settingsDocument, key, asked)]),
  );
  return { plan, settings, hash: hashJson({ plan, settings: Object.fromEntries(settings) }) };
}

/** Rules of the sequence that is asked for; without asking, those of the image's name where the settings have some. */
function settingsOf(document: unknown, image: string, asked: string | undefined): ExtractionSettings {
  if (asked !== undefined) return resolveExtractionSettings(document, asked);
  const sequences = (document as { readonly sequences?: Readonly<Record<string, unknown>> }).sequences ?? {};
  return resolveExtractionSettings(document, Object.hasOwn(sequences, image) ? image : undefined);
}
