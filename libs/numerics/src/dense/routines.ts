// The functions of `DenseSpace` as WebAssembly. Two doubles are added and multiplied at once, and what is loaded is used more than once: four
// columns with two vectors, four rows of a matrix with two others. `PlainSpace` adds the same numbers in the same order.
import { call, choose, f64, get, giveBack, i32, moduleOf, pair, repeatWhile, routine, set, tee, when, whileTrue } from '../wasm/code.js';
import type { Code, Type } from '../wasm/code.js';

const advance = (local: number, by: Code) => set(local, i32.add(get(local), by));
const bytes = i32.of;
/** The sum of each pair's lanes, side by side. */
const laneSums = (a: number, b: number) => pair.add(pair.lanesOf(get(a), get(b), 0), pair.lanesOf(get(a), get(b), 1));
const addProduct = (sum: number, a: number, b: number) => set(sum, pair.add(get(sum), pair.multiply(get(a), get(b))));
const addTo = (at: Code, value: Code, offset = 0) => pair.store(at, pair.add(pair.load(at, offset), value), offset);

/** Addresses of four columns from a list. */
const loadFour = (into: readonly number[], from: number) => into.flatMap((local, n) => set(local, i32.load(get(from), 4 * n)));

const project = routine(
  { list: 'i32', count: 'i32', rows: 'i32', vectors: 'i32', pairs: 'i32', out: 'i32', stride: 'i32' },
  {
    ...{ a: 'i32', b: 'i32', c: 'i32', d: 'i32', atA: 'i32', atB: 'i32', atC: 'i32', atD: 'i32', atV: 'i32', atW: 'i32' },
    ...{ vector: 'i32', place: 'i32', left: 'i32', i: 'i32' },
    ...{ xa: 'pair', xb: 'pair', xc: 'pair', xd: 'pair', v: 'pair', w: 'pair' },
    ...{ va: 'pair', vb: 'pair', vc: 'pair', vd: 'pair', wa: 'pair', wb: 'pair', wc: 'pair', wd: 'pair' },
  },
  null,
  (at) => {
    const sums = [at.va, at.vb, at.vc, at.vd, at.wa, at.wb, at.wc, at.wd];
    const columns = [
      [at.a, at.atA, at.xa, at.va, at.wa],
      [at.b, at.atB, at.xb, at.vb, at.wb],
      [at.c, at.atC, at.xc, at.vc, at.wc],
      [at.d, at.atD, at.xd, at.vd, at.wd],
    ] as const;
    const twoRows = (offset: number) => [
      ...set(at.v, pair.load(get(at.atV), offset)),
      ...set(at.w, pair.load(get(at.atW), offset)),
      ...columns.flatMap(([, from, x, sumV, sumW]) => [
        ...set(x, pair.load(get(from), offset)),
        ...addProduct(sumV, x, at.v),
        ...addProduct(sumW, x, at.w),
      ]),
    ];
    const stored = i32.add(get(at.place), get(at.stride));
    return whileTrue(
      get(at.count),
      loadFour([at.a, at.b, at.c, at.d], at.list),
      set(at.vector, get(at.vectors)),
      set(at.place, get(at.out)),
      set(at.left, get(at.pairs)),
      whileTrue(
        get(at.left),
        sums.flatMap((sum) => set(sum, pair.zero)),
        set(at.i, bytes(0)),
        whileTrue(
          i32.isLess(get(at.i), get(at.rows)),
          columns.flatMap(([from, into]) => set(into, i32.add(get(from), get(at.i)))),
          set(at.atW, i32.add(tee(at.atV, i32.add(get(at.vector), get(at.i))), get(at.rows))),
          twoRows(0),
          twoRows(16),
          advance(at.i, bytes(32)),
        ),
        pair.store(get(at.place), laneSums(at.va, at.vb)),
        pair.store(get(at.place), laneSums(at.vc, at.vd), 16),
        pair.store(stored, laneSums(at.wa, at.wb)),
        pair.store(stored, laneSums(at.wc, at.wd), 16),
        advance(at.vector, i32.multiply(get(at.rows), bytes(2))),
        advance(at.place, i32.multiply(get(at.stride), bytes(2))),
        advance(at.left, bytes(-1)),
      ),
      advance(at.list, bytes(16)),
      advance(at.out, bytes(32)),
      advance(at.count, bytes(-4)),
    );
  },
);

const addColumns = routine(
  { list: 'i32', weights: 'i32', count: 'i32', rows: 'i32', into: 'i32' },
  {
    ...{ a: 'i32', b: 'i32', c: 'i32', d: 'i32', i: 'i32', sum: 'i32', atA: 'i32', atB: 'i32', atC: 'i32', atD: 'i32' },
    ...{ wa: 'pair', wb: 'pair', wc: 'pair', wd: 'pair' },
  },
  null,
  (at) => {
    const columns = [
      [at.a, at.atA],
      [at.b, at.atB],
      [at.c, at.atC],
      [at.d, at.atD],
    ] as const;
    const weights = [at.wa, at.wb, at.wc, at.wd];
    const product = (n: 0 | 1 | 2 | 3, offset: number) => pair.multiply(get(weights[n] as number), pair.load(get(columns[n][1]), offset));
    const twoRows = (offset: number) =>
      addTo(
        get(at.sum),
        pair.add(pair.add(product(0, offset), product(1, offset)), pair.add(product(2, offset), product(3, offset))),
        offset,
      );
    return whileTrue(
      get(at.count),
      loadFour([at.a, at.b, at.c, at.d], at.list),
      weights.flatMap((weight, n) => set(weight, pair.loadTwice(get(at.weights), 8 * n))),
      set(at.i, bytes(0)),
      whileTrue(
        i32.isLess(get(at.i), get(at.rows)),
        columns.flatMap(([from, into]) => set(into, i32.add(get(from), get(at.i)))),
        set(at.sum, i32.add(get(at.into), get(at.i))),
        twoRows(0),
        twoRows(16),
        advance(at.i, bytes(32)),
      ),
      advance(at.list, bytes(16)),
      advance(at.weights, bytes(32)),
      advance(at.count, bytes(-4)),
    );
  },
);

const sweep = routine(
  { size: 'i32', matrix: 'i32', slopes: 'i32', values: 'i32', l1: 'i32', l2: 'i32' },
  {
    ...{ step: 'i32', row: 'i32', r: 'i32', i: 'i32', from: 'i32', into: 'i32' },
    ...{ largest: 'f64', h: 'f64', old: 'f64', pull: 'f64', limit: 'f64', next: 'f64', change: 'f64', twice: 'pair' },
  },
  'f64',
  (at) => {
    const mine = (list: number) => i32.add(get(list), get(at.r));
    const { pull, limit } = at;
    const shrunk = choose(
      f64.subtract(get(pull), get(limit)),
      choose(f64.add(get(pull), get(limit)), f64.zero, f64.isLess(get(pull), f64.negate(get(limit)))),
      f64.isMore(get(pull), get(limit)),
    );
    const twoColumns = (offset: number) => addTo(get(at.into), pair.multiply(get(at.twice), pair.load(get(at.from), offset)), offset);
    const move = [
      ...f64.store(mine(at.values), get(at.next)),
      ...set(at.twice, pair.twice(get(at.change))),
      ...set(at.i, bytes(0)),
      ...repeatWhile(
        i32.isLess(tee(at.i, i32.add(get(at.i), bytes(32))), get(at.step)),
        set(at.from, i32.add(get(at.row), get(at.i))),
        set(at.into, i32.add(get(at.slopes), get(at.i))),
        twoColumns(0),
        twoColumns(16),
      ),
      ...set(at.change, f64.multiply(f64.abs(get(at.change)), get(at.h))),
      ...when(f64.isMore(get(at.change), get(at.largest)), set(at.largest, get(at.change))),
    ];
    return [
      ...set(at.step, i32.multiply(get(at.size), bytes(8))),
      ...set(at.row, get(at.matrix)),
      ...whileTrue(
        i32.isLess(get(at.r), get(at.step)),
        when(
          f64.isMore(tee(at.h, f64.load(mine(at.row))), f64.zero),
          set(at.old, f64.load(mine(at.values))),
          set(pull, f64.subtract(f64.multiply(get(at.h), get(at.old)), f64.load(mine(at.slopes)))),
          set(limit, f64.load(mine(at.l1))),
          set(at.next, f64.divide(shrunk, f64.add(get(at.h), f64.load(mine(at.l2))))),
          when(f64.isNot(tee(at.change, f64.subtract(get(at.next), get(at.old))), f64.zero), move),
        ),
        advance(at.row, get(at.step)),
        advance(at.r, bytes(8)),
      ),
      ...get(at.largest),
    ];
  },
);

/** Inner product of two runs of doubles: even and odd places apart, then what is left. */
const inner = routine({ a: 'i32', b: 'i32', length: 'i32' }, { sum: 'pair', i: 'i32', whole: 'i32', total: 'f64' }, 'f64', (at) => {
  const place = (list: number) => i32.add(get(list), get(at.i));
  return [
    ...set(at.whole, i32.and(get(at.length), bytes(-16))),
    ...whileTrue(
      i32.isLess(get(at.i), get(at.whole)),
      set(at.sum, pair.add(get(at.sum), pair.multiply(pair.load(place(at.a)), pair.load(place(at.b))))),
      advance(at.i, bytes(16)),
    ),
    ...set(at.total, f64.add(pair.lane(get(at.sum), 0), pair.lane(get(at.sum), 1))),
    ...when(
      i32.isLess(get(at.i), get(at.length)),
      set(at.total, f64.add(get(at.total), f64.multiply(f64.load(place(at.a)), f64.load(place(at.b))))),
    ),
    ...get(at.total),
  ];
});
const innerAt = 0;

const factorParams = { matrix: 'i32', size: 'i32', singular: 'f64' } as const;
const factorLocals: Readonly<Record<FactorLocal, Type>> = {
  ...{ step: 'i32', r: 'i32', c: 'i32', k: 'i32', row: 'i32', upper: 'i32', end: 'i32', last: 'i32' },
  ...{ r0: 'i32', r1: 'i32', r2: 'i32', r3: 'i32', p0: 'i32', p1: 'i32', p2: 'i32', p3: 'i32', pu: 'i32', pv: 'i32' },
  ...{ u: 'pair', v: 'pair', x: 'pair', u0: 'pair', u1: 'pair', u2: 'pair', u3: 'pair', v0: 'pair', v1: 'pair', v2: 'pair', v3: 'pair' },
  ...{ first: 'f64', second: 'f64', between: 'f64', diagonal: 'f64', pivot: 'f64', one: 'f64' },
};
type Four = 0 | 1 | 2 | 3;
type FactorLocal =
  | ('step' | 'r' | 'c' | 'k' | 'row' | 'upper' | 'end' | 'last' | 'pu' | 'pv' | 'u' | 'v' | 'x')
  | ('first' | 'second' | 'between' | 'diagonal' | 'pivot' | 'one')
  | `${'r' | 'p' | 'u' | 'v'}${Four}`;
type FactorPlaces = Readonly<Record<keyof typeof factorParams | FactorLocal, number>>;

/** Columns c and c + 1 of four rows, whose columns before them are done. */
function twoColumns(at: FactorPlaces): Code {
  const rows = [
    [at.r0, at.p0, at.u0, at.v0],
    [at.r1, at.p1, at.u1, at.v1],
    [at.r2, at.p2, at.u2, at.v2],
    [at.r3, at.p3, at.u3, at.v3],
  ] as const;
  const lower = i32.add(get(at.upper), get(at.step));
  const twoTerms = [
    ...set(at.u, pair.load(get(at.pu))),
    ...set(at.v, pair.load(get(at.pv))),
    ...rows.flatMap(([, from, u, v]) => [
      ...set(at.x, pair.load(get(from))),
      ...addProduct(u, at.x, at.u),
      ...addProduct(v, at.x, at.v),
      ...advance(from, bytes(16)),
    ]),
    ...[at.pu, at.pv, at.k].flatMap((local) => advance(local, bytes(16))),
  ];
  const finish = ([row, , u, v]: (typeof rows)[number]) => {
    const place = i32.add(get(row), get(at.c));
    const rest = f64.subtract(pair.lane(get(at.x), 1), f64.multiply(get(at.one), get(at.between)));
    return [
      ...set(at.x, pair.subtract(pair.load(place), laneSums(u, v))),
      ...set(at.one, f64.multiply(pair.lane(get(at.x), 0), get(at.first))),
      ...f64.store(place, get(at.one)),
      ...f64.store(place, f64.multiply(rest, get(at.second)), 8),
    ];
  };
  return [
    ...rows.flatMap(([row, from, u, v]) => [...set(from, get(row)), ...set(u, pair.zero), ...set(v, pair.zero)]),
    ...set(at.pu, get(at.upper)),
    ...set(at.pv, lower),
    ...set(at.k, bytes(0)),
    ...whileTrue(i32.isLess(get(at.k), get(at.c)), twoTerms),
    ...set(at.first, f64.load(i32.add(get(at.upper), get(at.c)))),
    ...set(at.between, f64.load(i32.add(lower, get(at.c)))),
    ...set(at.second, f64.load(i32.add(lower, get(at.c)), 8)),
    ...rows.flatMap(finish),
    ...advance(at.upper, i32.multiply(get(at.step), bytes(2))),
    ...advance(at.c, bytes(16)),
  ];
}

/** The columns of a row from r on, and its diagonal. */
function lastColumns(at: FactorPlaces): Code {
  const place = i32.add(get(at.row), get(at.c));
  const pivotPlace = i32.add(get(at.row), get(at.last));
  const inverse = f64.load(i32.add(get(at.upper), get(at.c)));
  return [
    ...set(at.c, get(at.r)),
    ...set(at.upper, i32.add(get(at.matrix), i32.multiply(get(at.r), get(at.size)))),
    ...whileTrue(
      i32.isLess(get(at.c), get(at.last)),
      f64.store(place, f64.multiply(f64.subtract(f64.load(place), call(innerAt, get(at.row), get(at.upper), get(at.c))), inverse)),
      advance(at.upper, get(at.step)),
      advance(at.c, bytes(8)),
    ),
    ...set(at.diagonal, f64.load(pivotPlace)),
    ...set(at.pivot, f64.subtract(get(at.diagonal), call(innerAt, get(at.row), get(at.row), get(at.last)))),
    // NaN fails the comparison.
    ...when(i32.isZero(f64.isMore(get(at.pivot), f64.multiply(get(at.singular), get(at.diagonal)))), giveBack(bytes(0))),
    ...f64.store(pivotPlace, f64.divide(f64.one, f64.root(get(at.pivot)))),
    ...advance(at.row, get(at.step)),
    ...advance(at.last, bytes(8)),
  ];
}

/** Four rows at once as far as the columns before them go, two columns at a time; then those four rows one by one. */
const factor = routine(factorParams, factorLocals, 'i32', (at) => [
  ...set(at.step, i32.multiply(get(at.size), bytes(8))),
  ...set(at.r0, get(at.matrix)),
  ...whileTrue(
    i32.isLess(get(at.r), get(at.step)),
    set(at.r3, i32.add(tee(at.r2, i32.add(tee(at.r1, i32.add(get(at.r0), get(at.step))), get(at.step))), get(at.step))),
    set(at.c, bytes(0)),
    set(at.upper, get(at.matrix)),
    whileTrue(i32.isLess(get(at.c), get(at.r)), twoColumns(at)),
    set(at.row, get(at.r0)),
    set(at.last, get(at.r)),
    set(at.end, i32.add(get(at.r), bytes(32))),
    whileTrue(i32.isLess(get(at.last), get(at.end)), lastColumns(at)),
    advance(at.r0, i32.multiply(get(at.step), bytes(4))),
    advance(at.r, bytes(32)),
  ),
  ...bytes(1),
]);

const substitute = routine(
  { matrix: 'i32', size: 'i32', x: 'i32' },
  { step: 'i32', r: 'i32', k: 'i32', row: 'i32', whole: 'i32', into: 'i32', v: 'f64', twice: 'pair' },
  null,
  (at) => {
    const mine = i32.add(get(at.x), get(at.r));
    const pivot = f64.load(i32.add(get(at.row), get(at.r)));
    return [
      ...set(at.step, i32.multiply(get(at.size), bytes(8))),
      ...set(at.row, get(at.matrix)),
      ...whileTrue(
        i32.isLess(get(at.r), get(at.step)),
        f64.store(mine, f64.multiply(f64.subtract(f64.load(mine), call(innerAt, get(at.row), get(at.x), get(at.r))), pivot)),
        advance(at.row, get(at.step)),
        advance(at.r, bytes(8)),
      ),
      ...whileTrue(
        get(at.r),
        advance(at.row, i32.subtract(bytes(0), get(at.step))),
        advance(at.r, bytes(-8)),
        f64.store(mine, tee(at.v, f64.multiply(f64.load(mine), pivot))),
        set(at.twice, pair.twice(get(at.v))),
        set(at.whole, i32.and(get(at.r), bytes(-16))),
        set(at.k, bytes(0)),
        whileTrue(
          i32.isLess(get(at.k), get(at.whole)),
          set(at.into, i32.add(get(at.x), get(at.k))),
          pair.store(
            get(at.into),
            pair.subtract(pair.load(get(at.into)), pair.multiply(get(at.twice), pair.load(i32.add(get(at.row), get(at.k))))),
          ),
          advance(at.k, bytes(16)),
        ),
        when(
          i32.isLess(get(at.k), get(at.r)),
          set(at.into, i32.add(get(at.x), get(at.k))),
          f64.store(get(at.into), f64.subtract(f64.load(get(at.into)), f64.multiply(get(at.v), f64.load(i32.add(get(at.row), get(at.k)))))),
        ),
      ),
    ];
  },
);

/** The bytes of the module. */
export const denseModule = moduleOf({ inner, project, addColumns, sweep, factor, substitute });
