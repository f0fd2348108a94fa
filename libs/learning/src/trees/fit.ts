import type { Federation, RosterScope } from '@cohortium/federation';
import { Frozen } from '@cohortium/kernel';
import { logit } from '@cohortium/numerics';
import { learningErrors } from '../errors.js';
import { treeEdges } from './edges.js';
import type { TreeTask } from './inputs.js';
import { treeHistogramQuery, treeOutcomeQuery } from './query.js';
import type { NodeHistogram, TreeEdges, TreeHistogramParams } from './query.js';
import { bestSplit, leafWeight, sideOf } from './split.js';
import type { Side, SplitRule } from './split.js';
import type { Tree, TreeNode } from './tree.js';

/** How trees are boosted; names and meanings as in XGBoost. */
export interface BoostOptions extends SplitRule {
  readonly rounds: number;
  readonly learningRate: number;
  readonly maxDepth: number;
  /** Most cells of an input. */
  readonly bins: number;
  /** Cells of the grid that edges are chosen from. */
  readonly grid: number;
  /** Probability before the first tree; null takes the share of positive rows. */
  readonly baseScore: number | null;
}

/** Boosted trees. */
export interface BoostedTrees {
  /** Margin of every row before the first tree. */
  readonly start: number;
  readonly trees: readonly Tree[];
  /** Edges of each input. */
  readonly edges: readonly Float64Array[];
  /** -2 ln likelihood of the training rows before the first tree and after each. */
  readonly deviance: readonly number[];
  readonly rows: number;
  readonly positives: number;
  readonly leftOut: number;
}

/** Leaf values are whole multiples of this, so that trees are the same to the bit wherever they are grown. */
const leafUnit = 2 ** -32;

/**
 * Second-order gradient boosting of a binary outcome with histogram trees: one sum a level for all nodes of the level, four more for edges and
 * counts, one for the last deviance.
 * @throws `LEARNING.ONE_CLASS`, `LEARNING.NO_INPUT_VARIES`
 * Source: Chen & Guestrin (XGBoost), KDD 2016, doi 10.1145/2939672.2939785.
 */
export async function fitBoostedTrees(
  federation: Federation,
  taskValue: TreeTask,
  options: BoostOptions,
  scope: RosterScope,
): Promise<BoostedTrees> {
  const task = new Frozen(taskValue);
  const { value: counts } = await federation.sum(treeOutcomeQuery, { task }, scope);
  const { rows, positives, leftOut } = counts;
  if (positives === 0 || positives === rows) throw learningErrors.error('LEARNING.ONE_CLASS', { column: taskValue.outcome.column });
  const edges = await treeEdges(federation, task, options, scope);
  if (edges.every(({ length }) => length === 0)) throw learningErrors.error('LEARNING.NO_INPUT_VARIES', { inputs: edges.length });
  const start = logit(options.baseScore ?? positives / rows);
  const grower = new Grower(federation, scope, options, {
    task,
    edges: new Frozen(joined(edges)),
    start,
    participants: rows,
  });
  const trees: Frozen<Tree>[] = [];
  const deviance: number[] = [];
  for (let round = 0; round < options.rounds; round++) {
    const { tree, deviance: before } = await grower.grow(trees, edges);
    deviance.push(before);
    trees.push(new Frozen(tree));
  }
  deviance.push(await grower.devianceOf(trees));
  return { start, trees: trees.map(({ value }) => value), edges, deviance, rows, positives, leftOut };
}

function joined(edges: readonly Float64Array[]): TreeEdges {
  const all = new Float64Array(edges.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const own of edges) {
    all.set(own, at);
    at += own.length;
  }
  return { sizes: Float64Array.from(edges, ({ length }) => length), edges: all };
}

type Common = Pick<TreeHistogramParams, 'task' | 'edges' | 'start' | 'participants'>;

/** Grows one tree after another, level by level. */
class Grower {
  constructor(
    private readonly federation: Federation,
    private readonly scope: RosterScope,
    private readonly options: BoostOptions,
    private readonly common: Common,
  ) {}

  async devianceOf(trees: readonly Frozen<Tree>[]): Promise<number> {
    return (await this.ask(trees, { nodes: [{ value: 0, rows: 0 }] }, [])).deviance;
  }

  async grow(trees: readonly Frozen<Tree>[], edges: readonly Float64Array[]): Promise<{ tree: Tree; deviance: number }> {
    const nodes: TreeNode[] = [{ value: 0, rows: 0 }];
    let frontier = [0];
    let deviance = 0;
    for (let depth = 0; depth < this.options.maxDepth && frontier.length > 0; depth++) {
      const found = await this.ask(trees, { nodes: [...nodes] }, frontier);
      if (depth === 0) {
        deviance = found.deviance;
        nodes[0] = this.leaf(sideOf(found.nodes[0]?.cells[0] as Float64Array));
      }
      frontier = frontier.flatMap((node, k) => this.divide(nodes, node, found.nodes[k] as NodeHistogram, edges));
    }
    return { tree: { nodes }, deviance };
  }

  /** Divides a leaf where that gains; gives the new leaves. */
  private divide(nodes: TreeNode[], node: number, histogram: NodeHistogram, edges: readonly Float64Array[]): number[] {
    const split = bestSplit(histogram, this.options);
    if (!split) return [];
    const left = nodes.length;
    const right = left + 1;
    const { feature, bin, missingLeft, gain } = split;
    // No edge: every value goes left, and only missing ones right.
    const edge = edges[feature]?.[bin] ?? Number.MAX_VALUE;
    nodes[node] = { feature, bin, edge, missingLeft, left, right, gain, rows: split.left.rows + split.right.rows };
    nodes.push(this.leaf(split.left), this.leaf(split.right));
    return [left, right];
  }

  private leaf(side: Side): { value: number; rows: number } {
    const value = this.options.learningRate * leafWeight(side, this.options);
    return { value: Math.round(value / leafUnit) * leafUnit + 0, rows: side.rows };
  }

  private async ask(trees: readonly Frozen<Tree>[], growing: Tree, frontier: readonly number[]) {
    const { value } = await this.federation.sum(treeHistogramQuery, { ...this.common, trees, growing, frontier }, this.scope);
    return value;
  }
}
