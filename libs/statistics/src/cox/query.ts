import { frozenSchema, statisticWords, vectorSchema } from '@cohortium/federation';
import type { SumQuery } from '@cohortium/federation';
import { triangleLength, unpackTriangle } from '@cohortium/numerics';
import { z } from 'zod';
import type { ZodType } from 'zod';
import { matrixSpecSchema } from '../model-matrix/model-matrix.js';
import { strataCount, survivalSpecSchema } from '../survival/survival-rows.js';
import type { TimeRule } from '../survival/survival-rows.js';
import { coxHeader, coxModelLength, localCoxScores, localRiskSums, localZph } from './local.js';
import type { CoxModel, TimeTransform, ZphSums } from './local.js';
import { riskSumsLength, riskSumsOf, tieRules } from './risk-sums.js';
import type { RiskSums } from './risk-sums.js';

const modelKeys = {
  spec: frozenSchema(matrixSpecSchema),
  survival: frozenSchema(survivalSpecSchema),
  ties: z.enum(tieRules),
  coefficients: vectorSchema,
  limit: z.number().positive(),
  participants: z.number().min(0),
};

function coefficientsFit({ spec, coefficients }: Pick<CoxModel, 'spec' | 'coefficients'>): boolean {
  const p = spec.value.terms.length;
  return p === 0 ? coefficients.length === 0 : coefficients.length % p === 0 && coefficients.length > 0;
}

const misfit = 'coefficients do not fit the terms';

/** Totals of one model. */
export interface CoxTotals {
  readonly isBeyondLimit: boolean;
  readonly rows: number;
  readonly events: number;
  readonly logLikelihood: number;
  readonly score: Float64Array;
  /** Full. */
  readonly information: Float64Array;
}

const shared = {
  kind: 'sum',
  version: 1,
  words: statisticWords,
  freeParameters: ({ spec }: CoxModel) => spec.value.terms.length,
  scopeParticipants: ({ participants }: CoxModel) => participants,
} as const;

function modelCount({ spec, coefficients }: CoxModel): number {
  const p = spec.value.terms.length;
  return p === 0 ? 1 : coefficients.length / p;
}

/** `cox-scores@1`: partial likelihood, score and information of models whose baseline belongs to each site (and stratum within it). */
export const coxScoresQuery: SumQuery<CoxModel, CoxTotals[]> = {
  ...shared,
  operation: 'statistics.cox-scores',
  params: z.strictObject(modelKeys).refine((model) => coefficientsFit(model as CoxModel), misfit) as unknown as ZodType<CoxModel>,
  length: (model) => modelCount(model) * coxModelLength(model.spec.value.terms.length),
  local: localCoxScores,
  read: (total, model) => {
    const p = model.spec.value.terms.length;
    return Array.from({ length: modelCount(model) }, (_, m) => {
      const part = total.subarray(m * coxModelLength(p), (m + 1) * coxModelLength(p));
      const [beyond = 0, rows = 0, events = 0, logLikelihood = 0] = part;
      return {
        isBeyondLimit: beyond > 0,
        rows,
        events,
        logLikelihood,
        score: part.slice(coxHeader, coxHeader + p),
        information: unpackTriangle(part, p, coxHeader + p),
      };
    });
  },
};

/** Parameters of {@link coxZphQuery}: one model. */
export interface CoxZphParams extends CoxModel {
  readonly transform: TimeTransform;
}

const transform = z.union([
  z.strictObject({ kind: z.enum(['identity', 'log']) }),
  z.strictObject({ kind: z.literal('step'), times: vectorSchema, values: vectorSchema }),
]);

/** `cox-zph@1`: score and information weighted by a function of time and its square, within sites. */
export const coxZphQuery: SumQuery<CoxZphParams, ZphSums> = {
  ...shared,
  operation: 'statistics.cox-zph',
  params: z
    .strictObject({ ...modelKeys, transform })
    .refine(
      (model) => model.coefficients.length === (model.spec as CoxModel['spec']).value.terms.length,
      misfit,
    ) as unknown as ZodType<CoxZphParams>,
  length: ({ spec }) => 2 + spec.value.terms.length + 2 * triangleLength(spec.value.terms.length),
  local: (rows, model) => localZph(rows, model, model.transform),
  read: (total, { spec }) => {
    const p = spec.value.terms.length;
    const [events = 0, g = 0] = total;
    const from = 2 + p;
    return {
      events,
      g,
      score: total.slice(2, from),
      once: total.slice(from, from + triangleLength(p)),
      twice: total.slice(from + triangleLength(p)),
    };
  },
};

/** Parameters of {@link coxRiskSumsQuery}. */
export interface CoxRiskParams extends CoxModel {
  /** Ascending times of each stratum. */
  readonly times: readonly Float64Array[];
  readonly rule: TimeRule;
}

/** Risk sums of one model over all sites. */
export interface CoxRiskTotals {
  readonly isBeyondLimit: boolean;
  readonly rows: number;
  readonly events: number;
  /** By stratum. */
  readonly strata: readonly RiskSums[];
}

/** `cox-risk-sums@1`: sums over risk sets at given times, for a baseline that all sites share. */
export const coxRiskSumsQuery: SumQuery<CoxRiskParams, CoxRiskTotals[]> = {
  ...shared,
  operation: 'statistics.cox-risk-sums',
  params: z
    .strictObject({ ...modelKeys, times: z.array(vectorSchema).max(100_000), rule: z.enum(['exact', 'up']) })
    .refine((model) => coefficientsFit(model as unknown as CoxModel), misfit)
    .refine(
      (model) => model.times.length === strataCount((model.survival as CoxModel['survival']).value),
      'one list of times per stratum',
    ) as unknown as ZodType<CoxRiskParams>,
  length: (model) => modelCount(model) * riskWidth(model),
  local: (rows, model) => localRiskSums(rows, model, model.times, model.rule),
  read: (total, model) => {
    const p = model.spec.value.terms.length;
    const width = riskWidth(model);
    return Array.from({ length: modelCount(model) }, (_, m) => {
      const part = total.subarray(m * width, (m + 1) * width);
      let at = 3;
      const strata = model.times.map(({ length }) => {
        const size = riskSumsLength(length, p, model.ties);
        return riskSumsOf(part.slice(at, (at += size)), length, p, model.ties);
      });
      return { isBeyondLimit: (part[0] as number) > 0, rows: part[1] as number, events: part[2] as number, strata };
    });
  },
};

function riskWidth({ spec, times, ties }: CoxRiskParams): number {
  return times.reduce((n, { length }) => n + riskSumsLength(length, spec.value.terms.length, ties), 3);
}
