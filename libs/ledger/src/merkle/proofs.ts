import { emptyRoot, equalHashes, nodeHash } from './hash.js';
import type { TreeHash } from './hash.js';
import { rangeHash, splitOf } from './merkle-tree.js';
import type { ReadSubtree } from './merkle-tree.js';

/**
 * Audit path of leaf `index` in the tree of the first `size` leaves, from the leaf upwards (RFC 9162 section 2.1.3.1).
 * @throws RangeError unless 0 <= index < size
 */
export function inclusionProof(index: number, size: number, read: ReadSubtree): TreeHash[] {
  if (!(index >= 0 && index < size)) throw new RangeError('the leaf is not in the tree');
  return path(index, 0, size, read);
}

function path(index: number, start: number, count: number, read: ReadSubtree): TreeHash[] {
  if (count === 1) return [];
  const split = splitOf(count);
  if (index < split) return [...path(index, start, split, read), rangeHash(start + split, count - split, read)];
  return [...path(index - split, start + split, count - split, read), rangeHash(start, split, read)];
}

/**
 * Proof that the tree of the first `from` leaves is the beginning of the tree of the first `to` (RFC 9162 section 2.1.4.1). Empty where
 * there is nothing to prove: between equal sizes, and from the tree without leaves.
 * @throws RangeError unless 0 <= from <= to
 */
export function consistencyProof(from: number, to: number, read: ReadSubtree): TreeHash[] {
  if (!(from >= 0 && from <= to)) throw new RangeError('the earlier tree is larger');
  return from === 0 || from === to ? [] : subproof(from, 0, to, true, read);
}

/** `isOld`: the subtree is the whole earlier tree, whose root the receiver knows. */
function subproof(from: number, start: number, count: number, isOld: boolean, read: ReadSubtree): TreeHash[] {
  if (from === count) return isOld ? [] : [rangeHash(start, count, read)];
  const split = splitOf(count);
  if (from <= split) return [...subproof(from, start, split, isOld, read), rangeHash(start + split, count - split, read)];
  return [...subproof(from - split, start + split, count - split, false, read), rangeHash(start, split, read)];
}

/** What an inclusion proof is held against. */
export interface InclusionClaim {
  /** Hash of the leaf. */
  readonly leaf: TreeHash;
  readonly index: number;
  readonly size: number;
  readonly root: TreeHash;
}

/** True when the proof shows that the leaf stands at its index in the tree with this root (RFC 9162 section 2.1.3.2). Never throws. */
export function verifyInclusion({ leaf, index, size, root }: InclusionClaim, proof: readonly TreeHash[]): boolean {
  if (!isSize(size) || !isSize(index) || index >= size) return false;
  let fn = index;
  let sn = size - 1;
  let hash = leaf;
  for (const step of proof) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      hash = nodeHash(step, hash);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [fn / 2, Math.floor(sn / 2)];
    } else hash = nodeHash(hash, step);
    [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  }
  return sn === 0 && equalHashes(hash, root);
}

/** What a consistency proof is held against. */
export interface ConsistencyClaim {
  readonly from: { readonly size: number; readonly root: TreeHash };
  readonly to: { readonly size: number; readonly root: TreeHash };
}

/** True when the proof shows that the later tree begins with the earlier one (RFC 9162 section 2.1.4.2). Never throws. */
export function verifyConsistency({ from, to }: ConsistencyClaim, proof: readonly TreeHash[]): boolean {
  if (!isSize(from.size) || !isSize(to.size) || from.size > to.size) return false;
  if (from.size === 0) return proof.length === 0 && equalHashes(from.root, emptyRoot);
  if (from.size === to.size) return proof.length === 0 && equalHashes(from.root, to.root);
  const steps = isPowerOfTwo(from.size) ? [from.root, ...proof] : [...proof];
  let fn = from.size - 1;
  let sn = to.size - 1;
  while (fn % 2 === 1) [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  const first = steps[0];
  if (first === undefined) return false;
  let [older, newer] = [first, first];
  for (const step of steps.slice(1)) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      older = nodeHash(step, older);
      newer = nodeHash(step, newer);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [fn / 2, Math.floor(sn / 2)];
    } else newer = nodeHash(newer, step);
    [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  }
  return sn === 0 && equalHashes(older, from.root) && equalHashes(newer, to.root);
}

function isSize(size: number): boolean {
  return Number.isSafeInteger(size) && size >= 0;
}

function isPowerOfTwo(size: number): boolean {
  return 2 * splitOf(size) === size || size === 1;
}
