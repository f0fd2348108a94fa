import { statisticWords } from '@cohortium/federation';
import type { SumQuery } from '@cohortium/federation';
import { ln, log1p, logit } from '@cohortium/numerics';
import { z } from 'zod';
import { validationErrors } from '../errors.js';
import { takesPart } from './score-source.js';
import type { ScoreSource, ScoredRows } from './score-source.js';
import { addTo, count, sourceQuery } from './source-query.js';
import type { SourceParams } from './source-query.js';

/** Parameters of {@link probabilitySumsQuery}. */
export interface ProbabilitySumsParams<S> extends SourceParams<S> {
  readonly entryCount: number;
}

/** Sums over the participants of an entry whose scores p are probabilities. */
export interface ProbabilitySums {
  readonly participants: number;
  readonly events: number;
  /** Participants whose p is exactly 0 or 1, and the events among them. They have no finite linear predictor. */
  readonly infinite: number;
  readonly infiniteEvents: number;
  /** Participants with p = 0 and the event, or p = 1 without it: their log loss is infinite. */
  readonly impossible: number;
  readonly p: number;
  readonly pOfEvents: number;
  readonly p2: number;
  readonly p2OfEvents: number;
  /** Sum of (p - y)^2. */
  readonly squaredError: number;
  /** Sum of (p - y)^4. */
  readonly fourthPower: number;
  /** Minus the log-likelihood of p, without the impossible ones. */
  readonly logLoss: number;
  /** Sum of (y - p)(1 - 2p), the numerator of Spiegelhalter's statistic. */
  readonly spiegelhalter: number;
  /** Sum of (1 - 2p)^2 p (1 - p), its variance. */
  readonly spiegelhalterVariance: number;
  /** Sums of the finite linear predictors ln(p / (1 - p)) and of their squares. */
  readonly linearPredictor: number;
  readonly linearPredictor2: number;
}

const names = [
  'participants',
  'events',
  'infinite',
  'infiniteEvents',
  'impossible',
  'p',
  'pOfEvents',
  'p2',
  'p2OfEvents',
  'squaredError',
  'fourthPower',
  'logLoss',
  'spiegelhalter',
  'spiegelhalterVariance',
  'linearPredictor',
  'linearPredictor2',
] as const satisfies readonly (keyof ProbabilitySums)[];

/**
 * Everything about probabilities that is one sum: Brier score with interval, log loss, observed / expected, mean p by class,
 * Spiegelhalter's z, and where the linear predictor lies.
 * @throws `VALIDATION.NOT_PROBABILITIES` at a site with a score outside [0, 1]
 */
export function probabilitySumsQuery<S>(source: ScoreSource<S>): SumQuery<ProbabilitySumsParams<S>, readonly ProbabilitySums[]> {
  return sourceQuery<S, ProbabilitySumsParams<S>, readonly ProbabilitySums[]>(source, {
    name: 'probability-sums',
    words: statisticWords,
    shape: { entryCount: z.int().min(0).max(65_536) },
    length: ({ entryCount }) => names.length * entryCount,
    add: (out, entries, { entryCount }) =>
      entries.slice(0, entryCount).forEach((entry, k) => addEntry(out.subarray(names.length * k, names.length * (k + 1)), entry)),
    read: (total, { entryCount }) =>
      Array.from(
        { length: entryCount },
        (_, k) => Object.fromEntries(names.map((name, j) => [name, total[names.length * k + j]])) as unknown as ProbabilitySums,
      ),
  });
}

/** {@link ProbabilitySums} of one entry at one place. @throws `VALIDATION.NOT_PROBABILITIES` */
export function probabilitySumsOf(entry: ScoredRows): ProbabilitySums {
  const out = new Float64Array(names.length);
  addEntry(out, entry);
  return Object.fromEntries(names.map((name, j) => [name, out[j]])) as unknown as ProbabilitySums;
}

function addEntry(out: Float64Array, entry: ScoredRows): void {
  for (let i = 0; i < entry.score.length; i++) {
    if (!takesPart(entry, i)) continue;
    const p = entry.score[i] as number;
    if (p < 0 || p > 1) throw validationErrors.error('VALIDATION.NOT_PROBABILITIES');
    addPerson(out, p, entry.outcome[i] as number);
  }
}

function addPerson(out: Float64Array, p: number, y: number): void {
  const error = y - p;
  const square = error * error;
  count(out, 0);
  addTo(out, 1, y);
  addTo(out, 5, p);
  addTo(out, 6, y * p);
  addTo(out, 7, p * p);
  addTo(out, 8, y * p * p);
  addTo(out, 9, square);
  addTo(out, 10, square * square);
  addTo(out, 12, error * (1 - 2 * p));
  addTo(out, 13, (1 - 2 * p) ** 2 * p * (1 - p));
  if (p === 0 || p === 1) {
    count(out, 2);
    addTo(out, 3, y);
    if (p !== y) count(out, 4);
    return;
  }
  addTo(out, 11, y === 1 ? -ln(p) : -log1p(-p));
  const lp = logit(p);
  addTo(out, 14, lp);
  addTo(out, 15, lp * lp);
}
