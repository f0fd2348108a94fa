import { extract } from '@cohortium/radiomics';
import type { AppError, Sha256 } from '@cohortium/kernel';
import type { Extraction, ExtractionSettings, UndefinedFeature } from '@cohortium/radiomics';
import { loadCaseRegion } from '../regions/load-region.js';
import type { RegionFacts } from '../regions/load-region.js';
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
export interface ExtractionDocument extends Pick<Extraction, 'settings' | 'settingsHash' | 'steps' | 'features'> {
  readonly schemaVersion: 1;
  readonly software: SoftwareFacts;
  readonly image: Extraction['image'] & { readonly hash: Sha256 };
  /** The label is null where the mask holds one only and none was asked for. */
  readonly mask: Extraction['mask'] & {
    readonly hash: Sha256;
    readonly label: number | null;
    /** Present where the region came from a DICOM segmentation or structure set. */
    readonly region?: RegionFacts;
  };
  /** Present with the PyRadiomics profile, unless its settings want none. */
  readonly diagnostics?: Extraction['diagnostics'];
  /** Features without value, each with the error that says why. */
  readonly undefinedFeatures: readonly (Pick<UndefinedFeature, 'filter'> & ReturnType<AppError['toJSON']>)[];
}

/**
 * Reads image and mask of one case and extracts its features.
 * @throws `CLI.CANNOT_READ`, `IMAGING.*`, `REGION.*`, `RADIOMICS.*`
 */
export function extractCase(
  { image, mask, label: asked }: CaseFiles,
  settings: ExtractionSettings,
  software: SoftwareFacts,
): ExtractionDocument {
  const label = asked ?? (settings.profile === 'pyradiomics' ? settings.setting.label : undefined);
  const loadedImage = loadImage(image);
  const region = loadCaseRegion(mask, { path: image, geometry: loadedImage.volume.geometry }, asked, label);
  const { features, undefinedFeatures, steps, diagnostics, settingsHash, ...facts } = extract(loadedImage.volume, region.mask, settings);
  return {
    schemaVersion: 1,
    settings,
    settingsHash,
    software,
    image: { hash: loadedImage.hash, ...facts.image },
    mask: {
      hash: region.hash,
      label: region.facts?.number ?? label ?? null,
      ...(region.facts && { region: region.facts }),
      ...facts.mask,
    },
    steps,
    ...(diagnostics.length > 0 ? { diagnostics } : {}),
    features,
    undefinedFeatures: undefinedFeatures.map(({ filter, error }) => ({ filter, ...error.toJSON() })),
  };
}
