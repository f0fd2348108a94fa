import { frameDecoder, makeVoxels } from '../dicom/decode-frames.js';
import { DicomObject } from '../dicom/dicom-object.js';
import { pixelFormatOf } from '../dicom/pixel-format.js';
import { voxelCount } from '../geometry/geometry.js';
import { assertAffordable } from '../readers/bytes.js';
import type { ReadOptions } from '../readers/bytes.js';
import { regionErrors } from '../region/errors.js';
import type { Geometry, RoiMask, VoxelArray } from '../volume.js';
import { dicomText } from './dicom-text.js';
import { frameGrid, framePlane, functionalGroup } from './frame-grid.js';

/** SOP classes Segmentation Storage and Label Map Segmentation Storage (PS3.4, annex B). */
export const segmentationClasses: ReadonlySet<string> = new Set(['1.2.840.10008.5.1.4.1.1.66.4', '1.2.840.10008.5.1.4.1.1.66.7']);

/** A coded concept, `{ value: '49755003', scheme: 'SCT', meaning: 'Morphologically Altered Structure' }`. */
export interface CodedConcept {
  readonly value: string;
  readonly scheme: string;
  readonly meaning: string;
}

/** A segment as its object describes it (PS3.3, C.8.20.4). */
export interface SegmentFacts {
  readonly number: number;
  readonly label: string | null;
  readonly category: CodedConcept | null;
  readonly type: CodedConcept | null;
  readonly algorithm: { readonly type: string | null; readonly name: string | null };
  /** Frames that belong to the segment; of a label map, all. */
  readonly frames: number;
}

/** Where two segments may cover the same voxel, as the object states it. */
export type StatedOverlap = 'YES' | 'NO' | 'UNDEFINED';

/** One frame on the grid of its segmentation. */
interface SegmentationFrame {
  /** Undefined in a label map, whose pixels hold the number. */
  readonly segment: number | undefined;
  readonly slice: number;
}

/** A DICOM segmentation as received: its segments on its own grid. */
export interface Segmentation {
  readonly kind: 'binary' | 'fractional' | 'labelmap';
  /** How fractional values are meant, and which stored value is 1. */
  readonly fractional: { readonly type: 'PROBABILITY' | 'OCCUPANCY' | null; readonly maximum: number } | null;
  readonly segments: readonly SegmentFacts[];
  readonly geometry: Geometry;
  readonly overlap: StatedOverlap;
  readonly frameOfReferenceUid: string | undefined;
  /** Series and images that it was made from. */
  readonly sourceSeriesUids: readonly string[];
  readonly sourceInstanceUids: readonly string[];
  readonly frames: readonly SegmentationFrame[];
  /** Stored values of a frame, from 0. */
  readonly pixels: (frame: number) => VoxelArray;
}

/**
 * Reads a DICOM segmentation: binary, fractional or label map, frames in any order, slices without frames, segments that overlap. Nothing is
 * decoded before a mask is asked for.
 * @param object a parsed file or its bytes
 * @throws `REGION.NOT_A_SEGMENTATION`, `REGION.BAD_SEGMENTATION`, `IMAGING.BAD_DICOM`, `IMAGING.BAD_GEOMETRY`, `IMAGING.UNSUPPORTED`, `IMAGING.TOO_LARGE`
 * @see PS3.3, A.51 and C.8.20
 */
export function readSegmentation(object: Uint8Array | DicomObject, options: ReadOptions = {}): Segmentation {
  const data = object instanceof DicomObject ? object : DicomObject.parse(object);
  const sopClass = data.text('x00080016');
  if (!segmentationClasses.has(sopClass ?? '')) throw regionErrors.error('REGION.NOT_A_SEGMENTATION', { found: sopClass ?? 'none' });
  const kind = kindOf(data);
  const stored = pixelFormatOf(data);
  // The palette of a label map colors its numbers for display (PS3.3, C.8.20.2.1).
  const format = kind === 'labelmap' && stored.photometric.startsWith('PALETTE') ? { ...stored, photometric: 'MONOCHROME2' } : stored;
  const { rows, columns, frames: count } = format;
  const perFrame = data.items('x52009230');
  const shared = data.item('x52009229');
  if (perFrame.length === 0 || count !== perFrame.length)
    throw regionErrors.error('REGION.BAD_SEGMENTATION', { problem: 'frames', count, frame: perFrame.length });
  const decode = frameDecoder(data, format);
  const pixels = (frame: number): VoxelArray => {
    const values = makeVoxels(format, rows * columns);
    decode(frame, values, 0);
    return values;
  };
  const planes = perFrame.map((frame, at) => framePlane(frame, shared, at + 1));
  const { geometry, slices } = frameGrid(planes, columns, rows);
  assertAffordable(voxelCount(geometry), 'uint8', options);
  const listed = data.items('x00620002');
  const numbers = listed.map((segment) => positive(segment.uint16('x00620004'), 'SegmentNumber', kind === 'labelmap'));
  const frames = perFrame.map((frame, at) => {
    const segment = kind === 'labelmap' ? undefined : segmentOf(frame, shared, at + 1, numbers);
    return { segment, slice: slices[at] as number };
  });
  assertNoDuplicates(frames);
  return {
    kind,
    fractional: kind === 'fractional' ? fractionalOf(data) : null,
    segments: listed.map((segment, at) => segmentFacts(segment, numbers[at] as number, frames, data)),
    geometry,
    overlap: overlapOf(data, kind),
    frameOfReferenceUid: data.text('x00200052'),
    ...sourcesOf(data, perFrame),
    frames,
    pixels,
  };
}

/**
 * Voxels of one segment on the grid of its segmentation.
 * @param threshold share of the maximum from which a fractional voxel belongs to the region; others ignore it
 * @throws `REGION.ABSENT`, `REGION.BAD_OPTION`, `REGION.BAD_SEGMENTATION`
 */
export function segmentMask(
  { geometry, frames, pixels, segments, kind, fractional }: Segmentation,
  number: number,
  threshold = 0.5,
): RoiMask {
  if (!segments.some((segment) => segment.number === number))
    throw regionErrors.error('REGION.ABSENT', { asked: number, numbers: segments.map((segment) => segment.number).join(', ') || 'none' });
  if (!(threshold > 0 && threshold <= 1)) throw regionErrors.error('REGION.BAD_OPTION', { option: '--threshold', problem: 'share' });
  const voxels = new Uint8Array(voxelCount(geometry));
  const size = geometry.dimensions[0] * geometry.dimensions[1];
  const least = kind === 'fractional' ? threshold * (fractional?.maximum ?? 255) : 1;
  frames.forEach(({ segment, slice }, at) => {
    if (segment !== undefined && segment !== number) return;
    const values = pixels(at);
    const start = slice * size;
    if (kind === 'labelmap') for (let n = 0; n < size; n++) voxels[start + n] = values[n] === number ? 1 : 0;
    else for (let n = 0; n < size; n++) voxels[start + n] = (values[n] as number) >= least ? 1 : 0;
  });
  return { geometry, voxels };
}

/**
 * Voxels of each segment, by number; frames are looked at one by one, so that no grid is allocated.
 * @throws `REGION.BAD_OPTION`, `IMAGING.BAD_DICOM`
 */
export function segmentVoxelCounts(
  { frames, pixels, segments, kind, fractional }: Segmentation,
  threshold = 0.5,
): ReadonlyMap<number, number> {
  if (!(threshold > 0 && threshold <= 1)) throw regionErrors.error('REGION.BAD_OPTION', { option: '--threshold', problem: 'share' });
  const least = kind === 'fractional' ? threshold * (fractional?.maximum ?? 255) : 1;
  const counts = new Map(segments.map(({ number }) => [number, 0]));
  const add = (number: number, by: number) => counts.has(number) && counts.set(number, (counts.get(number) as number) + by);
  frames.forEach(({ segment }, at) => {
    const values = pixels(at);
    if (segment === undefined) {
      const inFrame = new Map<number, number>();
      for (const value of values) inFrame.set(value, (inFrame.get(value) ?? 0) + 1);
      for (const [number, count] of inFrame) add(number, count);
      return;
    }
    let count = 0;
    for (let n = 0; n < values.length; n++) if ((values[n] as number) >= least) count++;
    add(segment, count);
  });
  return counts;
}

function kindOf(data: DicomObject): Segmentation['kind'] {
  const stated = data.text('x00620001') ?? '';
  const kind = ({ BINARY: 'binary', FRACTIONAL: 'fractional', LABELMAP: 'labelmap' } as const)[stated];
  if (kind === undefined)
    throw regionErrors.error('REGION.BAD_SEGMENTATION', { problem: 'type', attribute: stated || 'SegmentationType', frame: 0 });
  return kind;
}

function positive(value: number | undefined, attribute: string, zero = false): number {
  if (value === undefined || value < (zero ? 0 : 1))
    throw regionErrors.error('REGION.BAD_SEGMENTATION', { problem: 'missing', attribute, frame: 0 });
  return value;
}

function segmentOf(frame: DicomObject, shared: DicomObject | undefined, place: number, numbers: readonly number[]): number {
  const number = functionalGroup(frame, shared, 'x0062000a')?.uint16('x0062000b');
  if (number === undefined)
    throw regionErrors.error('REGION.BAD_SEGMENTATION', { problem: 'missing', attribute: 'ReferencedSegmentNumber', frame: place });
  if (!numbers.includes(number)) throw regionErrors.error('REGION.BAD_SEGMENTATION', { problem: 'segment', frame: place, count: number });
  return number;
}

/** Two frames of a segment at one place would be two answers. */
function assertNoDuplicates(frames: readonly SegmentationFrame[]): void {
  const seen = new Map<string, number>();
  frames.forEach(({ segment, slice }, at) => {
    const place = `${segment ?? ''}/${slice}`;
    const before = seen.get(place);
    if (before !== undefined)
      throw regionErrors.error('REGION.BAD_SEGMENTATION', { problem: 'duplicate', count: before + 1, frame: at + 1 });
    seen.set(place, at);
  });
}

function fractionalOf(data: DicomObject): Segmentation['fractional'] {
  const type = data.text('x00620010');
  const maximum = positive(data.uint16('x0062000e'), 'MaximumFractionalValue');
  return { type: type === 'PROBABILITY' || type === 'OCCUPANCY' ? type : null, maximum };
}

function overlapOf(data: DicomObject, kind: Segmentation['kind']): StatedOverlap {
  const stated = data.text('x00620013');
  return kind === 'labelmap' ? 'NO' : stated === 'YES' || stated === 'NO' ? stated : 'UNDEFINED';
}

function segmentFacts(segment: DicomObject, number: number, frames: readonly SegmentationFrame[], whole: DicomObject): SegmentFacts {
  return {
    number,
    label: dicomText(segment, 'x00620005', whole) ?? null,
    category: conceptOf(segment.item('x00620003'), whole),
    type: conceptOf(segment.item('x0062000f'), whole),
    algorithm: { type: segment.text('x00620008') ?? null, name: dicomText(segment, 'x00620009', whole) ?? null },
    frames: frames.filter((frame) => frame.segment === undefined || frame.segment === number).length,
  };
}

function conceptOf(item: DicomObject | undefined, whole: DicomObject): CodedConcept | null {
  const value = item?.text('x00080100') ?? item?.text('x00080119') ?? item?.text('x00080120');
  if (item === undefined || value === undefined) return null;
  return { value, scheme: item.text('x00080102') ?? '', meaning: dicomText(item, 'x00080104', whole) ?? '' };
}

function sourcesOf(data: DicomObject, perFrame: readonly DicomObject[]): Pick<Segmentation, 'sourceSeriesUids' | 'sourceInstanceUids'> {
  const series = data.items('x00081115');
  const unique = (uids: readonly (string | undefined)[]) => [...new Set(uids.filter((uid) => uid !== undefined))];
  const instances = [...series.flatMap((item) => item.items('x0008114a')), ...data.items('x00082112')];
  const derived = perFrame.flatMap((frame) => frame.items('x00089124').flatMap((item) => item.items('x00082112')));
  return {
    sourceSeriesUids: unique(series.map((item) => item.text('x0020000e'))),
    sourceInstanceUids: unique([...instances, ...derived].map((item) => item.text('x00081155'))),
  };
}

/** True for the segment of a label map that says what belongs to no region (PS3.16, 125040 "Background"). */
export function isBackground({ type }: SegmentFacts): boolean {
  return type?.scheme === 'DCM' && type.value === '125040';
}

/** The number of the only segment but the background. @throws `REGION.AMBIGUOUS`, `REGION.ABSENT` */
export function onlySegment({ segments }: Segmentation): number {
  const regions = segments.filter((segment) => !isBackground(segment));
  const [first] = regions;
  if (first === undefined) throw regionErrors.error('REGION.ABSENT', { asked: 1, numbers: 'none' });
  if (regions.length > 1) throw regionErrors.error('REGION.AMBIGUOUS', { numbers: regions.map(({ number }) => number).join(', ') });
  return first.number;
}
