import { InvalidArgumentError } from 'commander';

/** Numbers between commas; `exactly` says how many. @throws what commander tells as a wrong argument */
export function numberList(
  text: string,
  { exactly, whole = false }: { readonly exactly?: number; readonly whole?: boolean } = {},
): number[] {
  const values = text.split(',').map((part) => (part.trim() === '' ? NaN : Number(part)));
  const good = values.every((value) => (whole ? Number.isInteger(value) : Number.isFinite(value)));
  if (!good || (exactly !== undefined && values.length !== exactly)) throw new InvalidArgumentError(text);
  return values;
}

/** One finite number. */
export function oneNumber(text: string): number {
  return numberList(text, { exactly: 1 })[0] as number;
}

/** One whole number. */
export function oneWhole(text: string): number {
  return numberList(text, { exactly: 1, whole: true })[0] as number;
}

/** Options that say which region of a file is meant. */
export interface RegionOptions {
  readonly label?: number;
  readonly roi?: string;
  readonly threshold?: number;
  readonly resample?: 'none' | 'nearest';
  readonly planeTolerance?: number;
  readonly anyFrameOfReference?: boolean;
}

/** The question to `loadRegion` that the options ask. */
export function regionQuestion({ label, roi, threshold, resample, planeTolerance, anyFrameOfReference }: RegionOptions) {
  return { label, name: roi, threshold, resample, planeTolerance, anyFrameOfReference };
}
