import { addFixedPoint } from '@cohortium/federation';
import type { Draft, WithheldReason } from '@cohortium/federation';
import type { Clause } from '@cohortium/protocol';
import { releaseRho } from '../differential-privacy/accounting.js';
import { noiseGrid } from '../differential-privacy/grid.js';
import { drawNoise, honestSites, noiseSeed, noiseWords } from '../differential-privacy/noise.js';

/** How the sums of a site reach others. */
export interface Masking {
  /** True where this site masks the words of a clause that demands it, so that nobody reads them alone. */
  readonly sumsAreMasked: boolean;
}

/** Sites whose noise a site may count on: itself alone where its own words can be read. */
function honestOf(clause: Clause, draft: Pick<Draft, 'scope'>, { sumsAreMasked }: Masking): number {
  return honestSites(draft.scope.sites.length, sumsAreMasked && clause.secureAggregation === 'required');
}

/** What releasing a draft costs in rho; 0 under a clause without noise. */
export function rhoOf(clause: Clause, draft: Pick<Draft, 'format' | 'length' | 'scope'>, masking: Masking): number {
  const { dp } = clause;
  if (dp === null || draft.format === undefined || draft.length === undefined) return 0;
  return releaseRho(dp, noiseGrid(dp, draft.format), honestOf(clause, draft, masking), draft.length);
}

/**
 * The words of a draft as they may leave, not to be written to: with noise where the clause says so. Contributions must have been clipped on the clause's own grid,
 * and the site must have a secret to draw from; else nothing leaves.
 * @throws errors of the fixed-point encoding
 */
export function wordsWithNoise(
  clause: Clause,
  draft: Draft,
  words: Uint8Array,
  { noiseSecret, sumsAreMasked }: Masking & { readonly noiseSecret: Uint8Array | undefined },
): Uint8Array | WithheldReason {
  const { dp } = clause;
  if (dp === null) return words;
  const { format, length, clipped } = draft;
  if (noiseSecret === undefined) return 'noiseMissing';
  if (format === undefined || length === undefined || words.length !== 4 * format.limbs * length || clipped === undefined)
    return 'notEvaluable';
  const grid = noiseGrid(dp, format);
  if (clipped.step !== grid.step || clipped.bound !== grid.bound) return 'notEvaluable';
  const honest = honestOf(clause, draft, { sumsAreMasked });
  const noise = drawNoise(dp, grid, honest, length, noiseSeed(noiseSecret, draft.releaseKey));
  const total = new Uint32Array(format.limbs * length);
  new Uint8Array(total.buffer).set(words);
  addFixedPoint(total, noiseWords(noise, grid, format, draft.operation), format);
  return new Uint8Array(total.buffer);
}
