import type { CohortRows } from '@cohortium/federation';
import { ln, triangleLength } from '@cohortium/numerics';
import { classRows } from '../multinomial/local.js';
import type { MultinomialParams } from '../multinomial/local.js';
import { linkFunctions } from './links.js';
import type { LinkFunctions, OrdinalLink } from './links.js';

/** Parameters of `ordinal-scores@1`: coefficients are p slopes, then the cut points in ascending order. */
export interface OrdinalParams extends MultinomialParams {
  readonly link: OrdinalLink;
}

/** Elements before the score: flag, rows, sum of weights, log-likelihood. */
export const ordinalHeader = 4;

/** Elements of a vector of m coefficients. */
export function ordinalLength(m: number): number {
  return ordinalHeader + m + triangleLength(m);
}

/** Derivatives of one row's log-likelihood by its upper and lower bound. */
interface Bounds {
  value: number;
  upper: number;
  lower: number;
  upperUpper: number;
  lowerLower: number;
  upperLower: number;
}

function rowDerivatives(out: Bounds, link: LinkFunctions, low: number, high: number): void {
  const probability = link.between(low, high);
  const [fh, fl] = [high === Infinity ? 0 : link.density(high), low === -Infinity ? 0 : link.density(low)];
  const [sh, sl] = [high === Infinity ? 0 : link.slope(high), low === -Infinity ? 0 : link.slope(low)];
  out.value = probability > 0 ? ln(probability) : NaN;
  out.upper = fh / probability;
  out.lower = -fl / probability;
  out.upperUpper = sh / probability - out.upper * out.upper;
  out.lowerLower = -sl / probability - out.lower * out.lower;
  out.upperLower = -out.upper * out.lower;
}

/** Header, score and observed information of a cumulative link model: P(Y <= k) = F(cut_k - x' slope). */
export function localOrdinal(rows: CohortRows, params: OrdinalParams): Float64Array {
  const { matrix, classOf, weights } = classRows(rows, params);
  const { columnCount: p, values } = matrix;
  const cuts = params.outcome.codes.length - 1;
  const m = p + cuts;
  const out = new Float64Array(ordinalLength(m));
  const link = linkFunctions[params.link];
  const bounds: Bounds = { value: 0, upper: 0, lower: 0, upperUpper: 0, lowerLower: 0, upperLower: 0 };
  const score = out.subarray(ordinalHeader, ordinalHeader + m);
  const information = out.subarray(ordinalHeader + m);
  for (let i = 0; i < classOf.length; i++) {
    const own = classOf[i] as number;
    if (own < 0) continue;
    const w = weights ? (weights[i] as number) : 1;
    const base = i * p;
    let eta = 0;
    for (let j = 0; j < p; j++) eta += (params.coefficients[j] as number) * (values[base + j] as number);
    const high = own === cuts ? Infinity : (params.coefficients[p + own] as number) - eta;
    const low = own === 0 ? -Infinity : (params.coefficients[p + own - 1] as number) - eta;
    rowDerivatives(bounds, link, low, high);
    if (!(w >= 0) || !(Math.abs(eta) <= params.limit) || Number.isNaN(bounds.value)) {
      out.fill(0);
      out[0] = 1;
      return out;
    }
    out[1] = (out[1] as number) + 1;
    out[2] = (out[2] as number) + w;
    out[3] = (out[3] as number) + w * bounds.value;
    addOrdinalRow(score, information, bounds, w, values, base, p, own);
  }
  return out;
}

/** Adds one row: slopes move both bounds down, the two cut points around its class move one each. */
function addOrdinalRow(
  score: Float64Array,
  information: Float64Array,
  d: Bounds,
  w: number,
  values: Float64Array,
  base: number,
  p: number,
  own: number,
): void {
  const gradient = -w * (d.upper + d.lower);
  const curvature = -w * (d.upperUpper + 2 * d.upperLower + d.lowerLower);
  let at = 0;
  for (let a = 0; a < p; a++) {
    const x = values[base + a] as number;
    score[a] = (score[a] as number) + gradient * x;
    for (let b = 0; b <= a; b++, at++) information[at] = (information[at] as number) + curvature * x * (values[base + b] as number);
  }
  const m = score.length;
  const add = (row: number, column: number, value: number) => {
    const k = triangleLength(row) + column;
    information[k] = (information[k] as number) + value;
  };
  const upper = p + own;
  const lower = upper - 1;
  if (upper < m) {
    score[upper] = (score[upper] as number) + w * d.upper;
    for (let a = 0; a < p; a++) add(upper, a, w * (d.upperUpper + d.upperLower) * (values[base + a] as number));
    add(upper, upper, -w * d.upperUpper);
    if (own > 0) add(upper, lower, -w * d.upperLower);
  }
  if (own > 0) {
    score[lower] = (score[lower] as number) + w * d.lower;
    for (let a = 0; a < p; a++) add(lower, a, w * (d.lowerLower + d.upperLower) * (values[base + a] as number));
    add(lower, lower, -w * d.lowerLower);
  }
}
