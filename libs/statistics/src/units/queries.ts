import type { Arm, Federation, RosterScope, SumQuery } from '@cohortium/federation';
import type { Family } from '../arms.js';
import { cellsQuery } from './cells-query.js';
import type { CellCounts, CellParams } from './cells-query.js';
import { jointCellsQuery } from './joint-query.js';
import type { JointParams } from './joint-query.js';
import { unitMomentsQuery } from './moments-query.js';
import type { ArmSums, UnitMomentParams } from './moments-query.js';
import { productsQuery } from './products-query.js';
import type { ArmProducts, ProductParams } from './products-query.js';
import { scoresQuery } from './scores-query.js';
import type { ScoreParams } from './scores-query.js';
import type { UnitSource } from './units.js';

/** The sums over units of one source: what every descriptive statistic of this library is made of. */
export interface UnitQueries<R> {
  readonly source: UnitSource<R>;
  readonly moments: SumQuery<UnitMomentParams<R>, ArmSums[]>;
  readonly cells: SumQuery<CellParams<R>, CellCounts[]>;
  readonly products: SumQuery<ProductParams<R>, ArmProducts[]>;
  readonly scores: SumQuery<ScoreParams<R>, Float64Array[]>;
  readonly jointCells: SumQuery<JointParams<R>, Float64Array[][]>;
}

/**
 * The queries over a source: `statistics.<prefix>-moments@1` and so on, `loso.` for the family that may hold out a site.
 * @param prefix what the units are called in operation names: `column`, `pair`
 */
export function unitQueries<R>(family: Family, prefix: string, source: UnitSource<R>): UnitQueries<R> {
  return {
    source,
    moments: unitMomentsQuery(family, prefix, source),
    cells: cellsQuery(family, prefix, source),
    products: productsQuery(family, prefix, source),
    scores: scoresQuery(family, prefix, source),
    jointCells: jointCellsQuery(family, prefix, source),
  };
}

/** What a program over units needs: where to ask, and the analyses that travel side by side. */
export interface UnitProgram<R> {
  readonly federation: Federation;
  readonly queries: UnitQueries<R>;
  readonly scope: RosterScope;
  readonly arms: readonly Arm<R>[];
}
