import { normTerms } from './kinetic-table.js';

/** A cubic on 0 to 1 from its values and derivatives at the ends. */
export class Cubic {
  private c0 = 0;
  private c1 = 0;
  private c2 = 0;
  private c3 = 0;

  set(value0: number, slope0: number, value1: number, slope1: number): void {
    const rise = value1 - value0;
    this.c0 = value0;
    this.c1 = slope0;
    this.c2 = 3 * rise - 2 * slope0 - slope1;
    this.c3 = slope0 + slope1 - 2 * rise;
  }

  /** The cubic between a row and the next. */
  between(values: Float64Array, slopes: Float64Array, low: number): void {
    this.set(values[low] as number, slopes[low] as number, values[low + 1] as number, slopes[low + 1] as number);
  }

  at(x: number): number {
    return this.c0 + x * (this.c1 + x * (this.c2 + x * this.c3));
  }

  slopeAt(x: number): number {
    return this.c1 + x * (2 * this.c2 + 3 * x * this.c3);
  }
}

/** A polynomial of degree 6. */
export class Sextic {
  private readonly c = new Float64Array(normTerms);

  take(coefficients: Float64Array, from: number): void {
    for (let n = 0; n < normTerms; n++) this.c[n] = coefficients[from + n] as number;
  }

  at(x: number): number {
    let sum = 0;
    for (let n = normTerms - 1; n >= 0; n--) sum = sum * x + (this.c[n] as number);
    return sum;
  }

  slopeAt(x: number): number {
    let sum = 0;
    for (let n = normTerms - 1; n >= 1; n--) sum = sum * x + n * (this.c[n] as number);
    return sum;
  }
}
