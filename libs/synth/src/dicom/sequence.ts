import type { DicomRecord } from '@cohortium/imaging';
import type { SeriesKind } from '../images/examination.js';
import type { ScannerProfile } from '../images/scanner-profile.js';

/** How a series was acquired, in the terms of headers. */
export interface SequenceFacts {
  readonly repetitionTimeMs: number;
  readonly echoTimeMs: number;
  readonly flipAngleDeg: number;
  readonly echoTrain: number;
  readonly isThreeDimensional: boolean;
  readonly averages: number;
  readonly bandwidthHz: number;
}

/** What the protocol of a scanner says about one kind of series; a map has the sequence of the images that it was made from. */
export function sequenceFacts({ t2, dynamic, diffusion }: ScannerProfile, kind: SeriesKind): SequenceFacts {
  if (kind === 't2') return { ...t2, flipAngleDeg: 150, isThreeDimensional: false, averages: 2, bandwidthHz: 250 };
  if (kind === 'dce') return { ...dynamic, echoTrain: 1, isThreeDimensional: true, averages: 1, bandwidthHz: 380 };
  return { ...diffusion, flipAngleDeg: 90, echoTrain: 48, isThreeDimensional: false, averages: 4, bandwidthHz: 1900 };
}

/** Hydrogen at 1 T, MHz. */
export const gyromagneticMhzPerT = 42.577478;

/** Acquisition attributes of the MR Image module (PS3.3, C.8.3.1). */
export function acquisitionRecord(scanner: ScannerProfile, kind: SeriesKind): DicomRecord {
  const facts = sequenceFacts(scanner, kind);
  const isDiffusion = kind === 'dwi' || kind === 'adc';
  return {
    ScanningSequence: kind === 't2' ? 'SE' : kind === 'dce' ? 'GR' : scanner.vendor === 'siemens' ? 'EP' : ['EP', 'SE'],
    SequenceVariant: kind === 'dce' ? ['SK', 'SP'] : 'SK',
    ScanOptions: scanner.vendor === 'siemens' ? ['PFP', 'FS'] : 'FS',
    MRAcquisitionType: facts.isThreeDimensional ? '3D' : '2D',
    RepetitionTime: facts.repetitionTimeMs,
    EchoTime: facts.echoTimeMs,
    EchoTrainLength: facts.echoTrain,
    FlipAngle: facts.flipAngleDeg,
    NumberOfAverages: facts.averages,
    PixelBandwidth: facts.bandwidthHz,
    EchoNumbers: 1,
    MagneticFieldStrength: scanner.fieldStrengthT,
    ImagingFrequency: Math.round(gyromagneticMhzPerT * scanner.fieldStrengthT * 1e4) / 1e4,
    ImagedNucleus: '1H',
    PercentSampling: 100,
    PercentPhaseFieldOfView: 100,
    InPlanePhaseEncodingDirection: isDiffusion ? 'COL' : 'ROW',
    VariableFlipAngleFlag: 'N',
    ReceiveCoilName: 'BREAST',
    ...(scanner.vendor === 'siemens' ? { SequenceName: kind === 't2' ? '*tse2d1_15' : '*fl3d1' } : {}),
  };
}

/** Agent and dose of the dynamic series (PS3.3, C.7.6.4): the bolus starts when contrast arrives. */
export function contrastRecord(startTime: string): DicomRecord {
  return {
    ContrastBolusAgent: 'GADOLINIUM CHELATE',
    ContrastBolusRoute: 'IV',
    ContrastBolusVolume: 14,
    ContrastBolusTotalDose: 7,
    ContrastBolusStartTime: startTime,
    ContrastBolusIngredient: 'GADOLINIUM',
    ContrastBolusIngredientConcentration: 500,
  };
}
