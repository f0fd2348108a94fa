import { join } from 'node:path';
import { perturb } from '@cohortium/imaging';
import type { PerturbationSettings } from '@cohortium/imaging';
import { SeededRandom } from '@cohortium/numerics';
import { loadImage } from '../radiomics/load-image.js';
import { replaceFile } from '../outputs/files.js';
import type { Terminal } from '../terminal.js';
import { loadRegion } from './load-region.js';
import { regionWords } from './messages.js';
import { regionQuestion } from './options.js';
import type { RegionOptions } from './options.js';
import { tellRegion } from './tell.js';
import { writeMaskFile, writeVolumeFile } from './write-volume.js';

/** Options of `cohortium region perturb`. */
export interface PerturbOptions extends RegionOptions {
  readonly image: string;
  readonly mask: string;
  readonly rotate: readonly number[];
  readonly translate: readonly number[];
  readonly noise?: true;
  readonly volume: readonly number[];
  readonly contour?: true;
  readonly count: number;
  readonly seed: number;
  readonly out: string;
}

/** `cohortium region perturb`: every combination of the settings, as pairs of image and region. */
export async function perturbRegion(terminal: Terminal, options: PerturbOptions): Promise<number> {
  const words = regionWords(terminal.language);
  const image = loadImage(options.image);
  const { geometry } = image.volume;
  const region = loadRegion(options.mask, { path: options.image, geometry }, regionQuestion(options));
  tellRegion(terminal, region.facts);
  const combinations = allCombinations(options);
  const pairs = combinations.map((settings, at) => {
    const number = String(at + 1).padStart(String(combinations.length).length, '0');
    // A generator for each pair: adding one leaves the others as they are.
    const seed = (options.seed + Math.imul(at, 0x9e3779b1)) >>> 0;
    const { volume, mask, noiseSd, voxelCount } = perturb(image.volume, region.mask, settings, new SeededRandom(seed));
    const files = {
      image: writeVolumeFile(join(options.out, `image-${number}.nii.gz`), volume),
      mask: writeMaskFile(join(options.out, `mask-${number}.nii.gz`), mask),
    };
    terminal.status(`${at + 1} / ${combinations.length}`);
    return { case: number, ...settings, seed, noiseSd, voxels: voxelCount, ...files };
  });
  terminal.clearStatus();
  const rows = pairs.map((pair) => `${pair.case},image-${pair.case}.nii.gz,mask-${pair.case}.nii.gz`);
  const cases = replaceFile(join(options.out, 'cases.csv'), `case,image,mask\n${rows.join('\n')}\n`);
  const sources = { image: image.hash, mask: region.hash, region: region.facts };
  replaceFile(join(options.out, 'perturbations.json'), `${JSON.stringify({ schemaVersion: 1, ...sources, pairs }, null, 1)}\n`);
  terminal.data(words('perturbed', { count: pairs.length, path: cases }));
  terminal.jsonObject({ schemaVersion: 1, cases, ...sources, pairs });
  return 0;
}

function allCombinations({ rotate, translate, noise, volume, contour, count }: PerturbOptions): PerturbationSettings[] {
  return rotate.flatMap((rotationDegrees) =>
    translate.flatMap((shift) =>
      volume.flatMap((volumeShare) =>
        Array.from({ length: count }, () => ({
          rotationDegrees,
          translationVoxels: [shift, shift, shift] as const,
          noise: noise === true,
          volumeShare,
          contour: contour === true,
        })),
      ),
    ),
  );
}
