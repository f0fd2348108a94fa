import type { ErrorEntry, MessageParams } from '@cohortium/kernel';
import type { CaseDocument } from '@cohortium/radiomics';

/** Why a case is not looked at yet. */
export type WaitingReason = 'conflict' | 'notReleased' | 'arriving' | 'severalStudies' | 'noRegion';

/** A participant of the tray. No field identifies anybody outside of the tray. */
export interface TrayCase {
  readonly caseId: string;
  /** Hash of everything that its features follow from. */
  readonly fingerprint: string;
  readonly waiting: WaitingReason | null;
}

/** What the tray holds. */
export interface TrayOverview {
  readonly objects: number;
  readonly rejected: number;
  /** Open conflicts by kind. */
  readonly conflicts: Readonly<Record<string, number>>;
  readonly cases: readonly TrayCase[];
}

/** What the extraction thread is asked. */
export type ExtractionRequest =
  { readonly type: 'look' } | { readonly type: 'extract'; readonly caseId: string; readonly fingerprint: string };

/** What it answers. */
export type ExtractionReply =
  | { readonly type: 'overview'; readonly overview: TrayOverview }
  /** `leftOut`: objects that could not be de-identified, by reason. */
  | { readonly type: 'extracted'; readonly document: CaseDocument; readonly leftOut: Readonly<Record<string, number>> }
  /** The case has changed since it was listed. */
  | { readonly type: 'changed' }
  | { readonly type: 'failed'; readonly code: string; readonly entry: ErrorEntry; readonly params: MessageParams }
  | { readonly type: 'unexpected'; readonly place: string };
