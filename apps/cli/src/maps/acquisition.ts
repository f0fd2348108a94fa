import { mapErrors } from './errors.js';
import type { ImageList, ListedImage } from './image-list.js';

/** Where a setting came from: the command line or the images. */
export type Source = 'option' | 'image';

/** A setting that is known, and from where. */
export interface Known<T> {
  readonly value: T;
  readonly from: Source;
}

/** Images in the order of time, with the seconds of each from the first. */
export interface TimedImages {
  readonly images: readonly ListedImage[];
  readonly seconds: readonly number[];
  readonly from: Source;
}

/** What the command line says about times. */
export interface TimeOptions {
  readonly times?: readonly number[];
  readonly timeStep?: number;
}

/**
 * Times of the phases from the command line, else from the images, which are then put into the order of time; undefined where neither tells all.
 * @throws `CLI.COUNT_DIFFERS`
 */
export function timesOf({ images }: ImageList, { times, timeStep }: TimeOptions): TimedImages | undefined {
  if (times !== undefined) {
    assertCount('--times', times.length, images.length);
    return { images, seconds: fromFirst(times), from: 'option' };
  }
  if (timeStep !== undefined) return { images, seconds: images.map((_, at) => at * timeStep), from: 'option' };
  if (!images.every(({ seconds }) => seconds !== undefined)) return undefined;
  const sorted = [...images].sort((a, b) => (a.seconds as number) - (b.seconds as number));
  const seconds = fromFirst(sorted.map((image) => image.seconds as number));
  // Images of one time are no dynamic series, whatever they are.
  const isSeries = seconds.every((t, at) => at === 0 || t > (seconds[at - 1] as number));
  return isSeries ? { images: sorted, seconds, from: 'image' } : undefined;
}

/** {@link timesOf} where a command cannot do without. @throws `CLI.NO_TIMES`, `CLI.COUNT_DIFFERS` */
export function neededTimes(list: ImageList, options: TimeOptions): TimedImages {
  const found = timesOf(list, options);
  if (found === undefined) throw mapErrors.error('CLI.NO_TIMES', { count: list.images.length });
  return found;
}

/** b-values from the command line, else from the images. @throws `CLI.NO_B_VALUES`, `CLI.COUNT_DIFFERS` */
export function bValuesOf({ images }: ImageList, option: readonly number[] | undefined): Known<readonly number[]> {
  const found = listOf(images, option, '--b', ({ bValue }) => bValue);
  if (found === undefined) throw mapErrors.error('CLI.NO_B_VALUES', { count: images.length });
  return found;
}

/** Flip angles of each image. @throws `CLI.NO_ACQUISITION`, `CLI.COUNT_DIFFERS` */
export function flipAnglesOf({ images }: ImageList, option: readonly number[] | undefined): Known<readonly number[]> {
  const found = listOf(images, option, '--flip-angles', ({ flipAngleDeg }) => flipAngleDeg);
  if (found === undefined) throw mapErrors.error('CLI.NO_ACQUISITION', { parameter: 'flip', option: '--flip-angles' });
  return found;
}

/** One flip angle of all images. @throws `CLI.NO_ACQUISITION` */
export function flipAngleOf({ images }: ImageList, option: number | undefined): Known<number> {
  return oneOf(images, option, ({ flipAngleDeg }) => flipAngleDeg, { parameter: 'flip', option: '--flip-angle' });
}

/** One repetition time of all images, ms. @throws `CLI.NO_ACQUISITION` */
export function repetitionTimeOf({ images }: ImageList, option: number | undefined): Known<number> {
  return oneOf(images, option, ({ repetitionTimeMs }) => repetitionTimeMs, { parameter: 'tr', option: '--tr' });
}

function listOf(
  images: readonly ListedImage[],
  option: readonly number[] | undefined,
  name: string,
  fact: (image: ListedImage) => number | undefined,
): Known<readonly number[]> | undefined {
  if (option !== undefined) {
    assertCount(name, option.length, images.length);
    return { value: option, from: 'option' };
  }
  const values = images.map(fact);
  return values.every((value) => value !== undefined) ? { value: values as number[], from: 'image' } : undefined;
}

function oneOf(
  images: readonly ListedImage[],
  option: number | undefined,
  fact: (image: ListedImage) => number | undefined,
  names: { readonly parameter: string; readonly option: string },
): Known<number> {
  if (option !== undefined) return { value: option, from: 'option' };
  const [first, ...others] = images.map(fact);
  if (first === undefined || others.some((value) => value !== first)) throw mapErrors.error('CLI.NO_ACQUISITION', names);
  return { value: first, from: 'image' };
}

function assertCount(option: string, found: number, expected: number): void {
  if (found !== expected) throw mapErrors.error('CLI.COUNT_DIFFERS', { option, found, expected });
}

function fromFirst(times: readonly number[]): readonly number[] {
  return times.map((t) => t - (times[0] as number));
}
