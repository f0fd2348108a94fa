import { toRoiMask } from '@cohortium/imaging';
import { extract } from '@cohortium/radiomics';
import type { ExtractionSettings } from '@cohortium/radiomics';
import { loadImage } from './load-image.js';

/** Where image and region of one case are. */
export interface CaseFiles {
  readonly image: string;
  readonly mask: string;
  /** Label of the region; undefined where the mask holds one only. */
  readonly label: number | undefined;
}

/** Which program computed features. */
export interface SoftwareFacts {
  readonly name: 'cohortium';
  readonly version: string;
  readonly node: string;
}

/** The JSON form of an extraction. */
export type ExtractionDocument = ReturnType<typeof extractCase>;

/**
 * Reads image and mask of one case and extracts its features.
 * @throws `CLI.CANNOT_READ`, `IMAGING.*`, `RADIOMICS.*`
 */
export function extractCase({ image, mask, label: asked }: CaseFiles, settings: ExtractionSettings, software: SoftwareFacts) {
  const label = asked ?? (settings.profile === 'pyradiomics' ? settings.setting.label : undefined);
  const loadedImage = loadImage(image);
  const loadedMask = loadImage(mask);
  const { features, undefinedFeatures, steps, diagnostics, settingsHash, ...facts } = extract(
    loadedImage.volume,
    toRoiMask(loadedMask.volume, label),
    settings,
  );
  return {
    schemaVersion: 1 as const,
    settings,
    settingsHash,
    software,
    image: { hash: loadedImage.hash, ...facts.image },
    mask: { hash: loadedMask.hash, label: label ?? null, ...facts.mask },
    steps,
    ...(diagnostics.length > 0 ? { diagnostics } : {}),
    features,
    undefinedFeatures: undefinedFeatures.map(({ filter, error }) => ({ filter, ...error.toJSON() })),
  };
}
