import { emptyRoot, nodeHash } from './hash.js';
import type { TreeHash } from './hash.js';

/** Reads the root of a complete subtree: `level` 0 are the leaves, and subtree `index` of a level covers 2^level leaves. */
export type ReadSubtree = (level: number, index: number) => TreeHash;

/** Root of the first `size` leaves. */
export function rootOf(size: number, read: ReadSubtree): TreeHash {
  return size === 0 ? emptyRoot : rangeHash(0, size, read);
}

/**
 * Root of the leaves from `start`, `count` of them. `start` is a multiple of every complete subtree that the range begins with, as it is
 * wherever RFC 9162 splits a tree.
 */
export function rangeHash(start: number, count: number, read: ReadSubtree): TreeHash {
  if (count < 1) throw new RangeError('a range needs a leaf');
  const level = levelOf(count);
  const whole = 2 ** level;
  if (whole === count) return read(level, start / whole);
  return nodeHash(read(level, start / whole), rangeHash(start + whole, count - whole, read));
}

/** Largest power of two below `count`, which is where RFC 9162 splits a tree. */
export function splitOf(count: number): number {
  const whole = 2 ** levelOf(count);
  return whole === count ? whole / 2 : whole;
}

/** Exponent of the largest power of two up to `count`. */
function levelOf(count: number): number {
  let level = 0;
  for (let whole = 2; whole <= count; whole *= 2) level++;
  return level;
}

/** A tree in memory that keeps the roots of all its complete subtrees, so that any proof costs as many reads as it has hashes. */
export class MerkleTree {
  private readonly levels: TreeHash[][] = [[]];

  /** The tree over these hashes of leaves. */
  static of(leaves: Iterable<TreeHash>): MerkleTree {
    const tree = new MerkleTree();
    for (const leaf of leaves) tree.append(leaf);
    return tree;
  }

  /** Number of leaves. */
  get size(): number {
    return (this.levels[0] as TreeHash[]).length;
  }

  /** Adds the hash of a leaf. */
  append(leaf: TreeHash): void {
    let hash = leaf;
    for (let level = 0; ; level++) {
      const row = (this.levels[level] ??= []);
      row.push(hash);
      if (row.length % 2 === 1) return;
      hash = nodeHash(row[row.length - 2] as TreeHash, hash);
    }
  }

  /** Root of a complete subtree. @throws RangeError when the tree has none there */
  readonly read: ReadSubtree = (level, index) => {
    const found = this.levels[level]?.[index];
    if (found === undefined) throw new RangeError('no complete subtree there');
    return found;
  };

  /** Root of the first `size` leaves; of all when left out. @throws RangeError beyond the tree */
  root(size = this.size): TreeHash {
    if (size > this.size) throw new RangeError('the tree is smaller');
    return rootOf(size, this.read);
  }
}
