import type { SeededRandom } from '@cohortium/numerics';
import type { SyntheticFeature } from './feature-catalog.js';
import { inverseGamma } from './gamma.js';

/** A scanner as clinical tables name it. */
export interface Scanner {
  readonly manufacturer: string;
  readonly model: string;
  readonly fieldStrengthT: number;
}

const scanners: readonly Scanner[] = [
  { manufacturer: 'SIEMENS', model: 'Avanto', fieldStrengthT: 1.5 },
  { manufacturer: 'GE MEDICAL SYSTEMS', model: 'Signa HDxt', fieldStrengthT: 3 },
  { manufacturer: 'Philips Medical Systems', model: 'Ingenia', fieldStrengthT: 3 },
  { manufacturer: 'GE MEDICAL SYSTEMS', model: 'Optima MR450w', fieldStrengthT: 1.5 },
  { manufacturer: 'UIH', model: 'uMR 780', fieldStrengthT: 3 },
  { manufacturer: 'SIEMENS', model: 'TrioTim', fieldStrengthT: 3 },
  { manufacturer: 'Philips Medical Systems', model: 'Achieva', fieldStrengthT: 1.5 },
];

/** The scanner of the n-th site. */
export function scannerOf(siteIndex: number): Scanner {
  return scanners[siteIndex % scanners.length] as Scanner;
}

/** What a scanner does to each feature, in units of the feature's SD at the reference scanner. */
export interface ScannerEffects {
  /** Additive, by feature; 0 for shape features. */
  readonly location: readonly number[];
  /** Multiplicative on deviations, by feature; 1 for shape features. */
  readonly scale: readonly number[];
}

/**
 * Effects of one scanner as ComBat assumes them (Johnson et al., Biostatistics 2007, doi 10.1093/biostatistics/kxj037): locations
 * normal about a mean of the scanner, squared scales inverse gamma about another.
 */
export function scannerEffects(random: SeededRandom, features: readonly SyntheticFeature[]): ScannerEffects {
  const meanLocation = 0.35 * random.normal();
  const meanVariance = 0.7 + 0.9 * random.uniform();
  const shape = 8 + 4 * random.uniform();
  const drawn = features.map(() => ({
    location: meanLocation + 0.5 * random.normal(),
    scale: Math.sqrt(inverseGamma(random, shape, meanVariance)),
  }));
  return {
    location: drawn.map(({ location }, j) => (features[j]?.scannerDependent ? location : 0)),
    scale: drawn.map(({ scale }, j) => (features[j]?.scannerDependent ? scale : 1)),
  };
}
