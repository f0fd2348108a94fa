const sha256Text = /^[0-9a-f]{64}$/;

/**
 * Where two results differ: structure, texts, and numbers by more than `tolerance` x max(1, |expected|). Hashes that stand in both
 * are not compared: last bits of a number move all of a hash. Use a tolerance of 0 and {@link hashes} where bytes must be equal.
 * @returns one line for each difference; empty when there is none
 */
export function differences(actual: unknown, expected: unknown, tolerance: number, at = '$'): string[] {
  if (typeof actual === 'number' && typeof expected === 'number')
    return closeNumbers(actual, expected, tolerance) ? [] : [line(at, actual, expected)];
  if (typeof actual === 'string' && typeof expected === 'string') {
    const equal = actual === expected || (tolerance > 0 && sha256Text.test(actual) && sha256Text.test(expected));
    return equal ? [] : [line(at, actual, expected)];
  }
  if (Array.isArray(actual) && Array.isArray(expected)) {
    if (actual.length !== expected.length) return [line(`${at}.length`, actual.length, expected.length)];
    return actual.flatMap((item, i) => differences(item, expected[i], tolerance, `${at}[${i}]`));
  }
  if (isRecord(actual) && isRecord(expected)) {
    const keys = [...new Set([...Object.keys(actual), ...Object.keys(expected)])].sort();
    return keys.flatMap((key) => differences(actual[key], expected[key], tolerance, `${at}.${key}`));
  }
  return Object.is(actual, expected) ? [] : [line(at, actual, expected)];
}

/** How many numbers a value holds: shows that a comparison had something to compare. */
export function countNumbers(value: unknown): number {
  if (typeof value === 'number') return 1;
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + countNumbers(item), 0);
  return isRecord(value) ? countNumbers(Object.values(value)) : 0;
}

/** A CSV of predictions as rows of texts and numbers, for {@link differences}. */
export function predictionRows(csv: string): (string | number)[][] {
  return csv
    .trimEnd()
    .split('\n')
    .map((row, i) => row.split(',').map((cell, column) => (i === 0 || column < 2 ? cell : Number(cell))));
}

function closeNumbers(actual: number, expected: number, tolerance: number): boolean {
  return Object.is(actual, expected) || Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function line(at: string, actual: unknown, expected: unknown): string {
  return `${at}: ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`;
}
