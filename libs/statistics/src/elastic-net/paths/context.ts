import type { Federation, RosterScope } from '@cohortium/federation';
import type { Frozen } from '@cohortium/kernel';
import type { PenalizedData } from './data.js';
import type { GroupLayout } from './problem.js';

/** What all problems of a fit share. */
export interface PathContext {
  readonly federation: Federation;
  readonly scope: RosterScope;
  readonly data: Frozen<PenalizedData>;
  readonly participants: number;
  readonly weight: number;
  readonly limit: number;
  /** Whether means fit the 64-bit words of scores. */
  readonly bounded: boolean;
  readonly groups: GroupLayout | null;
  readonly tolerance: number;
  readonly maxRounds: number;
  /** Vectors that second derivatives may take for themselves in a round; 0 where they share one with the slopes. */
  readonly curvedVectors: number;
}

/** Bytes of one vector. A vector that needs more is cut into several sums. */
export const bytesPerVector = 4_900_000;

/** Elements of one vector of a context's words. */
export function elementsPerVector({ bounded }: Pick<PathContext, 'bounded'>): number {
  return Math.floor(bytesPerVector / (bounded ? 8 : 16));
}
