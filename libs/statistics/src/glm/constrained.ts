import { NewtonSearch, packTriangle, triangleLength } from '@cohortium/numerics';
import type { NewtonReply } from '@cohortium/numerics';
import { ask } from '../program.js';
import type { SumProgram } from '../program.js';
import { embeddedInverse, halfLnDeterminant } from './fit.js';
import type { GlmFit, GlmFits, GlmProblem } from './fit.js';
import { glmModelLength } from './local.js';
import type { GlmParams } from './params.js';
import type { GlmQueries, GlmTotals } from './query.js';

/** A model with one raw coefficient held at a value. */
export interface Constrained {
  /** Coefficients of standardized terms are origin + basis * search point. */
  readonly origin: Float64Array;
  readonly basis: readonly Float64Array[];
  readonly search: NewtonSearch;
  /** Inverse information at the current point, packed, for Firth's score; null until it is known, and without the penalty. */
  leverage: Float64Array | null;
}

/** What all constrained fits of one model share. */
export interface ConstrainedSetting {
  readonly queries: GlmQueries;
  readonly problem: GlmProblem;
  readonly fits: GlmFits;
  readonly fit: GlmFit;
  /** Largest component of the last step. */
  readonly epsilon: number;
}

/** Linear predictors of constrained fits lie further out than those of the fit. */
const widestLimit = 700;
/** Doubles of one round, about: 4 MB as they leave a site. */
const roundLength = 250_000;

/**
 * Holds raw coefficient j at `move` (in units of the standardized outcome) beyond its estimate.
 * @param last free coefficients to begin with; without it those of a quadratic likelihood
 */
export function constrain(
  { problem, fits, fit, epsilon }: ConstrainedSetting,
  j: number,
  move: number,
  last: Float64Array | null,
): Constrained {
  const { center, scale, intercept } = fits.standard;
  const p = problem.terms.length;
  const { coefficients: b, inverse } = fit.standard;
  // Which standardized coordinate gives way, and how: raw intercept = b0 - sum b c / s, raw coefficient = b / s.
  const constraint = Float64Array.from({ length: p }, (_, k) => {
    if (j !== intercept) return k === j ? 1 / (scale[j] as number) : 0;
    return k === j ? 1 : -(center[k] as number) / (scale[k] as number);
  });
  const others = [...fit.estimated.keys()].filter((k) => fit.estimated[k] === 1 && k !== j);
  const pivot = constraint[j] as number;
  const value = constraint.reduce((sum, c, k) => sum + c * (b[k] as number), move);
  const origin = new Float64Array(p);
  origin[j] = value / pivot;
  const basis = others.map((k) => {
    const direction = new Float64Array(p);
    direction[k] = 1;
    direction[j] = -(constraint[k] as number) / pivot;
    return direction;
  });
  const gain = constraint.map((_, k) => constraint.reduce((sum, c, l) => sum + (inverse[k * p + l] as number) * c, 0));
  const variance = constraint.reduce((sum, c, k) => sum + c * (gain[k] as number), 0);
  const start = last ?? Float64Array.from(others, (k) => (b[k] as number) + ((gain[k] as number) * move) / variance);
  return { origin, basis, search: new NewtonSearch({ start, epsilon, maxRounds: problem.maxRounds }), leverage: null };
}

/** Brings constrained fits to rest, all in the same rounds (as many as fit into one vector). */
export function* fitConstrained(setting: ConstrainedSetting, tried: readonly Constrained[]): SumProgram<void> {
  const chunk = Math.max(1, Math.floor(roundLength / glmModelLength(setting.problem.terms.length)));
  for (let from = 0; from < tried.length; from += chunk) yield* fitChunk(setting, tried.slice(from, from + chunk));
}

function* fitChunk(setting: ConstrainedSetting, tried: readonly Constrained[]): SumProgram<void> {
  const { queries, problem, fits, fit } = setting;
  const p = problem.terms.length;
  const shared: Omit<GlmParams, 'models' | 'coefficients' | 'leverages'> = {
    family: problem.family,
    outcome: fits.outcome,
    weights: problem.weights,
    offset: problem.offset,
    arms: [{ heldOut: fit.heldOut, recipe: fits.standard.spec }],
    limit: problem.limit < 30 ? problem.limit : widestLimit,
    participants: fits.standard.rows,
  };
  for (;;) {
    const active = tried.filter(({ search }) => search.status === 'searching');
    if (active.length === 0) return;
    const coefficients = new Float64Array(active.length * p);
    active.forEach((constrained, m) => coefficients.set(coefficientsOf(constrained), m * p));
    const leverages = problem.firth ? new Float64Array(active.length * triangleLength(p)) : null;
    active.forEach(({ leverage }, m) => leverage && leverages?.set(leverage, m * triangleLength(p)));
    const totals = yield* ask(queries.scores, { ...shared, models: active.map(() => 0), coefficients, leverages });
    active.forEach((constrained, m) => tell(setting, constrained, totals[m] as GlmTotals));
  }
}

function coefficientsOf({ origin, basis, search }: Constrained): Float64Array {
  const out = origin.slice();
  basis.forEach((direction, k) => direction.forEach((d, i) => (out[i] = (out[i] as number) + d * (search.point[k] as number))));
  return out;
}

function tell({ problem, fit }: ConstrainedSetting, constrained: Constrained, totals: GlmTotals): void {
  const { search, basis } = constrained;
  const p = problem.terms.length;
  if (totals.isBeyondLimit || !Number.isFinite(totals.deviance)) return search.tell(null);
  if (!problem.firth) return search.tell(reduced(totals, basis, p, 0));
  if (constrained.leverage === null) {
    const inverse = embeddedInverse(totals.information, p, fit.estimated);
    if (inverse === null) return search.tell(null);
    constrained.leverage = packTriangle(inverse, p);
    return;
  }
  constrained.leverage = null;
  search.tell(reduced(totals, basis, p, halfLnDeterminant(totals.information, p, fit.estimated)));
}

/** Minus half of the deviance (plus a penalty), score and information along a basis. */
function reduced({ deviance, score, information }: GlmTotals, basis: readonly Float64Array[], p: number, penalty: number): NewtonReply {
  const m = basis.length;
  const gradient = Float64Array.from(basis, (direction) => direction.reduce((sum, d, i) => sum + d * (score[i] as number), 0));
  const along = new Float64Array(m * m);
  basis.forEach((left, a) => {
    const row = new Float64Array(p);
    left.forEach((l, i) => {
      if (l !== 0) for (let k = 0; k < p; k++) row[k] = (row[k] as number) + l * (information[i * p + k] as number);
    });
    for (let b = 0; b <= a; b++) {
      const value = (basis[b] as Float64Array).reduce((sum, r, k) => sum + r * (row[k] as number), 0);
      along[a * m + b] = value;
      along[b * m + a] = value;
    }
  });
  return { value: -deviance / 2 + penalty, gradient, information: along };
}

/** Value at the end of a constrained search; what a last small step still gains is known from gradient and information. */
export function constrainedValue({ search }: Constrained): number | null {
  const { best, status, step } = search;
  if (best === null) return null;
  const gain = status === 'converged' ? best.gradient.reduce((sum, g, k) => sum + g * (step[k] as number), 0) / 2 : 0;
  return best.value + gain;
}
