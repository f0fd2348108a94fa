import type { Science, StudyHost, StudyInput, StudyProgram } from '@cohortium/analysis';
import { frozenSchema, operationName, statisticWords, vectorSchema } from '@cohortium/federation';
import type { AnyQuery, Federation, SumQuery, SummaryQuery } from '@cohortium/federation';
import { Frozen, hashJson, sha256 } from '@cohortium/kernel';
import type { Json } from '@cohortium/kernel';
import type { LockedModel } from '@cohortium/learning';
import { SeededRandom } from '@cohortium/numerics';
import { checkProtocol } from '@cohortium/protocol';
import type { Protocol } from '@cohortium/protocol';
import { z } from 'zod';
import type { TestTable } from './rows.js';

/*
 * A study that is small and touches everything a coordinator does: sums and summaries, frozen parameters, parameters and
 * answers that travel in chunks, a model lock, an external site. Its statistics mean nothing.
 */

interface MomentParams {
  readonly scale: number;
  readonly shift: Frozen<{ readonly center: Float64Array }>;
}

/** Sums of shifted and scaled features: one small vector. */
export const tinyMoments: SumQuery<MomentParams, Float64Array> = {
  kind: 'sum',
  operation: 'tiny.moments',
  version: 1,
  words: statisticWords,
  params: z.object({ scale: z.number(), shift: frozenSchema(z.object({ center: vectorSchema })) }),
  length: ({ shift }) => shift.value.center.length,
  local: (rows, { scale, shift }) => {
    const out = new Float64Array(shift.value.center.length);
    for (let i = 0; i < rows.rowCount; i++) {
      for (let j = 0; j < out.length; j++)
        out[j] = (out[j] as number) + scale * ((rows.features[i * out.length + j] as number) - (shift.value.center[j] as number));
    }
    return out;
  },
  read: (total) => total,
};

/** Sums of features times given weights: parameters and answer as long as wanted. */
export const tinySpread: SumQuery<{ readonly weights: Float64Array }, Float64Array> = {
  kind: 'sum',
  operation: 'tiny.spread',
  version: 1,
  words: statisticWords,
  params: z.object({ weights: vectorSchema }),
  length: ({ weights }) => weights.length,
  local: (rows, { weights }) => {
    const width = rows.featureNames.length;
    const sums = new Float64Array(width);
    for (let i = 0; i < rows.rowCount * width; i++) sums[i % width] = (sums[i % width] as number) + (rows.features[i] as number);
    return weights.map((weight, k) => weight * (sums[k % width] as number));
  },
  read: (total) => total,
};

const noParams = z.object({});

/** Stands in for the real eligibility, under its name: what an external site may be asked before the lock. */
export const tinyEligibility: SummaryQuery<object, { readonly n: number }> = {
  kind: 'siteSummary',
  operation: 'statistics.eligibility',
  version: 1,
  params: noParams,
  value: z.object({ n: z.number() }),
  local: (rows) => ({ n: rows.rowCount }),
};

/** A site summary for external sites. */
export const tinyFigures: SummaryQuery<object, { readonly mean: number }> = {
  kind: 'siteSummary',
  operation: 'tiny.figures',
  version: 1,
  params: noParams,
  value: z.object({ mean: z.number() }),
  local: (rows) => ({ mean: rows.features.reduce((sum, x) => sum + x, 0) / rows.features.length }),
};

/** Every operation of the tiny study. */
export const tinyCatalogue: ReadonlyMap<string, AnyQuery> = new Map(
  [tinyMoments, tinySpread, tinyEligibility, tinyFigures].map((query) => [operationName(query), query]),
);

const featureNames = ['f1', 'f2', 'f3'];

/** Rows of the tiny study, the same for the same sites. */
export function tinyTable(sites: readonly string[], rowsPerSite = 20): TestTable {
  const random = new SeededRandom(7);
  const site = sites.flatMap((code) => Array.from({ length: rowsPerSite }, () => code));
  const values = Float64Array.from({ length: site.length * featureNames.length }, () => random.uniform() * 10 - 3);
  return { site, features: { names: featureNames, values } };
}

/** The protocol of the tiny study. */
export function tinyProtocol(options: {
  readonly study: string;
  readonly training: readonly string[];
  readonly external?: readonly string[];
  readonly version?: string;
  readonly deadlineHours?: number;
}): Protocol {
  const text = { en: 'Tiny', zh: '微型' };
  const deadlineHours = options.deadlineHours ?? 1;
  const clause = (clauseId: string, operation: string, kind: 'sum' | 'siteSummary', scope: 'training' | 'external' | 'all') => ({
    clauseId,
    purpose: text,
    operations: [operation],
    kind,
    scope,
    deadlineHours,
    // The other side of the wire is often played by a test, which has no keys.
    ...(kind === 'sum' ? { secureAggregation: 'off' as const } : {}),
  });
  return checkProtocol({
    schemaVersion: 1,
    study: options.study,
    version: options.version ?? '1.0.0',
    title: text,
    synthetic: true,
    endpoint: { name: 'tiny', label: text, column: 'y', positive: [1], negative: [0] },
    features: { list: featureNames },
    featureList: { names: featureNames, sha256: hashJson(featureNames), byModel: {} },
    sites: { training: [...options.training], external: [...(options.external ?? [])] },
    analysis: { models: [{ id: 'm', alpha: 0.5, penalty: { rule: 'fixed', lambda: 0.1 } }], primaryModel: 'm' },
    validation: { leaveOneSiteOut: { enabled: false } },
    clauses: [
      clause('n', 'statistics.eligibility@1', 'siteSummary', 'all'),
      clause('moments', 'tiny.moments@1', 'sum', 'training'),
      clause('spread', 'tiny.spread@1', 'sum', 'training'),
      clause('figures', 'tiny.figures@1', 'siteSummary', 'external'),
    ],
  });
}

/** How much the tiny program asks for. */
export interface TinySize {
  /** Rounds of small sums that depend on each other. */
  readonly smallRounds: number;
  /** Length of one large vector, both ways; 0 for none. */
  readonly spread: number;
}

/**
 * The tiny program: `science` holds what each round brought.
 * @param between awaited before each round of small sums; where tests disturb a run
 */
export function tinyProgram(size: TinySize, between: (round: number) => Promise<void> | void = () => undefined): StudyProgram {
  return async (input, federation, host) => {
    const training = { name: 'training', sites: input.training } as const;
    const trace: Json[] = [];
    host.stepBegins('eligibility');
    const counts = await federation.summaries(tinyEligibility, {}, { name: 'all', sites: [...input.training, ...input.external] });
    trace.push(Object.fromEntries([...counts].map(([site, { n }]) => [site, n])));
    host.stepBegins('preparation');
    let center = new Float64Array(featureNames.length);
    for (let k = 1; k <= size.smallRounds; k++) {
      await between(k);
      // Every third round has a new frozen part; the others send it by name.
      const shift = new Frozen({ center: k % 3 === 1 ? (center = center.slice()) : center });
      const { value } = await federation.sum(tinyMoments, { scale: 1 / (60 * k), shift }, training);
      trace.push([...value]);
      if (k % 3 === 0) center = value.map((x) => x / 7);
    }
    await largeRound(size.spread, federation, input, trace);
    await lock(host, trace);
    if (input.external.length > 0) {
      host.stepBegins('external');
      const figures = await federation.summaries(tinyFigures, {}, { name: 'external', sites: input.external });
      trace.push(Object.fromEntries([...figures].map(([site, { mean }]) => [site, mean])));
    }
    host.stepBegins('close');
    return { trace } as unknown as Science;
  };
}

async function largeRound(length: number, federation: Federation, input: StudyInput, trace: Json[]): Promise<void> {
  if (length === 0) return;
  const weights = Float64Array.from({ length }, (_, i) => (i % 97) - 48);
  const { value } = await federation.sum(tinySpread, { weights }, { name: 'training', sites: input.training });
  trace.push({ first: value[0] as number, last: value[length - 1] as number, sha256: sha256(new Uint8Array(value.buffer)) });
}

async function lock(host: StudyHost, trace: readonly Json[]): Promise<void> {
  host.stepBegins('lock');
  const model = { tiny: trace } as unknown as LockedModel;
  await host.lockModel(model, hashJson(model), new TextEncoder().encode('onnx'));
}
