import type { RoiMask, Volume } from '@cohortium/imaging';
import { extract } from '../extract.js';
import { resolveSettings } from '../settings/resolve.js';
import type { CheckedRow } from './checked-rows.js';
import { passes } from './compare.js';
import { ibsiErrors } from './errors.js';
import { parseCsv } from './reference-table.js';

/** One row of the table of phase 2: a feature of a filtered CT phantom. */
export interface FilteredReference {
  /** Filter and approach, such as `3.B`. */
  readonly filterId: string;
  readonly feature: string;
  readonly tag: string;
  /** Null where there is no consensus. */
  readonly value: number | null;
  readonly tolerance: number | null;
}

/** Codes of the intensity statistics by the tag of the compliance tables. */
const statisticsCodes: Readonly<Record<string, string>> = {
  stat_mean: 'Q4LE',
  stat_var: 'ECT3',
  stat_skew: 'KE2A',
  stat_kurt: 'IPH6',
  stat_median: 'Y12H',
  stat_min: '1GSF',
  stat_p10: 'QG58',
  stat_p90: '8DWT',
  stat_max: '84IY',
  stat_iqr: 'SALO',
  stat_range: '2OJQ',
  stat_mad: '4FUA',
  stat_rmad: '1128',
  stat_medad: 'N72L',
  stat_cov: '7TET',
  stat_qcod: '9S40',
  stat_energy: 'N8CA',
  stat_rms: '5ZWQ',
};

const approaches = {
  A: { approach: '2D', interpolation: null },
  B: { approach: '3D', interpolation: { method: 'tricubicSpline', spacingMm: [1, 1, 1], intensityRounding: 'nearestInteger' } },
} as const;

/** Filters of phase 2 by number and approach (IBSI chapter 2, doi 10.1148/radiol.231319; manual arXiv 2006.05470, section 4.2). */
const filters: Readonly<Record<string, (approach: 'A' | 'B') => Readonly<Record<string, unknown>> | null>> = {
  1: () => null,
  2: (approach) => ({ name: 'mean', dimensions: approaches[approach].approach, supportVoxels: 5 }),
  3: (approach) => ({ name: 'laplacianOfGaussian', dimensions: approaches[approach].approach, sigmaMm: 1.5, truncationSigma: 4 }),
  4: (approach) => ({ name: 'laws', kernels: approach === 'A' ? 'L5E5' : 'L5E5E5', rotationInvariance: 'max', energyDistanceVoxels: 7 }),
  5: (approach) => ({
    name: 'gabor',
    dimensions: approaches[approach].approach,
    sigmaMm: 5,
    wavelengthMm: 2,
    aspectRatio: 1.5,
    orientationStepDegrees: 22.5,
  }),
  6: (approach) => ({
    name: 'separableWavelet',
    wavelet: 'db3',
    level: 1,
    subband: approach === 'A' ? 'LH' : 'LLH',
    rotationInvariance: 'average',
  }),
  7: (approach) => ({
    name: 'separableWavelet',
    wavelet: 'db3',
    level: 2,
    subband: approach === 'A' ? 'HH' : 'HHH',
    rotationInvariance: 'average',
  }),
  8: (approach) => ({ name: 'simoncelli', dimensions: approaches[approach].approach, level: 1 }),
  9: (approach) => ({ name: 'simoncelli', dimensions: approaches[approach].approach, level: 2 }),
};

/** Reads the table of phase 2. @throws `RADIOMICS.BAD_REFERENCE_TABLE` */
export function parseFilteredTable(csv: string): readonly FilteredReference[] {
  const [header = [], ...records] = parseCsv(csv);
  const column = (name: string) => {
    const at = header.indexOf(name);
    if (at < 0) throw ibsiErrors.error('RADIOMICS.BAD_REFERENCE_TABLE', { problem: 'column', column: name, line: 1 });
    return at;
  };
  const [id, feature, tag, value, tolerance] = ['filter_id', 'feature', 'tag', 'value', 'tolerance'].map(column) as [
    number,
    number,
    number,
    number,
    number,
  ];
  return records.map((record, at) => {
    const number = (index: number, name: string) => {
      if ((record[index] ?? '') === '') return null;
      const parsed = Number(record[index]);
      if (!Number.isFinite(parsed))
        throw ibsiErrors.error('RADIOMICS.BAD_REFERENCE_TABLE', { problem: 'number', column: name, line: at + 2 });
      return parsed;
    };
    return {
      filterId: record[id] ?? '',
      feature: record[feature] ?? '',
      tag: record[tag] ?? '',
      value: number(value, 'value'),
      tolerance: number(tolerance, 'tolerance'),
    };
  });
}

/**
 * Compares the intensity statistics of one filtered CT phantom with the table; a filter that is not defined gives failed rows.
 * @param rows rows of one filter and approach
 */
export function checkFiltered(filterId: string, rows: readonly FilteredReference[], image: Volume, mask: RoiMask): readonly CheckedRow[] {
  const values = filteredStatistics(filterId, image, mask);
  return rows.map(({ feature, tag, value: reference, tolerance }) => {
    const ibsiCode = statisticsCodes[tag] ?? '';
    const value = values.get(ibsiCode) ?? null;
    const compared = reference !== null && tolerance !== null;
    return {
      dataset: `IBSI 2 phase 2, ${filterId}`,
      family: 'Statistics',
      feature,
      ibsiCode,
      aggregation: '',
      aggregationCode: '',
      value,
      reference,
      tolerance,
      consensus: '',
      compared,
      pass: value !== null && (!compared || passes(value, reference, tolerance)),
    };
  });
}

function filteredStatistics(filterId: string, image: Volume, mask: RoiMask): ReadonlyMap<string, number> {
  const [number = '', letter] = filterId.split('.');
  const make = Object.hasOwn(filters, number) ? filters[number] : undefined;
  if (make === undefined || (letter !== 'A' && letter !== 'B')) return new Map();
  const filter = make(letter);
  const settings = resolveSettings({
    ...approaches[letter],
    name: `ibsi-2-${filterId}`,
    intensityUnits: 'calibrated',
    resegmentation: { range: [-1000, 400] },
    families: ['intensityStatistics'],
    filters: filter === null ? [] : [{ filter, families: ['intensityStatistics'] }],
  });
  const wanted = filter === null ? null : (settings.filters[0]?.id ?? null);
  const features = extract(image, mask, settings).features.filter((feature) => feature.filter === wanted);
  return new Map(features.map(({ ibsiCode, value }) => [ibsiCode ?? '', value]));
}
