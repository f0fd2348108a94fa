import { normalTwoSided } from '@cohortium/numerics';
import { normalQuantile975 } from '../normal-interval.js';
import type { Interval } from '../normal-interval.js';
import type { JointCounts } from '../score-sums/joint-query.js';
import type { ProbabilitySums } from '../score-sums/probability-sums-query.js';

/** A difference with its test. */
export interface ReclassificationFigure {
  readonly estimate: number;
  readonly standardError: number;
  readonly interval: Interval | null;
  readonly z: number;
  readonly p: number;
}

/** Net reclassification of a new model against an old one, events and others apart. */
export interface NetReclassification {
  readonly eventsUp: number;
  readonly eventsDown: number;
  readonly othersUp: number;
  readonly othersDown: number;
  /** P(up | event) - P(down | event). */
  readonly ofEvents: ReclassificationFigure;
  /** P(down | no event) - P(up | no event). */
  readonly ofOthers: ReclassificationFigure;
  /** Their sum, which has no unit; see the caveat. */
  readonly total: ReclassificationFigure;
}

/** Why these figures are given on request only. */
export const reclassificationCaveat =
  'Net reclassification and integrated discrimination improvement can reward a miscalibrated or useless model; read events and non-events apart and prefer the difference in net benefit and in log loss (Pepe, Fan, Feng, Gerds & Hilden 2015, doi 10.1007/s12561-014-9118-0; Kerr et al. 2014, doi 10.1097/EDE.0000000000000018).';

/**
 * Categorical net reclassification improvement from the cross tables of risk categories, old model in rows.
 * Source: Pencina, D'Agostino, D'Agostino & Vasan 2008, doi 10.1002/sim.2929; variances: the multinomial ones of Pencina, D'Agostino & Steyerberg 2011, doi 10.1002/sim.4085.
 */
export function netReclassification({ rows, columns, positives, negatives }: JointCounts): NetReclassification {
  const moved = (counts: Float64Array) => {
    let up = 0;
    let down = 0;
    let n = 0;
    for (let a = 0; a < rows; a++) {
      for (let b = 0; b < columns; b++) {
        const count = counts[a * columns + b] as number;
        n += count;
        if (b > a) up += count;
        if (b < a) down += count;
      }
    }
    return { up, down, n };
  };
  const events = moved(positives);
  const others = moved(negatives);
  const variance = ({ up, down, n }: typeof events) => ((up + down) / n - ((up - down) / n) ** 2) / n;
  const ofEvents = (events.up - events.down) / events.n;
  const ofOthers = (others.down - others.up) / others.n;
  return {
    eventsUp: events.up,
    eventsDown: events.down,
    othersUp: others.up,
    othersDown: others.down,
    ofEvents: figure(ofEvents, variance(events)),
    ofOthers: figure(ofOthers, variance(others)),
    total: figure(ofEvents + ofOthers, variance(events) + variance(others)),
  };
}

/** Sums over participants of the difference of two probabilities, new less old, in one class. */
export interface DifferenceSums {
  readonly participants: number;
  readonly first: number;
  readonly second: number;
}

/** Integrated discrimination improvement: how much further apart the mean probabilities of the classes are. */
export interface IntegratedDiscrimination {
  /** Mean increase among events. */
  readonly ofEvents: ReclassificationFigure;
  /** Mean decrease among the others. */
  readonly ofOthers: ReclassificationFigure;
  readonly total: ReclassificationFigure;
}

/** IDI from paired differences, which keep the correlation of the models. Source: Pencina et al. 2008, doi 10.1002/sim.2929. */
export function integratedDiscrimination(events: DifferenceSums, others: DifferenceSums): IntegratedDiscrimination {
  const up = events.first / events.participants;
  const down = -others.first / others.participants;
  return {
    ofEvents: figure(up, varianceOfMean(events)),
    ofOthers: figure(down, varianceOfMean(others)),
    total: figure(up + down, varianceOfMean(events) + varianceOfMean(others)),
  };
}

function varianceOfMean({ participants: n, first, second }: DifferenceSums): number {
  return n > 1 ? Math.max(0, second - (first * first) / n) / (n - 1) / n : NaN;
}

/** Discrimination slope: mean probability of events less that of the others. */
export function discriminationSlope({ participants, events, p, pOfEvents }: ProbabilitySums): number {
  return pOfEvents / events - (p - pOfEvents) / (participants - events);
}

function figure(estimate: number, variance: number): ReclassificationFigure {
  const standardError = Math.sqrt(variance);
  const z = estimate / standardError;
  const exists = standardError > 0 && Number.isFinite(z);
  return {
    estimate,
    standardError,
    interval: exists ? { low: estimate - normalQuantile975 * standardError, high: estimate + normalQuantile975 * standardError } : null,
    z: exists ? z : NaN,
    p: exists ? normalTwoSided(z) : NaN,
  };
}
