/** One synthetic feature: its name and how its values lie at a reference scanner. */
export interface SyntheticFeature {
  readonly name: string;
  /** Sequence and family, as a feature dictionary groups them: `dce/glcm`. */
  readonly group: string;
  /** Features of one block share a latent factor. */
  readonly block: string;
  readonly sequence: string;
  /** Mean in raw units. */
  readonly center: number;
  /** Standard deviation in raw units. */
  readonly sd: number;
  /** `heavy`: log-normal with shape {@link heavyShape}, else normal. */
  readonly shape: 'normal' | 'heavy';
  /** False for shape features, which no scanner moves. */
  readonly scannerDependent: boolean;
}

/** SD of the logarithm of a heavy-tailed feature. */
export const heavyShape = 0.5;

/** Family, name, mean, SD, tail, and the power of the intensity unit that the feature carries. */
type Row = readonly [family: string, name: string, center: number, sd: number, shape: 'normal' | 'heavy', power: 0 | 1 | 2];

const morphology: readonly Row[] = [
  ['morph', 'volume', 12_000, 5_000, 'heavy', 0],
  ['morph', 'surface_area', 3_100, 1_200, 'heavy', 0],
  ['morph', 'max_diameter', 32, 12, 'heavy', 0],
  ['morph', 'sphericity', 0.7, 0.08, 'normal', 0],
  ['morph', 'elongation', 0.75, 0.1, 'normal', 0],
  ['morph', 'flatness', 0.6, 0.09, 'normal', 0],
];

const intensityAndTexture: readonly Row[] = [
  ['stat', 'mean', 500, 80, 'normal', 1],
  ['glcm', 'contrast', 42, 7, 'heavy', 0],
  ['stat', 'median', 490, 80, 'normal', 1],
  ['glcm', 'joint_entropy', 7.4, 0.7, 'normal', 0],
  ['stat', 'p10', 380, 60, 'normal', 1],
  ['glrlm', 'short_run_emphasis', 0.86, 0.03, 'normal', 0],
  ['stat', 'p90', 650, 100, 'normal', 1],
  ['glszm', 'zone_size_non_uniformity', 140, 23, 'heavy', 0],
  ['stat', 'variance', 15_000, 2_400, 'heavy', 2],
  ['glcm', 'correlation', 0.55, 0.08, 'normal', 0],
  ['stat', 'skewness', 0.3, 0.5, 'normal', 0],
  ['glrlm', 'run_length_non_uniformity', 2_600, 430, 'heavy', 0],
  ['stat', 'kurtosis', 3.2, 0.5, 'heavy', 0],
  ['ngtdm', 'coarseness', 0.0031, 0.0005, 'normal', 0],
  ['stat', 'energy', 2.4e8, 4e7, 'heavy', 2],
  ['glcm', 'inverse_difference_moment', 0.41, 0.06, 'normal', 0],
  ['glszm', 'large_zone_emphasis', 1.2e6, 2e5, 'heavy', 0],
  ['stat', 'entropy', 4.9, 0.5, 'normal', 0],
  ['glcm', 'cluster_shade', 900, 600, 'normal', 0],
  ['glcm', 'cluster_prominence', 24_000, 4_000, 'heavy', 0],
  ['glrlm', 'gray_level_non_uniformity', 320, 52, 'heavy', 0],
  ['glrlm', 'run_entropy', 4.1, 0.4, 'normal', 0],
  ['glszm', 'zone_size_entropy', 6.2, 0.5, 'normal', 0],
  ['ngtdm', 'busyness', 1.7, 0.28, 'heavy', 0],
  ['ngtdm', 'strength', 0.9, 0.15, 'heavy', 0],
  ['stat', 'robust_mean_absolute_deviation', 66, 10, 'normal', 1],
];

/** Intensity units: arbitrary for DCE and T2, mm^2/s for ADC, so that raw values span many powers of ten. */
const sequences: Readonly<Record<string, number>> = { dce: 1, adc: 2.4e-6, t2w: 0.8 };
const wavelets = ['lll', 'llh', 'lhl', 'lhh', 'hll', 'hlh', 'hhl', 'hhh'];

/** Filter of the n-th pass over the catalog: none, the eight wavelet bands, then Laplacians of Gaussian of growing width. */
function filterPrefix(pass: number): string {
  if (pass === 0) return '';
  const band = wavelets[pass - 1];
  return band === undefined ? `log_${pass - wavelets.length}mm_` : `wavelet_${band}_`;
}

/**
 * The first `count` features: shape first, then intensity and texture by sequence, named in the manner of mp-MRI feature tables
 * (`dce_glcm_contrast`). Beyond the plain ones come filtered images.
 */
export function featureCatalog(count: number): SyntheticFeature[] {
  const features: SyntheticFeature[] = morphology.map((row) => feature(row, '', '', 1));
  for (let pass = 0; features.length < count; pass++) {
    const filter = filterPrefix(pass);
    for (const row of intensityAndTexture)
      for (const [sequence, unit] of Object.entries(sequences)) features.push(feature(row, sequence, filter, unit));
  }
  const order = new Map(['', ...Object.keys(sequences)].map((sequence, index) => [sequence, index]));
  return features.slice(0, count).sort((a, b) => (order.get(a.sequence) as number) - (order.get(b.sequence) as number));
}

function feature([family, name, center, sd, shape, power]: Row, sequence: string, filter: string, unit: number): SyntheticFeature {
  const scale = power === 0 ? 1 : power === 1 ? unit : unit * unit;
  const group = sequence === '' ? family : `${sequence}/${family}`;
  return {
    name: sequence === '' ? `${family}_${name}` : `${filter}${sequence}_${family}_${name}`,
    group,
    block: group,
    sequence,
    center: center * scale,
    sd: sd * scale,
    shape,
    scannerDependent: sequence !== '',
  };
}
