import { badFormula, quoteName, tokenize } from './tokens.js';
import type { Token } from './tokens.js';

/** An expression of a formula. */
export type Expression =
  | { readonly kind: 'name'; readonly name: string; readonly at: number }
  | { readonly kind: 'number'; readonly value: number; readonly at: number }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[]; readonly at: number }
  | { readonly kind: 'minus'; readonly value: Expression; readonly at: number }
  | { readonly kind: 'group'; readonly value: Expression; readonly at: number }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Expression; readonly right: Expression; readonly at: number };

/** The two sides of `left ~ right`; a formula may lack its left side. */
export interface FormulaSides {
  readonly left: Expression | null;
  readonly right: Expression;
}

/** Binding of R's operators, weakest first; all but `^` group from the left. */
const levels: readonly (readonly string[])[] = [['+', '-'], ['*', '/'], ['%in%'], [':']];

/** Parses a formula of R's grammar. @throws `STATISTICS.BAD_FORMULA` */
export function parseSides(formula: string): FormulaSides {
  const reader = new Reader(formula);
  if (reader.take('~')) return { left: null, right: reader.whole() };
  const first = reader.expression(0);
  return reader.take('~') ? { left: first, right: reader.whole() } : { left: null, right: reader.finish(first) };
}

class Reader {
  private readonly tokens: Token[];
  private next = 0;

  constructor(private readonly formula: string) {
    this.tokens = tokenize(formula);
  }

  private get token(): Token {
    return this.tokens[this.next] as Token;
  }

  take(operator: string): boolean {
    if (this.token.kind !== 'operator' || this.token.text !== operator) return false;
    this.next++;
    return true;
  }

  whole(): Expression {
    return this.finish(this.expression(0));
  }

  finish(expression: Expression): Expression {
    if (this.token.kind !== 'end') throw badFormula(this.formula, this.token.at, `"${this.token.text}" is not expected here`);
    return expression;
  }

  expression(level: number): Expression {
    const operators = levels[level];
    if (!operators) return this.signed();
    let left = this.expression(level + 1);
    for (;;) {
      const { text: operator, at } = this.token;
      if (!operators.some((candidate) => this.take(candidate))) return left;
      left = { kind: 'binary', operator, left, right: this.expression(level + 1), at };
    }
  }

  private signed(): Expression {
    const { at } = this.token;
    if (this.take('-')) return { kind: 'minus', value: this.signed(), at };
    if (this.take('+')) return this.signed();
    return this.power();
  }

  private power(): Expression {
    const left = this.atom();
    const { at } = this.token;
    return this.take('^') ? { kind: 'binary', operator: '^', left, right: this.signed(), at } : left;
  }

  private atom(): Expression {
    const { kind, text, at } = this.token;
    if (this.take('(')) {
      const value = this.expression(0);
      this.close();
      return { kind: 'group', value, at };
    }
    if (kind === 'number') {
      this.next++;
      return { kind, value: Number(text), at };
    }
    if (kind !== 'name') throw badFormula(this.formula, at, kind === 'end' ? 'it ends too early' : `"${text}" is not expected here`);
    this.next++;
    if (!this.take('(')) return { kind, name: text, at };
    const args: Expression[] = [];
    if (!this.take(')')) {
      do args.push(this.expression(0));
      while (this.take(','));
      this.close();
    }
    return { kind: 'call', name: text, args, at };
  }

  private close(): void {
    if (!this.take(')')) throw badFormula(this.formula, this.token.at, 'a bracket is not closed');
  }
}

/** An expression as R prints it: `I(x^2)`, `log(age)`, `I(a * b)`. */
export function deparse(expression: Expression): string {
  switch (expression.kind) {
    case 'name':
      return quoteName(expression.name);
    case 'number':
      return String(expression.value);
    case 'group':
      return `(${deparse(expression.value)})`;
    case 'minus':
      return `-${deparse(expression.value)}`;
    case 'call':
      return `${expression.name}(${expression.args.map(deparse).join(', ')})`;
    case 'binary': {
      const tight = ['^', ':', '/'].includes(expression.operator);
      const operator = tight ? expression.operator : ` ${expression.operator} `;
      return `${deparse(expression.left)}${operator}${deparse(expression.right)}`;
    }
  }
}
