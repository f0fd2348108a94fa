import type { Factor } from '../model-matrix/model-matrix.js';
import { arithmeticFactors, formulaFunctions } from './arithmetic.js';
import { deparse, parseSides } from './syntax.js';
import type { Expression } from './syntax.js';
import { badFormula, quoteName } from './tokens.js';

/** A variable of a formula. */
export interface FormulaVariable {
  /** As R prints it. */
  readonly label: string;
  /** Columns it reads. */
  readonly columns: readonly string[];
  /** `asIs`: numbers or categories, as the column is. `category`: categories whatever the cells look like. Else its factors. */
  readonly content: 'asIs' | 'category' | readonly Factor[];
}

/** A formula in normal form. */
export interface Formula {
  /** The left side; null where there is none. */
  readonly response: Expression | null;
  readonly variables: readonly FormulaVariable[];
  /** Each term as ascending positions in {@link variables}; main effects before interactions. */
  readonly terms: readonly (readonly number[])[];
  readonly intercept: boolean;
  /** Columns of `offset(...)`. */
  readonly offsets: readonly string[];
  /** Columns of `strata(...)`. */
  readonly strata: readonly string[];
}

/**
 * Parses a formula as R's `terms` does: `+ - : * / ^ %in%`, brackets, `1`, `0`, `-1`, `.`, `factor(x)`, `offset(x)`, `strata(x)`, `I(...)`,
 * `log(x)`, `log2`, `log10`, `log1p`, `exp`, `sqrt`. Names that R's grammar does not allow stand in backticks.
 * @param others columns that `.` stands for
 * @throws `STATISTICS.BAD_FORMULA`
 */
export function parseFormula(formula: string, others: readonly string[] = []): Formula {
  const { left, right } = parseSides(formula);
  const reading = new Reading(formula, others);
  const terms = reading.terms(right);
  const ordered = [...terms].sort((a, b) => a.length - b.length);
  return {
    response: left,
    variables: reading.variables,
    terms: ordered,
    intercept: reading.intercept,
    offsets: reading.offsets,
    strata: reading.strata,
  };
}

type Terms = readonly (readonly number[])[];

/** Turns expressions into sets of variables and collects what is no term. */
class Reading {
  readonly variables: FormulaVariable[] = [];
  readonly offsets: string[] = [];
  readonly strata: string[] = [];
  intercept = true;

  constructor(
    private readonly formula: string,
    private readonly others: readonly string[],
  ) {}

  terms(expression: Expression): Terms {
    switch (expression.kind) {
      case 'group':
        return this.terms(expression.value);
      case 'minus':
        return this.without([], expression.value);
      case 'number':
        if (expression.value !== 0 && expression.value !== 1) throw this.refuse(expression, 'only 0 and 1 stand for themselves');
        this.intercept = expression.value === 1;
        return [];
      case 'binary':
        return this.binary(expression);
      case 'name':
        if (expression.name === '.')
          return this.others.map((column) => [this.variable(quoteName(column), { columns: [column], content: 'asIs' })]);
        return [[this.variable(deparse(expression), { columns: [expression.name], content: 'asIs' })]];
      case 'call':
        return this.call(expression);
    }
  }

  private binary(expression: Extract<Expression, { kind: 'binary' }>): Terms {
    const { operator, left, right } = expression;
    if (operator === '-') return this.without(this.terms(left), right);
    if (operator === '^') return this.power(expression);
    const a = this.terms(left);
    const b = this.terms(right);
    if (operator === '+') return union(a, b);
    if (operator === ':') return products(a, b);
    if (operator === '*') return union(union(a, b), products(a, b));
    if (operator === '/') return union(a, products([all(a)], b));
    return products(a, [all(b)]);
  }

  private power({ left, right }: Extract<Expression, { kind: 'binary' }>): Terms {
    const degree = right.kind === 'number' ? right.value : 0;
    if (!Number.isInteger(degree) || degree < 1 || degree > 8) throw this.refuse(right, 'a power of terms is a whole number from 1 to 8');
    const base = this.terms(left);
    let result = base;
    for (let k = 1; k < degree; k++) result = union(result, products(result, base));
    return result;
  }

  /** Terms without those of an expression; `- 1` takes the intercept away and `- 0` gives it back. */
  private without(terms: Terms, expression: Expression): Terms {
    if (expression.kind === 'number' && (expression.value === 0 || expression.value === 1)) {
      this.intercept = expression.value === 0;
      return terms;
    }
    const gone = new Set(this.terms(expression).map(String));
    return terms.filter((term) => !gone.has(String(term)));
  }

  private call(expression: Extract<Expression, { kind: 'call' }>): Terms {
    const { name, args } = expression;
    if (name === 'offset' || name === 'strata') {
      (name === 'offset' ? this.offsets : this.strata).push(...args.map((arg) => this.columnOf(arg)));
      return [];
    }
    const label = deparse(expression);
    if (name === 'factor' || name === 'as.factor') {
      if (args.length !== 1) throw this.refuse(expression, `${name}() takes one column`);
      return [[this.variable(label, { columns: [this.columnOf(args[0] as Expression)], content: 'category' })]];
    }
    if (name !== 'I' && !formulaFunctions.includes(name))
      throw this.refuse(
        expression,
        `the function ${name}() is not known; there are factor, offset, strata, I, ${formulaFunctions.join(', ')}`,
      );
    const factors = arithmeticFactors(expression);
    if (!factors)
      throw this.refuse(expression, 'only products and powers of columns, and shifts, scales and functions of one column are possible');
    const columns = [...new Set(factors.flatMap((factor) => ('column' in factor ? [factor.column] : [])))];
    return [[this.variable(label, { columns, content: factors })]];
  }

  private columnOf(expression: Expression): string {
    if (expression.kind === 'group') return this.columnOf(expression.value);
    if (expression.kind !== 'name' || expression.name === '.') throw this.refuse(expression, 'the name of a column is expected here');
    return expression.name;
  }

  private variable(label: string, parts: Omit<FormulaVariable, 'label'>): number {
    const known = this.variables.findIndex((variable) => variable.label === label);
    return known >= 0 ? known : this.variables.push({ label, ...parts }) - 1;
  }

  private refuse({ at }: Expression, reason: string): Error {
    return badFormula(this.formula, at, reason);
  }
}

function union(a: Terms, b: Terms): Terms {
  const seen = new Set<string>();
  return [...a, ...b].filter((term) => {
    const key = String(term);
    return !seen.has(key) && seen.add(key);
  });
}

function products(a: Terms, b: Terms): Terms {
  return union(
    a.flatMap((left) => b.map((right) => all([left, right]))),
    [],
  );
}

/** All variables of some terms as one term. */
function all(terms: Terms): readonly number[] {
  return [...new Set(terms.flat())].sort((x, y) => x - y);
}
