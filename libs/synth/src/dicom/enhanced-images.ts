import { indexToPatient, writeDicom } from '@cohortium/imaging';
import type { DicomRecord } from '@cohortium/imaging';
import { dynamicBeginSeconds } from '../images/examination.js';
import type { SeriesKind, Stack } from '../images/examination.js';
import type { ScannerProfile } from '../images/scanner-profile.js';
import { pixelRecord, seriesRecord } from './classic-images.js';
import type { WrittenObject } from './classic-images.js';
import type { Examined } from './identity.js';
import { contrastRecord, gyromagneticMhzPerT, sequenceFacts } from './sequence.js';
import type { SequenceFacts } from './sequence.js';
import type { DicomSeries } from './series-list.js';

/** Enhanced MR Image Storage. */
export const enhancedMrStorage = '1.2.840.10008.5.1.4.1.1.4.1';

/** UID of the one object of a series. */
export function enhancedInstanceUid({ uid }: Examined, { folder }: DicomSeries): string {
  return uid('instance', folder);
}

/** Writes a series as one Enhanced MR object (PS3.3, A.36.2): volumes one after the other, slices within them from the feet to the head. */
export function* enhancedImages(who: Examined, series: DicomSeries): Iterable<WrittenObject> {
  const { images } = series;
  const { stacks } = images;
  const slices = images.geometry.dimensions[2];
  const pixels = new Uint16Array(stacks.length * (stacks[0] as Stack).stored.length);
  stacks.forEach(({ stored }, at) => pixels.set(stored, at * stored.length));
  const frames = stacks.flatMap((stack, at) => Array.from({ length: slices }, (_, slice) => frameGroups(who, series, stack, at, slice)));
  const bytes = writeDicom({
    ...seriesRecord(who, series),
    ...pixelRecord(series, false),
    ...moduleRecord(who, series),
    ...dimensionRecord(who, series),
    // Enhanced objects state date and time of the acquisition as one.
    AcquisitionDate: undefined,
    SOPClassUID: enhancedMrStorage,
    SOPInstanceUID: enhancedInstanceUid(who, series),
    InstanceNumber: 1,
    NumberOfFrames: frames.length,
    SharedFunctionalGroupsSequence: [sharedGroups(who, series)],
    PerFrameFunctionalGroupsSequence: frames,
    PixelData: pixels,
  });
  yield { name: `${series.folder}/1.dcm`, bytes };
}

function acquisitionContrast(kind: SeriesKind): string {
  return kind === 't2' ? 'T2' : kind === 'dce' ? 'T1' : 'DIFFUSION';
}

function frameType(kind: SeriesKind): readonly string[] {
  return kind === 'adc' ? ['DERIVED', 'PRIMARY', 'OTHER', 'ADC'] : ['ORIGINAL', 'PRIMARY', 'VOLUME', 'NONE'];
}

/** What images and frames both state (PS3.3, table C.8-84). */
function frameKind(kind: SeriesKind): DicomRecord {
  return {
    PixelPresentation: 'MONOCHROME',
    VolumetricProperties: 'VOLUME',
    VolumeBasedCalculationTechnique: 'NONE',
    ComplexImageComponent: 'MAGNITUDE',
    AcquisitionContrast: acquisitionContrast(kind),
  };
}

/** Attributes of the module Enhanced MR Image (PS3.3, C.8.13.1). */
function moduleRecord(who: Examined, { images }: DicomSeries): DicomRecord {
  const { scanner } = who.site;
  const { kind } = images;
  const first = images.stacks[0] as Stack;
  return {
    ImageType: frameType(kind),
    ...frameKind(kind),
    ContentTime: who.timeOf(first.seconds + 90),
    AcquisitionNumber: 1,
    AcquisitionDateTime: `${who.participant.studyDate}${who.timeOf(first.seconds)}`,
    AcquisitionDuration: scanner.dynamic.phaseSeconds * images.stacks.length,
    ImageComments: 'SYNTHETIC',
    ContentQualification: 'RESEARCH',
    ResonantNucleus: '1H',
    KSpaceFiltering: 'NONE',
    MagneticFieldStrength: scanner.fieldStrengthT,
    ApplicableSafetyStandardAgency: 'IEC',
    BurnedInAnnotation: 'NO',
    LossyImageCompression: '00',
    PresentationLUTShape: 'IDENTITY',
    AcquisitionContextSequence: [],
    ...(kind === 'adc' ? {} : pulseSequence(kind)),
    ...(kind === 'dce' ? enhancedContrast(who) : {}),
  };
}

/** Attributes of the module MR Pulse Sequence, which only images that were acquired have (PS3.3, C.8.13.4). */
function pulseSequence(kind: Exclude<SeriesKind, 'adc'>): DicomRecord {
  const isDynamic = kind === 'dce';
  return {
    PulseSequenceName: { t2: 'TSE', dwi: 'DwiSE', dce: 'T1TFE' }[kind],
    MRAcquisitionType: isDynamic ? '3D' : '2D',
    EchoPulseSequence: isDynamic ? 'GRADIENT' : 'SPIN',
    MultipleSpinEcho: isDynamic ? undefined : kind === 't2' ? 'YES' : 'NO',
    MultiPlanarExcitation: isDynamic ? 'NO' : 'YES',
    PhaseContrast: 'NO',
    TimeOfFlightContrast: 'NO',
    SteadyStatePulseSequence: 'NONE',
    EchoPlanarPulseSequence: kind === 'dwi' ? 'YES' : 'NO',
    SaturationRecovery: 'NO',
    SpectrallySelectedSuppression: 'FAT',
    OversamplingPhase: 'NONE',
    GeometryOfKSpaceTraversal: 'RECTILINEAR',
    RectilinearPhaseEncodeReordering: 'CENTRIC',
    SegmentedKSpaceTraversal: isDynamic ? 'PARTIAL' : 'SINGLE',
    CoverageOfKSpace: isDynamic ? 'FULL' : undefined,
    NumberOfKSpaceTrajectories: 1,
    CardiacSynchronizationTechnique: 'NONE',
    RespiratoryMotionCompensationTechnique: 'NONE',
  };
}

/** The agent of an enhanced object (PS3.3, C.7.6.4b). */
function enhancedContrast(who: Examined): DicomRecord {
  const { participant } = who;
  const start = who.timeOf(dynamicBeginSeconds + participant.times.arrivalSeconds);
  const { ContrastBolusVolume: volume, ContrastBolusIngredientConcentration: concentration } = contrastRecord(start);
  return {
    ContrastBolusAgentSequence: [
      {
        ...code('C-B0300', 'SRT', 'Contrast agent'),
        ContrastBolusAgentNumber: 1,
        ContrastBolusAdministrationRouteSequence: [code('G-D101', 'SRT', 'Intravenous route')],
        ContrastBolusIngredientCodeSequence: [code('C-17800', 'SRT', 'Gadolinium')],
        ContrastBolusVolume: volume ?? null,
        ContrastBolusIngredientConcentration: concentration ?? null,
        ContrastAdministrationProfileSequence: [
          { ContrastBolusVolume: volume ?? null, ContrastBolusStartTime: start, ContrastBolusStopTime: null },
        ],
      },
    ],
  };
}

/** Dimensions of the frames: volume (time or b-value), then place (PS3.3, C.7.6.17). */
function dimensionRecord({ uid }: Examined, { images: { kind } }: DicomSeries): DicomRecord {
  const organization = uid('dimensions', kind);
  const pointer = (attribute: string, group: string, label: string): DicomRecord => ({
    DimensionOrganizationUID: organization,
    DimensionIndexPointer: attribute,
    FunctionalGroupPointer: group,
    DimensionDescriptionLabel: label,
  });
  const byVolume =
    kind === 'dwi'
      ? [pointer('DiffusionBValue', 'MRDiffusionSequence', 'b-value')]
      : kind === 'dce'
        ? [pointer('TemporalPositionIndex', 'FrameContentSequence', 'time')]
        : [];
  return {
    DimensionOrganizationSequence: [{ DimensionOrganizationUID: organization }],
    DimensionIndexSequence: [
      pointer('StackID', 'FrameContentSequence', 'stack'),
      ...byVolume,
      pointer('InStackPositionNumber', 'FrameContentSequence', 'slice'),
    ],
  };
}

/** What holds for all frames. */
function sharedGroups(who: Examined, { images }: DicomSeries): DicomRecord {
  const { scanner } = who.site;
  const { kind, geometry } = images;
  const facts = sequenceFacts(scanner, kind);
  const [columnMm, rowMm, sliceMm] = geometry.spacingMm;
  return {
    PixelMeasuresSequence: [{ PixelSpacing: [rowMm, columnMm], SliceThickness: sliceMm, SpacingBetweenSlices: sliceMm }],
    PlaneOrientationSequence: [{ ImageOrientationPatient: [1, 0, 0, 0, 1, 0] }],
    FrameAnatomySequence: [{ FrameLaterality: who.participant.laterality, AnatomicRegionSequence: [code('76752008', 'SCT', 'Breast')] }],
    PixelValueTransformationSequence: [{ RescaleIntercept: 0, RescaleSlope: images.slope, RescaleType: 'US' }],
    MRImageFrameTypeSequence: [{ FrameType: frameType(kind), ...frameKind(kind) }],
    ...acquisitionGroups(scanner, kind, geometry.dimensions),
    ...coilGroups(facts),
  };
}

/** Functional groups about how the images were acquired (PS3.3, C.8.13.5). */
function acquisitionGroups(
  scanner: ScannerProfile,
  kind: SeriesKind,
  [columns, rows, slices]: readonly [number, number, number],
): DicomRecord {
  const facts = sequenceFacts(scanner, kind);
  const isDiffusion = kind === 'dwi' || kind === 'adc';
  const isDynamic = kind === 'dce';
  return {
    MRTimingAndRelatedParametersSequence: [
      {
        RepetitionTime: facts.repetitionTimeMs,
        FlipAngle: facts.flipAngleDeg,
        EchoTrainLength: facts.echoTrain,
        RFEchoTrainLength: kind === 't2' ? facts.echoTrain : isDiffusion ? 1 : 0,
        GradientEchoTrainLength: isDiffusion ? facts.echoTrain : isDynamic ? 1 : 0,
        GradientOutputType: 'PER_NERVE_STIM',
        GradientOutput: 0.5,
        OperatingModeSequence: [{ OperatingModeType: 'RF', OperatingMode: 'IEC_NORMAL' }],
        SpecificAbsorptionRateSequence: [{ SpecificAbsorptionRateDefinition: 'IEC_WHOLE_BODY', SpecificAbsorptionRateValue: 0.5 }],
      },
    ],
    MRFOVGeometrySequence: [
      {
        InPlanePhaseEncodingDirection: isDiffusion ? 'COLUMN' : 'ROW',
        MRAcquisitionFrequencyEncodingSteps: columns,
        MRAcquisitionPhaseEncodingStepsInPlane: rows,
        MRAcquisitionPhaseEncodingStepsOutOfPlane: isDynamic ? slices : undefined,
        PercentSampling: 100,
        PercentPhaseFieldOfView: 100,
      },
    ],
    MREchoSequence: [{ EffectiveEchoTime: facts.echoTimeMs }],
    MRModifierSequence: [
      {
        InversionRecovery: 'NO',
        FlowCompensation: 'NONE',
        Spoiling: isDynamic ? 'RF' : 'NONE',
        T2Preparation: 'NO',
        SpectrallySelectedExcitation: 'NONE',
        SpatialPresaturation: 'NONE',
        PartialFourier: 'NO',
        ParallelAcquisition: 'NO',
      },
    ],
    MRImagingModifierSequence: [
      {
        MagnetizationTransfer: 'NONE',
        BloodSignalNulling: 'NO',
        Tagging: 'NONE',
        TransmitterFrequency: Math.round(gyromagneticMhzPerT * scanner.fieldStrengthT * 1e4) / 1e4,
        PixelBandwidth: facts.bandwidthHz,
      },
    ],
  };
}

/** Functional groups about coils and averages. */
function coilGroups({ averages }: SequenceFacts): DicomRecord {
  return {
    MRReceiveCoilSequence: [
      {
        ReceiveCoilName: 'BREAST',
        ReceiveCoilManufacturerName: null,
        ReceiveCoilType: 'MULTICOIL',
        QuadratureReceiveCoil: 'NO',
        MultiCoilDefinitionSequence: [{ MultiCoilElementName: 'B1', MultiCoilElementUsed: 'YES' }],
      },
    ],
    MRTransmitCoilSequence: [{ TransmitCoilName: 'BODY', TransmitCoilManufacturerName: null, TransmitCoilType: 'BODY' }],
    MRAveragesSequence: [{ NumberOfAverages: averages }],
  };
}

/** What holds for one frame. */
function frameGroups(who: Examined, { images }: DicomSeries, stack: Stack, stackAt: number, slice: number): DicomRecord {
  const { kind, geometry } = images;
  const hasVolumes = kind === 'dce' || kind === 'dwi';
  const position = indexToPatient(geometry, [0, 0, slice]);
  const acquired = `${who.participant.studyDate}${who.timeOf(stack.seconds)}`;
  const isAfterContrast = stack.phase !== undefined && stack.phase > 1;
  return {
    FrameContentSequence: [
      {
        FrameAcquisitionNumber: stack.phase ?? 1,
        FrameReferenceDateTime: acquired,
        FrameAcquisitionDateTime: acquired,
        FrameAcquisitionDuration: 1000 * who.site.scanner.dynamic.phaseSeconds,
        DimensionIndexValues: hasVolumes ? [1, stackAt + 1, slice + 1] : [1, slice + 1],
        StackID: '1',
        InStackPositionNumber: slice + 1,
        TemporalPositionIndex: stack.phase,
      },
    ],
    PlanePositionSequence: [{ ImagePositionPatient: position }],
    ...(stack.bValue === undefined ? {} : { MRDiffusionSequence: [diffusionItem(stack.bValue)] }),
    ...(stack.phase === undefined
      ? {}
      : {
          TemporalPositionSequence: [{ TemporalPositionTimeOffset: stack.seconds - dynamicBeginSeconds }],
          ContrastBolusUsageSequence: [
            {
              ContrastBolusAgentNumber: 1,
              ContrastBolusAgentAdministered: isAfterContrast ? 'YES' : 'NO',
              ContrastBolusAgentDetected: isAfterContrast ? 'YES' : 'NO',
              ContrastBolusAgentPhase: isAfterContrast ? 'POST_CONTRAST' : 'PRE_CONTRAST',
            },
          ],
        }),
  };
}

function diffusionItem(bValue: number): DicomRecord {
  return { DiffusionBValue: bValue, DiffusionDirectionality: bValue === 0 ? 'NONE' : 'ISOTROPIC' };
}

/** A coded concept (PS3.3, 8.1). */
function code(value: string, scheme: string, meaning: string): DicomRecord {
  return { CodeValue: value, CodingSchemeDesignator: scheme, CodeMeaning: meaning };
}
