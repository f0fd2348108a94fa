import type { AnyQuery } from '@cohortium/federation';
import { siteCalibrationQuery } from '../site/site-calibration.js';
import { siteDiscriminationQuery } from '../site/site-discrimination.js';
import { siteThresholdsQuery } from '../site/site-thresholds.js';
import { binSumsQuery } from './bin-sums-query.js';
import { cellsQuery } from './cells-query.js';
import { curveSumsQuery, distancesQuery } from './curve-queries.js';
import { jointQuery } from './joint-query.js';
import { countsQuery } from './counts-query.js';
import { branchesQuery, keySumsQuery } from './key-cells.js';
import { differencesQuery } from './differences-query.js';
import { placementsQuery } from './placements-query.js';
import { probabilitySumsQuery } from './probability-sums-query.js';
import { scaleQuery } from './scale-query.js';
import type { ScoreSource } from './score-source.js';
import { entryPairsQuery } from './within-site-query.js';

/** Every query that the programs of this library ask of one kind of score. */
export interface ScoreQueries<S> {
  readonly counts: ReturnType<typeof countsQuery<S>>;
  readonly scale: ReturnType<typeof scaleQuery<S>>;
  readonly cells: ReturnType<typeof cellsQuery<S>>;
  readonly branches: ReturnType<typeof branchesQuery<S>>;
  readonly keySums: ReturnType<typeof keySumsQuery<S>>;
  readonly placements: ReturnType<typeof placementsQuery<S>>;
  readonly withinSitePairs: ReturnType<typeof entryPairsQuery<S>>;
  readonly joint: ReturnType<typeof jointQuery<S>>;
  readonly differences: ReturnType<typeof differencesQuery<S>>;
  readonly probabilitySums: ReturnType<typeof probabilitySumsQuery<S>>;
  readonly binSums: ReturnType<typeof binSumsQuery<S>>;
  readonly curveSums: ReturnType<typeof curveSumsQuery<S>>;
  readonly distances: ReturnType<typeof distancesQuery<S>>;
  readonly siteDiscrimination: ReturnType<typeof siteDiscriminationQuery<S>>;
  readonly siteThresholds: ReturnType<typeof siteThresholdsQuery<S>>;
  readonly siteCalibration: ReturnType<typeof siteCalibrationQuery<S>>;
}

/** The queries of a score source, under its prefix. */
export function scoreQueries<S>(source: ScoreSource<S>): ScoreQueries<S> {
  return {
    counts: countsQuery(source),
    scale: scaleQuery(source),
    cells: cellsQuery(source),
    branches: branchesQuery(source),
    keySums: keySumsQuery(source),
    placements: placementsQuery(source),
    withinSitePairs: entryPairsQuery(source),
    joint: jointQuery(source),
    differences: differencesQuery(source),
    probabilitySums: probabilitySumsQuery(source),
    binSums: binSumsQuery(source),
    curveSums: curveSumsQuery(source),
    distances: distancesQuery(source),
    siteDiscrimination: siteDiscriminationQuery(source),
    siteThresholds: siteThresholdsQuery(source),
    siteCalibration: siteCalibrationQuery(source),
  };
}

/** All of {@link scoreQueries} as a catalogue holds them. */
export function queryList<S>(queries: ScoreQueries<S>): readonly AnyQuery[] {
  return Object.values(queries) as AnyQuery[];
}
