import { validationErrors } from './errors.js';

/**
 * Scores closer than this tie: on the probability scale, so that doubles that differ in the last bits (one table against many
 * sites, TypeScript against ONNX) rank, round and cross a threshold alike.
 */
export const scoreTieBand = 1e-9;

/**
 * Borders lowered by the tie band, so that a score which equals a border up to its last bits lies in the cell above it everywhere. A
 * model without coefficients predicts the prevalence, which is a border as often as not.
 * @param scale width of the range of the scores; 1 for probabilities
 */
export function bandedBorders(borders: readonly number[] | Float64Array, scale = 1): Float64Array {
  return Float64Array.from(borders, (border) => border - scoreTieBand * scale);
}

/**
 * Asserts that outcomes are 0 or 1 and scores finite, one of each per participant.
 * @throws `VALIDATION.BAD_SCORES`
 */
export function assertScores(operation: string, outcome: Float64Array, scores: Float64Array): void {
  const refuse = (reason: string) => validationErrors.error('VALIDATION.BAD_SCORES', { operation, reason });
  if (outcome.length !== scores.length) throw refuse(`${scores.length} scores for ${outcome.length} outcomes`);
  for (let i = 0; i < outcome.length; i++) {
    if (outcome[i] !== 0 && outcome[i] !== 1) throw refuse('an outcome is neither 0 nor 1');
    if (!Number.isFinite(scores[i])) throw refuse('a score is not a finite number');
  }
}

/**
 * As {@link assertScores}, for probabilities.
 * @throws `VALIDATION.BAD_SCORES`
 */
export function assertProbabilities(operation: string, outcome: Float64Array, probabilities: Float64Array): void {
  assertScores(operation, outcome, probabilities);
  for (const p of probabilities) {
    if (p < 0 || p > 1) throw validationErrors.error('VALIDATION.BAD_SCORES', { operation, reason: 'a probability lies outside 0 to 1' });
  }
}

/** How many outcomes are 1 and how many 0. */
export function classCounts(outcome: Float64Array): { readonly positives: number; readonly negatives: number } {
  let positives = 0;
  for (const y of outcome) positives += y;
  return { positives, negatives: outcome.length - positives };
}
