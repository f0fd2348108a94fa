import type { FrameInfo } from './frame-info.js';
import { along, extent, normalOf, samePlaceMm } from './stack-slices.js';
import type { PlacedFrame } from './stack-slices.js';

/** Frames of one kind, split into repeats of the same stack. */
export interface Repeats {
  /** In the order of time. */
  readonly repeats: readonly (readonly PlacedFrame[])[];
  /** The attribute that told them apart. */
  readonly source: string;
}

/** What may number or time the repeats of a stack, the surest first. */
const keys: readonly (readonly [source: string, value: (info: FrameInfo) => number | undefined])[] = [
  ['TemporalPosition', (info) => info.temporalPosition],
  ['TemporalPositionTimeOffset', (info) => info.times.offsetSeconds],
  ['AcquisitionNumber', (info) => info.acquisitionNumber],
  ['TriggerTime', (info) => info.times.triggerMs],
  ['FrameAcquisitionDateTime', (info) => info.times.frameSeconds],
  ['AcquisitionTime', (info) => info.times.acquisitionSeconds],
  ['ContentTime', (info) => info.times.contentSeconds],
];

/**
 * Splits frames that lie at the same places several times: a dynamic series, or averages kept apart. An attribute counts when it has as many
 * values as there are repeats at a place and never puts two frames at one place. Where none does, the frames of each place follow each
 * other by InstanceNumber, if every place has equally many.
 * @param frames parallel planes of one kind
 */
export function splitRepeats(frames: readonly PlacedFrame[]): Repeats {
  const places = placesOf(frames);
  const { most } = extent(places.map(({ length }) => length));
  if (most === 1) return { repeats: [frames], source: '' };
  // Writers leave out a trigger time of 0.
  const hasTrigger = frames.some(({ info }) => info.times.triggerMs !== undefined);
  for (const [source, value] of keys) {
    const absent = source === 'TriggerTime' && hasTrigger ? 0 : undefined;
    const repeats = splitBy(frames, places, most, ({ info }) => value(info) ?? absent);
    if (repeats !== undefined) return { repeats, source };
  }
  return byInstance(places, most) ?? { repeats: [frames], source: '' };
}

/** Frames by where they lie along the normal. */
function placesOf(frames: readonly PlacedFrame[]): PlacedFrame[][] {
  const normal = normalOf((frames[0] as PlacedFrame).plane);
  const sorted = frames.map((frame) => ({ frame, at: along(frame.plane, normal) })).sort((a, b) => a.at - b.at);
  const places: PlacedFrame[][] = [];
  let last = -Infinity;
  for (const { frame, at } of sorted) {
    if (at - last < samePlaceMm) (places.at(-1) as PlacedFrame[]).push(frame);
    else {
      places.push([frame]);
      last = at;
    }
  }
  return places;
}

function splitBy(
  frames: readonly PlacedFrame[],
  places: readonly (readonly PlacedFrame[])[],
  most: number,
  value: (frame: PlacedFrame) => number | undefined,
): PlacedFrame[][] | undefined {
  const groups = new Map<number, PlacedFrame[]>();
  for (const frame of frames) {
    const key = value(frame);
    if (key === undefined) return undefined;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [frame]);
    else group.push(frame);
  }
  if (groups.size !== most) return undefined;
  for (const place of places) if (new Set(place.map(value)).size !== place.length) return undefined;
  return [...groups].sort(([a], [b]) => a - b).map(([, group]) => group);
}

function byInstance(places: readonly PlacedFrame[][], most: number): Repeats | undefined {
  if (places.some(({ length }) => length !== most)) return undefined;
  const number = ({ info }: PlacedFrame) => info.instanceNumber ?? NaN;
  const ordered = places.map((place) => [...place].sort((a, b) => number(a) - number(b) || a.info.frame - b.info.frame));
  // Without numbers that differ, copies of one slice cannot be told from moments.
  if (ordered.some((place) => place.some((frame, at) => at > 0 && !(number(frame) > number(place[at - 1] as PlacedFrame)))))
    return undefined;
  const repeats = Array.from({ length: most }, (_, at) => ordered.map((place) => place[at] as PlacedFrame));
  return { repeats, source: 'InstanceNumber' };
}
