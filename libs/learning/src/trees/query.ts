import { countWords, frozenSchema, statisticWords, vectorSchema } from '@cohortium/federation';
import type { CohortRows, SumQuery } from '@cohortium/federation';
import type { Frozen } from '@cohortium/kernel';
import { logistic, softplus } from '@cohortium/numerics';
import { z } from 'zod';
import type { ZodType } from 'zod';
import { treeRows, treeTaskSchema } from './inputs.js';
import type { TreeTask } from './inputs.js';
import { isLeaf, treeSchema } from './tree.js';
import type { Tree, TreeNode } from './tree.js';

/** Parameters of {@link treeOutcomeQuery}. */
export interface TreeOutcomeParams {
  readonly task: Frozen<TreeTask>;
}

/** `tree-outcome@1`: rows that are learned from, positive ones among them, rows without outcome. */
export const treeOutcomeQuery: SumQuery<TreeOutcomeParams, { rows: number; positives: number; leftOut: number }> = {
  kind: 'sum',
  operation: 'learning.tree-outcome',
  version: 1,
  words: countWords,
  params: z.strictObject({ task: frozenSchema(treeTaskSchema) }) as ZodType<TreeOutcomeParams>,
  length: () => 3,
  local: (rows, { task }) => {
    const { outcome } = treeRows(rows, task);
    const count = (test: (label: number) => boolean) => outcome.reduce((sum, label) => sum + Number(test(label)), 0);
    return Float64Array.of(
      count((label) => label >= 0),
      count((label) => label === 1),
      count((label) => label < 0),
    );
  },
  read: (total) => ({ rows: total[0] as number, positives: total[1] as number, leftOut: total[2] as number }),
};

/** Edges of all inputs, one input after another. */
export interface TreeEdges {
  readonly sizes: Float64Array;
  readonly edges: Float64Array;
}

const edgesSchema = z
  .strictObject({ sizes: vectorSchema, edges: vectorSchema })
  .refine(
    ({ sizes, edges }) => sizes.reduce((sum, size) => sum + size, 0) === edges.length,
    'edges do not fit their sizes',
  ) as unknown as ZodType<TreeEdges>;

/** Parameters of {@link treeHistogramQuery}. */
export interface TreeHistogramParams extends TreeOutcomeParams {
  readonly edges: Frozen<TreeEdges>;
  /** Margin of every row before the first tree. */
  readonly start: number;
  /** Finished trees. */
  readonly trees: readonly Frozen<Tree>[];
  /** The tree that is grown; its leaves are where rows are now. */
  readonly growing: Tree;
  /** Leaves of it whose histograms are wanted; none asks for the deviance alone. */
  readonly frontier: readonly number[];
  /** Rows of the scope; the gate's parameters-per-row rule divides by it. */
  readonly participants: number;
}

/** Sums of gradients, curvatures and rows by cell; the last cell of an input holds the missing values. */
export interface NodeHistogram {
  /** One per input, cells x 3. */
  readonly cells: readonly Float64Array[];
}

/** Totals of one level. */
export interface TreeHistograms {
  /** -2 ln of the likelihood of the finished trees. */
  readonly deviance: number;
  readonly nodes: readonly NodeHistogram[];
}

/** Cells of each input: one more than edges, and one for missing values. */
function cellSizes({ sizes }: TreeEdges): number[] {
  return Array.from(sizes, (size) => size + 2);
}

function nodeLength(edges: TreeEdges): number {
  return 3 * cellSizes(edges).reduce((sum, size) => sum + size, 0);
}

/**
 * `tree-histograms@1`: for every open leaf of a growing tree and every input, sums of gradients p - y, of curvatures p (1 - p) and of rows by cell,
 * all leaves of a level in one sum.
 */
export const treeHistogramQuery: SumQuery<TreeHistogramParams, TreeHistograms> = {
  kind: 'sum',
  operation: 'learning.tree-histograms',
  version: 1,
  words: statisticWords,
  params: z
    .strictObject({
      task: frozenSchema(treeTaskSchema),
      edges: frozenSchema(edgesSchema),
      start: z.number(),
      trees: z.array(frozenSchema(treeSchema)).max(10_000),
      growing: treeSchema,
      frontier: z.array(z.int().min(0)).max(1024),
      participants: z.int().min(1),
    })
    .refine(
      ({ task, edges }) => edges.value.sizes.length === task.value.inputs.length,
      'edges for another number of inputs',
    ) as unknown as ZodType<TreeHistogramParams>,
  length: ({ edges, frontier }) => 1 + frontier.length * nodeLength(edges.value),
  local: (rows, params) => {
    const { edges, frontier, growing } = params;
    const out = new Float64Array(1 + frontier.length * nodeLength(edges.value));
    const { outcome } = treeRows(rows, params.task);
    const binned = binnedRows(rows, params.task, edges);
    const margins = marginsOf(rows, params);
    const place = new Map(frontier.map((node, k) => [node, k]));
    const starts = cellStarts(edges.value);
    const size = nodeLength(edges.value);
    for (let i = 0; i < outcome.length; i++) {
      const label = outcome[i] as number;
      if (label < 0) continue;
      const margin = margins[i] as number;
      out[0] = (out[0] as number) + 2 * (softplus(margin) - label * margin);
      const k = place.get(leafByBins(growing, binned, i));
      if (k === undefined) continue;
      const p = logistic(margin);
      addRow(out, 1 + k * size, binned, i, starts, p - label, p * (1 - p));
    }
    return out;
  },
  read: (total, { edges, frontier }) => {
    const sizes = cellSizes(edges.value);
    const size = nodeLength(edges.value);
    const nodes = frontier.map((_, k) => {
      let at = 1 + k * size;
      return { cells: sizes.map((cells) => total.slice(at, (at += 3 * cells))) };
    });
    return { deviance: total[0] as number, nodes };
  },
  freeParameters: ({ trees, growing }) =>
    [...trees.map(({ value }) => value), growing].reduce((sum, { nodes }) => sum + nodes.filter(isLeaf).length, 0),
  scopeParticipants: ({ participants }) => participants,
};

function addRow(
  out: Float64Array,
  base: number,
  binned: BinnedRows,
  row: number,
  starts: readonly number[],
  gradient: number,
  curvature: number,
): void {
  for (let f = 0; f < binned.inputs; f++) {
    const at = base + 3 * ((starts[f] as number) + (binned.cells[row * binned.inputs + f] as number));
    out[at] = (out[at] as number) + gradient;
    out[at + 1] = (out[at + 1] as number) + curvature;
    out[at + 2] = (out[at + 2] as number) + 1;
  }
}

function cellStarts(edges: TreeEdges): number[] {
  let from = 0;
  return cellSizes(edges).map((cells) => {
    const start = from;
    from += cells;
    return start;
  });
}

/** Cell of every value, row-major rows x inputs; the cell after the last one of an input stands for missing. */
interface BinnedRows {
  readonly inputs: number;
  readonly cells: Uint16Array;
  /** Position of the missing cell of each input. */
  readonly missing: Float64Array;
}

function binnedRows(rows: CohortRows, task: Frozen<TreeTask>, edges: Frozen<TreeEdges>): BinnedRows {
  return rows.memo(`tree bins ${task.hash} ${edges.hash}`, () => {
    const { columns, rowCount } = treeRows(rows, task);
    const { sizes, edges: all } = edges.value;
    const inputs = columns.length;
    const cells = new Uint16Array(rowCount * inputs);
    let from = 0;
    columns.forEach((column, f) => {
      const size = sizes[f] as number;
      for (let i = 0; i < rowCount; i++) {
        const value = column[i] as number;
        cells[i * inputs + f] = Number.isNaN(value) ? size + 1 : cellOf(all, from, from + size, value) - from;
      }
      from += size;
    });
    return { inputs, cells, missing: sizes.map((size) => size + 1) };
  });
}

/** First edge that is not below a value. */
function cellOf(edges: Float64Array, from: number, to: number, value: number): number {
  let [low, high] = [from, to];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((edges[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function leafByBins(tree: Tree, { inputs, cells, missing }: BinnedRows, row: number): number {
  let at = 0;
  for (;;) {
    const node = tree.nodes[at] as TreeNode;
    if (isLeaf(node)) return at;
    const cell = cells[row * inputs + node.feature] as number;
    const left = cell === missing[node.feature] ? node.missingLeft : cell <= node.bin;
    at = left ? node.left : node.right;
  }
}

type Finished = Pick<TreeHistogramParams, 'task' | 'edges' | 'start' | 'trees'>;

/** Margins after the finished trees; each step is remembered, so that a new tree costs one pass. */
function marginsOf(rows: CohortRows, { task, edges, start, trees }: Finished): Float64Array {
  const key = (count: number) => `tree margins ${task.hash} ${edges.hash} ${start} ${count} ${trees[count - 1]?.hash ?? ''}`;
  return rows.memo(key(trees.length), () => {
    const binned = binnedRows(rows, task, edges);
    const count = trees.length;
    if (count === 0) return new Float64Array(rows.rowCount).fill(start);
    const before = marginsOf(rows, { task, edges, start, trees: trees.slice(0, -1) });
    const tree = (trees[count - 1] as Frozen<Tree>).value;
    return before.map((margin, i) => margin + (tree.nodes[leafByBins(tree, binned, i)] as { value: number }).value);
  });
}
