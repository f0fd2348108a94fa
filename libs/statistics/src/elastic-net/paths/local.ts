import { predictorCount } from './data.js';
import type { PenalizedRows } from './data.js';
import { curvatureWeights, residualsInPlace } from './families.js';
import { DesignSpace, SparseClasses } from './kernels.js';
import { pointHeader, pointLength, setSize, triangle } from './request.js';
import type { PointParams } from './request.js';

/** The coefficients of one class in a set: columns of the design, and where in the set the first of them stands. */
interface ClassPart {
  readonly columns: Int32Array;
  readonly from: number;
}

/** Elements of one site beyond which a model counts as beyond the limit: `2^3` in the 64-bit words of scores. */
export const largestScore = 7.5;

/** Vectors over the rows that are projected on the same columns at once, about: so many stay near the processor. */
const slotsAtOnce = 32;
/** Of a triangle only the part beside these columns is made for nothing. */
const columnsAtOnce = 8;

/**
 * One site's answer: for each model `[1 if it is beyond the limit here, mean loss, mean slope on its set]`, then the lower triangles of
 * the asked second derivatives; means over the total weight of all sites, in units of `1 / unit`, a power of two. A model beyond the limit leaves zeros but for its flag. Models with
 * the same set are projected together.
 */
export function localPoints(rows: PenalizedRows, params: PointParams, bounded: boolean, unit: number): Float64Array {
  const out = new Float64Array(pointLength(params));
  const evaluation = new Evaluation(rows, params, unit);
  const { setOf } = params;
  let base = 0;
  for (let m = 0; m < setOf.length;) {
    const set = setOf[m] as number;
    let count = 1;
    while (count < evaluation.modelsAtOnce && setOf[m + count] === set) count++;
    evaluation.slopes(m, count, set, out, base);
    m += count;
    base += count * (pointHeader + setSize(params, set));
  }
  if (bounded) zeroLargeModels(out, params, unit);
  evaluation.curvatures(out, base);
  return out;
}

/** A model whose numbers do not fit the words is flagged like one whose linear predictor is too large. */
function zeroLargeModels(out: Float64Array, params: PointParams, unit: number): void {
  let base = 0;
  for (const set of params.setOf) {
    const to = base + pointHeader + setSize(params, set);
    for (let k = base; k < to; k++) {
      if (Math.abs(out[k] as number) <= largestScore * unit) continue;
      out.fill(0, base, to);
      out[base] = (1 / params.weight) * unit;
      break;
    }
    base = to;
  }
}

class Evaluation {
  readonly modelsAtOnce: number;
  private readonly classes: number;
  private readonly width: number;
  private readonly parts: (readonly ClassPart[] | undefined)[] = [];
  private readonly whole: readonly ClassPart[];
  private readonly sparse: SparseClasses;
  private readonly space: DesignSpace;

  constructor(
    private readonly rows: PenalizedRows,
    private readonly params: PointParams,
    private readonly unit: number,
  ) {
    this.classes = predictorCount(params.data.value);
    this.width = rows.design.columnCount;
    this.modelsAtOnce = Math.max(2, 2 * Math.floor(slotsAtOnce / this.classes / 2));
    const columns = Int32Array.from({ length: this.width }, (_, j) => j);
    this.whole = Array.from({ length: this.classes }, (_, c) => ({ columns, from: c * this.width }));
    this.sparse = new SparseClasses(params, this.classes, this.width);
    this.space = new DesignSpace(rows.design, this.classes * this.modelsAtOnce);
  }

  /** Flags, losses and slopes of models from `first` on, which share a set, at their place of the answer. */
  slopes(first: number, count: number, set: number, out: Float64Array, base: number): void {
    const { params, space, classes, modelsAtOnce, unit } = this;
    const { weight } = params;
    const length = pointHeader + setSize(params, set);
    for (let n = 0; n < count; n++) {
      const eta = this.predict(first + n, n);
      const { loss, beyond } = residualsInPlace(
        params.data.value.family,
        this.rows,
        params.leftOut[first + n] as number,
        eta,
        params.limit,
      );
      // A model that is beyond the limit must not leave more than its flag.
      if (beyond) for (const values of eta) values.fill(0);
      out[base + n * length] = beyond ? (1 / weight) * unit : 0;
      out[base + n * length + 1] = (loss / weight) * unit;
    }
    const parts = this.partsOf(set);
    for (let c = 0; c < classes; c++) {
      const { columns, from } = parts[c] as ClassPart;
      space.project(columns, columns.length, c * modelsAtOnce, count);
      for (let n = 0; n < count; n++) space.copyProducts(n, columns.length, weight, unit, out, base + n * length + pointHeader + from);
    }
  }

  /** Second derivatives, from `base` on. */
  curvatures(out: Float64Array, base: number): void {
    const { params, rows } = this;
    let from = base;
    params.curved.forEach((model, k) => {
      const set = params.curvedSets[k] as number;
      const parts = this.partsOf(set);
      // The slots are needed for columns.
      const eta = this.predict(model, 0).map((values) => values.slice());
      const leftOut = params.leftOut[model] as number;
      for (let a = 0; a < this.classes; a++) {
        for (let b = 0; b <= a; b++) {
          const w = curvatureWeights(params.data.value.family, rows, leftOut, eta, a, b);
          this.addBlock(parts[a] as ClassPart, parts[b] as ClassPart, w, a === b, out, from);
        }
      }
      from += triangle((params.sets[set] as Float64Array).length);
    });
  }

  /** Sums of w x_a x_b of the columns of two classes; of one class those on and below the diagonal. */
  private addBlock(left: ClassPart, right: ClassPart, w: Float64Array, same: boolean, out: Float64Array, base: number): void {
    const { space, params } = this;
    const atOnce = Math.min(columnsAtOnce, this.classes * this.modelsAtOnce);
    for (let first = 0; first < left.columns.length; first += atOnce) {
      const count = Math.min(atOnce, left.columns.length - first);
      for (let n = 0; n < count; n++) space.scale(n, left.columns[first + n] as number, w);
      space.project(right.columns, same ? first + count : right.columns.length, 0, count);
      for (let n = 0; n < count; n++) {
        // Indices of a later class come after those of an earlier one, so every entry lies below the diagonal.
        const row = base + triangle(left.from + first + n) + right.from;
        space.copyProducts(n, same ? first + n + 1 : right.columns.length, params.weight, this.unit, out, row);
      }
    }
  }

  /** Linear predictors of the n-th model at once, by class. */
  private predict(model: number, n: number): Float64Array[] {
    const bounds = this.sparse.find(model);
    return this.rows.offsets.map((offsets, c) => {
      const slot = c * this.modelsAtOnce + n;
      this.space.predict(slot, offsets, this.params, bounds[c] as number, bounds[c + 1] as number, c * this.width);
      return this.space.vector(slot);
    });
  }

  private partsOf(set: number): readonly ClassPart[] {
    if (set < 0) return this.whole;
    return (this.parts[set] ??= this.split(this.params.sets[set] as Float64Array));
  }

  private split(set: Float64Array): ClassPart[] {
    let k = 0;
    return Array.from({ length: this.classes }, (_, c) => {
      const from = k;
      while (k < set.length && (set[k] as number) < (c + 1) * this.width) k++;
      return { columns: Int32Array.from(set.subarray(from, k), (index) => index - c * this.width), from };
    });
  }
}
