import { filledCount } from '@cohortium/imaging';
import type { Terminal } from '../terminal.js';
import { loadImageGrid, loadRegion } from './load-region.js';
import { regionWords } from './messages.js';
import { regionQuestion } from './options.js';
import type { RegionOptions } from './options.js';
import { milliliters, tellRegion } from './tell.js';
import { writeMaskFile } from './write-volume.js';

/** Options of `cohortium region mask`. */
export interface MaskOptions extends RegionOptions {
  readonly image: string;
  readonly out: string;
}

/** `cohortium region mask FILE --image PATH --out MASK`: one region as a mask on the grid of its image. */
export async function maskRegion(terminal: Terminal, file: string, options: MaskOptions): Promise<number> {
  const words = regionWords(terminal.language);
  const { geometry, hash: image } = loadImageGrid(options.image);
  const { mask, hash, facts } = loadRegion(file, { path: options.image, geometry }, regionQuestion(options));
  tellRegion(terminal, facts);
  const voxels = filledCount(mask.voxels);
  const volumeMm3 = voxels * geometry.spacingMm[0] * geometry.spacingMm[1] * geometry.spacingMm[2];
  const out = writeMaskFile(options.out, mask);
  terminal.data(words('regionWritten', { number: facts.number ?? 'none', voxels, ml: milliliters(volumeMm3), path: out }));
  terminal.jsonObject({ schemaVersion: 1, out, image, source: hash, region: facts, voxels, volumeMm3, geometry });
  return 0;
}
