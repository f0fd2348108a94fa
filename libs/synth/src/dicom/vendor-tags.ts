import type { DicomRecord } from '@cohortium/imaging';
import type { SeriesKind, Stack } from '../images/examination.js';
import type { Vendor } from '../images/scanner-profile.js';

/** Image type as each vendor writes it, without the two first values. */
const imageTypes: Readonly<Record<Vendor, Readonly<Record<SeriesKind, readonly string[]>>>> = {
  siemens: { t2: ['M', 'ND', 'NORM'], dwi: ['DIFFUSION', 'NONE', 'ND', 'NORM'], adc: ['DIFFUSION', 'ADC', 'ND', 'NORM'], dce: ['M', 'ND', 'NORM'] },
  ge: { t2: ['OTHER'], dwi: ['OTHER'], adc: ['ADC'], dce: ['OTHER'] },
  philips: { t2: ['M_SE', 'M', 'SE'], dwi: ['M_SE', 'M', 'SE'], adc: ['ADC', 'ADC', 'UNSPECIFIED'], dce: ['M_FFE', 'M', 'FFE'] },
  uih: { t2: ['M', 'NORM'], dwi: ['M', 'DWI'], adc: ['M', 'ADC'], dce: ['M', 'NORM'] },
}; // prettier-ignore

/** Image type of a single-frame image. */
export function imageType(vendor: Vendor, kind: SeriesKind): readonly string[] {
  return [
    kind === 'adc' ? 'DERIVED' : 'ORIGINAL',
    kind === 'adc' && vendor === 'ge' ? 'SECONDARY' : 'PRIMARY',
    ...imageTypes[vendor][kind],
  ];
}

/**
 * Where each vendor says how strongly an image is weighted by diffusion. Siemens (syngo B to E): private IS and the name of the sequence; GE:
 * first of four values, as of release 14 with 10^9 added; Philips: private FL beside the standard attribute; United Imaging: private FD.
 */
export function diffusionTags(vendor: Vendor, bValue: number): DicomRecord {
  if (vendor === 'siemens')
    return {
      SequenceName: `*ep_b${bValue}t`,
      x00190010: { vr: 'LO', value: 'SIEMENS MR HEADER' },
      x00191008: { vr: 'CS', value: 'IMAGE NUM 4' },
      x0019100c: { vr: 'IS', value: bValue },
      x0019100d: { vr: 'CS', value: 'NONE' },
    };
  if (vendor === 'ge')
    return {
      x00430010: { vr: 'LO', value: 'GEMS_PARM_01' },
      x00431039: { vr: 'IS', value: [bValue === 0 ? 0 : 1_000_000_000 + bValue, 8, 0, 0] },
    };
  if (vendor === 'philips')
    return {
      DiffusionBValue: bValue,
      x20010010: { vr: 'LO', value: 'Philips Imaging DD 001' },
      x20011003: { vr: 'FL', value: bValue },
      x20011004: { vr: 'CS', value: bValue === 0 ? 'N' : 'I' },
    };
  return {
    x00650010: { vr: 'LO', value: 'Image Private Header' },
    x00651009: { vr: 'FD', value: bValue },
  };
}

/**
 * How each vendor tells the phases of a dynamic series apart. Siemens: time and number of the acquisition; GE: the time of the acquisition is that
 * of the first phase for all, the time of the content that of each, beside the position in time; Philips: position in time and time of the
 * acquisition, the content is dated alike; United Imaging: time and number of the acquisition. GE also has a trigger time, which the standard
 * allows for gated images only: it is left out here.
 * @param timeOf time of day, seconds from the beginning of the examination
 * @param beginSeconds when the first phase was acquired
 */
export function phaseTags(
  vendor: Vendor,
  { phase, seconds }: Stack,
  phaseCount: number,
  beginSeconds: number,
  timeOf: (seconds: number) => string,
): DicomRecord {
  if (phase === undefined) return { AcquisitionTime: timeOf(seconds), ContentTime: timeOf(seconds + 30), AcquisitionNumber: 1 };
  const position = { TemporalPositionIdentifier: phase, NumberOfTemporalPositions: phaseCount };
  switch (vendor) {
    case 'siemens':
      return { AcquisitionTime: timeOf(seconds), ContentTime: timeOf(seconds + 48), AcquisitionNumber: phase };
    case 'ge':
      return { AcquisitionTime: timeOf(beginSeconds), ContentTime: timeOf(seconds), AcquisitionNumber: 1, ...position };
    case 'philips':
      return { AcquisitionTime: timeOf(seconds), ContentTime: timeOf(beginSeconds), AcquisitionNumber: 1, ...position };
    case 'uih':
      return { AcquisitionTime: timeOf(seconds), ContentTime: timeOf(seconds + 40), AcquisitionNumber: phase };
  }
}
