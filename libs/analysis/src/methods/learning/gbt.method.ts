import {
  fitBoostedTrees,
  inputColumn,
  isLeaf,
  marginOf,
  treeHistogramQuery,
  treeInputQueries,
  treeOutcomeQuery,
  treeSchema,
} from '@cohortium/learning';
import type { SplitNode, Tree, TreeInput, TreeTask } from '@cohortium/learning';
import { logistic } from '@cohortium/numerics';
import { z } from 'zod';
import { analysisErrors } from '../../errors.js';
import type { Method, TableShape } from '../method.js';
import { levelAt } from '../names.js';
import { needColumn, numberColumns } from '../params.js';

const params = z.strictObject({
  outcome: z.string().describe('Column of the binary outcome; rows without it are not learned from'),
  positive: z
    .union([z.string(), z.number()])
    .default(1)
    .describe('Value of the outcome that counts as positive; every other observed value is negative'),
  features: z
    .array(z.string())
    .min(1)
    .optional()
    .describe(
      'Columns to learn from: numbers, or categories as one indicator per level; without it all columns of numbers but the outcome. Missing cells may go either way',
    ),
  n_rounds: z.int().min(1).max(2000).default(50).describe('Number of trees'),
  learning_rate: z.number().gt(0).max(1).default(0.1).describe('Factor on leaf values'),
  max_depth: z.int().min(1).max(10).default(3).describe('Questions in a row at most; a tree takes as many rounds'),
  lambda: z.number().min(0).default(1).describe('L2 penalty of leaf values'),
  gamma: z.number().min(0).default(0).describe('A division must gain at least this'),
  min_child_weight: z.number().min(0).default(1).describe('Smallest sum of p (1 - p) on either side of a division'),
  min_child_rows: z.int().min(1).default(5).describe('Fewest rows on either side of a division'),
  bins: z.int().min(2).max(256).default(32).describe('Most cells of a feature'),
  grid: z.int().min(10).max(20_000).default(1000).describe('Cells over 10 SDs of the grid that the edges of a feature are chosen from'),
  base_score: z
    .number()
    .gt(0)
    .lt(1)
    .nullable()
    .default(null)
    .describe('Probability before the first tree; null: the share of positive rows'),
});
/** Parameters of `gbt`. */
export type GbtParams = z.output<typeof params>;

const resultSchema = z.looseObject({
  base_margin: z.number(),
  trees: z.array(treeSchema),
});

/** Inputs by name: numbers as they are, categories as one indicator per level. */
function inputsOf(table: TableShape, { features, outcome }: GbtParams): { names: string[]; inputs: TreeInput[] } {
  const columns = (features ?? numberColumns(table, undefined, [outcome])).map((name) => needColumn(table, name));
  const listed = columns.flatMap<{ name: string; input: TreeInput }>(({ name, kind, levels }) =>
    kind === 'number'
      ? [{ name, input: { column: name, code: null } }]
      : levels.map((level, code) => ({ name: `${name}=${level}`, input: { column: name, code } })),
  );
  if (listed.length === 0) throw analysisErrors.error('METHOD.REFUSED', { name: 'gbt', reason: 'there is no column to learn from' });
  return { names: listed.map(({ name }) => name), inputs: listed.map(({ input }) => input) };
}

function taskOf(table: TableShape, asked: GbtParams): { names: string[]; task: TreeTask } {
  const { names, inputs } = inputsOf(table, asked);
  const column = needColumn(table, asked.outcome);
  const positive = column.kind === 'number' ? Number(asked.positive) : levelAt(column.levels, asked.positive);
  if (Number.isNaN(positive) || positive < 0)
    throw analysisErrors.error('METHOD.REFUSED', { name: 'gbt', reason: `no row has the outcome "${asked.positive}"` });
  return { names, task: { inputs, outcome: { column: column.name, positive: [positive] } } };
}

/** Gradient-boosted trees of a binary outcome on secure histograms. */
export const gbt: Method<GbtParams> = {
  name: 'gbt',
  title: { en: 'gradient-boosted trees on histograms, binary outcome', zh: '基于直方图的梯度提升树（二分类结局）' },
  params,
  leaves: [
    { query: treeOutcomeQuery, shape: '3 counts: rows, positive rows, rows without outcome' },
    { query: treeInputQueries.moments, shape: '4p, twice: rows, values, sums and squares of p inputs' },
    { query: treeInputQueries.cells, shape: 'p (grid + 2) counts of values by cell' },
    {
      query: treeHistogramQuery,
      shape:
        '1 + m sum of 3 (cells + 1) over inputs, once a level of each tree for its m open nodes: deviance; gradients, curvatures and rows by cell. Cells of deep nodes hold few rows; they are seen as sums over all sites only',
    },
  ],
  definition: (asked) =>
    `Second-order gradient boosting (XGBoost, Chen & Guestrin 2016, tree_method hist, binary:logistic): ${asked.n_rounds} trees of depth ${asked.max_depth}, learning rate ${asked.learning_rate}, lambda ${asked.lambda}, gamma ${asked.gamma}, at least ${asked.min_child_weight} curvature and ${asked.min_child_rows} rows a side; edges at about equal counts on a grid of ${asked.grid} cells; missing values go to the side of larger gain; values at or below an edge go left. Equal gains (1e-9) go to the first feature and the lowest edge.`,
  run: async ({ federation, scope, table }, asked) => {
    const { names, task } = taskOf(table, asked);
    const fit = await fitBoostedTrees(
      federation,
      task,
      {
        rounds: asked.n_rounds,
        learningRate: asked.learning_rate,
        maxDepth: asked.max_depth,
        lambda: asked.lambda,
        gamma: asked.gamma,
        minChildWeight: asked.min_child_weight,
        minChildRows: asked.min_child_rows,
        bins: asked.bins,
        grid: asked.grid,
        baseScore: asked.base_score,
      },
      scope,
    );
    return {
      rows: fit.rows,
      positives: fit.positives,
      rows_left_out: fit.leftOut,
      base_margin: fit.start,
      features: names,
      edges: fit.edges.map((edges) => [...edges]),
      deviance: [...fit.deviance],
      importance: importanceOf(names, fit.trees),
      trees: fit.trees.map(({ nodes }) => ({ nodes: nodes.map((node) => ({ ...node })) })),
    };
  },
  stays: (rows, asked, estimates, table) => {
    const { base_margin: start, trees } = resultSchema.parse(estimates);
    const { inputs } = inputsOf(table, asked);
    const columns = inputs.map((input) => inputColumn(rows, input));
    const margin = Float64Array.from({ length: rows.rowCount }, (_, i) =>
      marginOf(trees, start, (f) => (columns[f] as Float64Array)[i] as number),
    );
    return { probability: margin.map(logistic), margin };
  },
};

/** Questions asked of each feature and what they gained together, as XGBoost counts them (`weight`, `total_gain`). */
function importanceOf(names: readonly string[], trees: readonly Tree[]) {
  const splits = trees.flatMap(({ nodes }) => nodes.filter((node): node is SplitNode => !isLeaf(node)));
  return names.map((feature, f) => {
    const own = splits.filter((node) => node.feature === f);
    return { feature, splits: own.length, gain: own.reduce((sum, { gain }) => sum + gain, 0) };
  });
}
