import { emptyRoot, hashBytes, nodeHash } from './hash.js';
import type { TreeHash } from './hash.js';

/**
 * The right edge of a growing tree: its size, and the roots of the complete subtrees that it is made of, largest first. All that a log
 * has to remember to append a leaf and to know its root. Immutable. A size has one bit for each of its subtrees.
 */
export class CompactRange {
  /** The tree without leaves. */
  static readonly empty = new CompactRange(0, []);

  private constructor(
    /** Leaves of the tree. */
    readonly size: number,
    /** Roots of complete subtrees, the largest first. */
    readonly edges: readonly TreeHash[],
  ) {}

  /** From what {@link toBytes} made. @throws RangeError when the number of hashes does not fit the size */
  static of(size: number, bytes: Uint8Array): CompactRange {
    if (!Number.isSafeInteger(size) || size < 0 || bytes.length !== bitCount(size) * hashBytes)
      throw new RangeError('edges do not fit the size of the tree');
    const edges = Array.from({ length: bytes.length / hashBytes }, (_, i) => bytes.slice(i * hashBytes, (i + 1) * hashBytes));
    return new CompactRange(size, edges);
  }

  /** The tree with one leaf more. */
  append(leaf: TreeHash): CompactRange {
    const edges = [...this.edges];
    let hash = leaf;
    // Each low bit of the size that is set is a complete subtree which the new leaf completes to the next larger one.
    for (let rest = this.size; rest % 2 === 1; rest = (rest - 1) / 2) hash = nodeHash(edges.pop() as TreeHash, hash);
    edges.push(hash);
    return new CompactRange(this.size + 1, edges);
  }

  /** Root of the tree: the edges, joined from the right. */
  get root(): TreeHash {
    if (this.edges.length === 0) return emptyRoot;
    return this.edges.reduceRight((right, left) => nodeHash(left, right));
  }

  /** The edges as bytes, 32 for each. */
  toBytes(): Uint8Array {
    return Buffer.concat(this.edges);
  }
}

function bitCount(size: number): number {
  let bits = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) bits += rest % 2;
  return bits;
}
