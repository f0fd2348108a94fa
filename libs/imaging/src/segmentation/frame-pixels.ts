import { frameDecoder } from '../dicom/decode-frames.js';
import type { DicomObject } from '../dicom/dicom-object.js';
import { pixelFormatOf } from '../dicom/pixel-format.js';
import { regionErrors } from '../region/errors.js';

/** Stored values of one frame, before any scaling. */
export type FramePixels = (frame: number) => Uint8Array | Uint16Array;

/**
 * Decodes the frames of a segmentation: one bit, eight or sixteen bits a pixel, in any transfer syntax that holds them.
 * @param pixels rows times columns
 * @throws `REGION.BAD_SEGMENTATION`, `IMAGING.BAD_DICOM`, `IMAGING.UNSUPPORTED`, `IMAGING.TOO_LARGE`
 */
export function framePixels(object: DicomObject, frames: number, pixels: number): FramePixels {
  const format = pixelFormatOf(object);
  if (format.sample !== 'integer' || ![1, 8, 16].includes(format.bitsAllocated) || format.frames !== frames)
    throw regionErrors.error('REGION.BAD_SEGMENTATION', { problem: 'missing', attribute: 'BitsAllocated', frame: 0 });
  const decode = frameDecoder(object, format);
  return (frame) => {
    const out = format.bitsAllocated === 16 ? new Uint16Array(pixels) : new Uint8Array(pixels);
    decode(frame, out, 0);
    return out;
  };
}
