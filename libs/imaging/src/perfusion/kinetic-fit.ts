import { exp } from '@cohortium/numerics';
import { ExactResponse } from './kinetic-table.js';
import type { KineticTable } from './kinetic-table.js';

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
 * two rows by the zero of the derivative.
 * @see Tofts et al. 1999, doi:10.1002/(SICI)1522-2586(199909)10:3<223::AID-JMRI2>3.0.CO;2-S; Golub and Pereyra 1973, doi:10.1137/0710036
 */
export class KineticFit {
  readonly parameters: KineticParameters = { ktransPerMin: NaN, kepPerMin: NaN, ve: NaN, vp: NaN, rmsMm: NaN, state: 0 };
  private readonly dots: Float64Array;
  private readonly known: Uint8Array;
  private readonly exact: ExactResponse;
  private plasmaDot = 0;
  private ktrans = 0;
  private vp = 0;

  /** @param extended with a plasma part */
  constructor(
    private readonly table: KineticTable,
    private readonly extended: boolean,
  ) {
    this.dots = new Float64Array(table.count);
    this.known = new Uint8Array(table.count);
    this.exact = new ExactResponse(table);
  }

  /** Fits one voxel: concentrations in mM at the times of the table. */
  fit(concentration: Float64Array): KineticParameters {
    const { table, parameters } = this;
    this.known.fill(0);
    let square = 0;
    let plasmaDot = 0;
    for (let t = 0; t < table.times; t++) {
      const c = concentration[t] as number;
      square += c * c;
      plasmaDot += c * (table.plasma[t] as number);
    }
    if (!Number.isFinite(square)) return this.none(fitStates.notFinite);
    this.plasmaDot = plasmaDot;
    const best = this.bestRow(concentration);
    const explained = this.between(best, concentration);
    if (!(this.ktrans > 0)) {
      if (!(this.vp > 0)) return this.none(fitStates.noUptake);
      // All in plasma: there is no washout to speak of.
      Object.assign(parameters, { ktransPerMin: 0, kepPerMin: NaN, ve: NaN, vp: this.vp, state: fitStates.ok });
    } else {
      const kep = exp(table.from + explained.at * table.step);
      parameters.ktransPerMin = this.ktrans;
      parameters.kepPerMin = kep;
      parameters.ve = this.ktrans / kep;
      parameters.vp = this.vp;
      parameters.state = explained.at <= 0 || explained.at >= table.count - 1 ? fitStates.atBound : fitStates.ok;
    }
    parameters.rmsMm = Math.sqrt(Math.max(0, square - explained.sum) / table.times);
    return parameters;
  }

  private none(state: number): KineticParameters {
    return Object.assign(this.parameters, { ktransPerMin: NaN, kepPerMin: NaN, ve: NaN, vp: NaN, rmsMm: NaN, state });
  }

  /** The row of the table that explains most: all at the coarse stride, then ever closer around the best. */
  private bestRow(concentration: Float64Array): number {
    const { count } = this.table;
    let best = 0;
    let most = -1;
    const look = (row: number): void => {
      if (row < 0 || row >= count) return;
      const sum = this.explained(this.dotOf(row, concentration), row);
      if (sum > most) {
        most = sum;
        best = row;
      }
    };
    for (let row = 0; row < count; row += coarseStride) look(row);
    look(count - 1);
    for (let stride = coarseStride / 2; stride >= 1; stride /= 2) {
      const center = best;
      look(center - stride);
      look(center + stride);
    }
    return best;
  }

  private dotOf(row: number, concentration: Float64Array): number {
    if (this.known[row] === 1) return this.dots[row] as number;
    const { times, response } = this.table;
    let sum = 0;
    for (let t = 0, at = row * times; t < times; t++, at++) sum += (response[at] as number) * (concentration[t] as number);
    this.known[row] = 1;
    this.dots[row] = sum;
    return sum;
  }

  private explained(dot: number, row: number): number {
    return this.solve(dot, this.table.norm[row] as number, this.table.cross[row] as number);
  }

  /** Best Ktrans and vp, neither negative, for one kep; returns the sum of squares that they explain. */
  private solve(dot: number, norm: number, cross: number): number {
    const plain = norm > 0 ? Math.max(0, dot / norm) : 0;
    this.ktrans = plain;
    this.vp = 0;
    if (!this.extended) return plain * dot;
    const { plasmaNorm } = this.table;
    const plasmaDot = this.plasmaDot;
    const determinant = norm * plasmaNorm - cross * cross;
    if (determinant > 1e-14 * norm * plasmaNorm) {
      const ktrans = (dot * plasmaNorm - plasmaDot * cross) / determinant;
      const vp = (plasmaDot * norm - dot * cross) / determinant;
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

  /** The maximum beside a row: where the derivative by the log rate is 0, from exact responses; `at` is a place between rows. */
  private between(row: number, concentration: Float64Array): { at: number; sum: number } {
    const { table, exact } = this;
    const sum = this.explained(this.dotOf(row, concentration), row);
    const slopeAt = (place: number): number => {
      exact.at(place, concentration);
      this.solve(exact.dot, exact.norm, exact.cross);
      return this.derivative(exact.dotSlope, exact.normSlope, exact.crossSlope);
    };
    const slopeHere = slopeAt(row);
    const low = slopeHere > 0 ? row : row - 1;
    if (slopeHere === 0 || low < 0 || low + 1 >= table.count) return { at: row, sum };
    const place = rootOf(slopeAt, low, slopeHere > 0 ? slopeHere : undefined, slopeHere > 0 ? undefined : slopeHere);
    exact.at(place, concentration);
    const better = this.solve(exact.dot, exact.norm, exact.cross);
    if (better >= sum) return { at: place, sum: better };
    return { at: row, sum: this.explained(this.dotOf(row, concentration), row) };
  }

  /** Half the derivative of the explained sum by the log rate, Ktrans and vp at their best (so that their change does not count). */
  private derivative(dotSlope: number, normSlope: number, crossSlope: number): number {
    return this.ktrans * (dotSlope - 0.5 * this.ktrans * normSlope - this.vp * crossSlope);
  }
}

/** Zero of a falling function between `low` and the next whole number by regula falsi (Illinois); an end where it does not change sign. */
function rootOf(f: (place: number) => number, low: number, atLow: number | undefined, atHigh: number | undefined): number {
  let a = low;
  let b = low + 1;
  let fa = atLow ?? f(a);
  let fb = atHigh ?? f(b);
  if (!(fa > 0)) return a;
  if (!(fb < 0)) return b;
  // Illinois: an end that is kept twice in a row counts half, so that both ends move.
  let side = 0;
  let u = a;
  for (let step = 0; step < rootSteps; step++) {
    const before = u;
    u = (a * fb - b * fa) / (fb - fa);
    if (Math.abs(u - before) < closeEnough) break;
    const fu = f(u);
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
