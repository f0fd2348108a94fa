import type { Scanner } from '../scanner.js';

/** Whose tags and habits the headers follow. */
export type Vendor = 'siemens' | 'ge' | 'philips' | 'uih';

/** A scanner with the protocol that its hospital runs. */
export interface ScannerProfile extends Scanner {
  readonly vendor: Vendor;
  readonly software: string;
  /** Field of view in plane and slab thickness, millimeters; the voxel follows from the matrix. */
  readonly fieldOfViewMm: readonly [number, number, number];
  readonly t2: { readonly repetitionTimeMs: number; readonly echoTimeMs: number; readonly echoTrain: number };
  readonly dynamic: {
    readonly repetitionTimeMs: number;
    readonly echoTimeMs: number;
    readonly flipAngleDeg: number;
    /** Time from one phase after contrast to the next. */
    readonly phaseSeconds: number;
  };
  readonly diffusion: {
    readonly repetitionTimeMs: number;
    readonly echoTimeMs: number;
    readonly bValues: readonly number[];
    /** Matrix in plane over that of the other series. */
    readonly matrixShare: number;
  };
  /** SD of the noise over the signal of fibroglandular tissue, by series. */
  readonly noise: { readonly t2: number; readonly dynamic: number; readonly diffusion: number };
  /** Stored value of fibroglandular tissue before contrast. */
  readonly storedGland: number;
  /** SD of the logarithm of the coil's slopes over 100 mm. */
  readonly biasStrength: number;
  /** Share of the fat's signal that suppression leaves. */
  readonly fatLeft: number;
  /** The console computes an ADC map and sends it as a series of its own. */
  readonly sendsAdc: boolean;
  /** Objects are Enhanced MR where the form is not forced. */
  readonly prefersEnhanced: boolean;
}

const profiles: readonly ScannerProfile[] = [
  {
    vendor: 'siemens', manufacturer: 'SIEMENS', model: 'Avanto', software: 'syngo MR B17', fieldStrengthT: 1.5,
    fieldOfViewMm: [168, 168, 88],
    t2: { repetitionTimeMs: 4600, echoTimeMs: 84, echoTrain: 15 },
    dynamic: { repetitionTimeMs: 4.6, echoTimeMs: 1.7, flipAngleDeg: 10, phaseSeconds: 66 },
    diffusion: { repetitionTimeMs: 7200, echoTimeMs: 86, bValues: [50, 400, 800], matrixShare: 0.75 },
    noise: { t2: 0.03, dynamic: 0.02, diffusion: 0.02 },
    storedGland: 260, biasStrength: 0.3, fatLeft: 0.1, sendsAdc: true, prefersEnhanced: false,
  },
  {
    vendor: 'ge', manufacturer: 'GE MEDICAL SYSTEMS', model: 'Signa HDxt', software: '15\\LX\\MR Software release:15.0_M4', fieldStrengthT: 3,
    fieldOfViewMm: [176, 176, 96],
    t2: { repetitionTimeMs: 5200, echoTimeMs: 90, echoTrain: 16 },
    dynamic: { repetitionTimeMs: 5.4, echoTimeMs: 2.4, flipAngleDeg: 10, phaseSeconds: 78 },
    diffusion: { repetitionTimeMs: 6000, echoTimeMs: 66, bValues: [0, 400, 800], matrixShare: 0.75 },
    noise: { t2: 0.02, dynamic: 0.015, diffusion: 0.016 },
    storedGland: 900, biasStrength: 0.35, fatLeft: 0.08, sendsAdc: true, prefersEnhanced: false,
  },
  {
    vendor: 'philips', manufacturer: 'Philips Medical Systems', model: 'Ingenia', software: '5.3.0\\5.3.0.3', fieldStrengthT: 3,
    fieldOfViewMm: [160, 160, 88],
    t2: { repetitionTimeMs: 4200, echoTimeMs: 72, echoTrain: 18 },
    dynamic: { repetitionTimeMs: 4.9, echoTimeMs: 2.3, flipAngleDeg: 10, phaseSeconds: 60 },
    diffusion: { repetitionTimeMs: 6800, echoTimeMs: 70, bValues: [0, 150, 1000], matrixShare: 0.875 },
    noise: { t2: 0.02, dynamic: 0.016, diffusion: 0.015 },
    storedGland: 620, biasStrength: 0.22, fatLeft: 0.06, sendsAdc: false, prefersEnhanced: true,
  },
  {
    vendor: 'uih', manufacturer: 'UIH', model: 'uMR 780', software: 'uMR R005', fieldStrengthT: 3,
    fieldOfViewMm: [164, 164, 92],
    t2: { repetitionTimeMs: 3900, echoTimeMs: 80, echoTrain: 17 },
    dynamic: { repetitionTimeMs: 4.3, echoTimeMs: 2, flipAngleDeg: 10, phaseSeconds: 62 },
    diffusion: { repetitionTimeMs: 5600, echoTimeMs: 68, bValues: [50, 400, 800], matrixShare: 0.75 },
    noise: { t2: 0.025, dynamic: 0.018, diffusion: 0.018 },
    storedGland: 1100, biasStrength: 0.28, fatLeft: 0.08, sendsAdc: true, prefersEnhanced: false,
  },
  {
    vendor: 'ge', manufacturer: 'GE MEDICAL SYSTEMS', model: 'Optima MR450w', software: '25\\LX\\MR Software release:DV25.0_R02', fieldStrengthT: 1.5,
    fieldOfViewMm: [180, 180, 96],
    t2: { repetitionTimeMs: 4800, echoTimeMs: 88, echoTrain: 14 },
    dynamic: { repetitionTimeMs: 5.9, echoTimeMs: 2.7, flipAngleDeg: 12, phaseSeconds: 84 },
    diffusion: { repetitionTimeMs: 7500, echoTimeMs: 74, bValues: [0, 500, 1000], matrixShare: 0.75 },
    noise: { t2: 0.03, dynamic: 0.022, diffusion: 0.02 },
    storedGland: 780, biasStrength: 0.3, fatLeft: 0.12, sendsAdc: false, prefersEnhanced: false,
  },
  {
    vendor: 'siemens', manufacturer: 'SIEMENS', model: 'Skyra', software: 'syngo MR E11', fieldStrengthT: 3,
    fieldOfViewMm: [172, 172, 92],
    t2: { repetitionTimeMs: 5000, echoTimeMs: 78, echoTrain: 15 },
    dynamic: { repetitionTimeMs: 4.2, echoTimeMs: 1.6, flipAngleDeg: 9, phaseSeconds: 58 },
    diffusion: { repetitionTimeMs: 6200, echoTimeMs: 60, bValues: [50, 400, 800], matrixShare: 0.75 },
    noise: { t2: 0.018, dynamic: 0.014, diffusion: 0.014 },
    storedGland: 320, biasStrength: 0.32, fatLeft: 0.05, sendsAdc: true, prefersEnhanced: false,
  },
  {
    vendor: 'philips', manufacturer: 'Philips Medical Systems', model: 'Achieva', software: '3.2.1\\3.2.1.1', fieldStrengthT: 1.5,
    fieldOfViewMm: [176, 176, 90],
    t2: { repetitionTimeMs: 4400, echoTimeMs: 90, echoTrain: 16 },
    dynamic: { repetitionTimeMs: 5.1, echoTimeMs: 2.5, flipAngleDeg: 10, phaseSeconds: 70 },
    diffusion: { repetitionTimeMs: 7000, echoTimeMs: 78, bValues: [0, 500, 1000], matrixShare: 0.75 },
    noise: { t2: 0.028, dynamic: 0.02, diffusion: 0.02 },
    storedGland: 540, biasStrength: 0.25, fatLeft: 0.1, sendsAdc: true, prefersEnhanced: false,
  },
]; // prettier-ignore

/** The scanner of the n-th hospital of a cohort in images. */
export function scannerProfile(siteIndex: number): ScannerProfile {
  return profiles[siteIndex % profiles.length] as ScannerProfile;
}
