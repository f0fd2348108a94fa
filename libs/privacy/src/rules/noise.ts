import { addFixedPoint } from '@cohortium/federation';
import type { Draft, WithheldReason } from '@cohortium/federation';
import type { Clause } from '@cohortium/protocol';
import { releaseRho } from '../differential-privacy/accounting.js';
import { noiseGrid } from '../differential-privacy/grid.js';
import { drawNoise, honestSites, noiseSeed, noiseWords } from '../differential-privacy/noise.js';
import { protectionsIn } from './clause-protections.js';

/** Sites whose noise a site may count on, under a clause and for the sites of a draft. */
function honestOf(clause: Clause, draft: Draft): number {
  return honestSites(draft.scope.sites.length, protectionsIn(clause).secureAggregation);
}

/** What releasing a draft costs in rho; 0 under a clause without noise. */
export function rhoOf(clause: Clause, draft: Draft): number {
  const { dp } = protectionsIn(clause);
  if (dp === null || draft.format === undefined || draft.length === undefined) return 0;
  return releaseRho(dp, noiseGrid(dp, draft.format), honestOf(clause, draft), draft.length);
}

/**
 * The words of a draft as they may leave: with noise where the clause says so. Contributions must have been clipped on the clause's own grid,
 * and the site must have a secret to draw from; else nothing leaves.
 * @param secret of the site, undefined where it has none
 */
export function wordsWithNoise(
  clause: Clause,
  draft: Draft,
  words: Uint8Array,
  secret: Uint8Array | undefined,
): Uint8Array | WithheldReason {
  const { dp } = protectionsIn(clause);
  if (dp === null) return words.slice();
  const { format, length, clipped } = draft;
  if (secret === undefined) return 'noiseMissing';
  if (format === undefined || length === undefined || words.length !== 4 * format.limbs * length || clipped === undefined)
    return 'notEvaluable';
  const grid = noiseGrid(dp, format);
  if (clipped.step !== grid.step || clipped.bound !== grid.bound) return 'notEvaluable';
  const noise = drawNoise(dp, grid, honestOf(clause, draft), length, noiseSeed(secret, draft.releaseKey));
  const total = new Uint32Array(format.limbs * length);
  new Uint8Array(total.buffer).set(words);
  addFixedPoint(total, noiseWords(noise, grid, format, draft.operation), format);
  return new Uint8Array(total.buffer);
}
