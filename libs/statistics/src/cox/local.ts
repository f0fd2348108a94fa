import type { CohortRows } from '@cohortium/federation';
import type { Frozen } from '@cohortium/kernel';
import { exp, ln, triangleLength } from '@cohortium/numerics';
import { modelMatrix } from '../model-matrix/model-matrix.js';
import type { MatrixSpec } from '../model-matrix/model-matrix.js';
import { eventTimes } from '../survival/logrank-query.js';
import { riskCount, strataCount, survivalRows } from '../survival/survival-rows.js';
import type { SurvivalRows, SurvivalSpec, TimeRule } from '../survival/survival-rows.js';
import { addPartialLikelihood, addToBlock, blockLength, emptyPartial, riskSumsLength, riskSumsOf } from './risk-sums.js';
import type { RiskSums, TieRule, TimeObserver } from './risk-sums.js';

/** What every Cox query names. */
export interface CoxModel {
  /** The spec of the matrix reads all columns of the survival spec, so that both have the same rows. */
  readonly spec: Frozen<MatrixSpec>;
  readonly survival: Frozen<SurvivalSpec>;
  readonly ties: TieRule;
  /** Coefficients of the terms of the spec, one model after another. */
  readonly coefficients: Float64Array;
  /** Linear predictors beyond this leave the vector empty but for a flag. */
  readonly limit: number;
  readonly participants: number;
}

/** Rows of the model with their columns. */
export interface CoxRows extends SurvivalRows {
  readonly columnCount: number;
  readonly values: Float64Array;
}

/** The rows of a model. Rows of strata that are not declared are left out. */
export function coxRows(rows: CohortRows, { spec, survival }: Pick<CoxModel, 'spec' | 'survival'>): CoxRows {
  return rows.memo(`cox ${spec.hash} ${survival.hash}`, () => {
    const data = survivalRows(rows, survival.value);
    const { rowIndex, columnCount, values } = modelMatrix(rows, spec);
    if (rowIndex.length === data.rowIndex.length) return { ...data, columnCount, values };
    const place = new Map([...rowIndex].map((row, i) => [row, i]));
    const picked = new Float64Array(data.rowIndex.length * columnCount);
    data.rowIndex.forEach((row, i) => {
      const from = (place.get(row) as number) * columnCount;
      picked.set(values.subarray(from, from + columnCount), i * columnCount);
    });
    return { ...data, columnCount, values: picked };
  });
}

/** Linear predictors of one model; null where one is beyond the limit. */
export function predictors({ columnCount: p, values, time }: CoxRows, beta: Float64Array, limit: number): Float64Array | null {
  const eta = new Float64Array(time.length);
  for (let i = 0; i < eta.length; i++) {
    let sum = 0;
    for (let j = 0; j < p; j++) sum += (beta[j] as number) * (values[i * p + j] as number);
    if (!(Math.abs(sum) <= limit)) return null;
    eta[i] = sum;
  }
  return eta;
}

/** Sums of some rows at some times. */
export function sumRisks(
  out: RiskSums,
  data: CoxRows,
  at: Iterable<number>,
  eta: Float64Array,
  times: ArrayLike<number>,
  rule: TimeRule,
): void {
  const { columnCount: p, values, time, event } = data;
  const block = blockLength(p);
  const m = times.length;
  for (const i of at) {
    const count = riskCount(times, time[i] as number, rule);
    if (count === 0) continue;
    const w = exp(eta[i] as number);
    if (count > m) {
      addToBlock(out.beyond, 0, w, values, i * p, p);
      continue;
    }
    const k = count - 1;
    addToBlock(out.leaving, k * block, w, values, i * p, p);
    if (event[i] !== 1) continue;
    const from = k * (1 + p);
    out.events[from] = (out.events[from] as number) + 1;
    for (let a = 0; a < p; a++) out.events[from + 1 + a] = (out.events[from + 1 + a] as number) + (values[i * p + a] as number);
    if (out.tied.length > 0) addToBlock(out.tied, k * block, w, values, i * p, p);
  }
}

/** Rows of each stratum within each site. */
export function siteStrata(rows: CohortRows, data: SurvivalRows, spec: SurvivalSpec): number[][] {
  const strata = strataCount(spec);
  const parts: number[][] = Array.from({ length: rows.sites.length * strata }, () => []);
  data.time.forEach((_, i) => parts[(data.site[i] as number) * strata + (data.stratum[i] as number)]?.push(i));
  return parts.filter((part) => part.length > 0);
}

/** Visits the risk sums of each stratum within each site, at its own event times. */
export function forSiteStrata(
  rows: CohortRows,
  model: CoxModel,
  eta: Float64Array,
  visit: (sums: RiskSums, times: Float64Array) => void,
): void {
  const data = coxRows(rows, model);
  const p = data.columnCount;
  for (const part of siteStrata(rows, data, model.survival.value)) {
    const times = eventTimes(data, part);
    if (times.length === 0) continue;
    const sums = riskSumsOf(new Float64Array(riskSumsLength(times.length, p, model.ties)), times.length, p, model.ties);
    sumRisks(sums, data, part, eta, times, 'exact');
    visit(sums, times);
  }
}

/** Elements before the score of `cox-scores@1`: flag, rows, events, log partial likelihood. */
export const coxHeader = 4;

/** Elements of one model. */
export function coxModelLength(p: number): number {
  return coxHeader + p + triangleLength(p);
}

/** Header, score and information of each model, every site and stratum with a baseline of its own. */
export function localCoxScores(rows: CohortRows, model: CoxModel): Float64Array {
  const p = model.spec.value.terms.length;
  const models = p === 0 ? 1 : model.coefficients.length / p;
  const out = new Float64Array(models * coxModelLength(p));
  const data = coxRows(rows, model);
  for (let m = 0; m < models; m++) {
    const beta = model.coefficients.subarray(m * p, (m + 1) * p);
    const part = out.subarray(m * coxModelLength(p), (m + 1) * coxModelLength(p));
    const eta = predictors(data, beta, model.limit);
    if (eta === null) {
      part[0] = 1;
      continue;
    }
    const total = emptyPartial(p);
    forSiteStrata(rows, model, eta, (sums) => addPartialLikelihood(total, sums, beta, model.ties));
    part[1] = data.time.length;
    part[2] = data.event.reduce((sum, e) => sum + e, 0);
    part[3] = total.value;
    part.set(total.score, coxHeader);
    part.set(total.information, coxHeader + p);
  }
  return out;
}

/** Functions of time for the test of proportional hazards. */
export type TimeTransform =
  | { readonly kind: 'identity' }
  | { readonly kind: 'log' }
  | { readonly kind: 'step'; readonly times: Float64Array; readonly values: Float64Array };

/** A transform as a function; a step takes the value of the last time that is not later. */
export function transformOf(transform: TimeTransform): (time: number) => number {
  if (transform.kind === 'identity') return (time) => time;
  if (transform.kind === 'log') return ln;
  return (time) => transform.values[Math.max(0, riskCount(transform.times, time, 'exact') - 1)] as number;
}

/** Sums for the test: events, sum g, sum g^2-free parts: score by g, information by g and by g^2. */
export interface ZphSums {
  events: number;
  /** Sum of g over events. */
  g: number;
  readonly score: Float64Array;
  readonly once: Float64Array;
  readonly twice: Float64Array;
}

/** An observer that adds up what {@link ZphSums} needs. */
export function zphObserver(out: ZphSums, gAt: (time: number) => number): TimeObserver {
  return (k, events, score, information) => {
    const g = gAt(k);
    out.events += events;
    out.g += g * events;
    score.forEach((u, a) => (out.score[a] = (out.score[a] as number) + g * u));
    information.forEach((v, j) => {
      out.once[j] = (out.once[j] as number) + g * v;
      out.twice[j] = (out.twice[j] as number) + g * g * v;
    });
  };
}

/** No events yet. */
export function emptyZph(p: number): ZphSums {
  return {
    events: 0,
    g: 0,
    score: new Float64Array(p),
    once: new Float64Array(triangleLength(p)),
    twice: new Float64Array(triangleLength(p)),
  };
}

/** The sums of one site for the test, packed: events, g, score, both triangles. */
export function localZph(rows: CohortRows, model: CoxModel, transform: TimeTransform): Float64Array {
  const p = model.spec.value.terms.length;
  const sums = emptyZph(p);
  const eta = predictors(coxRows(rows, model), model.coefficients, Infinity) as Float64Array;
  const g = transformOf(transform);
  const total = emptyPartial(p);
  forSiteStrata(rows, model, eta, (risks, times) =>
    addPartialLikelihood(
      total,
      risks,
      model.coefficients,
      model.ties,
      zphObserver(sums, (k) => g(times[k] as number)),
    ),
  );
  return Float64Array.from([sums.events, sums.g, ...sums.score, ...sums.once, ...sums.twice]);
}

/** Risk sums of every stratum at its times, one stratum after another: what a common baseline is made of. */
export function localRiskSums(rows: CohortRows, model: CoxModel, times: readonly Float64Array[], rule: TimeRule): Float64Array {
  const p = model.spec.value.terms.length;
  const models = p === 0 ? 1 : model.coefficients.length / p;
  const lengths = times.map((t) => riskSumsLength(t.length, p, model.ties));
  const width = 3 + lengths.reduce((n, length) => n + length, 0);
  const out = new Float64Array(models * width);
  const data = coxRows(rows, model);
  const parts: number[][] = times.map(() => []);
  data.stratum.forEach((s, i) => parts[s]?.push(i));
  for (let m = 0; m < models; m++) {
    const part = out.subarray(m * width, (m + 1) * width);
    const eta = predictors(data, model.coefficients.subarray(m * p, (m + 1) * p), model.limit);
    if (eta === null) {
      part[0] = 1;
      continue;
    }
    part[1] = data.time.length;
    let at = 3;
    times.forEach((own, s) => {
      const length = lengths[s] as number;
      const sums = riskSumsOf(part.subarray(at, at + length), own.length, p, model.ties);
      sumRisks(sums, data, parts[s] as number[], eta, own, rule);
      for (let k = 0; k < own.length; k++) part[2] = (part[2] as number) + (sums.events[k * (1 + p)] as number);
      at += length;
    });
  }
  return out;
}
