import type { Factor } from '../model-matrix/model-matrix.js';
import type { Expression } from './syntax.js';

type Apply = Extract<Factor, { apply: unknown }>['apply'];

/** Functions that a formula may apply to a column, by R's name. */
const functions: Readonly<Record<string, Apply>> = {
  log: 'ln',
  log2: 'log2',
  log10: 'log10',
  log1p: 'log1p',
  exp: 'exp',
  sqrt: 'sqrt',
};

/** Names of {@link functions}. */
export const formulaFunctions: readonly string[] = Object.keys(functions);

/** A number times a product of transformed columns. */
interface Product {
  readonly scale: number;
  readonly factors: readonly Transformed[];
}

interface Transformed {
  readonly column: string;
  readonly minus: number;
  readonly over: number;
  readonly apply: Apply;
}

/** Factors of a term: products are limited to this many. */
const maxFactors = 8;

/**
 * Arithmetic of `I(...)`, `log(...)` and the like as factors of a term: products and whole powers of columns, and shifts, scales and
 * functions of one column. Null for anything else, such as a sum of two columns.
 */
export function arithmeticFactors(expression: Expression): Factor[] | null {
  const product = evaluate(expression);
  const [first, ...others] = product?.factors ?? [];
  if (!product || !first || product.scale === 0 || product.factors.length > maxFactors) return null;
  const all = product.scale === 1 ? [first, ...others] : scaled(product.scale, first, others);
  return all.map((factor) => (isPlain(factor) ? { column: factor.column } : { ...factor }));
}

/** Takes a number into a factor that is linear in its column; a constant power of another function has no such place. */
function scaled(scale: number, first: Transformed, others: readonly Transformed[]): readonly Transformed[] {
  const at = [first, ...others].findIndex(({ apply }) => apply === 'identity');
  return [first, ...others].map((factor, k) => (k === Math.max(at, 0) ? { ...factor, over: factor.over / scale } : factor));
}

function isPlain({ minus, over, apply }: Transformed): boolean {
  return minus === 0 && over === 1 && apply === 'identity';
}

function evaluate(expression: Expression): Product | null {
  switch (expression.kind) {
    case 'name':
      return { scale: 1, factors: [{ column: expression.name, minus: 0, over: 1, apply: 'identity' }] };
    case 'number':
      return { scale: expression.value, factors: [] };
    case 'group':
      return evaluate(expression.value);
    case 'minus': {
      const value = evaluate(expression.value);
      return value && { ...value, scale: -value.scale };
    }
    case 'call':
      return call(expression.name, expression.args);
    case 'binary':
      return binary(expression.operator, evaluate(expression.left), evaluate(expression.right));
  }
}

function call(name: string, args: readonly Expression[]): Product | null {
  const [arg, ...more] = args;
  const value = arg && more.length === 0 ? evaluate(arg) : null;
  if (!value) return null;
  if (name === 'I') return value;
  const apply = functions[name];
  const inner = linear(value);
  return apply && inner ? { scale: 1, factors: [{ ...inner, apply }] } : null;
}

/** A product that is one column shifted and scaled, as such. */
function linear({ scale, factors }: Product): Transformed | null {
  const [factor] = factors;
  if (!factor || factors.length > 1 || factor.apply !== 'identity' || scale === 0) return null;
  return { ...factor, over: factor.over / scale };
}

function binary(operator: string, left: Product | null, right: Product | null): Product | null {
  if (!left || !right) return null;
  if (operator === '*') return { scale: left.scale * right.scale, factors: [...left.factors, ...right.factors] };
  if (operator === '/') return right.factors.length > 0 || right.scale === 0 ? null : { ...left, scale: left.scale / right.scale };
  if (operator === '^') return power(left, right);
  if (operator === '+') return shifted(left, right) ?? shifted(right, left);
  if (operator === '-') return shifted(left, { ...right, scale: -right.scale }) ?? shifted({ ...right, scale: -right.scale }, left);
  return null;
}

function power(base: Product, { scale: exponent, factors }: Product): Product | null {
  const whole = Number.isInteger(exponent) && exponent >= 1 && exponent <= maxFactors;
  if (factors.length > 0 || !whole || base.factors.length * exponent > maxFactors) return null;
  let scale = 1;
  for (let k = 0; k < exponent; k++) scale *= base.scale;
  return { scale, factors: Array.from({ length: exponent }, () => base.factors).flat() };
}

/** One column plus a number, or two numbers. */
function shifted(value: Product, constant: Product): Product | null {
  if (constant.factors.length > 0) return null;
  if (value.factors.length === 0) return { scale: value.scale + constant.scale, factors: [] };
  const inner = linear(value);
  // (x - minus) / over + c = (x - (minus - c over)) / over.
  return inner && { scale: 1, factors: [{ ...inner, minus: inner.minus - constant.scale * inner.over }] };
}
