import { isAppError } from '@cohortium/kernel';
import { imagingErrors } from '../errors.js';
import type { Geometry } from '../volume.js';
import { alignScales } from './align-scales.js';
import type { FrameInfo, ImageHeader } from './frame-info.js';
import { splitRepeats } from './split-repeats.js';
import { stackSlices } from './stack-slices.js';
import type { PlacedFrame } from './stack-slices.js';

/** A frame of the objects read together. */
export interface FrameReference {
  /** Place of the object in the list, from 0. */
  readonly image: number;
  readonly info: FrameInfo;
}

/** Frames of a series that form one volume, or the reason why they do not. */
export interface VolumePlan {
  /** Ordered along the normal of the slices where the volume is whole. */
  readonly frames: readonly FrameReference[];
  readonly geometry?: Geometry;
  /** Why there is no volume. */
  readonly problem?: Error;
  /** Which repeat in time of the same image this is, from 1, and how many there are; absent without repeats. */
  readonly phase?: { readonly index: number; readonly count: number };
  /** What told the repeats apart. */
  readonly phaseSource?: string;
}

/** Two orientations whose components differ by less count as one. */
const orientationTolerance = 1e-3;
const spacingToleranceMm = 1e-4;

/**
 * Splits the frames of one series into volumes: by size, orientation and spacing, kind of image (magnitude, phase, ...), echo, inversion time,
 * flip angle, b-value and direction; what then lies at one place several times is split in time (see `split-repeats.ts`).
 * @param images objects of one series; an object that is there twice (same SOP Instance UID) is taken once
 * @returns volumes in a fixed order: by kind, echo and b-value, then in time
 */
export function splitSeries(images: readonly ImageHeader[]): readonly VolumePlan[] {
  const seen = new Set<string>();
  const groups = new Map<string, PlacedFrame[][]>();
  const unplaced: FrameReference[] = [];
  alignScales(images).forEach((header, image) => {
    if (header.sopInstanceUid !== undefined && seen.has(header.sopInstanceUid)) return;
    if (header.sopInstanceUid !== undefined) seen.add(header.sopInstanceUid);
    for (const info of header.frames) {
      if (info.plane === undefined) unplaced.push({ image, info });
      else place(groups, { image, info, plane: info.plane });
    }
  });
  const plans = [...groups.values()].flat().sort(byKind).flatMap(plansOf);
  if (unplaced.length === 0) return plans;
  const attribute = unplaced[0]?.info.missing ?? 'ImagePositionPatient';
  const [file, count] = [(unplaced[0] as FrameReference).image + 1, images.length];
  return [
    ...plans,
    { frames: unplaced, problem: imagingErrors.error('IMAGING.BAD_DICOM', { file, count, problem: 'missing', attribute }) },
  ];
}

/** What has to be equal within a volume, but for lengths. */
function kindOf(info: FrameInfo): readonly (string | number)[] {
  const round = (value: number | undefined, digits: number) => (value === undefined ? -1 : Number(value.toFixed(digits)));
  const b = info.diffusion?.bValue;
  // Without weighting a direction means nothing.
  const direction = b === undefined || b < 5 ? '' : (info.diffusion?.direction?.map((part) => part.toFixed(3)).join(' ') ?? '');
  return [
    info.component ?? '',
    info.imageType.slice(2).join('\\'),
    info.stackId ?? '',
    round(info.flipAngleDegrees, 2),
    round(info.inversionTimeMs, 1),
    round(info.echoTimeMs, 2),
    round(b, 0),
    direction,
    info.rows,
    info.columns,
  ];
}

function place(groups: Map<string, PlacedFrame[][]>, frame: PlacedFrame): void {
  const key = JSON.stringify(kindOf(frame.info));
  const alike = groups.get(key) ?? [];
  if (!groups.has(key)) groups.set(key, alike);
  const group = alike.find((members) => isAlike((members[0] as PlacedFrame).plane, frame.plane));
  if (group === undefined) alike.push([frame]);
  else group.push(frame);
}

/** True for planes that are parallel, turned alike and of equal pixel spacing. */
export function isAlike(a: PlacedFrame['plane'], b: PlacedFrame['plane']): boolean {
  const near = (p: readonly number[], q: readonly number[], by: number) =>
    p.every((value, at) => Math.abs(value - (q[at] as number)) <= by);
  return (
    near(a.rowAxis, b.rowAxis, orientationTolerance) &&
    near(a.columnAxis, b.columnAxis, orientationTolerance) &&
    near(a.pixelSpacingMm, b.pixelSpacingMm, spacingToleranceMm)
  );
}

function byKind(a: readonly PlacedFrame[], b: readonly PlacedFrame[]): number {
  const [p, q] = [kindOf((a[0] as PlacedFrame).info), kindOf((b[0] as PlacedFrame).info)];
  for (let at = 0; at < p.length; at++) {
    const [x, y] = [p[at] as string | number, q[at] as string | number];
    if (x !== y) return x < y ? -1 : 1;
  }
  return instance(a) - instance(b);
}

function instance(frames: readonly PlacedFrame[]): number {
  return frames.reduce((least, { info }) => Math.min(least, info.instanceNumber ?? 0), Infinity);
}

function plansOf(frames: readonly PlacedFrame[]): readonly VolumePlan[] {
  const { repeats, source } = splitRepeats(frames);
  return repeats.map((members, at): VolumePlan => {
    const phase = repeats.length > 1 ? { phase: { index: at + 1, count: repeats.length }, phaseSource: source } : {};
    try {
      const { sorted, geometry } = stackSlices(members);
      return { frames: sorted, geometry, ...phase };
    } catch (problem) {
      if (!isAppError(problem)) throw problem;
      return { frames: members, problem, ...phase };
    }
  });
}
