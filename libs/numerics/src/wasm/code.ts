// Instructions of WebAssembly as numbers, and a module made of them: enough for loops over doubles. Numbers are those of the core specification
// 2.0, section 5.4. An expression leaves one value, a statement none. Nothing here is rounded differently from machine to machine: additions and
// products of two lanes are those of IEEE 754, one by one.

/** Bytes of an expression or a statement. */
export type Code = readonly number[];

/** Types of parameters, locals and results. */
export const types = { i32: 0x7f, f64: 0x7c, pair: 0x7b } as const;
/** See {@link types}; a pair is two doubles side by side. */
export type Type = keyof typeof types;

/** Whole numbers in the variable-length forms of the format. */
function unsigned(n: number): number[] {
  return n < 128 ? [n] : [(n & 127) | 128, ...unsigned(n >>> 7)];
}

function signed(n: number): number[] {
  const low = n & 127;
  const rest = n >> 7;
  const isLast = (rest === 0 && low < 64) || (rest === -1 && low >= 64);
  return isLast ? [low] : [low | 128, ...signed(rest)];
}

const simd = 0xfd;
const binary =
  (...opcode: Code) =>
  (a: Code, b: Code): Code => [...a, ...b, ...opcode];
const unary =
  (...opcode: Code) =>
  (a: Code): Code => [...a, ...opcode];

export const get = (local: number): Code => [0x20, ...unsigned(local)];
export const set = (local: number, value: Code): Code => [...value, 0x21, ...unsigned(local)];
/** Sets a local and leaves its value. */
export const tee = (local: number, value: Code): Code => [...value, 0x22, ...unsigned(local)];
/** One of two values, by a condition. */
export const choose = (then: Code, otherwise: Code, condition: Code): Code => [...then, ...otherwise, ...condition, 0x1b];
/** Calls a function of the module by its position. */
export const call = (routine: number, ...values: readonly Code[]): Code => [...values.flat(), 0x10, ...unsigned(routine)];
export const giveBack = (value: Code): Code => [...value, 0x0f];

/** Whole numbers: addresses in bytes, and counts. */
export const i32 = {
  of: (n: number): Code => [0x41, ...signed(n)],
  load: (at: Code, offset = 0): Code => [...at, 0x28, 2, ...unsigned(offset)],
  add: binary(0x6a),
  subtract: binary(0x6b),
  multiply: binary(0x6c),
  and: binary(0x71),
  isLess: binary(0x48),
  isZero: unary(0x45),
};

export const f64 = {
  zero: [0x44, 0, 0, 0, 0, 0, 0, 0, 0] as Code,
  one: [0x44, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f] as Code,
  load: (at: Code, offset = 0): Code => [...at, 0x2b, 3, ...unsigned(offset)],
  store: (at: Code, value: Code, offset = 0): Code => [...at, ...value, 0x39, 3, ...unsigned(offset)],
  abs: unary(0x99),
  negate: unary(0x9a),
  root: unary(0x9f),
  add: binary(0xa0),
  subtract: binary(0xa1),
  multiply: binary(0xa2),
  divide: binary(0xa3),
  isNot: binary(0x62),
  isLess: binary(0x63),
  isMore: binary(0x64),
};

/** Two doubles at once. Loads and stores name the alignment that they may count on, 2^3 bytes. */
export const pair = {
  zero: [simd, 0x0c, ...new Array<number>(16).fill(0)] as Code,
  load: (at: Code, offset = 0): Code => [...at, simd, 0x00, 3, ...unsigned(offset)],
  /** One double in both lanes. */
  loadTwice: (at: Code, offset = 0): Code => [...at, simd, 0x0a, 3, ...unsigned(offset)],
  store: (at: Code, value: Code, offset = 0): Code => [...at, ...value, simd, 0x0b, 3, ...unsigned(offset)],
  twice: unary(simd, 0x14),
  add: binary(simd, 0xf0, 0x01),
  subtract: binary(simd, 0xf1, 0x01),
  multiply: binary(simd, 0xf2, 0x01),
  lane: (a: Code, lane: 0 | 1): Code => [...a, simd, 0x21, lane],
  /** The first lanes of two pairs, or the second ones. */
  lanesOf: (a: Code, b: Code, lane: 0 | 1): Code => [
    ...[...a, ...b, simd, 0x0d],
    ...[0, 16].flatMap((from) => Array.from({ length: 8 }, (_, byte) => from + 8 * lane + byte)),
  ],
};

/** Statements again and again, while a condition holds that is looked at first. */
export const whileTrue = (condition: Code, ...body: readonly Code[]): Code => [
  ...[0x02, 0x40, 0x03, 0x40],
  ...[...i32.isZero(condition), 0x0d, 1],
  ...[...body.flat(), 0x0c, 0, 0x0b, 0x0b],
];
/** Statements at least once, and again while a condition holds. */
export const repeatWhile = (condition: Code, ...body: readonly Code[]): Code => [0x03, 0x40, ...body.flat(), ...condition, 0x0d, 0, 0x0b];
/** Statements where a condition holds. */
export const when = (condition: Code, ...body: readonly Code[]): Code => [...condition, 0x04, 0x40, ...body.flat(), 0x0b];

/** One function of a module. */
export interface Routine {
  readonly params: readonly Type[];
  readonly result: Type | null;
  readonly locals: readonly Type[];
  readonly body: Code;
}

/** A function whose parameters and locals have names; `body` gets their places. */
export function routine<P extends string, L extends string>(
  params: Readonly<Record<P, Type>>,
  locals: Readonly<Record<L, Type>>,
  result: Type | null,
  body: (places: Readonly<Record<P | L, number>>) => Code,
): Routine {
  const places = Object.fromEntries([...Object.keys(params), ...Object.keys(locals)].map((name, k) => [name, k]));
  return {
    params: Object.values<Type>(params),
    locals: Object.values<Type>(locals),
    result,
    body: body(places as Record<P | L, number>),
  };
}

const sized = (bytes: Code): Code => [...unsigned(bytes.length), ...bytes];
const list = (items: readonly Code[]): Code => [...unsigned(items.length), ...items.flat()];
const section = (id: number, items: readonly Code[]): Code => [id, ...sized(list(items))];
const named = (name: string, kind: number, at: number): Code => [...sized([...name].map((letter) => letter.charCodeAt(0))), kind, at];

/** A module with a memory of one page and functions that are exported by name; {@link call} counts them from 0. */
export function moduleOf(routines: Readonly<Record<string, Routine>>): Uint8Array {
  const all = Object.values(routines);
  const typeOf = ({ params, result }: Routine): Code => [
    0x60,
    ...list(params.map((type) => [types[type]])),
    ...list(result === null ? [] : [[types[result]]]),
  ];
  const codeOf = ({ locals, body }: Routine): Code => sized([...list(locals.map((type) => [1, types[type]])), ...body, 0x0b]);
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, all.map(typeOf)),
    ...section(
      3,
      all.map((_, k) => [k]),
    ),
    ...section(5, [[0, 1]]),
    ...section(7, [named('memory', 2, 0), ...Object.keys(routines).map((name, k) => named(name, 0, k))]),
    ...section(10, all.map(codeOf)),
  ]);
}
