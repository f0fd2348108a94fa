import { exp } from '@cohortium/numerics';
import { fitStates } from './kinetic-fit.js';
import type { KineticTable } from './kinetic-table.js';

/** Parameters of the two-compartment exchange model. */
export interface TwoCompartmentParameters {
  /** Plasma flow, ml/min per ml of tissue (times 100: ml/100 ml/min). */
  flowPerMin: number;
  /** Permeability-surface area product, 1/min. */
  permeabilityPerMin: number;
  /** Volume fraction of the extravascular extracellular space. */
  ve: number;
  /** Volume fraction of plasma. */
  vp: number;
  /** Root mean square of the residuals, mM. */
  rmsMm: number;
  /** One of {@link fitStates}. */
  state: number;
}

/** First look: every so many rows of the table. */
const coarseStride = 4;
const refinements = 100;

/**
 * Least-squares fit of the two-compartment exchange model. Its impulse response is a sum of two exponentials with amplitudes that are not negative,
 * so for two given rates the rest is linear: the pair of rates is sought on the rows of the table, then by least squares between them, where
 * responses are cubics as in the Tofts fit. Flow, exchange and volumes follow from amplitudes and rates in closed form.
 * @see Sourbron and Buckley 2012, doi:10.1088/0031-9155/57/2/R1, section 2.3
 */
export class TwoCompartmentFit {
  readonly parameters: TwoCompartmentParameters = { flowPerMin: NaN, permeabilityPerMin: NaN, ve: NaN, vp: NaN, rmsMm: NaN, state: 0 };
  private readonly rows: readonly number[];
  /** <b_g, b_h> of the coarse rows. */
  private readonly products: Float64Array;
  private readonly slow: Float64Array;
  private readonly fast: Float64Array;
  private readonly slowSlope: Float64Array;
  private readonly fastSlope: Float64Array;
  private low = 0;
  private high = 0;
  private most = 0;
  private slowAmplitude = 0;
  private fastAmplitude = 0;

  constructor(private readonly table: KineticTable) {
    this.rows = Array.from({ length: Math.ceil(table.count / coarseStride) }, (_, n) => n * coarseStride);
    this.products = new Float64Array(this.rows.length ** 2);
    this.rows.forEach((g, n) =>
      this.rows.forEach(
        (h, m) =>
          (this.products[n * this.rows.length + m] = dot(table.response, g * table.times, table.response, h * table.times, table.times)),
      ),
    );
    this.slow = new Float64Array(table.times);
    this.fast = new Float64Array(table.times);
    this.slowSlope = new Float64Array(table.times);
    this.fastSlope = new Float64Array(table.times);
  }

  /** Fits one voxel: concentrations in mM at the times of the table. */
  fit(concentration: Float64Array): TwoCompartmentParameters {
    const { table } = this;
    const square = dot(concentration, 0, concentration, 0, table.times);
    if (!Number.isFinite(square)) return this.none(fitStates.notFinite);
    const [low, high] = this.bestRows(concentration);
    this.descend(low, high, concentration);
    return this.translate(this.low, this.high, Math.sqrt(Math.max(0, square - this.most) / table.times));
  }

  /**
   * Levenberg-Marquardt steps of the two places, amplitudes always at their best: with r the residual and P the projection off both responses, the
   * step solves (J'J + damping) d = J'r for J = P [a_s b_s', a_f b_f'].
   * @see Kaufman 1975, doi:10.1007/BF01932995
   */
  private descend(low: number, high: number, concentration: Float64Array): void {
    const last = this.table.count - 1;
    this.low = low;
    this.high = high;
    this.most = this.explained(low, high, concentration);
    let damping = 1e-3;
    for (let n = 0; n < refinements && damping < 1e9; n++) {
      const [stepLow, stepHigh] = this.step(concentration, damping);
      const tryLow = Math.min(Math.max(this.low + stepLow, 0), last - 1);
      const tryHigh = Math.min(Math.max(this.high + stepHigh, tryLow + 1), last);
      const sum = this.explained(tryLow, tryHigh, concentration);
      if (sum > this.most) {
        const isSettled = Math.abs(tryLow - this.low) + Math.abs(tryHigh - this.high) < 1e-6;
        this.low = tryLow;
        this.high = tryHigh;
        this.most = sum;
        damping /= 10;
        if (isSettled) break;
      } else {
        damping *= 10;
        // Responses and amplitudes of the best place, from which the next step is taken.
        this.explained(this.low, this.high, concentration);
      }
    }
    this.explained(this.low, this.high, concentration);
  }

  private step(concentration: Float64Array, damping: number): readonly [number, number] {
    const { table, slow, fast, slowSlope, fastSlope, slowAmplitude, fastAmplitude } = this;
    slopeAt(table, this.low, slowSlope);
    slopeAt(table, this.high, fastSlope);
    const by = (x: Float64Array, y: Float64Array) => dot(x, 0, y, 0, table.times);
    const [ss, sf, ff] = [by(slow, slow), by(slow, fast), by(fast, fast)];
    const determinant = ss * ff - sf * sf;
    if (!(determinant > 0)) return [0, 0];
    /** Product of two slopes after their parts along both responses are taken away. */
    const projected = (x: Float64Array, y: Float64Array) => {
      const [xs, xf, ys, yf] = [by(x, slow), by(x, fast), by(y, slow), by(y, fast)];
      return by(x, y) - (ff * xs * ys - sf * (xs * yf + xf * ys) + ss * xf * yf) / determinant;
    };
    const onResidual = (x: Float64Array) => by(x, concentration) - slowAmplitude * by(x, slow) - fastAmplitude * by(x, fast);
    const a = slowAmplitude * slowAmplitude * projected(slowSlope, slowSlope) * (1 + damping);
    const b = slowAmplitude * fastAmplitude * projected(slowSlope, fastSlope);
    const c = fastAmplitude * fastAmplitude * projected(fastSlope, fastSlope) * (1 + damping);
    const [p, q] = [slowAmplitude * onResidual(slowSlope), fastAmplitude * onResidual(fastSlope)];
    if (!(a > 0)) return [0, c > 0 ? q / c : 0];
    if (!(c > 0)) return [p / a, 0];
    const whole = a * c - b * b;
    return whole > 0 ? [(p * c - q * b) / whole, (q * a - p * b) / whole] : [p / a, q / c];
  }

  private none(state: number): TwoCompartmentParameters {
    return Object.assign(this.parameters, { flowPerMin: NaN, permeabilityPerMin: NaN, ve: NaN, vp: NaN, rmsMm: NaN, state });
  }

  private bestRows(concentration: Float64Array): [number, number] {
    const { table, rows, products } = this;
    const n = rows.length;
    const dots = rows.map((row) => dot(table.response, row * table.times, concentration, 0, table.times));
    let best: [number, number] = [0, n - 1];
    let most = -Infinity;
    for (let g = 0; g < n - 1; g++)
      for (let h = g + 1; h < n; h++) {
        const sum = this.solve(dots[g] as number, dots[h] as number, [
          products[g * n + g] as number,
          products[g * n + h] as number,
          products[h * n + h] as number,
        ]);
        if (sum > most) [most, best] = [sum, [g, h]];
      }
    return [rows[best[0]] as number, rows[best[1]] as number];
  }

  private explained(low: number, high: number, concentration: Float64Array): number {
    const { table, slow, fast } = this;
    responseAt(table, low, slow);
    responseAt(table, high, fast);
    return this.solve(dot(slow, 0, concentration, 0, table.times), dot(fast, 0, concentration, 0, table.times), [
      dot(slow, 0, slow, 0, table.times),
      dot(slow, 0, fast, 0, table.times),
      dot(fast, 0, fast, 0, table.times),
    ]);
  }

  /** Best amplitudes, neither negative; returns the sum of squares that they explain. */
  private solve(slowDot: number, fastDot: number, [ss, sf, ff]: readonly [number, number, number]): number {
    const determinant = ss * ff - sf * sf;
    if (determinant > 1e-14 * ss * ff) {
      const slow = (slowDot * ff - fastDot * sf) / determinant;
      const fast = (fastDot * ss - slowDot * sf) / determinant;
      if (slow >= 0 && fast >= 0) {
        this.slowAmplitude = slow;
        this.fastAmplitude = fast;
        return slow * slowDot + fast * fastDot;
      }
    }
    const onlySlow = Math.max(0, slowDot / ss);
    const onlyFast = Math.max(0, fastDot / ff);
    const isSlow = onlySlow * slowDot >= onlyFast * fastDot;
    this.slowAmplitude = isSlow ? onlySlow : 0;
    this.fastAmplitude = isSlow ? 0 : onlyFast;
    return isSlow ? onlySlow * slowDot : onlyFast * fastDot;
  }

  /**
   * With rates s < f, amplitudes a_s and a_f: flow F = a_s + a_f; mean transit time T = (a_s / s + a_f / f) / F; the product of the rates is
   * 1 / (Tc Te) and their sum (T + Te) / (Tc Te), so Te = (s + f) / (s f) - T, Tc = 1 / (s f Te); vp = F Tc, ve = F (T - Tc), PS = ve / Te.
   */
  private translate(low: number, high: number, rmsMm: number): TwoCompartmentParameters {
    const { table, slowAmplitude, fastAmplitude, parameters } = this;
    const flow = slowAmplitude + fastAmplitude;
    if (!(flow > 0)) return this.none(fitStates.noUptake);
    const [slow, fast] = [exp(table.from + low * table.step), exp(table.from + high * table.step)];
    const transit = (slowAmplitude / slow + fastAmplitude / fast) / flow;
    const exchange = (slow + fast) / (slow * fast) - transit;
    const isOne = slowAmplitude === 0 || fastAmplitude === 0;
    const plasma = isOne ? transit : 1 / (slow * fast * exchange);
    parameters.flowPerMin = flow;
    parameters.vp = flow * plasma;
    // One exponential is one compartment: nothing is seen to exchange.
    parameters.ve = isOne ? 0 : flow * (transit - plasma);
    parameters.permeabilityPerMin = isOne ? 0 : parameters.ve / exchange;
    parameters.rmsMm = rmsMm;
    const atBound = low <= 0 || (!isOne && high >= table.count - 1);
    parameters.state = atBound ? fitStates.atBound : fitStates.ok;
    return parameters;
  }
}

/** The response at a row of the table or between two. */
function responseAt({ response, slope, times, count }: KineticTable, place: number, out: Float64Array): void {
  const row = Math.min(Math.floor(place), count - 2);
  const x = place - row;
  const y = 1 - x;
  const [h0, h1, g0, g1] = [y * y * (1 + 2 * x), x * x * (1 + 2 * y), x * y * y, -x * x * y];
  for (let t = 0, at = row * times; t < times; t++, at++)
    out[t] =
      h0 * (response[at] as number) +
      h1 * (response[at + times] as number) +
      g0 * (slope[at] as number) +
      g1 * (slope[at + times] as number);
}

/** Derivative of {@link responseAt} by the place. */
function slopeAt({ response, slope, times, count }: KineticTable, place: number, out: Float64Array): void {
  const row = Math.min(Math.floor(place), count - 2);
  const x = place - row;
  const [h, g0, g1] = [6 * x * (1 - x), (1 - x) * (1 - 3 * x), x * (3 * x - 2)];
  for (let t = 0, at = row * times; t < times; t++, at++)
    out[t] =
      h * ((response[at + times] as number) - (response[at] as number)) + g0 * (slope[at] as number) + g1 * (slope[at + times] as number);
}

function dot(a: Float64Array, from: number, b: Float64Array, fromB: number, count: number): number {
  let sum = 0;
  for (let t = 0; t < count; t++) sum += (a[from + t] as number) * (b[fromB + t] as number);
  return sum;
}
