import { convolveExponential, parkerAif, plasmaFromBlood } from '@cohortium/imaging';
import type { ArterialInput } from '@cohortium/imaging';
import { exp, ln } from '@cohortium/numerics';

/** When the phases of a dynamic series were taken and when contrast arrived. */
export interface PhaseTimes {
  /** Seconds from the first phase to each, ascending, multiples of {@link inputStepSeconds}. */
  readonly seconds: readonly number[];
  /** Seconds from the first phase to the arrival of contrast. */
  readonly arrivalSeconds: number;
}

/** Distance of the points between which the arterial input is linear. */
export const inputStepSeconds = 0.5;

/** Washout rates of the table, 1/min, and its rows per factor e. Between rows a cubic keeps eight digits. */
const rates = { from: 0.002, to: 60, perUnit: 20 } as const;

/** The population input of Parker et al. in plasma (hematocrit 0.42), from the first phase to the last, piecewise linear. */
export function phantomInput({ seconds, arrivalSeconds }: PhaseTimes): ArterialInput & { readonly minutes: Float64Array } {
  const last = seconds.at(-1) ?? 0;
  const minutes = Float64Array.from({ length: Math.round(last / inputStepSeconds) + 1 }, (_, at) => (at * inputStepSeconds) / 60);
  const blood = parkerAif(minutes.map((minute) => minute - arrivalSeconds / 60));
  return { minutes, plasmaMm: plasmaFromBlood(blood) };
}

/**
 * Concentration of contrast by the extended Tofts model, Ct = vp Cp + Ktrans (Cp * exp(-kep t)) with kep = Ktrans / ve, at the phases of a
 * series. The convolution is tabulated over the logarithm of kep with its derivative and read by cubic Hermite interpolation.
 * @see Tofts et al. 1999, doi:10.1002/(SICI)1522-2586(199909)10:3<223::AID-JMRI2>3.0.CO;2-S
 */
export class ToftsTable {
  readonly phaseCount: number;
  private readonly plasma: Float64Array;
  private readonly rows: number;
  private readonly step: number;
  private readonly from = ln(rates.from);
  /** Row, then phase: convolution and its derivative by the row number. */
  private readonly values: Float64Array;
  private readonly slopes: Float64Array;

  constructor(times: PhaseTimes) {
    const { minutes, plasmaMm } = phantomInput(times);
    const input = Float64Array.from(plasmaMm);
    const images = times.seconds.map((second) => Math.round(second / inputStepSeconds));
    this.phaseCount = images.length;
    this.plasma = Float64Array.from(images, (at) => input[at] as number);
    this.rows = Math.ceil((ln(rates.to) - this.from) * rates.perUnit) + 1;
    this.step = (ln(rates.to) - this.from) / (this.rows - 1);
    this.values = new Float64Array(this.rows * this.phaseCount);
    this.slopes = new Float64Array(this.rows * this.phaseCount);
    const b = new Float64Array(minutes.length);
    const db = new Float64Array(minutes.length);
    for (let row = 0; row < this.rows; row++) {
      const k = exp(this.from + row * this.step);
      convolveExponential(minutes, input, k, b, db);
      images.forEach((at, phase) => {
        this.values[row * this.phaseCount + phase] = b[at] as number;
        this.slopes[row * this.phaseCount + phase] = (db[at] as number) * k * this.step;
      });
    }
  }

  /** Concentrations at the phases, mM, into `out`. Rates outside 0.002 to 60 per minute are taken at the border. */
  concentration(ktransPerMin: number, ve: number, vp: number, out: Float64Array): void {
    const { phaseCount, values, slopes, plasma } = this;
    const place = ve > 0 && ktransPerMin > 0 ? (ln(ktransPerMin / ve) - this.from) / this.step : 0;
    const row = Math.min(this.rows - 2, Math.max(0, Math.floor(place)));
    const t = Math.min(1, Math.max(0, place - row));
    const h1 = t * t * (3 - 2 * t);
    const g0 = t * (1 - t) * (1 - t);
    const g1 = t * t * (t - 1);
    for (let phase = 0, at = row * phaseCount; phase < phaseCount; phase++, at++) {
      const low = values[at] as number;
      const high = values[at + phaseCount] as number;
      const response = low + h1 * (high - low) + g0 * (slopes[at] as number) + g1 * (slopes[at + phaseCount] as number);
      out[phase] = vp * (plasma[phase] as number) + ktransPerMin * response;
    }
  }
}
