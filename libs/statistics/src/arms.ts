import type { CohortRows } from '@cohortium/federation';
import { statisticsErrors } from './errors.js';

/**
 * Two families of the same operations: `full` holds nobody out, `leaveOneSiteOut` may hold out sites. They have names of their
 * own, so that a protocol can allow one without the other.
 */
export type Family = 'full' | 'leaveOneSiteOut';

/** `statistics.x` for the full family, `loso.x` for leave-one-site-out. */
export function familyOperation(family: Family, library: string, operation: string): string {
  return `${family === 'full' ? library : 'loso'}.${operation}`;
}

/** Refuses arms that hold out a site in the full family. @throws `STATISTICS.SITE_FOLDS_REFUSED` */
export function assertFamily(family: Family, heldOut: readonly (string | null)[], operation: string): void {
  if (family === 'full' && heldOut.some((site) => site !== null))
    throw statisticsErrors.error('STATISTICS.SITE_FOLDS_REFUSED', { operation });
}

/** Index of a site among the rows' sites, or -1. */
export function siteNumber(rows: CohortRows, site: string | null): number {
  return site === null ? -1 : rows.sites.findIndex((s) => s === site);
}
