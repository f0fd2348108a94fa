import {
  harmonizedDesign,
  harmonizedSchema,
  columnCountOf,
  imputationSchema,
  imputedDesign,
  preparationSchema,
  preparedDesign,
} from '@cohortium/learning';
import { combatQueries } from '@cohortium/harmonization';
import type { CombatQueries } from '@cohortium/harmonization';
import type { Harmonized, Imputation, Preparation } from '@cohortium/learning';
import type { AnyQuery, SumQuery } from '@cohortium/federation';
import { operationName } from '@cohortium/federation';
import {
  designMomentsQuery,
  elasticNetQueries,
  characteristicSumsQuery,
  characteristicsQuery,
  eligibilityQuery,
  flowQuery,
  gridCountsQuery,
  momentQueries,
  rankCountsQuery,
} from '@cohortium/statistics';
import type {
  DesignMomentParams,
  ColumnMoments,
  ElasticNetQueries,
  Family,
  GridCounts,
  GridCountsParams,
  MomentQueries,
  RankCountsParams,
  UnitQueries,
} from '@cohortium/statistics';
import { selectionQueries } from './selection-queries.js';
import type { SelectionRecipe } from './selection-queries.js';
import { externalQueries, externalScoreQueries } from './validation-queries.js';
import { heldOutQueries, heldOutScoreQueries } from './held-out-queries.js';
import { evaluationQueries } from './evaluation/evaluate.js';
import { studyComponentProducts, studySiteDifferences, studySiteEllipses } from './site-differences-query.js';
import { methods } from './methods/registry.js';

/** The queries that fit a study's model, of one family. */
export interface FitQueries {
  readonly family: Family;
  readonly moments: MomentQueries;
  readonly gridCounts: SumQuery<GridCountsParams, GridCounts[]>;
  readonly rankCounts: SumQuery<RankCountsParams, Float64Array[]>;
  readonly combat: CombatQueries<Imputation>;
  readonly designMoments: SumQuery<DesignMomentParams<Harmonized>, ColumnMoments[]>;
  readonly selection: UnitQueries<SelectionRecipe>;
  readonly elasticNet: ElasticNetQueries<Preparation>;
}

function fitQueries(family: Family): FitQueries {
  return {
    family,
    moments: momentQueries(family),
    gridCounts: gridCountsQuery(family),
    rankCounts: rankCountsQuery(family),
    combat: combatQueries(family, imputedDesign, imputationSchema, columnCountOf),
    designMoments: designMomentsQuery(family, harmonizedDesign, harmonizedSchema),
    selection: selectionQueries(family),
    elasticNet: elasticNetQueries(family, preparedDesign, preparationSchema),
  };
}

/** Queries of the study's own fit; nobody is held out. */
export const fullQueries = fitQueries('full');
/** The same under names of their own, for leave-one-site-out. */
export const leaveOneSiteOutQueries = fitQueries('leaveOneSiteOut');

function queriesOf(fit: FitQueries): AnyQuery[] {
  return [
    fit.moments.first,
    fit.moments.centered,
    fit.gridCounts,
    fit.rankCounts,
    fit.combat.crossProducts,
    fit.combat.location,
    fit.designMoments,
    fit.selection.moments,
    fit.selection.products,
    fit.elasticNet.gram,
    fit.elasticNet.gradient,
    fit.elasticNet.deviance,
  ];
}

/** Every operation of this release by `operation@version`: sites run nothing else. */
export const catalogue: ReadonlyMap<string, AnyQuery> = new Map(
  [
    eligibilityQuery,
    flowQuery,
    characteristicsQuery,
    characteristicSumsQuery,
    ...queriesOf(fullQueries),
    studySiteDifferences,
    studyComponentProducts,
    studySiteEllipses,
    ...queriesOf(leaveOneSiteOutQueries),
    ...Object.values(externalQueries),
    ...Object.values(heldOutQueries),
    ...evaluationQueries(externalScoreQueries),
    ...evaluationQueries(heldOutScoreQueries),
    ...[...methods.values()].flatMap(({ leaves }) => leaves.map(({ query }) => query)),
  ].map((query) => [operationName(query), query as AnyQuery]),
);
