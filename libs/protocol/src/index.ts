export { protocolErrors } from './errors.js';
export { protocolSchema, protocolSchemaVersion } from './schema.js';
export { clinicalColumns, clinicalInputs } from './clinical-inputs.js';
export type { ClinicalInput } from './clinical-inputs.js';
export type {
  Characteristic,
  Clause,
  ClinicalPredictor,
  CombatSettings,
  Criterion,
  FeatureSelector,
  ModelSpec,
  Protocol,
} from './schema.js';
export type { SelectionRule } from './schema.js';
export { checkProtocol, findClause, lintProtocol, parseProtocol, protocolHash } from './parse.js';
export { clauseTime, unreachableClauses, windowOf } from './lint-clauses.js';
export type { UnreachableClause } from './lint-clauses.js';
export { keyFingerprint, keyId, publicKeyText, readHeader, signerRoles } from './signing/header.js';
export type { DetachedSignature, SignatureHeader, SignerRole } from './signing/header.js';
export { checkSignature, signDocument } from './signing/sign.js';
export type { PersonJwk, SignatureCheck, Statement } from './signing/sign.js';
export {
  addSignature,
  amend,
  checkSignatures,
  isSignedProtocol,
  mergeSigned,
  parseSignedProtocol,
  standingOf,
  unsignedProtocol,
} from './signing/signed-protocol.js';
export type { CheckedSignature, KnownSigner, SignedProtocol, SignedVersion, SiteStanding } from './signing/signed-protocol.js';
export {
  assertRoster,
  checkRoster,
  keyRecord,
  parseSignedRoster,
  recordFingerprint,
  rosterFingerprint,
  rosterHash,
  rosterSchema,
  signersOf,
} from './signing/roster.js';
export type { KeyRecord, Roster, SignedRoster } from './signing/roster.js';
export { diffProtocols, tellChange } from './diff/diff.js';
export type { Effect, ProtocolChange } from './diff/diff.js';
export {
  acceptEnrollment,
  answerEnrollment,
  confirmEnrollment,
  enrollmentCode,
  enrollmentCodeBytes,
  requestEnrollment,
} from './signing/enrollment.js';
export type { EnrollmentAnswer, EnrollmentRequest } from './signing/enrollment.js';
