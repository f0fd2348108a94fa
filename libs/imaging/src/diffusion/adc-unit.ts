import { imagingErrors } from '../errors.js';

/** Units in which scanners store diffusion coefficients, with the factor that turns them into 10^-6 mm^2/s. */
export const adcUnits = { '10^-6 mm^2/s': 1, '10^-5 mm^2/s': 10, '10^-3 mm^2/s': 1000, 'mm^2/s': 1e6 } as const;
/** One of {@link adcUnits}. */
export type AdcUnit = keyof typeof adcUnits;

/**
 * Medians of a map of tissue, 10^-6 mm^2/s: restricted lesions lie above 400, free water at body temperature below 3300. The range is
 * narrower than the factor between any two units, so that at most one of them fits.
 */
export const plausibleMedian = { from: 400, to: 3300 } as const;

/** How the unit of a map was found. */
export interface AdcUnitDecision {
  readonly unit: AdcUnit;
  /** Turns the stored values into 10^-6 mm^2/s. */
  readonly factor: number;
  /** Median of the voxels above 0 as they are stored. */
  readonly median: number;
  readonly basis: 'stated' | 'range' | 'named';
}

/**
 * The unit of a diffusion map made by a scanner: the one that its header states, if the voxels agree; else the only one in which their median
 * is plausible for tissue.
 * @param stated text of the header (rescale type, UCUM code of a real-world value map); undefined where it says nothing
 * @param named what a person says; overrides everything
 * @throws `IMAGING.UNIT_UNDECIDED`
 */
export function adcUnitOf(values: ArrayLike<number>, stated?: string, named?: AdcUnit): AdcUnitDecision {
  const median = medianAboveZero(values);
  if (median === undefined) throw imagingErrors.error('IMAGING.UNIT_UNDECIDED', { problem: 'empty' });
  if (named !== undefined) return { unit: named, factor: adcUnits[named], median, basis: 'named' };
  const isPlausible = (unit: AdcUnit) => median * adcUnits[unit] >= plausibleMedian.from && median * adcUnits[unit] <= plausibleMedian.to;
  const told = stated === undefined || saysNothing(stated) ? undefined : parseAdcUnit(stated);
  if (told !== undefined) {
    if (!isPlausible(told))
      throw imagingErrors.error('IMAGING.UNIT_UNDECIDED', {
        problem: 'contradiction',
        stated: told,
        median: Number((median * adcUnits[told]).toPrecision(3)),
      });
    return { unit: told, factor: adcUnits[told], median, basis: 'stated' };
  }
  const unit = (Object.keys(adcUnits) as AdcUnit[]).find(isPlausible);
  if (unit === undefined) throw imagingErrors.error('IMAGING.UNIT_UNDECIDED', { problem: 'median', median: Number(median.toPrecision(3)) });
  return { unit, factor: adcUnits[unit], median, basis: 'range' };
}

/** Rescale types that name no unit (PS3.3, C.11.1.1.2: US is unspecified). */
function saysNothing(stated: string): boolean {
  return ['', 'us', 'normalized', '1', 'no units', 'unspecified'].includes(stated.trim().toLowerCase());
}

/**
 * A unit from the words of a header: `mm2/s`, `um2/s`, `10^-6 mm^2/s`, `1e-3 mm2/s`, UCUM `10*-6.mm2/s`.
 * @throws `IMAGING.UNIT_UNDECIDED` for words that are not understood
 */
export function parseAdcUnit(text: string): AdcUnit {
  const plain = text
    .toLowerCase()
    .replaceAll('²', '2')
    .replaceAll('μ', 'u')
    .replaceAll('µ', 'u')
    .replace(/[\s^*.·×x[\]{}()_]/g, '')
    .replace(/sec(ond)?s?$/, 's');
  const [, power, length, time] = /^(?:(?:10|1e|e)(-?\d))?(mm|um)2\/(s|ms)$/.exec(plain) ?? [];
  const exponent = Number(power ?? 0) + (length === 'um' ? -6 : 0) + (time === 'ms' ? 3 : 0);
  const unit = ({ 0: 'mm^2/s', [-3]: '10^-3 mm^2/s', [-5]: '10^-5 mm^2/s', [-6]: '10^-6 mm^2/s' } as Record<number, AdcUnit>)[exponent];
  if (length === undefined || unit === undefined) throw imagingErrors.error('IMAGING.UNIT_UNDECIDED', { problem: 'unknown' });
  return unit;
}

function medianAboveZero(values: ArrayLike<number>): number | undefined {
  let count = 0;
  for (let at = 0; at < values.length; at++) if ((values[at] as number) > 0) count++;
  if (count === 0) return undefined;
  const positive = new Float64Array(count);
  for (let at = 0, to = 0; at < values.length; at++) if ((values[at] as number) > 0) positive[to++] = values[at] as number;
  positive.sort();
  return 0.5 * ((positive[(count - 1) >> 1] as number) + (positive[count >> 1] as number));
}
