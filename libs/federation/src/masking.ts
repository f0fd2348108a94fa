import type { SiteId } from '@cohortium/kernel';
import type { RoundRequest } from './rounds.js';

/**
 * Secure aggregation of one round whose sites are all in this process; implemented in libs/privacy. Between the two calls every site has
 * masked its vector, so that no single one can be read and their sum is off by {@link remaining}.
 */
export interface Masking {
  /** Whether this round is masked: what the clause of its operation says, never what a message says. */
  applies(request: RoundRequest): boolean;
  /**
   * Masked frames of the vectors that the gates released, one for each site of the scope. The same round asked again is a new attempt.
   * @throws an error of the implementation for a scope that cannot be masked
   */
  mask(request: RoundRequest, vectors: ReadonlyMap<SiteId, Uint8Array>): ReadonlyMap<SiteId, Uint8Array>;
  /** What is to be taken off the sum of the frames, as words of the query; every site has agreed to reveal it. */
  remaining(request: RoundRequest): Uint8Array;
}
