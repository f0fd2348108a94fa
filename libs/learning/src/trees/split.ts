import type { NodeHistogram } from './query.js';

/** How splits are judged. */
export interface SplitRule {
  /** Added to curvatures: L2 penalty of leaf values. */
  readonly lambda: number;
  /** A division must gain at least this. */
  readonly gamma: number;
  /** Smallest sum of curvatures on either side. */
  readonly minChildWeight: number;
  /** Fewest rows on either side. */
  readonly minChildRows: number;
}

/** Gradients, curvatures and rows of one side. */
export interface Side {
  readonly g: number;
  readonly h: number;
  readonly rows: number;
}

/** A division of a node. */
export interface Split {
  readonly feature: number;
  readonly bin: number;
  readonly missingLeft: boolean;
  readonly gain: number;
  readonly left: Side;
  readonly right: Side;
}

/** Gains this close to the best (times 1 + best) count as equal to it, so that doubles and fixed point choose alike. */
const tieBand = 1e-9;
/** A gain must exceed this to be one, as in XGBoost. */
const smallestGain = 1e-6;

/**
 * The best division of a node, or null: gain GL^2 / (HL + lambda) + GR^2 / (HR + lambda) - G^2 / (H + lambda), over inputs, edges, and the side that
 * missing values take. Among equal gains the first input, the lowest edge, and the left side win.
 * Source: Chen & Guestrin (XGBoost), KDD 2016, doi 10.1145/2939672.2939785, equations 6-7 and algorithm 3.
 */
export function bestSplit({ cells }: NodeHistogram, rule: SplitRule): Split | null {
  const total = sideOf(cells[0] as Float64Array);
  const found: Split[] = [];
  let best = smallestGain;
  cells.forEach((histogram, feature) => {
    const last = histogram.length / 3 - 1;
    const missing = cellAt(histogram, last);
    let below: Side = { g: 0, h: 0, rows: 0 };
    for (let bin = 0; bin < last; bin++) {
      below = plus(below, cellAt(histogram, bin));
      // Above the last cell of values there is no edge: the question is then whether a value is missing.
      const sides = bin === last - 1 ? [false] : [true, false];
      for (const missingLeft of missing.rows > 0 ? sides : sides.filter(Boolean)) {
        const left = missingLeft ? plus(below, missing) : below;
        const right = minus(total, left);
        if (
          left.h < rule.minChildWeight ||
          right.h < rule.minChildWeight ||
          left.rows < rule.minChildRows ||
          right.rows < rule.minChildRows
        )
          continue;
        const gain = score(left, rule) + score(right, rule) - score(total, rule);
        if (gain <= smallestGain || gain < rule.gamma) continue;
        best = Math.max(best, gain);
        found.push({ feature, bin, missingLeft, gain, left, right });
      }
    }
  });
  return found.find(({ gain }) => gain >= best - tieBand * (1 + best)) ?? null;
}

/** Newton value of a leaf: -g / (h + lambda). */
export function leafWeight({ g, h }: Side, { lambda }: Pick<SplitRule, 'lambda'>): number {
  return -g / (h + lambda);
}

/** Sum over all cells. */
export function sideOf(histogram: Float64Array): Side {
  let side: Side = { g: 0, h: 0, rows: 0 };
  for (let cell = 0; cell < histogram.length / 3; cell++) side = plus(side, cellAt(histogram, cell));
  return side;
}

function cellAt(histogram: Float64Array, cell: number): Side {
  return { g: histogram[3 * cell] as number, h: histogram[3 * cell + 1] as number, rows: histogram[3 * cell + 2] as number };
}

function plus(a: Side, b: Side): Side {
  return { g: a.g + b.g, h: a.h + b.h, rows: a.rows + b.rows };
}

function minus(a: Side, b: Side): Side {
  return { g: a.g - b.g, h: a.h - b.h, rows: a.rows - b.rows };
}

function score({ g, h }: Side, { lambda }: SplitRule): number {
  return (g * g) / (h + lambda);
}
