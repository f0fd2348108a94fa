import { exp } from '@cohortium/numerics';
import { BlockProducts } from './block-products.js';
import { normTerms } from './kinetic-table.js';
import type { KineticTable } from './kinetic-table.js';
import { Cubic, Sextic } from './row-polynomials.js';

/** How the fit of one voxel ended. */
export const fitStates = { ok: 0, notFinite: 1, noUptake: 2, atBound: 3 } as const;

/** What {@link KineticFit.fit} leaves behind; the same object for every voxel. */
export interface KineticParameters {
  /** Transfer constant, 1/min. */
  ktransPerMin: number;
  /** Washout rate, 1/min. */
  kepPerMin: number;
  /** Volume fraction of the extravascular extracellular space, ktrans / kep. */
  ve: number;
  /** Volume fraction of plasma; 0 in the Tofts model. */
  vp: number;
  /** Root mean square of the residuals, mM. */
  rmsMm: number;
  /** One of {@link fitStates}. */
  state: number;
}

/** First look: every so many rows of the table. Halved until it is 1. */
const coarseStride = 16;
const rootSteps = 60;
/** Places closer than this (5e-11 of the rate) are the same. */
const closeEnough = 1e-9;

/**
 * Least-squares fit of the Tofts model, Ct = Ktrans (cp * exp(-kep t)), or the extended one, which adds vp cp; Ktrans and vp not
 * negative. For a given kep the rest is linear, so only kep is searched (variable projection): over the rows of the table, then between
 * two rows by the zero of the derivative. There the response is the cubic that has values and slopes of both rows (Hermite): with 20 rows per
 * factor e it is within 1e-7 of the exact one, and a voxel needs no exponential.
 * @see Tofts et al. 1999, doi:10.1002/(SICI)1522-2586(199909)10:3<223::AID-JMRI2>3.0.CO;2-S; Golub and Pereyra 1973, doi:10.1137/0710036
 */
export class KineticFit {
  readonly parameters: KineticParameters = { ktransPerMin: NaN, kepPerMin: NaN, ve: NaN, vp: NaN, rmsMm: NaN, state: 0 };
  private readonly coarse: BlockProducts;
  private readonly coarseCount: number;
  private readonly inverseNorm: Float64Array;
  private readonly inverseDeterminant: Float64Array;
  private readonly dot = new Cubic();
  private readonly norm = new Sextic();
  private readonly cross = new Cubic();
  private curves: Float64Array = new Float64Array(0);
  private from = 0;
  private first = 0;
  private second = 0;
  private plasmaDot = 0;
  private ktrans = 0;
  private vp = 0;
  private place = 0;

  /** @param extended with a plasma part */
  constructor(
    private readonly table: KineticTable,
    private readonly extended: boolean,
  ) {
    const { count, times, response, plasma, norm, cross, plasmaNorm } = table;
    const rows: Float64Array[] = [];
    for (let row = 0; row < count - 1; row += coarseStride) rows.push(response.subarray(row * times, (row + 1) * times));
    rows.push(response.subarray((count - 1) * times), plasma);
    this.coarse = new BlockProducts(rows);
    this.coarseCount = rows.length - 1;
    this.inverseNorm = norm.map((n) => (n > 0 ? 1 / n : 0));
    this.inverseDeterminant = norm.map((n, row) => inverseOf(n, plasmaNorm, cross[row] as number));
  }

  /** Fits one voxel: concentrations in mM at the times of the table. */
  fit(concentration: Float64Array): KineticParameters {
    this.load(concentration, 1);
    return this.fitLoaded(0);
  }

  /**
   * Takes the curves of several voxels, one after the other, for {@link fitLoaded}. The products that every voxel needs are computed for all at once.
   * @param curves read until the next call
   */
  load(curves: Float64Array, count: number): void {
    this.curves = curves;
    this.coarse.compute(curves, count);
  }

  /** Fits a voxel of those that were loaded. */
  fitLoaded(voxel: number): KineticParameters {
    const { table, parameters, curves } = this;
    const from = voxel * table.times;
    this.from = from;
    const square = squareOf(curves, from, from + table.times);
    if (!Number.isFinite(square)) return this.none(fitStates.notFinite);
    this.plasmaDot = this.coarse.at(voxel, this.coarseCount);
    const explained = this.between(this.bestRow(voxel));
    if (!(this.ktrans > 0)) {
      if (!(this.vp > 0)) return this.none(fitStates.noUptake);
      // All in plasma: there is no washout to speak of.
      parameters.ktransPerMin = 0;
      parameters.kepPerMin = NaN;
      parameters.ve = NaN;
      parameters.state = fitStates.ok;
    } else {
      const kep = exp(table.from + this.place * table.step);
      parameters.ktransPerMin = this.ktrans;
      parameters.kepPerMin = kep;
      parameters.ve = this.ktrans / kep;
      parameters.state = this.place <= 0 || this.place >= table.count - 1 ? fitStates.atBound : fitStates.ok;
    }
    parameters.vp = this.vp;
    parameters.rmsMm = Math.sqrt(Math.max(0, square - explained) / table.times);
    return parameters;
  }

  private none(state: number): KineticParameters {
    return Object.assign(this.parameters, { ktransPerMin: NaN, kepPerMin: NaN, ve: NaN, vp: NaN, rmsMm: NaN, state });
  }

  /** The row of the table that explains most: all at the coarse stride, then ever closer around the best. */
  private bestRow(voxel: number): number {
    const { response, count } = this.table;
    const last = count - 1;
    let best = last;
    let most = this.explained(this.coarse.at(voxel, this.coarseCount - 1), last);
    for (let row = 0, n = 0; row < last; row += coarseStride, n++) {
      const sum = this.explained(this.coarse.at(voxel, n), row);
      if (sum > most) {
        most = sum;
        best = row;
      }
    }
    for (let stride = coarseStride / 2; stride >= 1; stride /= 2) {
      const low = Math.max(0, best - stride);
      const high = Math.min(last, best + stride);
      this.multiply(response, low, response, high);
      const atLow = this.explained(this.first, low);
      const atHigh = this.explained(this.second, high);
      if (atLow > most && atLow >= atHigh) {
        most = atLow;
        best = low;
      } else if (atHigh > most) {
        most = atHigh;
        best = high;
      }
    }
    return best;
  }

  /** Sum of squares that a row explains with the best Ktrans and vp, neither negative. */
  private explained(dot: number, row: number): number {
    const plain = dot > 0 ? dot * dot * (this.inverseNorm[row] as number) : 0;
    if (!this.extended) return plain;
    const { plasmaNorm, norm, cross } = this.table;
    const plasmaDot = this.plasmaDot;
    const inverse = this.inverseDeterminant[row] as number;
    const ktrans = (dot * plasmaNorm - plasmaDot * (cross[row] as number)) * inverse;
    const vp = (plasmaDot * (norm[row] as number) - dot * (cross[row] as number)) * inverse;
    if (inverse > 0 && ktrans >= 0 && vp >= 0) return ktrans * dot + vp * plasmaDot;
    const only = plasmaDot > 0 && plasmaNorm > 0 ? (plasmaDot * plasmaDot) / plasmaNorm : 0;
    return Math.max(plain, only);
  }

  /** Products of the voxel's curve with two rows in one walk, as `first` and `second`. Two sums each: one would wait for its own last addition. */
  private multiply(rowsA: Float64Array, rowA: number, rowsB: Float64Array, rowB: number): void {
    const { curves, from } = this;
    const count = this.table.times;
    const startA = rowA * count - from;
    const startB = rowB * count - from;
    const end = from + count;
    let a0 = 0;
    let a1 = 0;
    let b0 = 0;
    let b1 = 0;
    let t = from;
    for (; t + 1 < end; t += 2) {
      const c0 = curves[t] as number;
      const c1 = curves[t + 1] as number;
      a0 += (rowsA[startA + t] as number) * c0;
      a1 += (rowsA[startA + t + 1] as number) * c1;
      b0 += (rowsB[startB + t] as number) * c0;
      b1 += (rowsB[startB + t + 1] as number) * c1;
    }
    if (t < end) {
      a0 += (rowsA[startA + t] as number) * (curves[t] as number);
      b0 += (rowsB[startB + t] as number) * (curves[t] as number);
    }
    this.first = a0 + a1;
    this.second = b0 + b1;
  }

  /** Sets the best Ktrans and vp, neither negative, for one kep; returns the sum of squares that they explain. */
  private solve(dot: number, norm: number, cross: number): number {
    const plain = norm > 0 ? Math.max(0, dot / norm) : 0;
    this.ktrans = plain;
    this.vp = 0;
    if (!this.extended) return plain * dot;
    const { plasmaNorm } = this.table;
    const plasmaDot = this.plasmaDot;
    const inverse = inverseOf(norm, plasmaNorm, cross);
    if (inverse > 0) {
      const ktrans = (dot * plasmaNorm - plasmaDot * cross) * inverse;
      const vp = (plasmaDot * norm - dot * cross) * inverse;
      if (ktrans >= 0 && vp >= 0) {
        this.ktrans = ktrans;
        this.vp = vp;
        return ktrans * dot + vp * plasmaDot;
      }
    }
    const only = plasmaNorm > 0 ? Math.max(0, plasmaDot / plasmaNorm) : 0;
    if (only * plasmaDot <= plain * dot) return plain * dot;
    this.ktrans = 0;
    this.vp = only;
    return only * plasmaDot;
  }

  /** The maximum beside a row: where the derivative by the place is 0; sets `place`, Ktrans and vp, returns the explained sum. */
  private between(row: number): number {
    const { table } = this;
    this.multiply(table.response, row, table.slope, row);
    const { first: dot, second: slopeDot } = this;
    const sum = this.solve(dot, table.norm[row] as number, table.cross[row] as number);
    const slopeHere = this.derivative(slopeDot, table.normSlope[row] as number, table.crossSlope[row] as number);
    const low = slopeHere > 0 ? row : row - 1;
    this.place = row;
    if (slopeHere === 0 || low < 0 || low + 1 >= table.count) return sum;
    const other = slopeHere > 0 ? row + 1 : row - 1;
    this.multiply(table.response, other, table.slope, other);
    if (slopeHere > 0) this.dot.set(dot, slopeDot, this.first, this.second);
    else this.dot.set(this.first, this.second, dot, slopeDot);
    this.norm.take(table.normBetween, normTerms * low);
    this.cross.between(table.cross, table.crossSlope, low);
    const share = this.rootOfSlope();
    const better = this.solve(this.dot.at(share), this.norm.at(share), this.cross.at(share));
    if (better < sum) return this.solve(dot, table.norm[row] as number, table.cross[row] as number);
    this.place = low + share;
    return better;
  }

  /** Half the derivative of the explained sum by the place, Ktrans and vp at their best (so that their change does not count). */
  private derivative(dotSlope: number, normSlope: number, crossSlope: number): number {
    return this.ktrans * (dotSlope - 0.5 * this.ktrans * normSlope - this.vp * crossSlope);
  }

  private slopeAt(share: number): number {
    this.solve(this.dot.at(share), this.norm.at(share), this.cross.at(share));
    return this.derivative(this.dot.slopeAt(share), this.norm.slopeAt(share), this.cross.slopeAt(share));
  }

  /** Zero of the falling derivative between two rows by regula falsi (Illinois); an end where it does not change sign. */
  private rootOfSlope(): number {
    let a = 0;
    let b = 1;
    let fa = this.slopeAt(a);
    let fb = this.slopeAt(b);
    if (!(fa > 0)) return a;
    if (!(fb < 0)) return b;
    // Illinois: an end that is kept twice in a row counts half, so that both ends move.
    let side = 0;
    let u = a;
    for (let step = 0; step < rootSteps; step++) {
      const before = u;
      u = (a * fb - b * fa) / (fb - fa);
      if (Math.abs(u - before) < closeEnough) break;
      const fu = this.slopeAt(u);
      if (fu === 0) break;
      if (fu > 0) {
        a = u;
        fa = fu;
        if (side > 0) fb /= 2;
        side = 1;
      } else {
        b = u;
        fb = fu;
        if (side < 0) fa /= 2;
        side = -1;
      }
    }
    return u;
  }
}

function squareOf(values: Float64Array, from: number, to: number): number {
  let a = 0;
  let b = 0;
  let at = from;
  for (; at + 1 < to; at += 2) {
    a += (values[at] as number) * (values[at] as number);
    b += (values[at + 1] as number) * (values[at + 1] as number);
  }
  return at < to ? a + b + (values[at] as number) * (values[at] as number) : a + b;
}

/** One over the determinant of the normal equations; 0 where response and input are proportional. */
function inverseOf(norm: number, plasmaNorm: number, cross: number): number {
  const determinant = norm * plasmaNorm - cross * cross;
  return determinant > 1e-14 * norm * plasmaNorm ? 1 / determinant : 0;
}
