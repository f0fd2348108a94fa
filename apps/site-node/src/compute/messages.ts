import type { ErrorEntry, MessageParams } from '@cohortium/kernel';
import type { Derivation, ExtractionProblem, PredictionTable, StatedRequest } from '@cohortium/analysis';
import type { Draft, OwnContribution, PublishedTotal } from '@cohortium/federation';
import type { ComputeRequest } from './compute-answer.js';

/** What the main thread asks of the computation thread. Participant rows live in the latter alone. */
export type WorkerRequest =
  | { readonly id: number; readonly type: 'load'; readonly protocolHash: string; readonly protocolJson: string }
  | { readonly id: number; readonly type: 'part'; readonly sha256: string; readonly content: Uint8Array }
  | { readonly id: number; readonly type: 'compute'; readonly protocolHash: string; readonly request: ComputeRequest }
  | {
      readonly id: number;
      readonly type: 'learn';
      readonly run: string;
      readonly protocolHash: string;
      readonly total: PublishedTotal;
      readonly own: OwnContribution | undefined;
    }
  | { readonly id: number; readonly type: 'derive'; readonly run: string; readonly protocolHash: string; readonly stated: StatedRequest }
  | { readonly id: number; readonly type: 'forgetRun'; readonly run: string }
  | { readonly id: number; readonly type: 'forget' };

/** A cohort that has been read: its identity and its size, which stays at the site. */
export interface LoadedCohort {
  /** SHA-256 of the rows. */
  readonly snapshot: string;
  readonly participantCount: number;
  /** Why the features are not those that the protocol asks for; undefined where they are. */
  readonly extractionProblem: ExtractionProblem | undefined;
  /** Tokens of its participants and of their rows. */
  readonly members: readonly string[];
  readonly rowTokens: readonly string[];
}

/** An error as it crosses threads: a typed one whole, of any other the place alone. */
export type FailureReport =
  | { readonly typed: true; readonly code: string; readonly entry: ErrorEntry; readonly params: MessageParams }
  | { readonly typed: false; readonly place: string };

/** Answers of the computation thread. */
export type WorkerReply =
  | { readonly id: number; readonly type: 'loaded'; readonly cohort: LoadedCohort }
  | { readonly id: number; readonly type: 'computed'; readonly draft: Draft; readonly predictions: PredictionTable | undefined }
  | { readonly id: number; readonly type: 'learned'; readonly failure: string | undefined }
  | { readonly id: number; readonly type: 'derivation'; readonly derivation: Derivation }
  | { readonly id: number; readonly type: 'done' }
  | { readonly id: number; readonly type: 'failed'; readonly failure: FailureReport };
