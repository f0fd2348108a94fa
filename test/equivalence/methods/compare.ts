import type { Json } from '@cohortium/kernel';

/** Largest difference of two results. */
export interface Difference {
  /** |a - b| / max(|b|, scale). */
  readonly largest: number;
  readonly path: string;
  /** Numbers compared. */
  readonly numbers: number;
}

/**
 * Compares two results number by number; anything else must be equal.
 * @throws when the forms differ
 */
export function compareResults(found: Json, expected: Json, scales: readonly (readonly [RegExp, number])[] = []): Difference {
  const worst = { largest: 0, path: '', numbers: 0 };
  const visit = (a: Json | undefined, b: Json | undefined, path: string): void => {
    if (typeof a === 'number' && typeof b === 'number') {
      const scale = scales.find(([pattern]) => pattern.test(path))?.[1] ?? 1;
      const difference = Math.abs(a - b) / Math.max(Math.abs(b), scale);
      worst.numbers++;
      if (difference > worst.largest) Object.assign(worst, { largest: difference, path });
    } else if (a !== null && b !== null && typeof a === 'object' && typeof b === 'object') {
      const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
      for (const key of keys) visit((a as never)[key], (b as never)[key], path === '' ? key : `${path}.${key}`);
    } else if (a !== b) throw new Error(`${path}: ${JSON.stringify(a)} is not ${JSON.stringify(b)}`);
  };
  visit(found, expected, '');
  return worst;
}
