import { PlainSpace } from './plain-space.js';
import { denseModule } from './routines.js';

/**
 * A memory of doubles with loops over them that take most of the time of penalized fits. Places are positions of doubles. What one caller lays
 * out is gone when the next one comes: a caller lays out, computes and reads without waiting for anything. All results are the same bits
 * on every machine, with WebAssembly and without.
 */
export interface DenseSpace {
  readonly values: Float64Array;
  /** The same memory as whole numbers, two of them in a double: lists of columns, each of which is named by 8 times its position. */
  readonly wholes: Int32Array;
  /**
   * Inner products of columns with vectors: column k of the list and vector m to `out + m * stride + k`.
   * @param list,count the columns; a multiple of four
   * @param rows length of columns and vectors, a multiple of four
   * @param vectors,pairs two vectors for each pair, one after another
   */
  project(list: number, count: number, rows: number, vectors: number, pairs: number, out: number, stride: number): void;
  /** Adds columns times weights to the run at `into`; counts and rows as in {@link project}. */
  addColumns(list: number, weights: number, count: number, rows: number, into: number): void;
  /**
   * One cycle of coordinate descent on slopes'd + d'H d / 2 + sum l1 |b + d| + l2 (b + d)^2 / 2, by coefficient; slopes are brought along.
   * @param size coefficients, a multiple of four; those that fill up have nothing on the diagonal
   * @returns the largest change of a coefficient times its diagonal
   */
  sweep(size: number, matrix: number, slopes: number, values: number, l1: number, l2: number): number;
  /**
   * Overwrites the lower triangle of a symmetric matrix (row-major, a multiple of four rows) with its Cholesky factor, the inverse of the diagonal
   * in the diagonal's place.
   * @returns false where a pivot falls to `singular` times its diagonal: the matrix is then of no use
   */
  factor(matrix: number, size: number, singular: number): boolean;
  /** Solves the system of a factor of {@link factor}, overwriting the right-hand side. */
  substitute(matrix: number, size: number, x: number): void;
}

/** The part of the engine's WebAssembly that is used; the language's own library does not declare it. */
interface Engine {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  project(list: number, count: number, rows: number, vectors: number, pairs: number, out: number, stride: number): void;
  addColumns(list: number, weights: number, count: number, rows: number, into: number): void;
  sweep(size: number, matrix: number, slopes: number, values: number, l1: number, l2: number): number;
  factor(matrix: number, size: number, singular: number): number;
  substitute(matrix: number, size: number, x: number): void;
}

const pageBytes = 65_536;

/** Memory stays as large as it once became: 128 MiB at most. */
const mostDoubles = 2 ** 24;

class CompiledSpace implements DenseSpace {
  values: Float64Array;
  wholes: Int32Array;

  constructor(private readonly exported: Exports) {
    this.values = new Float64Array(exported.memory.buffer);
    this.wholes = new Int32Array(exported.memory.buffer);
  }

  reserve(doubles: number): void {
    const missing = 8 * doubles - this.values.byteLength;
    if (missing <= 0) return;
    this.exported.memory.grow(Math.ceil(missing / pageBytes));
    this.values = new Float64Array(this.exported.memory.buffer);
    this.wholes = new Int32Array(this.exported.memory.buffer);
  }

  project(list: number, count: number, rows: number, vectors: number, pairs: number, out: number, stride: number): void {
    this.exported.project(8 * list, count, 8 * rows, 8 * vectors, pairs, 8 * out, 8 * stride);
  }

  addColumns(list: number, weights: number, count: number, rows: number, into: number): void {
    this.exported.addColumns(8 * list, 8 * weights, count, 8 * rows, 8 * into);
  }

  sweep(size: number, matrix: number, slopes: number, values: number, l1: number, l2: number): number {
    return this.exported.sweep(size, 8 * matrix, 8 * slopes, 8 * values, 8 * l1, 8 * l2);
  }

  factor(matrix: number, size: number, singular: number): boolean {
    return this.exported.factor(8 * matrix, size, singular) === 1;
  }

  substitute(matrix: number, size: number, x: number): void {
    this.exported.substitute(8 * matrix, size, 8 * x);
  }
}

let compiled: CompiledSpace | null | undefined;

/** A space of at least so many doubles: the one of this thread, or where the engine has none or more is wanted than it may keep, a plain one. */
export function denseSpace(doubles: number): DenseSpace {
  if (compiled === undefined) compiled = compile();
  if (compiled === null || doubles > mostDoubles) return new PlainSpace(doubles);
  compiled.reserve(doubles);
  return compiled;
}

function compile(): CompiledSpace | null {
  const { WebAssembly: engine } = globalThis as unknown as { WebAssembly?: Engine };
  try {
    return engine ? new CompiledSpace(new engine.Instance(new engine.Module(denseModule)).exports as Exports) : null;
  } catch {
    return null;
  }
}
