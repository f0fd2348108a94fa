import type { Json } from '@cohortium/kernel';
import type { Interval } from '@cohortium/validation';

/** A finite number, or null. */
export function num(value: number | null | undefined): number | null {
  return value !== null && value !== undefined && Number.isFinite(value) ? value : null;
}

/** Numbers of a vector, null where one is not finite. */
export function nums(values: ArrayLike<number>): (number | null)[] {
  return Array.from(values, num);
}

/** `[low, high]`, or null. */
export function bounds(interval: Interval | null | undefined): Json {
  return interval ? [num(interval.low), num(interval.high)] : null;
}

/** Which scores mean that the event is more likely. */
export type Direction = 'higher' | 'lower';

/** A cut-off on the scale of the column, also one at the end of the scale, as R prints it. */
export function cutOff(threshold: number, direction: Direction = 'higher'): Json {
  const onScale = direction === 'lower' ? 0 - threshold : threshold;
  return onScale === Infinity ? 'Inf' : onScale === -Infinity ? '-Inf' : num(onScale);
}

/** An object from names and values, in their order. */
export function byName<T>(names: readonly string[], value: (name: string, k: number) => T): Record<string, T> {
  return Object.fromEntries(names.map((name, k) => [name, value(name, k)]));
}

/** `{ reason }` where there is one. */
export function because(reason: string | undefined): { readonly reason?: string } {
  return reason === undefined ? {} : { reason };
}
