export { federationErrors } from './errors.js';
export { siteSlices } from './rows.js';
export type { CohortFlow, CohortRows, SiteSlice } from './rows.js';
export { columnOf, hasColumn } from './columns.js';
export { operationName } from './query.js';
export type { AnyQuery, Figure, QueryParams, RosterScope, RowSubset, SumQuery, SummaryQuery, Total, ValueCounts } from './query.js';
export type { Federation } from './federation.js';
export {
  addFixedPoint,
  bytesToWords,
  countWords,
  decodeFixedPoint,
  encodeFixedPoint,
  encodedBytes,
  scoreWords,
  statisticWords,
  subtractFixedPoint,
  wideWords,
  wordBytes,
} from './fixed-point.js';
export type { WordFormat } from './fixed-point.js';
export { draftAnswer, parseParams, releaseKey, requestHash } from './site-answer.js';
export type { ClipGrid, Dominance, Draft, Protection, SiteRequest } from './site-answer.js';
export { participantViews } from './participant-views.js';
export { packSummary, sizeClass, unpackSummary } from './size-class.js';
export { withheldReasons } from './gate.js';
export type {
  CohortHistory,
  CohortMembers,
  Gate,
  GateOutcome,
  ReleaseBudget,
  ReleaseHistory,
  ReleasedContent,
  WithheldReason,
} from './gate.js';
export { PooledFederation } from './pooled.js';
export type { SiteGate, StackRows } from './pooled.js';
export { MemoryJournal, RoundFederation } from './rounds.js';
export type { Exchange, RoundRequest, RunJournal, SiteAnswer } from './rounds.js';
export { SimulatedExchange, simulatedFederation } from './simulated.js';
export type { AnswerObserver, Provenance, SimulatedSite } from './simulated.js';
export type { Masking } from './masking.js';
export { frozenSchema, vectorSchema } from './param-schemas.js';
export { armSchema } from './design.js';
export type { Arm, Design, DesignOf } from './design.js';
export { chainHead, chainNext, chainStart } from './provenance/chain.js';
export type { PublishedTotal } from './provenance/chain.js';
export { flawOfTotal } from './provenance/check-total.js';
export type { OwnContribution, TotalFlaw } from './provenance/check-total.js';
export { RunReplay } from './provenance/replay.js';
export type { ReplayPoint } from './provenance/replay.js';
