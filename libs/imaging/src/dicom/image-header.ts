import { imagingErrors } from '../errors.js';
import type { Triple } from '../geometry/geometry.js';
import { csaNumbers, parseCsaHeader } from './csa-header.js';
import type { CsaHeader } from './csa-header.js';
import type { DicomObject } from './dicom-object.js';
import { FrameAttributes, defined, frameAttributes, planeOf } from './frame-attributes.js';
import type { FrameInfo, FramePlane, ImageHeader } from './frame-info.js';
import { imageFacts } from './image-facts.js';
import { pixelFormatOf } from './pixel-format.js';
import type { PixelFormat } from './pixel-format.js';
import { privateNumber, privateTag } from './private-elements.js';

/** Frames of one object whose facts are read; the largest real ones (4D Enhanced MR) have some ten thousand. */
const frameLimit = 100_000;

/**
 * Reads everything but the pixels of an image object: classic single frames, Enhanced multi-frame objects, Siemens mosaics and United Imaging
 * tiles (each tile becomes a frame). What is returned is plain and does not keep the file.
 * @throws `IMAGING.BAD_DICOM` where the object has no series or no usable pixel description; `IMAGING.TOO_LARGE` for too many frames
 */
export function readImageHeader(object: DicomObject): ImageHeader {
  const format = pixelFormatOf(object);
  const seriesUid = object.text('x0020000e');
  if (seriesUid === undefined)
    throw imagingErrors.error('IMAGING.BAD_DICOM', { ...object.place, problem: 'missing', attribute: 'SeriesInstanceUID' });
  if (format.frames > frameLimit) throw imagingErrors.error('IMAGING.TOO_LARGE', { needed: format.frames, limit: frameLimit });
  const shared = object.item('x52009229');
  const perFrame = object.items('x52009230');
  const attributes = (frame: number) => new FrameAttributes(object, perFrame[frame], shared);
  return {
    seriesUid,
    transferSyntax: object.transferSyntax,
    format,
    ...defined({
      studyUid: object.text('x0020000d'),
      sopInstanceUid: object.text('x00080018'),
      frameOfReferenceUid: object.text('x00200052'),
    }),
    facts: imageFacts(object, attributes(0)),
    frames: framesOf(object, format, attributes),
  };
}

function framesOf(object: DicomObject, format: PixelFormat, attributes: (frame: number) => FrameAttributes): readonly FrameInfo[] {
  const tag = privateTag(object, 0x0029, 'SIEMENS CSA HEADER', 0x10);
  const bytes = tag === undefined ? undefined : object.bytes(tag);
  const csa = bytes === undefined ? undefined : parseCsaHeader(bytes);
  if (format.frames === 1) {
    const tiles = object.texts('x00080008').includes('VFRAME')
      ? unitedTiles(object, format, attributes(0), csa)
      : siemensTiles(object, format, attributes(0), csa);
    if (tiles !== undefined) return tiles;
  }
  // Without functional groups nothing tells where the second frame lies; one record stands for all of them.
  const groups = object.items('x52009230').length;
  if (format.frames > 1 && groups !== format.frames) {
    const found = frameAttributes(attributes(0), csa);
    return [{ frame: 0, rows: format.rows, columns: format.columns, ...found, missing: 'PerFrameFunctionalGroupsSequence' }];
  }
  return Array.from({ length: format.frames }, (_, frame) => {
    const found = attributes(frame);
    return { frame, rows: format.rows, columns: format.columns, ...frameAttributes(found, csa), ...planeOf(found) };
  });
}

/** Siemens mosaic: a square of slices in one image; its position is that of the whole square's corner (nibabel, "DICOM mosaics"). */
function siemensTiles(
  object: DicomObject,
  format: PixelFormat,
  attributes: FrameAttributes,
  csa: CsaHeader | undefined,
): readonly FrameInfo[] | undefined {
  const count = csaNumbers(csa, 'NumberOfImagesInMosaic')?.[0] ?? privateNumber(object, [0x0019, 'SIEMENS MR HEADER', 0x0a], 'US');
  if (count === undefined || !Number.isInteger(count) || count < 2 || count > 4096 || !object.texts('x00080008').includes('MOSAIC'))
    return undefined;
  const side = Math.ceil(Math.sqrt(count));
  if (format.rows % side !== 0 || format.columns % side !== 0) return undefined;
  const [rows, columns] = [format.rows / side, format.columns / side];
  const common = frameAttributes(attributes, csa);
  const whole = planeOf(attributes);
  const gap = common.spacingBetweenSlicesMm ?? common.sliceThicknessMm;
  return Array.from({ length: count }, (_, at): FrameInfo => {
    const tile = { left: (at % side) * columns, top: Math.floor(at / side) * rows };
    const placed =
      'plane' in whole && gap
        ? { plane: mosaicPlane(whole.plane, format, [columns, rows], csa, gap * at) }
        : { missing: 'missing' in whole ? whole.missing : 'SpacingBetweenSlices' };
    return { frame: 0, tile, rows, columns, ...common, ...placed };
  });
}

function mosaicPlane(
  { position, rowAxis: u, columnAxis: v, pixelSpacingMm }: FramePlane,
  format: PixelFormat,
  [columns, rows]: readonly [number, number],
  csa: CsaHeader | undefined,
  alongMm: number,
): FramePlane {
  const normal = csaNumbers(csa, 'SliceNormalVector');
  const cross: Triple = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]];
  // Slices are stored along the header's normal, which may run against the right-handed one.
  const sign =
    normal?.length === 3 && cross[0] * (normal[0] as number) + cross[1] * (normal[1] as number) + cross[2] * (normal[2] as number) < 0
      ? -1
      : 1;
  const right = ((format.columns - columns) / 2) * pixelSpacingMm[0];
  const down = ((format.rows - rows) / 2) * pixelSpacingMm[1];
  const shifted = (axis: 0 | 1 | 2) => position[axis] + right * u[axis] + down * v[axis] + sign * alongMm * cross[axis];
  return { position: [shifted(0), shifted(1), shifted(2)], rowAxis: u, columnAxis: v, pixelSpacingMm };
}

/** United Imaging VFRAME: tiles row by row; a private sequence gives position and time of each. */
function unitedTiles(
  object: DicomObject,
  format: PixelFormat,
  attributes: FrameAttributes,
  csa: CsaHeader | undefined,
): readonly FrameInfo[] | undefined {
  const tag = privateTag(object, 0x0065, 'Image Private Header', 0x51);
  const items = tag === undefined ? [] : object.items(tag);
  if (items.length < 2 || items.length > 4096) return undefined;
  const across = Math.ceil(Math.sqrt(items.length));
  const down = format.rows % Math.ceil(items.length / across) === 0 ? Math.ceil(items.length / across) : across;
  if (format.columns % across !== 0 || format.rows % down !== 0) return undefined;
  const [rows, columns] = [format.rows / down, format.columns / across];
  const common = frameAttributes(attributes, csa);
  return items.map((item, at): FrameInfo => {
    const placed = planeOf(new TileAttributes(object, item.decimals('x00200032')));
    const times = frameAttributes(new FrameAttributes(item, undefined, undefined), undefined).times;
    const tile = { left: (at % across) * columns, top: Math.floor(at / across) * rows };
    return { frame: 0, tile, rows, columns, ...common, ...placed, times: { ...common.times, ...times } };
  });
}

/** The attributes of a tiled object with the position of one tile. */
class TileAttributes extends FrameAttributes {
  constructor(
    object: DicomObject,
    private readonly position: readonly number[] | undefined,
  ) {
    super(object, undefined, undefined);
  }

  override numbers(group: string, tag: string, count: number): readonly number[] | undefined {
    return tag === 'x00200032' ? (this.position?.length === count ? this.position : undefined) : super.numbers(group, tag, count);
  }
}
