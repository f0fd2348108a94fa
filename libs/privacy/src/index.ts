export { privacyErrors } from './errors.js';
export { Released } from './released.js';
export type { ReleaseFields } from './released.js';
export { createGate } from './gate.js';
export type { GateOptions } from './gate.js';
export { secureAggregationErrors } from './secure-aggregation/errors.js';
export type { RosterKeys, SecretRandom, SiteSigner } from './secure-aggregation/ports.js';
export { scopeHash, maskScopeOf, minMaskedSites, placeOf, sitesOf, thresholdOf } from './secure-aggregation/scope.js';
export type { ScopeMember, MaskScope } from './secure-aggregation/scope.js';
export { newSigner, rosterOf, signerOf } from './secure-aggregation/ed25519.js';
export type { KeyPairSigner } from './secure-aggregation/ed25519.js';
export { batchHash, checkOffers, keysHash, maxSetCount, offerBytes, seedCommitment } from './secure-aggregation/key-set.js';
export type { KeyBatch, KeyOffer, PublicKeySet } from './secure-aggregation/key-set.js';
export type { MaskPlace, RosterRule, SumBinding } from './secure-aggregation/pairwise-mask.js';
export { unmaskHash } from './secure-aggregation/statements.js';
export type { MaskedStatement, RevealedShare, SurvivorSignature, UnmaskReply, UnmaskRequest } from './secure-aggregation/statements.js';
export { holdShares, maskInput, offerKeys, shareSecrets, spend } from './secure-aggregation/site-machine.js';
export type { HeldShares, MaskInput, ShareBox, SiteBatch, SiteKeySet } from './secure-aggregation/site-machine.js';
export { agreeOnSurvivors, unmask } from './secure-aggregation/unmask.js';
export type { UnmaskParts, UnmaskRecord } from './secure-aggregation/unmask.js';
export {
  addAgreement,
  addBoxes,
  addMasked,
  addOffer,
  addReply,
  allOffers,
  boxesFor,
  collectBatch,
  collectSum,
  placeOfSum,
  unmaskRequest,
} from './secure-aggregation/collector-machine.js';
export type { CollectedBatch, CollectedSum } from './secure-aggregation/collector-machine.js';
export { openSecrets, remainingMasks } from './secure-aggregation/opening.js';
export type { OpenedSecrets } from './secure-aggregation/opening.js';
export { SimulatedMasking, defaultSetCount } from './secure-aggregation/simulated-masking.js';
export type { MaskingTally, SimulatedMaskingOptions } from './secure-aggregation/simulated-masking.js';
export { maskRelease, readSignedFrame, rosterKeysOf } from './secure-aggregation/masked-release.js';
export type { SignedFrame } from './secure-aggregation/masked-release.js';
export { keysOf } from './secure-aggregation/site-machine.js';
export { protectionOf } from './protection.js';
export { budgetRefuses, foldBudget, nothingSpent, spentOn } from './budget/budget.js';
export type { BudgetEntry, BudgetLimits, BudgetState, Spending } from './budget/budget.js';
export { rhoOf } from './rules/noise.js';
export { spansFewerThan } from './rules/cohort-span.js';
export { calibrateSigma, releaseRho, reportEpsilon } from './differential-privacy/accounting.js';
export type { EpsilonReport, GaussianReleases } from './differential-privacy/accounting.js';
export { noiseGrid } from './differential-privacy/grid.js';
export type { NoiseClause, NoiseGrid } from './differential-privacy/grid.js';
