import type { SeriesImages, SeriesKind } from '../images/examination.js';
import type { ScannerProfile, Vendor } from '../images/scanner-profile.js';

/** Images that become one DICOM series. */
export interface DicomSeries {
  readonly images: SeriesImages;
  /** Folder, unique within the participant. */
  readonly folder: string;
  readonly number: number;
  readonly description: string;
  /** Phases of the whole dynamic examination, where it is one. */
  readonly phaseCount: number;
}

const descriptions: Readonly<Record<Vendor, Readonly<Record<SeriesKind, string>>>> = {
  siemens: { t2: 't2_tse_tra_fs', dwi: 'ep2d_diff_tra', adc: 'ep2d_diff_tra_ADC', dce: 't1_fl3d_tra_dyna_fs' },
  ge: { t2: 'AX T2 FS', dwi: 'AX DWI ASSET', adc: 'Apparent Diffusion Coefficient', dce: 'Ax VIBRANT MPH' },
  philips: { t2: 'T2W_SPAIR_tra', dwi: 'DWI_SSH', adc: 'dADC', dce: 'dyn_eTHRIVE' },
  uih: { t2: 't2_fse_tra_fs', dwi: 'epi_dwi_tra', adc: 'epi_dwi_tra_ADC', dce: 't1_quick3d_tra_fs_dyn' },
};

/**
 * Deals the images of an examination out to series as the vendor does: Siemens starts a new series for every phase, the others put all
 * phases into one.
 */
export function listSeries(images: readonly SeriesImages[], { vendor }: ScannerProfile, isEnhanced: boolean): readonly DicomSeries[] {
  const list: DicomSeries[] = [];
  for (const one of images) {
    const description = descriptions[vendor][one.kind];
    const phaseCount = one.kind === 'dce' ? one.stacks.length : 1;
    const parts = one.kind === 'dce' && vendor === 'siemens' && !isEnhanced ? one.stacks.map((stack) => [stack]) : [one.stacks];
    for (const stacks of parts) {
      const number = vendor === 'philips' ? 100 * (list.length + 2) + 1 : list.length + 2;
      const phase = parts.length > 1 ? `-${(stacks[0]?.phase ?? 1) - 1}` : '';
      list.push({ images: { ...one, stacks }, folder: `${number}-${one.kind}${phase}`, number, description, phaseCount });
    }
  }
  return list;
}
