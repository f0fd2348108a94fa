import { predictorCount } from './data.js';
import type { PenalizedRows } from './data.js';
import { curvatureWeights, residualsInPlace } from './families.js';
import { addColumns, crossProducts, projectPair } from './kernels.js';
import { coefficientCount, pointHeader, pointLength, setSize, triangle } from './request.js';
import type { PointParams } from './request.js';

/** A set of coefficients by class: which columns of the design, and where their results stand in the set. */
interface ClassPart {
  readonly columns: Int32Array;
  readonly at: Int32Array;
}

/** Elements of one site beyond which a model counts as beyond the limit: `2^3` in the 64-bit words of scores. */
export const largestScore = 7.5;

/**
 * One site's answer: for each model `[1 if it is beyond the limit here, mean loss, mean slope on its set]`, then the lower triangles of
 * the asked second derivatives; means over the total weight of all sites. A model beyond the limit leaves zeros but for its flag. Two models with
 * the same set are projected at once.
 */
export function localPoints(rows: PenalizedRows, params: PointParams, bounded: boolean): Float64Array {
  const out = new Float64Array(pointLength(params));
  const evaluation = new Evaluation(rows, params);
  const { setOf } = params;
  let base = 0;
  for (let m = 0; m < setOf.length;) {
    const set = setOf[m] as number;
    const width = pointHeader + setSize(params, set);
    const paired = m + 1 < setOf.length && setOf[m + 1] === set;
    evaluation.slopes(m, paired ? m + 1 : m, set, out, base, paired ? base + width : base);
    m += paired ? 2 : 1;
    base += paired ? 2 * width : width;
  }
  scale(out, 0, base, params.weight);
  if (bounded) zeroLargeModels(out, params);
  evaluation.curvatures(out, base);
  return out;
}

function scale(out: Float64Array, from: number, to: number, weight: number): void {
  for (let k = from; k < to; k++) out[k] = (out[k] as number) / weight;
}

/** A model whose numbers do not fit the words is flagged like one whose linear predictor is too large. */
function zeroLargeModels(out: Float64Array, params: PointParams): void {
  let base = 0;
  for (const set of params.setOf) {
    const to = base + pointHeader + setSize(params, set);
    for (let k = base; k < to; k++) {
      if (Math.abs(out[k] as number) <= largestScore) continue;
      out.fill(0, base, to);
      out[base] = 1 / params.weight;
      break;
    }
    base = to;
  }
}

class Evaluation {
  private readonly classes: number;
  private readonly width: number;
  private readonly parts: (readonly ClassPart[] | undefined)[] = [];
  private readonly whole: readonly ClassPart[];
  private readonly starts: Float64Array;
  private readonly columnOf: Int32Array;
  private readonly first: Float64Array[];
  private readonly second: Float64Array[];

  constructor(
    private readonly rows: PenalizedRows,
    private readonly params: PointParams,
  ) {
    const { value } = params.data;
    this.classes = predictorCount(value);
    this.width = rows.design.columnCount;
    this.whole = this.split(Float64Array.from({ length: coefficientCount(value) }, (_, k) => k));
    this.columnOf = Int32Array.from(params.indices, (index) => index % this.width);
    this.starts = new Float64Array(params.sizes.length);
    for (let m = 1; m < this.starts.length; m++) this.starts[m] = (this.starts[m - 1] as number) + (params.sizes[m - 1] as number);
    const predictors = () => Array.from({ length: this.classes }, () => new Float64Array(rows.design.rowCount));
    this.first = predictors();
    this.second = predictors();
  }

  /** Flags, losses and slopes of the models `a` and `b` (which may be one), at two places of the answer. */
  slopes(a: number, b: number, set: number, out: Float64Array, atA: number, atB: number): void {
    const sawA = this.residuals(a, this.first, out, atA);
    const sawB = a === b ? sawA : this.residuals(b, this.second, out, atB);
    const parts = this.partsOf(set);
    for (let c = 0; c < this.classes; c++) {
      const { columns, at } = parts[c] as ClassPart;
      const v = this.first[c] as Float64Array;
      const w = this.second[c] as Float64Array;
      // A model that is beyond the limit must not leave more than its flag.
      if (sawA && sawB && a !== b) projectPair(this.rows.design, columns, at, v, w, out, atA + pointHeader, atB + pointHeader);
      else if (sawA) projectPair(this.rows.design, columns, at, v, v, out, atA + pointHeader, atA + pointHeader);
      else if (sawB) projectPair(this.rows.design, columns, at, w, w, out, atB + pointHeader, atB + pointHeader);
    }
  }

  /** Second derivatives, from `base` on. */
  curvatures(out: Float64Array, base: number): void {
    const { params, rows } = this;
    let from = base;
    params.curved.forEach((model, k) => {
      const set = params.curvedSets[k] as number;
      const parts = this.partsOf(set);
      const length = triangle((params.sets[set] as Float64Array).length);
      this.predictors(model, this.first);
      const leftOut = params.leftOut[model] as number;
      for (let a = 0; a < this.classes; a++) {
        for (let b = 0; b <= a; b++) {
          const w = curvatureWeights(params.data.value.family, rows, leftOut, this.first, a, b);
          this.addBlock(parts[a] as ClassPart, parts[b] as ClassPart, w, a === b, out, from);
        }
      }
      scale(out, from, from + length, params.weight);
      from += length;
    });
  }

  private addBlock(left: ClassPart, right: ClassPart, w: Float64Array, same: boolean, out: Float64Array, from: number): void {
    const block = crossProducts(this.rows.design, left.columns, right.columns, w, same);
    const width = right.columns.length;
    for (let r = 0; r < left.columns.length; r++) {
      const row = from + triangle(left.at[r] as number);
      const to = same ? r + 1 : width;
      // Indices of a later class come after those of an earlier one, so every entry lies below the diagonal.
      for (let c = 0; c < to; c++) out[row + (right.at[c] as number)] = block[r * width + c] as number;
    }
  }

  /** @returns false where the model is beyond the limit: its place then holds the flag alone */
  private residuals(model: number, into: Float64Array[], out: Float64Array, at: number): boolean {
    const { params, rows } = this;
    this.predictors(model, into);
    const { loss, beyond } = residualsInPlace(params.data.value.family, rows, params.leftOut[model] as number, into, params.limit);
    out[at] = beyond ? 1 : 0;
    out[at + 1] = loss;
    return !beyond;
  }

  private predictors(model: number, into: Float64Array[]): void {
    const { params, rows } = this;
    const from = this.starts[model] as number;
    const to = from + (params.sizes[model] as number);
    let k = from;
    for (let c = 0; c < this.classes; c++) {
      const eta = into[c] as Float64Array;
      eta.set(rows.offsets[c] as Float64Array);
      const begin = k;
      while (k < to && (params.indices[k] as number) < (c + 1) * this.width) k++;
      addColumns(rows.design, this.columnOf, params.values, begin, k, eta);
    }
  }

  private partsOf(set: number): readonly ClassPart[] {
    if (set < 0) return this.whole;
    return (this.parts[set] ??= this.split(this.params.sets[set] as Float64Array));
  }

  private split(set: Float64Array): ClassPart[] {
    return Array.from({ length: this.classes }, (_, c) => {
      const at: number[] = [];
      set.forEach((index, k) => {
        if (Math.floor(index / this.width) === c) at.push(k);
      });
      return { columns: Int32Array.from(at, (k) => (set[k] as number) % this.width), at: Int32Array.from(at) };
    });
  }
}
