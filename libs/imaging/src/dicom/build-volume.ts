import { imagingErrors } from '../errors.js';
import { assertAffordable } from '../readers/bytes.js';
import type { ReadOptions } from '../readers/bytes.js';
import type { Volume, VoxelArray } from '../volume.js';
import { frameDecoder, makeVoxels } from './decode-frames.js';
import type { DicomObject } from './dicom-object.js';
import type { FrameInfo } from './frame-info.js';
import { pixelFormatOf } from './pixel-format.js';
import type { PixelFormat } from './pixel-format.js';
import type { VolumePlan } from './split-series.js';

/**
 * Decodes the frames of a planned volume and rescales each by its own slope and intercept.
 * @param open gives the object at a place of the list that the plan was made from; called once per object, in the order of the slices
 * @returns 32-bit integers where every slope is 1 and every intercept whole, else doubles
 * @throws the plan's own problem; `IMAGING.TOO_LARGE`; as `decodeFrames`; `IMAGING.UNSUPPORTED` for look-up tables
 */
export function buildVolume(plan: VolumePlan, open: (image: number) => DicomObject, options: ReadOptions = {}): Volume {
  if (plan.problem !== undefined) throw plan.problem;
  const geometry = plan.geometry as NonNullable<VolumePlan['geometry']>;
  if (plan.frames.some(({ info }) => info.hasLookupTable)) throw imagingErrors.error('IMAGING.UNSUPPORTED', { kind: 'lookup', found: '' });
  const opened = new Map<number, { format: PixelFormat; object: DicomObject }>();
  for (const { image } of plan.frames)
    if (!opened.has(image)) {
      const object = open(image);
      opened.set(image, { object, format: pixelFormatOf(object) });
    }
  const isWhole =
    plan.frames.every(({ info }) => info.slope === 1 && Number.isInteger(info.intercept)) &&
    [...opened.values()].every(({ format }) => format.sample === 'integer' && (format.bitsAllocated < 32 || format.isSigned));
  const [columns, rows, slices] = geometry.dimensions;
  const pixels = columns * rows;
  assertAffordable(pixels * slices, isWhole ? 'int32' : 'float64', options);
  const values = isWhole ? new Int32Array(pixels * slices) : new Float64Array(pixels * slices);
  const decoders = new Map<number, TileDecoder>();
  plan.frames.forEach(({ image, info }, k) => {
    const { object, format } = opened.get(image) as { format: PixelFormat; object: DicomObject };
    const decoder = decoders.get(image) ?? new TileDecoder(object, format, options);
    decoders.set(image, decoder);
    decoder.decode(info, values, k * pixels);
    rescale(info, values, k * pixels, pixels);
  });
  return { geometry, values };
}

function rescale({ slope, intercept }: FrameInfo, values: VoxelArray, from: number, count: number): void {
  if (slope === 1 && intercept === 0) return;
  for (let at = from; at < from + count; at++) values[at] = (values[at] as number) * slope + intercept;
}

/** Decodes frames of one object; the frame of a mosaic is decoded once for all of its tiles. */
class TileDecoder {
  private readonly decodeFrame: ReturnType<typeof frameDecoder>;
  private whole: VoxelArray | undefined;

  constructor(
    object: DicomObject,
    private readonly format: PixelFormat,
    private readonly options: ReadOptions,
  ) {
    this.decodeFrame = frameDecoder(object, format);
  }

  decode({ frame, tile, rows, columns }: FrameInfo, out: VoxelArray, at: number): void {
    if (tile === undefined) return this.decodeFrame(frame, out, at);
    const across = this.format.columns;
    if (this.whole === undefined) {
      assertAffordable(across * this.format.rows, 'int32', this.options);
      this.whole = makeVoxels(this.format, across * this.format.rows);
      this.decodeFrame(0, this.whole, 0);
    }
    for (let row = 0; row < rows; row++) {
      const from = (tile.top + row) * across + tile.left;
      for (let column = 0; column < columns; column++) out[at + row * columns + column] = this.whole[from + column] as number;
    }
  }
}
