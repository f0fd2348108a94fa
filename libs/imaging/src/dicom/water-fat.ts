import type { DicomObject } from './dicom-object.js';

/** Images of one chemical shift (Dixon) acquisition, the most useful for contrast first: contrast enhances in water, never in fat. */
export const waterFatKinds = ['water', 'in-phase', 'out-phase', 'fat'] as const;
/** One of {@link waterFatKinds}. */
export type WaterFat = (typeof waterFatKinds)[number];

/** Words of Image Type: Siemens (WATER, IN_PHASE, OPP_PHASE), GE (DIXON\WATER, InPhase), Philips mDIXON (W, F, IP, OP) and others. */
const typeWords: Readonly<Record<string, WaterFat>> = {
  W: 'water',
  WATER: 'water',
  F: 'fat',
  FAT: 'fat',
  IP: 'in-phase',
  INPHASE: 'in-phase',
  OP: 'out-phase',
  OUTPHASE: 'out-phase',
  OPPPHASE: 'out-phase',
  OPPOSEDPHASE: 'out-phase',
};

/** GE names the parts of one acquisition before the description of the series: `WATER: Ax LAVA-Flex`. */
const descriptionPrefix = /^(water|fat|in-?phase|out-?phase)\s*:/i;

/** Which image of a chemical shift acquisition this is; undefined for all others. @param imageType of the frame */
export function waterFatOf(object: DicomObject, imageType: readonly string[]): WaterFat | undefined {
  for (const part of imageType.slice(2)) {
    const found = typeWords[part.toUpperCase().replace(/[_ -]/g, '')];
    if (found !== undefined) return found;
  }
  const [, prefix] = descriptionPrefix.exec(object.text('x0008103e') ?? '') ?? [];
  return prefix === undefined ? undefined : typeWords[prefix.toUpperCase().replace('-', '')];
}
