/**
 * The IBSI comparison rule: the value rounded to three significant figures lies within the tolerance of the reference. Where the reference
 * is printed with more figures (voxel counts, extremes in Hounsfield units), the value may be rounded to as many.
 * @returns true when it passes; rounding errors of the subtraction (1e-12 of the reference) do not fail a row
 * @example passes(0.8434, 0.843, 0) // true
 */
export function passes(value: number, reference: number, tolerance: number): boolean {
  if (!Number.isFinite(value)) return false;
  const limit = tolerance + 1e-12 * Math.abs(reference);
  const figures = Math.max(3, significantFigures(reference));
  return [3, figures].some((count) => Math.abs(roundToFigures(value, count) - reference) <= limit);
}

/** A value rounded to so many significant decimal figures. */
export function roundToFigures(value: number, figures: number): number {
  return Number(value.toPrecision(figures));
}

/** Decimal figures of a number as it is written, trailing zeros of whole numbers left out. */
function significantFigures(value: number): number {
  const digits = value.toExponential().split('e')[0] as string;
  return digits.replace(/[-.]/g, '').length;
}
