import { choleskyFactor, invertPositive, ln, exp, submatrix } from '@cohortium/numerics';

/** Variance inflation of one term. */
export interface Inflation {
  /** Columns of the term. */
  readonly df: number;
  /** Generalized variance inflation factor; for one column the usual VIF. Null where the columns are collinear. */
  readonly gvif: number | null;
  /** gvif^(1 / (2 df)): comparable between terms; for one column the square root of the VIF. */
  readonly perDf: number | null;
}

/**
 * Generalized variance inflation factors from the correlation matrix of the columns (row-major, p x p; R: `car::vif`): det R11 det R22 / det
 * R, with R11 of the term's columns and R22 of the others. Fox & Monette 1992, doi 10.1080/01621459.1992.10475190.
 * @param terms column indices of each term
 */
export function inflationFactors(correlation: Float64Array, p: number, terms: readonly (readonly number[])[]): Inflation[] {
  const whole = lnDeterminant(correlation, p);
  const inverse = invertPositive(correlation, p);
  return terms.map((term) => {
    const df = term.length;
    const [first] = term;
    if (whole === null || inverse === null || first === undefined) return { df, gvif: null, perDf: null };
    if (df === 1) {
      const vif = inverse[first * p + first] as number;
      return { df, gvif: vif, perDf: Math.sqrt(vif) };
    }
    const others = Array.from({ length: p }, (_, j) => j).filter((j) => !term.includes(j));
    const own = lnDeterminant(submatrix(correlation, p, term), df);
    const rest = lnDeterminant(submatrix(correlation, p, others), others.length);
    if (own === null || rest === null) return { df, gvif: null, perDf: null };
    const lnGvif = own + rest - whole;
    return { df, gvif: exp(lnGvif), perDf: exp(lnGvif / (2 * df)) };
  });
}

/** ln of the determinant of a positive definite matrix; null where it is singular. */
function lnDeterminant(matrix: Float64Array, n: number): number | null {
  const factor = choleskyFactor(matrix, n);
  if (factor === null) return null;
  let sum = 0;
  for (let j = 0; j < n; j++) sum += 2 * ln(factor[j * n + j] as number);
  return sum;
}
