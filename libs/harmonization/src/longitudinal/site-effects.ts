import { frozenSchema } from '@cohortium/federation';
import type { SummaryQuery } from '@cohortium/federation';
import { z } from 'zod';
import type { ZodType } from 'zod';
import { scaleSchema } from './location.js';
import type { MixedScaleParams } from './location.js';
import { mixedModelSchema } from './model.js';
import { longitudinalEffects } from './shrink.js';

const numbers = z.array(z.number());
const figure = z.union([
  z.strictObject({ state: z.literal('ok'), value: z.number() }),
  z.strictObject({ state: z.literal('withheld'), reason: z.string() }),
]);
const siteSchema = z.array(
  z.strictObject({ batch: z.int().min(0), rows: figure, gammaHat: numbers, deltaHat: numbers, gammaStar: numbers, deltaStar: numbers }),
);
/** Effects of the batches of one site, as it shows them. */
export type SiteMixedEffects = z.output<typeof siteSchema>;

/** `longitudinal-site-effects@1`: location and scale of each batch within a site, a site summary; harmonizing does not need it. */
export const mixedEffectsQuery: SummaryQuery<MixedScaleParams, SiteMixedEffects> = {
  kind: 'siteSummary',
  operation: 'harmonization.longitudinal-site-effects',
  version: 1,
  params: z.strictObject({ model: frozenSchema(mixedModelSchema), ...scaleSchema }) as unknown as ZodType<MixedScaleParams>,
  value: siteSchema,
  local: (rows, { model, ...scale }) =>
    [...longitudinalEffects(rows, model, scale)].map(([batch, { rows: count, effects }]) => ({
      batch,
      rows: { state: 'ok', value: count, cells: [count] } as { state: 'ok'; value: number },
      gammaHat: [...effects.gammaHat],
      deltaHat: [...effects.deltaHat],
      gammaStar: [...effects.gammaStar],
      deltaStar: [...effects.deltaStar],
    })),
};
