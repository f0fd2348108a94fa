import { z } from 'zod';

const nodeSchema = z.union([
  z.strictObject({
    /** Input that is asked. */
    feature: z.int().min(0),
    /** Position of the edge among those of the input. */
    bin: z.int().min(0),
    /** Values at or below it go left. */
    edge: z.number(),
    missingLeft: z.boolean(),
    left: z.int().min(1),
    right: z.int().min(1),
    /** GL^2 / (HL + lambda) + GR^2 / (HR + lambda) - G^2 / (H + lambda). */
    gain: z.number(),
    rows: z.int().min(0),
  }),
  z.strictObject({ value: z.number(), rows: z.int().min(0) }),
]);
/** A node of a tree: a question or a leaf. */
export type TreeNode = z.output<typeof nodeSchema>;
/** A question. */
export type SplitNode = Extract<TreeNode, { feature: number }>;

/** Schema of a {@link Tree}. */
export const treeSchema = z.strictObject({ nodes: z.array(nodeSchema).min(1).max(4096) });
/** A regression tree; the root is node 0, and children come after their parents. */
export type Tree = z.output<typeof treeSchema>;

/** True for a leaf. */
export function isLeaf(node: TreeNode): node is Extract<TreeNode, { value: number }> {
  return 'value' in node;
}

/** Leaf that a row falls into, told by its value of an input (NaN is missing). */
export function leafOf(tree: Tree, valueOf: (feature: number) => number): number {
  let at = 0;
  for (;;) {
    const node = tree.nodes[at] as TreeNode;
    if (isLeaf(node)) return at;
    const value = valueOf(node.feature);
    const left = Number.isNaN(value) ? node.missingLeft : value <= node.edge;
    at = left ? node.left : node.right;
  }
}

/** Sum of the leaf values of a row over all trees, on the logit scale, plus the start. */
export function marginOf(trees: readonly Tree[], start: number, valueOf: (feature: number) => number): number {
  return trees.reduce((margin, tree) => margin + (tree.nodes[leafOf(tree, valueOf)] as { value: number }).value, start);
}
