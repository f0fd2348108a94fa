import { filledCount, segmentWithModel } from '@cohortium/imaging';
import { sha256 } from '@cohortium/kernel';
import { loadImage, readBytes } from '../radiomics/load-image.js';
import type { Terminal } from '../terminal.js';
import { regionWords } from './messages.js';
import { openOnnxModel } from './onnx-model.js';
import { milliliters } from './tell.js';
import { writeMaskFile } from './write-volume.js';

/** Options of `cohortium region segment`. */
export interface SegmentOptions {
  readonly image: string;
  readonly model: string;
  readonly out: string;
}

/** `cohortium region segment`: a region that a model in ONNX marks. */
export async function segmentImage(terminal: Terminal, options: SegmentOptions): Promise<number> {
  const words = regionWords(terminal.language);
  const image = loadImage(options.image);
  const bytes = readBytes(options.model);
  const { model, close } = await openOnnxModel(bytes);
  try {
    const { mask, grid, blocks } = await segmentWithModel(image.volume, model);
    const spacing = grid.spacingMm.map((mm) => String(Number(mm.toFixed(3)))).join(' x ');
    terminal.say(words('modelApplied', { dimensions: grid.dimensions.join(' x '), spacing }));
    const voxels = filledCount(mask.voxels);
    const [si, sj, sk] = mask.geometry.spacingMm;
    const volumeMm3 = voxels * si * sj * sk;
    const out = writeMaskFile(options.out, mask);
    terminal.data(words('regionWritten', { number: 'none', voxels, ml: milliliters(volumeMm3), path: out }));
    terminal.jsonObject({ schemaVersion: 1, out, image: image.hash, model: sha256(bytes), spec: model.spec, blocks, voxels, volumeMm3 });
    return 0;
  } finally {
    await close();
  }
}
