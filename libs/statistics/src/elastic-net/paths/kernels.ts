import { denseSpace } from '@cohortium/numerics';
import type { DenseSpace } from '@cohortium/numerics';

/** Columns of one site's design, one after another; column 0 is 1 in every row. */
export interface Columns {
  readonly rowCount: number;
  readonly columnCount: number;
  /** Values from column to column: the rows filled up with zeros to a multiple of four. */
  readonly stride: number;
  /** Column-major `columnCount x stride`. */
  readonly values: Float64Array;
}

/** Length of a column of so many rows, or of a list of so many columns, filled up. */
export function filled(count: number): number {
  return (count + 3) & ~3;
}

/** Models by their coefficients that are not zero. */
interface SparseModels {
  readonly sizes: Float64Array;
  readonly indices: Float64Array;
  readonly values: Float64Array;
}

/**
 * A site's design in a dense space, with some vectors over its rows ("slots") and their inner products with columns. For use without a pause: the
 * space is everybody's.
 */
export class DesignSpace {
  private readonly space: DenseSpace;
  private readonly vectors: number;
  private readonly products: number;
  private readonly list: number;
  private readonly weights: number;
  /** Products of one slot. */
  private width = 0;

  /** @param slots an even number */
  constructor(
    private readonly design: Columns,
    slots: number,
  ) {
    const width = filled(design.columnCount);
    this.vectors = design.values.length;
    this.products = this.vectors + slots * design.stride;
    this.list = this.products + slots * width;
    this.weights = this.list + width;
    this.space = denseSpace(this.weights + width);
    this.space.values.set(design.values);
    this.space.values.fill(0, this.vectors, this.products);
  }

  /** A slot's vector. What fills it up stays zero. */
  vector(slot: number): Float64Array {
    const from = this.vectors + slot * this.design.stride;
    return this.space.values.subarray(from, from + this.design.rowCount);
  }

  /**
   * Linear predictors of a class into a slot.
   * @param from,to the coefficients of the class among those of all models
   * @param first index of the class's intercept
   */
  predict(slot: number, offsets: Float64Array, { indices, values }: SparseModels, from: number, to: number, first: number): void {
    const { space, list, weights, design } = this;
    this.vector(slot).set(offsets);
    const count = filled(to - from);
    for (let k = 0; k < count; k++) {
      const isGiven = from + k < to;
      space.wholes[2 * list + k] = isGiven ? 8 * design.stride * ((indices[from + k] as number) - first) : 0;
      space.values[weights + k] = isGiven ? (values[from + k] as number) : 0;
    }
    space.addColumns(list, weights, count, design.stride, this.vectors + slot * design.stride);
  }

  /** A column times weights into a slot. */
  scale(slot: number, column: number, w: Float64Array): void {
    const { values } = this.space;
    const from = column * this.design.stride;
    const into = this.vectors + slot * this.design.stride;
    for (let i = 0; i < w.length; i++) values[into + i] = (values[from + i] as number) * (w[i] as number);
  }

  /** Inner products of the first so many of some columns with slots from `first` on, which {@link copyProducts} reads; slots are taken in pairs. */
  project(columns: Int32Array, count: number, first: number, slots: number): void {
    const { space, list, design } = this;
    this.width = filled(count);
    for (let k = 0; k < this.width; k++) space.wholes[2 * list + k] = k < count ? 8 * design.stride * (columns[k] as number) : 0;
    const { stride } = design;
    space.project(list, this.width, stride, this.vectors + first * stride, (slots + 1) >> 1, this.products, this.width);
  }

  /** Products of the n-th slot that was projected with the first `count` columns, divided by `weight`, in units of `1 / unit`. */
  copyProducts(n: number, count: number, weight: number, unit: number, out: Float64Array, at: number): void {
    const { values } = this.space;
    const from = this.products + n * this.width;
    for (let k = 0; k < count; k++) out[at + k] = ((values[from + k] as number) / weight) * unit;
  }
}

/** Where the coefficients of a model's classes begin and end among those of all models, one class after another. */
export class SparseClasses {
  /** By class, and the end of the last one. */
  readonly bounds: Int32Array;
  private readonly starts: Int32Array;

  constructor(
    private readonly models: SparseModels,
    classes: number,
    private readonly width: number,
  ) {
    this.bounds = new Int32Array(classes + 1);
    this.starts = new Int32Array(models.sizes.length + 1);
    for (let m = 0; m < models.sizes.length; m++) this.starts[m + 1] = (this.starts[m] as number) + (models.sizes[m] as number);
  }

  /** Sets {@link bounds} to those of a model. */
  find(model: number): Int32Array {
    const { indices } = this.models;
    const to = this.starts[model + 1] as number;
    let k = this.starts[model] as number;
    for (let c = 0; c + 1 < this.bounds.length; c++) {
      this.bounds[c] = k;
      while (k < to && (indices[k] as number) < (c + 1) * this.width) k++;
    }
    this.bounds[this.bounds.length - 1] = to;
    return this.bounds;
  }
}
