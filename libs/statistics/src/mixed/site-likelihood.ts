import { exp, gaussHermite, ln, logistic, softplus } from '@cohortium/numerics';
import { applied, composed, implicit, plus, times } from './jet.js';
import type { Jet, Partials } from './jet.js';

/** The rows of one site. */
export interface SiteRows {
  readonly columnCount: number;
  /** Row-major. */
  readonly values: Float64Array;
  /** 0 or 1. */
  readonly outcome: Float64Array;
}

/** Rules are few and used at every site in every round. */
const rules = new Map<number, { readonly nodes: Float64Array; readonly weights: Float64Array }>();

function ruleOf(points: number): { readonly nodes: Float64Array; readonly weights: Float64Array } {
  const known = rules.get(points) ?? gaussHermite(points);
  rules.set(points, known);
  return known;
}

/** Fixed parts x' beta of the linear predictors. */
function fixedParts({ columnCount: p, values, outcome }: SiteRows, theta: Float64Array): Float64Array {
  return outcome.map((_, i) => {
    let sum = 0;
    for (let j = 0; j < p; j++) sum += (theta[j] as number) * (values[i * p + j] as number);
    return sum;
  });
}

/** Steps of Newton's method for a mode; the function is concave and nearly quadratic. */
const maxModeSteps = 100;

/**
 * The mode u of the log density sum(y eta - softplus(eta)) - u^2 / 2 with eta = x' beta + sigma u, and its curvature 1 + sigma^2 sum v there.
 * The site's intercept is sigma u.
 * @param theta beta, then sigma
 */
export function siteMode(rows: SiteRows, theta: Float64Array): { readonly mode: number; readonly curvature: number } {
  const fixed = fixedParts(rows, theta);
  const sigma = theta[theta.length - 1] as number;
  let u = 0;
  let curvature = 1;
  let damping = 1;
  let before = Infinity;
  for (let step = 0; step < maxModeSteps; step++) {
    let residual = 0;
    let variance = 0;
    for (let i = 0; i < fixed.length; i++) {
      const mean = logistic((fixed[i] as number) + sigma * u);
      residual += (rows.outcome[i] as number) - mean;
      variance += mean * (1 - mean);
    }
    const slope = sigma * residual - u;
    curvature = 1 + sigma * sigma * variance;
    if (Math.abs(slope) > before) damping /= 2;
    before = Math.abs(slope);
    const move = (damping * slope) / curvature;
    u += move;
    if (Math.abs(move) <= 1e-13 * Math.max(1, Math.abs(u))) break;
  }
  return { mode: u, curvature };
}

/** Sums over a site's rows at one intercept: of residuals, variances and the next two derivatives, plain and by columns. */
interface Moments {
  logLikelihood: number;
  r: number;
  v: number;
  t: number;
  f: number;
  rx: Float64Array;
  vx: Float64Array;
  tx: Float64Array;
  fx: Float64Array;
  vxx: Float64Array;
  txx: Float64Array;
  fxx: Float64Array;
}

function moments(rows: SiteRows, fixed: Float64Array, shift: number, isMode: boolean): Moments {
  const { columnCount: p, values, outcome } = rows;
  const vector = () => new Float64Array(p);
  const square = () => new Float64Array(p * p);
  const m: Moments = {
    logLikelihood: 0,
    r: 0,
    v: 0,
    t: 0,
    f: 0,
    rx: vector(),
    vx: vector(),
    tx: vector(),
    fx: vector(),
    vxx: square(),
    txx: square(),
    fxx: square(),
  };
  for (let i = 0; i < fixed.length; i++) {
    const eta = (fixed[i] as number) + shift;
    const y = outcome[i] as number;
    const mean = logistic(eta);
    const r = y - mean;
    const v = mean * logistic(-eta);
    const t = v * (1 - 2 * mean);
    const f = v * ((1 - 2 * mean) * (1 - 2 * mean) - 2 * v);
    m.logLikelihood += y * eta - softplus(eta);
    m.r += r;
    m.v += v;
    m.t += t;
    m.f += f;
    for (let a = 0; a < p; a++) {
      const x = values[i * p + a] as number;
      m.rx[a] = (m.rx[a] as number) + r * x;
      m.vx[a] = (m.vx[a] as number) + v * x;
      if (isMode) {
        m.tx[a] = (m.tx[a] as number) + t * x;
        m.fx[a] = (m.fx[a] as number) + f * x;
      }
      for (let b = 0; b < p; b++) {
        const xx = x * (values[i * p + b] as number);
        const at = a * p + b;
        m.vxx[at] = (m.vxx[at] as number) + v * xx;
        if (!isMode) continue;
        m.txx[at] = (m.txx[at] as number) + t * xx;
        m.fxx[at] = (m.fxx[at] as number) + f * xx;
      }
    }
  }
  return m;
}

/** Puts derivatives by beta and sigma together: a p x p block, its border and its corner. */
function bordered(block: Float64Array, factor: number, border: Float64Array, corner: number): Float64Array {
  const p = border.length;
  const q = p + 1;
  const out = new Float64Array(q * q);
  for (let a = 0; a < p; a++) {
    for (let b = 0; b < p; b++) out[a * q + b] = factor * (block[a * p + b] as number);
    out[a * q + p] = border[a] as number;
    out[p * q + a] = border[a] as number;
  }
  out[q * q - 1] = corner;
  return out;
}

function extended(vector: Float64Array, factor: number, last: number): Float64Array {
  const out = new Float64Array(vector.length + 1);
  vector.forEach((value, j) => (out[j] = factor * value));
  out[vector.length] = last;
  return out;
}

/** sigma sum r - u, which is 0 at the mode. */
function modeEquation(m: Moments, s: number, u: number): Partials {
  return {
    value: s * m.r - u,
    gradient: extended(m.vx, -s, m.r - s * u * m.v),
    hessian: bordered(
      m.txx,
      -s,
      m.vx.map((x, a) => -x - s * u * (m.tx[a] as number)),
      -2 * u * m.v - s * u * u * m.t,
    ),
    bySlope: -s * s * m.v - 1,
    mixed: extended(m.tx, -s * s, -2 * s * m.v - s * s * u * m.t),
    bySecond: -s * s * s * m.t,
  };
}

/** The curvature 1 + sigma^2 sum v at the mode. */
function curvature(m: Moments, s: number, u: number): Partials {
  return {
    value: 1 + s * s * m.v,
    gradient: extended(m.tx, s * s, 2 * s * m.v + s * s * u * m.t),
    hessian: bordered(
      m.fxx,
      s * s,
      m.tx.map((x, a) => 2 * s * x + s * s * u * (m.fx[a] as number)),
      2 * m.v + 4 * s * u * m.t + s * s * u * u * m.f,
    ),
    bySlope: s * s * s * m.t,
    mixed: extended(m.fx, s * s * s, 3 * s * s * m.t + s * s * s * u * m.f),
    bySecond: s * s * s * s * m.f,
  };
}

/** The log density at intercept s times u. */
function logDensity(m: Moments, s: number, u: number): Partials {
  return {
    value: m.logLikelihood - (u * u) / 2,
    gradient: extended(m.rx, 1, u * m.r),
    hessian: bordered(
      m.vxx,
      -1,
      m.vx.map((x) => -u * x),
      -u * u * m.v,
    ),
    bySlope: s * m.r - u,
    mixed: extended(m.vx, -s, m.r - s * u * m.v),
    bySecond: -s * s * m.v - 1,
  };
}

/**
 * The mode as lme4 follows it when it differentiates Laplace's approximation: one step of penalized weighted least squares from the linear
 * predictors at the estimate. It has the mode's value and slopes there, but not its bending.
 */
function steppedMode(m: Moments, s: number, u: number): Jet {
  const q = m.vx.length + 1;
  const scale = 1 + s * s * m.v;
  // u = N / M with N = sigma sum v (z - x beta) and M = 1 + sigma^2 sum v, working responses z and v held fixed.
  const numerator: Partials = {
    value: s * (s * u * m.v + m.r),
    gradient: extended(m.vx, -s, s * u * m.v + m.r),
    hessian: bordered(
      new Float64Array((q - 1) * (q - 1)),
      0,
      m.vx.map((x) => -x),
      0,
    ),
    bySlope: 0,
    mixed: new Float64Array(q),
    bySecond: 0,
  };
  const n = composed(numerator, { value: 0, gradient: new Float64Array(q), hessian: new Float64Array(q * q) });
  const sigma: Jet = { value: s, gradient: extended(new Float64Array(q - 1), 0, 1), hessian: new Float64Array(q * q) };
  const inverse = applied(
    sigma,
    1 / scale,
    (-2 * s * m.v) / (scale * scale),
    (-2 * m.v) / (scale * scale) + (8 * s * s * m.v * m.v) / scale ** 3,
  );
  return times(n, inverse);
}

/**
 * Marginal log-likelihood of one site, ln of the integral over its normal intercept, with exact first and second derivatives by beta and
 * sigma: adaptive Gauss-Hermite quadrature around the mode, one point being Laplace's approximation. The derivatives are those of the
 * approximation, the moving mode and scale included.
 *
 * Source: Pinheiro & Bates 1995, doi 10.1080/10618600.1995.10474663; the likelihood of R's lme4::glmer.
 * @param theta beta, then sigma
 * @param points points of the rule, from 1
 * @param follow `exact`, or `lme4` for its second derivatives of Laplace's approximation (one point)
 */
export function siteLogLikelihood(rows: SiteRows, theta: Float64Array, points: number, follow: 'exact' | 'lme4' = 'exact'): Jet {
  const sigma = theta[theta.length - 1] as number;
  const fixed = fixedParts(rows, theta);
  const { mode } = siteMode(rows, theta);
  const atMode = moments(rows, fixed, sigma * mode, true);
  const u = implicit(modeEquation(atMode, sigma, mode), mode);
  const d = composed(curvature(atMode, sigma, mode), u);
  const root = Math.sqrt(d.value);
  const scale = applied(d, 1 / root, -0.5 / (root * d.value), 0.75 / (root * d.value * d.value));
  const { nodes, weights } = ruleOf(points);
  const terms = [...nodes.keys()].map((k) => {
    const z = nodes[k] as number;
    const s = plus(u, scale, z);
    const m = z === 0 ? atMode : moments(rows, fixed, sigma * s.value, false);
    const density = composed(logDensity(m, sigma, s.value), s);
    return { ...density, value: density.value + (z * z) / 2 + ln(weights[k] as number) };
  });
  const isStepped = follow === 'lme4' && points === 1;
  const determinant = isStepped ? composed(curvature(atMode, sigma, mode), steppedMode(atMode, sigma, mode)) : d;
  return plus(logSumExp(terms), applied(determinant, ln(d.value), 1 / d.value, -1 / (d.value * d.value)), -0.5);
}

/** ln sum exp of jets. */
function logSumExp(terms: readonly Jet[]): Jet {
  const first = terms[0] as Jet;
  if (terms.length === 1) return first;
  const q = first.gradient.length;
  const top = terms.reduce((most, { value }) => Math.max(most, value), -Infinity);
  const shares = terms.map(({ value }) => exp(value - top));
  const total = shares.reduce((sum, share) => sum + share, 0);
  const gradient = new Float64Array(q);
  const hessian = new Float64Array(q * q);
  terms.forEach((term, k) => {
    const share = (shares[k] as number) / total;
    term.gradient.forEach((g, a) => (gradient[a] = (gradient[a] as number) + share * g));
    term.hessian.forEach((h, at) => {
      const product = (term.gradient[Math.floor(at / q)] as number) * (term.gradient[at % q] as number);
      hessian[at] = (hessian[at] as number) + share * (h + product);
    });
  });
  const centered = hessian.map((h, at) => h - (gradient[Math.floor(at / q)] as number) * (gradient[at % q] as number));
  return { value: top + ln(total), gradient, hessian: centered };
}
