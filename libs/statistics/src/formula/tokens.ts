import { statisticsErrors } from '../errors.js';

/** A piece of a formula. */
export interface Token {
  /** `name` covers names in backticks too; `end` stands after the last piece. */
  readonly kind: 'name' | 'number' | 'operator' | 'end';
  readonly text: string;
  /** Position in the formula, from 1. */
  readonly at: number;
}

const patterns: readonly (readonly [Token['kind'] | 'blank', RegExp])[] = [
  ['blank', /^\s+/],
  ['number', /^(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?/],
  ['name', /^`((?:[^`\\]|\\.)+)`/],
  ['name', /^[\p{L}.][\p{L}\p{N}._]*/u],
  ['operator', /^(%in%|[~+\-*:/^(),])/],
];

/** Refuses a formula. */
export function badFormula(formula: string, at: number, reason: string): Error {
  return statisticsErrors.error('STATISTICS.BAD_FORMULA', { formula, at, reason });
}

/** Cuts a formula into pieces. @throws `STATISTICS.BAD_FORMULA` */
export function tokenize(formula: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < formula.length) {
    const rest = formula.slice(at);
    const found = patterns.map(([kind, pattern]) => ({ kind, match: pattern.exec(rest) })).find(({ match }) => match !== null);
    if (!found?.match) throw badFormula(formula, at + 1, `"${rest[0] ?? ''}" has no meaning here; put unusual names in backticks`);
    const text = found.match[1] !== undefined && rest.startsWith('`') ? found.match[1].replace(/\\(.)/g, '$1') : found.match[0];
    if (found.kind !== 'blank') tokens.push({ kind: found.kind, text, at: at + 1 });
    at += found.match[0].length;
  }
  return [...tokens, { kind: 'end', text: '', at: formula.length + 1 }];
}

const syntacticName = /^((\p{L}|[.](?![0-9]))[\p{L}\p{N}._]*|[.])$/u;
const reserved = new Set([
  'if',
  'else',
  'repeat',
  'while',
  'function',
  'for',
  'next',
  'break',
  'TRUE',
  'FALSE',
  'NULL',
  'Inf',
  'NaN',
  'NA',
]);

/** A name as R prints it: in backticks where it is none by R's grammar. @example quoteName('a b') // `a b` in backticks */
export function quoteName(name: string): string {
  return syntacticName.test(name) && !reserved.has(name) ? name : `\`${name.replace(/[\\`]/g, '\\$&')}\``;
}
