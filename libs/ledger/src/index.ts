export { emptyRoot, equalHashes, hashBytes, hexOf, leafHash, nodeHash, sha256Bytes } from './merkle/hash.js';
export type { TreeHash } from './merkle/hash.js';
export { CompactRange } from './merkle/compact-range.js';
export { MerkleTree, rootOf } from './merkle/merkle-tree.js';
export type { ReadSubtree } from './merkle/merkle-tree.js';
export { consistencyProof, inclusionProof, verifyConsistency, verifyInclusion } from './merkle/proofs.js';
export type { ConsistencyClaim, InclusionClaim } from './merkle/proofs.js';
export {
  entriesPath,
  entryBundle,
  entryHashes,
  maxEntryBytes,
  readEntryBundle,
  tileBytes,
  tilePath,
  tileReader,
  tileWidth,
  tilesOf,
} from './merkle/tiles.js';
export type { TileAt } from './merkle/tiles.js';
export { formatKey, keyIdOf, parseKey, signatureTypes } from './note/keys.js';
export type { SignatureType, VerifierKey } from './note/keys.js';
export { formatNote, isSignedBy, parseNote, signNote, signatureLine } from './note/note.js';
export type { NoteSignature, SignedNote } from './note/note.js';
export { checkpointText, logKey, parseCheckpoint, parseCheckpointText, signCheckpoint } from './note/checkpoint.js';
export type { Checkpoint, SignedCheckpoint } from './note/checkpoint.js';
export { cosign, cosignedAt, quorumOf, witnessKey, withCosignatures } from './note/cosignature.js';
export { judgeCheckpoint } from './note/witness.js';
export type { SeenState, WitnessRefusal, WitnessVerdict } from './note/witness.js';
export { decodeLeaf, encodeLeaf, hashOfProtocol, leafSchema, leafVersion, parseLeaf, saltedCommitment } from './leaf.js';
export type { Leaf, LeafOf } from './leaf.js';
export { openingOf } from './lock-proof.js';
export type { LockProof } from './lock-proof.js';
export { coordinatorLog, siteLog, siteOfLog } from './names.js';
export { bundleSchema, bundleVersion, parseBundle, rosterFingerprint, sealBundle, sealText } from './bundle/schema.js';
export type { Bundle, ReadBundle, RosterEntry } from './bundle/schema.js';
export { findingRules } from './bundle/findings.js';
export type { Finding, FindingRule } from './bundle/findings.js';
export type { RecomputeTotal, RoundFrames } from './bundle/check-content.js';
export { verifyBundle } from './bundle/verify.js';
export type { BundleReport, LogSummary, VerifyOptions } from './bundle/verify.js';
export { ledgerErrors } from './errors.js';
