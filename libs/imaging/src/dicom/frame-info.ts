import type { Triple } from '../geometry/geometry.js';
import type { DiffusionWeighting } from './diffusion-weighting.js';
import type { PixelFormat } from './pixel-format.js';
import type { WaterFat } from './water-fat.js';

/** Where the pixels of a frame lie, in patient space (LPS millimeters). */
export interface FramePlane {
  /** Center of the first pixel. */
  readonly position: Triple;
  /** Unit vectors along a row (i) and along a column (j). */
  readonly rowAxis: Triple;
  readonly columnAxis: Triple;
  /** Distance between columns (i) and between rows (j). */
  readonly pixelSpacingMm: readonly [number, number];
}

/** Moments that a frame states. Clock times are seconds since 1970 where the date is known, else since midnight. */
export interface FrameTimes {
  /** Frame Acquisition DateTime, or Frame Reference DateTime, of an Enhanced object. */
  readonly frameSeconds?: number;
  readonly acquisitionSeconds?: number;
  readonly contentSeconds?: number;
  /** Trigger Time, or Nominal Cardiac Trigger Delay Time, milliseconds. */
  readonly triggerMs?: number;
  /** Temporal Position Time Offset, or Philips' begin of the dynamic scan, seconds. */
  readonly offsetSeconds?: number;
  readonly frameDurationMs?: number;
}

/** One image plane of an object: a frame, or a tile of a mosaic. Plain data; nothing here refers to the file. */
export interface FrameInfo {
  /** Frame of the object, from 0. */
  readonly frame: number;
  /** Part of the frame that is this plane; undefined for all of it. */
  readonly tile?: { readonly left: number; readonly top: number };
  readonly rows: number;
  readonly columns: number;
  /** Undefined where the object does not state it; `missing` names the attribute. */
  readonly plane?: FramePlane;
  readonly missing?: string;
  readonly sliceThicknessMm?: number;
  readonly spacingBetweenSlicesMm?: number;
  /** Stored value to output value. */
  readonly slope: number;
  readonly intercept: number;
  /** Of Philips scanners: rescale slope times the private Scale Slope, by which signals become rescaled values; see `alignScales`. */
  readonly displayScale?: number;
  /** Rescale Type, or the unit of the real world value mapping. */
  readonly unit?: string;
  /** A real world value mapping that differs from the rescale; noted, not applied. */
  readonly realWorld?: { readonly slope: number; readonly intercept: number; readonly unit?: string };
  /** True where a look-up table takes the place of the slope. */
  readonly hasLookupTable: boolean;
  readonly instanceNumber?: number;
  readonly acquisitionNumber?: number;
  /** Temporal Position Index or Identifier. */
  readonly temporalPosition?: number;
  readonly stackId?: string;
  readonly imageType: readonly string[];
  /** MAGNITUDE, PHASE, REAL, IMAGINARY, where stated or coded in the image type. */
  readonly component?: string;
  /** Part of a chemical shift (Dixon) acquisition. */
  readonly waterFat?: WaterFat;
  readonly echoTimeMs?: number;
  readonly echoNumber?: number;
  readonly repetitionTimeMs?: number;
  readonly inversionTimeMs?: number;
  readonly flipAngleDegrees?: number;
  readonly diffusion?: DiffusionWeighting;
  readonly times: FrameTimes;
}

/** Factors from which standardized uptake values are computed (PS3.3, C.8.9.1); none of them leaves by a name or a date. */
export interface UptakeFactors {
  readonly units?: string;
  readonly correctedImage: readonly string[];
  readonly decayCorrection?: string;
  readonly patientWeightKg?: number;
  readonly injectedDoseBq?: number;
  readonly halfLifeSeconds?: number;
  /** From the start of the radiopharmaceutical to the series time. */
  readonly uptakeSeconds?: number;
}

/** What an image object says about its acquisition, read before anything is removed from it. */
export interface ImageFacts {
  readonly modality?: string;
  readonly sopClassUid?: string;
  readonly manufacturer?: string;
  readonly model?: string;
  readonly softwareVersion?: string;
  readonly fieldStrengthTesla?: number;
  readonly seriesDescription?: string;
  readonly protocolName?: string;
  readonly bodyPart?: string;
  readonly laterality?: string;
  readonly seriesNumber?: number;
  readonly scanningSequence: readonly string[];
  readonly sequenceVariant: readonly string[];
  readonly scanOptions: readonly string[];
  readonly sequenceName?: string;
  readonly acquisitionType?: string;
  /** Echo planar readout, as stated or by the name of the sequence. */
  readonly isEchoPlanar: boolean;
  readonly acquisitionContrast?: string;
  readonly echoTrainLength?: number;
  /** Whether fat was suppressed, with the attribute that told. */
  readonly fatSaturation?: { readonly value: boolean; readonly source: string };
  readonly contrastAgent?: string;
  /** Seconds from the start of the injection to the acquisition of this image. */
  readonly contrastDelaySeconds?: number;
  /** Times of phases from the injection that a derived object repeats, seconds, with the attribute. */
  readonly phaseTimes?: { readonly seconds: readonly number[]; readonly source: string };
  readonly uptake?: UptakeFactors;
}

/** An image object without its pixels. */
export interface ImageHeader {
  readonly studyUid?: string;
  readonly seriesUid: string;
  readonly sopInstanceUid?: string;
  readonly frameOfReferenceUid?: string;
  readonly transferSyntax: string;
  readonly format: PixelFormat;
  readonly facts: ImageFacts;
  readonly frames: readonly FrameInfo[];
}
