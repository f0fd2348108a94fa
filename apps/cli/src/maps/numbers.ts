import { InvalidArgumentError } from 'commander';

/** Limits of an option's number. */
export interface NumberLimits {
  readonly least?: number;
  readonly most?: number;
  readonly whole?: true;
}

/** Parser of a number. */
export function numberParser(
  complaint: string,
  { least = -Infinity, most = Infinity, whole }: NumberLimits = {},
): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value) || value < least || value > most || (whole && !Number.isInteger(value)))
      throw new InvalidArgumentError(complaint);
    return value;
  };
}

/** Parser of numbers separated by commas. */
export function listParser(complaint: string): (text: string) => readonly number[] {
  return (text) => text.split(',').map(numberParser(complaint));
}
