// Weighted sums of lines as a WebAssembly module of one function, which multiplies and adds two doubles in one instruction and checks no
// bounds. It adds the same products in the same order as `sumFour`, so the sums have the same bits.

const i32 = 0x7f;
const v128 = 0x7b;
const getLocal = 0x20;
const setLocal = 0x21;
const teeLocal = 0x22;
const loop = [0x03, 0x40];
const repeatIf = [0x0d, 0x00];
const end = 0x0b;
const constant = 0x41;
const addWhole = 0x6a;
const subtractWhole = 0x6b;
const simd = 0xfd;
const zeros = [simd, 0x0c, ...new Array<number>(16).fill(0)];
const multiply = [simd, 0xf2, 0x01];
const add = [simd, 0xf0, 0x01];
/** Instructions of memory name the alignment that they may count on, 2^3 bytes, and an offset. */
const loadPair = (offset: number) => [simd, 0x00, 3, offset];
const loadTwice = [simd, 0x0a, 3, 0];
const storePair = (offset: number) => [simd, 0x0b, 3, offset];

// Parameters: where two lines begin, bytes from value to value, values, where the weights and the sums are, blocks of four answers.
const [first, second, step, count, weights, blocks, out] = [0, 1, 2, 3, 4, 5, 6] as const;
// Places in the lines, values that are left, two sums each of both lines, a value twice, and four weights.
const [inFirst, inSecond, left, sum01, sum23, other01, other23, value, weight01, weight23] = [7, 8, 9, 10, 11, 12, 13, 14, 15, 16] as const;

const advance = (local: number, by: readonly number[]) => [getLocal, local, ...by, addWhole, setLocal, local];
const addProduct = (sum: number, weight: number) => [getLocal, sum, getLocal, weight, getLocal, value, ...multiply, ...add, setLocal, sum];
const countDown = (local: number) => [getLocal, local, constant, 1, subtractWhole, teeLocal, local, ...repeatIf];

/** For each block: sums of weight times value over the two lines, then both lines' four sums are stored. */
const body = [
  ...loop,
  ...[getLocal, first, setLocal, inFirst, getLocal, second, setLocal, inSecond, getLocal, count, setLocal, left],
  ...[...zeros, teeLocal, sum01, teeLocal, sum23, teeLocal, other01, setLocal, other23],
  ...loop,
  ...[getLocal, weights, ...loadPair(0), setLocal, weight01, getLocal, weights, ...loadPair(16), setLocal, weight23],
  ...[getLocal, inFirst, ...loadTwice, setLocal, value, ...addProduct(sum01, weight01), ...addProduct(sum23, weight23)],
  ...[getLocal, inSecond, ...loadTwice, setLocal, value, ...addProduct(other01, weight01), ...addProduct(other23, weight23)],
  ...[...advance(weights, [constant, 32]), ...advance(inFirst, [getLocal, step]), ...advance(inSecond, [getLocal, step])],
  ...[...countDown(left), end],
  ...[sum01, sum23, other01, other23].flatMap((sum, n) => [getLocal, out, getLocal, sum, ...storePair(16 * n)]),
  // 64 in the variable-length form of signed numbers.
  ...advance(out, [constant, 0xc0, 0x00]),
  ...[...countDown(blocks), end],
  end,
];

/** Numbers up to 2^14 in the variable-length form of the format. */
const size = (n: number) => (n < 128 ? [n] : [(n & 127) | 128, n >> 7]);
const sized = (bytes: readonly number[]) => [...size(bytes.length), ...bytes];
const section = (id: number, bytes: readonly number[]) => [id, ...sized(bytes)];
const named = (name: string, kind: number) => [...sized([...name].map((letter) => letter.charCodeAt(0))), kind, 0];

/** Bytes of a page of WebAssembly's memory, and of a double. */
const pageBytes = 65_536;
const doubleBytes = 8;

/** Doubles that the parts of the memory hold: weights, sums, and values of small blocks. Behind them are those of a large one. */
const mostWeights = 2 ** 16;
const mostSums = 2 ** 10;
const mostSmall = 2 ** 15;
const fixed = mostWeights + mostSums + mostSmall;

/** Memory stays as large as it once became, so values of larger blocks than 64 MiB never go into it. */
const mostLarge = 2 ** 23;

const moduleBytes = Uint8Array.from([
  ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...section(1, [1, 0x60, ...sized(new Array<number>(7).fill(i32)), 0]),
  ...section(3, [1, 0]),
  ...section(5, [1, 0, (fixed * doubleBytes) / pageBytes + 1]),
  ...section(7, [2, ...named('memory', 2), ...named('sum', 0)]),
  ...section(10, [1, ...sized([2, 3, i32, 7, v128, ...body])]),
]);

/** The part of the engine's WebAssembly that is used; the language's own library does not declare it. */
interface Engine {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}

interface KernelExports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  readonly sum: (first: number, second: number, step: number, count: number, weights: number, blocks: number, out: number) => void;
}

/** The function and its memory, one for each thread. */
class SumKernel {
  private view: Float64Array;
  /** The large block whose values are in the memory; its values must not change. */
  private large: WeakRef<Float64Array> | undefined;

  constructor(private readonly exported: KernelExports) {
    this.view = new Float64Array(exported.memory.buffer);
  }

  /** The sums of a line's answers, eight for each block of weights: those of the first line, then those of the second. */
  get sums(): Float64Array {
    return this.view.subarray(mostWeights, mostWeights + mostSums);
  }

  /**
   * Takes values and weights for lines of `count` values into the memory.
   * @returns the place of the first value in bytes; undefined where there is no room
   */
  load(values: Float64Array, weights: Float64Array, count: number): number | undefined {
    if (weights.length > mostWeights || 2 * weights.length > mostSums * count || values.length > mostLarge) return undefined;
    if (values.length > mostSmall) this.loadLarge(values);
    else this.view.set(values, mostWeights + mostSums);
    this.view.set(weights);
    return doubleBytes * (values.length > mostSmall ? fixed : mostWeights + mostSums);
  }

  /** @param first,second places of two lines in bytes */
  sum(first: number, second: number, step: number, count: number, blocks: number): void {
    this.exported.sum(first, second, step, count, 0, blocks, doubleBytes * mostWeights);
  }

  private loadLarge(values: Float64Array): void {
    if (this.large?.deref() === values) return;
    const missing = fixed + values.length - this.view.length;
    if (missing > 0) {
      this.exported.memory.grow(Math.ceil((missing * doubleBytes) / pageBytes));
      this.view = new Float64Array(this.exported.memory.buffer);
    }
    this.view.set(values, fixed);
    this.large = new WeakRef(values);
  }
}
export type { SumKernel };

let kernel: SumKernel | null | undefined;

/** The kernel of this thread; null where the engine has no WebAssembly with vectors. */
export function sumKernel(): SumKernel | null {
  if (kernel !== undefined) return kernel;
  const { WebAssembly: engine } = globalThis as unknown as { WebAssembly?: Engine };
  try {
    kernel = engine ? new SumKernel(new engine.Instance(new engine.Module(moduleBytes)).exports as KernelExports) : null;
  } catch {
    kernel = null;
  }
  return kernel;
}
