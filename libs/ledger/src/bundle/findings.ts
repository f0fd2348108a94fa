import type { Leaf } from '../leaf.js';

/** What can be wrong with a bundle: a closed list, each with its sentence in the catalog of the command line. */
export const findingRules = [
  'notCanonical',
  'rosterForm',
  'logUnknown',
  'leafForm',
  'leafOtherStudy',
  'leafAltered',
  'leafMissing',
  'leafAdded',
  'checkpointForm',
  'checkpointSignature',
  'checkpointRoot',
  'checkpointOrder',
  'leafUnsigned',
  'cosignatureUnknown',
  'cosignatureWrong',
  'notWitnessed',
  'protocolDiffers',
  'leafNotOfThisLog',
  'notApproved',
  'clauseUnknown',
  'clauseOperation',
  'clauseKind',
  'clauseScope',
  'clauseSites',
  'clauseBytes',
  'clauseCount',
  'releasedTwice',
  'unmaskedTwice',
  'unmaskedWithoutAnswer',
  'unmaskedPartly',
  'unmaskMissing',
  'roundOrder',
  'runUnknown',
  'contributionMissing',
  'contributionDiffers',
  'answerNotCommitted',
  'byteTotals',
  'lockTwice',
  'lockMissing',
  'openingProof',
  'openingMissing',
  'openingLate',
  'modelDiffers',
  'resultsDiffer',
  'citationWrong',
  'frameMissing',
  'frameDiffers',
  'frameUnknown',
  'totalDiffers',
  'scienceDiffers',
  'seal',
  'roster',
  'freshness',
] as const;
/** One of {@link findingRules}. */
export type FindingRule = (typeof findingRules)[number];

/** Something that is wrong, and where. */
export interface Finding {
  readonly rule: FindingRule;
  /** Name of the log, where the finding belongs to one. */
  readonly log: string | null;
  /** Place of the leaf in its log, from 0. */
  readonly index: number | null;
  readonly type: Leaf['type'] | null;
}

/** Where something is. */
export interface Place {
  readonly log?: string;
  readonly index?: number;
  readonly type?: Leaf['type'];
}

/** Collects what is wrong, in the order in which it is found. */
export class Findings {
  readonly list: Finding[] = [];

  add(rule: FindingRule, { log = undefined, index = undefined, type = undefined }: Place = {}): void {
    this.list.push({ rule, log: log ?? null, index: index ?? null, type: type ?? null });
  }
}
