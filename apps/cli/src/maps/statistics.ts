/** Median of numbers; null where there are none. */
export function medianOf(values: Float64Array): number | null {
  if (values.length === 0) return null;
  const sorted = Float64Array.from(values).sort();
  return 0.5 * ((sorted[(sorted.length - 1) >> 1] as number) + (sorted[sorted.length >> 1] as number));
}
