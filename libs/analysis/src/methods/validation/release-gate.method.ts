import type { Json } from '@cohortium/kernel';
import { defaultReleaseRule, releaseGate, verdictTexts } from '@cohortium/validation';
import { z } from 'zod';
import type { Method } from '../method.js';
import { num } from './json.js';

const params = z.strictObject({
  auc: z
    .strictObject({ estimate: z.number().min(0).max(1), low: z.number().min(0).max(1).nullable() })
    .describe('External AUC: point estimate, and lower bound of its 95 % interval'),
  predictionLow: z
    .number()
    .nullable()
    .default(null)
    .describe('Lower bound of the prediction interval of the AUC in a new site; null where there are too few sites'),
  slope: z
    .strictObject({ low: z.number(), high: z.number() })
    .nullable()
    .default(null)
    .describe('95 % interval of the calibration slope; null where there is none'),
  netBenefit: z
    .array(z.strictObject({ threshold: z.number().gt(0).lt(1), model: z.number(), all: z.number(), none: z.number().default(0) }))
    .default([])
    .describe('Net benefit of the model, of treating all and of treating none, at threshold probabilities'),
  externalSites: z.int().min(0).describe('Number of external sites'),
  cut: z.number().gt(0).lt(1).default(defaultReleaseRule.cut).describe('Cut of the AUC'),
  floor: z
    .number()
    .gt(0)
    .lt(1)
    .nullable()
    .default(null)
    .describe('Floor of the prediction interval that the principal investigator set; null: not set, so that its test cannot pass'),
  thresholds: z
    .tuple([z.number().gt(0).lt(1), z.number().gt(0).lt(1)])
    .default([...defaultReleaseRule.thresholds])
    .describe('Range of threshold probabilities agreed with clinicians'),
  minimumSites: z.int().min(1).default(defaultReleaseRule.minimumSites).describe('Fewest external sites'),
  verdictNeeds: z
    .enum(['lowerBound', 'all'])
    .default('lowerBound')
    .describe('Which tests decide: the lower bound of the AUC, or all of them'),
});

/** The release gate of a study. */
export const releaseGateMethod: Method<z.output<typeof params>> = {
  name: 'release-gate',
  title: { en: "the study's release gate: its tests over finished external results", zh: '研究发布规则：对外部验证结果的各项检验' },
  input: 'none',
  params,
  leaves: [],
  definition: ({ verdictNeeds }) =>
    `Tests, all shown: AUC >= cut; lower 95 % bound >= cut; lower bound of the prediction interval >= floor; interval of the calibration slope holds 1; net benefit above treating all and none at every threshold of the agreed range; enough external sites. The verdict needs ${verdictNeeds === 'all' ? 'all of them' : 'the lower bound'}; it never reads the point estimate alone, and says nothing about treatment.`,
  run: (_, { auc, predictionLow, slope, netBenefit, externalSites, ...rule }) => {
    const card = releaseGate({ auc, predictionLow, slope, netBenefit, externalSites }, rule);
    const result: Json = {
      tests: card.tests.map(({ name, passed, known, value, limit }) => ({
        test: name,
        passed,
        value: num(value),
        limit,
        ...(!known && { reason: limit === null ? 'the limit was not set' : 'the figure is not known' }),
      })),
      meets: card.meets,
      verdict: { en: verdictTexts.en[card.verdict], zh: verdictTexts.zh[card.verdict] },
    };
    return Promise.resolve(result);
  },
};
