import type { Sha256, SiteId } from '@cohortium/kernel';

/** How candidates became participants, by site: counts without names. */
export interface CohortFlow {
  readonly site: SiteId;
  /** Rows of the feature table before any exclusion. */
  readonly candidates: number;
  readonly exclusions: readonly { readonly reason: string; readonly count: number }[];
}

/**
 * Eligible participants as a query sees them: numbers without identifiers. One site's rows at a site; the stacked table of all
 * sites in the pooled twin, where `siteIndex` keeps batches, strata and site folds apart.
 */
export interface CohortRows {
  /** Number of participants. */
  readonly rowCount: number;
  /** Feature names in protocol order; columns of {@link features}. */
  readonly featureNames: readonly string[];
  /** Row-major `rowCount x featureNames.length`, raw units; NaN is a missing cell. */
  readonly features: Float64Array;
  /** Endpoint, 0 or 1, by row. */
  readonly outcome: Float64Array;
  /**
   * Clinical covariates by column name, by row. Categories are their codes 0, 1, ... in the order of levels that the parameters name.
   * NaN is a missing cell; a study excludes such participants before any sum.
   */
  readonly covariates: Readonly<Record<string, Float64Array>>;
  /** Participant fold of each row, for `foldCount` folds under a seed; stratified by outcome within a site. */
  folds(foldCount: number, seed: string): Int32Array;
  /** Sites present, in ascending order of code. */
  readonly sites: readonly SiteId[];
  /** Index into {@link sites} of each row; rows of one site are contiguous and in this order. */
  readonly siteIndex: Int32Array;
  /** Rows of one participant share a number (repeated measurements); a number of one site means nothing at another. */
  readonly participantIndex: Int32Array;
  /** What was left out before these rows, by site; absent where the table says nothing of it. */
  readonly flow?: readonly CohortFlow[];
  /** SHA-256 of the data this was made from: the frozen snapshot. */
  readonly snapshot: Sha256;
  /** SHA-256 of `participant,probability` lines in row order: commits to predictions without showing them. */
  digestPredictions(probabilities: Float64Array, from: number, to: number): Sha256;
  /** Remembers derived values (a prepared matrix) by key; a pure cache that holds the last few. */
  memo<T>(key: string, compute: () => T): T;
}

/** Contiguous rows of one site. */
export interface SiteSlice {
  readonly site: SiteId;
  readonly from: number;
  readonly to: number;
}

/** The rows of each site, in ascending order of site code. */
export function siteSlices(rows: CohortRows): SiteSlice[] {
  const slices: SiteSlice[] = [];
  let from = 0;
  rows.sites.forEach((site, index) => {
    let to = from;
    while (to < rows.rowCount && rows.siteIndex[to] === index) to++;
    slices.push({ site, from, to });
    from = to;
  });
  return slices;
}
