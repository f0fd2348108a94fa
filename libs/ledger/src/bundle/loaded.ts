import type { Leaf, LeafOf } from '../leaf.js';
import type { MerkleTree } from '../merkle/merkle-tree.js';
import type { SignedCheckpoint } from '../note/checkpoint.js';
import type { VerifierKey } from '../note/keys.js';
import type { Place } from './findings.js';

/** A checkpoint of a bundle with the names of the witnesses whose right cosignature it bears. */
export interface LoadedCheckpoint extends SignedCheckpoint {
  readonly cosigners: readonly string[];
}

/** A log of a bundle whose leaves could be read. */
export interface LoadedLog {
  readonly origin: string;
  /** Code of the site; null for the coordinator. */
  readonly site: string | null;
  readonly key: VerifierKey;
  readonly leaves: readonly Leaf[];
  readonly tree: MerkleTree;
  /** Other sites of the study. */
  readonly witnesses: readonly VerifierKey[];
  readonly checkpoints: readonly LoadedCheckpoint[];
}

/** A leaf with its place. */
export interface PlacedLeaf<L extends Leaf = Leaf> {
  readonly leaf: L;
  readonly place: Required<Place>;
}

/** Leaves of some types, in order. */
export function leavesOf<Type extends Leaf['type']>(log: LoadedLog, ...types: readonly Type[]): PlacedLeaf<LeafOf<Type>>[] {
  const wanted: readonly string[] = types;
  const found: PlacedLeaf<LeafOf<Type>>[] = [];
  for (const [index, leaf] of log.leaves.entries())
    if (wanted.includes(leaf.type)) found.push({ leaf: leaf as LeafOf<Type>, place: { log: log.origin, index, type: leaf.type } });
  return found;
}
