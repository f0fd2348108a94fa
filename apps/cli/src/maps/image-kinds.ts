import { waterFatKinds } from '@cohortium/imaging';
import type { FrameInfo } from '@cohortium/imaging';
import { mapErrors } from './errors.js';
import type { ImageList } from './image-list.js';

/** Kinds of image that one acquisition may store beside each other, as `--kind` names them. */
export const imageKinds: readonly string[] = [...waterFatKinds, 'magnitude', 'phase', 'real', 'imaginary'];

/** The kinds of an image among {@link imageKinds}; complex images whose part is not stated are magnitudes. */
export function kindsOf({ waterFat, component }: FrameInfo): readonly string[] {
  return [...(waterFat === undefined ? [] : [waterFat]), (component ?? 'MAGNITUDE').toLowerCase()];
}

/** What must be equal among images that are computed with each other: `water, TE 1.23 ms`. */
export function describeKind(info: FrameInfo): string {
  const echo = info.echoTimeMs === undefined ? [] : [`TE ${Number(info.echoTimeMs.toFixed(2))} ms`];
  return [...kindsOf(info).filter((kind) => kind !== 'magnitude'), ...echo].join(', ');
}

/** The kinds that are there, for a message. */
export function listedKinds(infos: readonly FrameInfo[]): string {
  return distinct(infos.map((info) => kindsOf(info).join(', ')));
}

/**
 * Water and fat, magnitude and phase, or several echoes are no phases, b-values or flip angles of each other.
 * @throws `CLI.MIXED_IMAGES`
 */
export function assertOneKind({ images }: ImageList): void {
  assertSameKind(images.flatMap(({ kind }) => (kind === undefined ? [] : [kind])));
}

/** {@link assertOneKind} of kinds as `describeKind` tells them. @throws `CLI.MIXED_IMAGES` */
export function assertSameKind(kinds: readonly string[]): void {
  if (new Set(kinds).size > 1) throw mapErrors.error('CLI.MIXED_IMAGES', { count: kinds.length, kinds: distinct(kinds) });
}

function distinct(texts: readonly string[]): string {
  return [...new Set(texts)].sort().join('; ');
}
