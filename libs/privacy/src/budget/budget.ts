import { privacyErrors } from '../errors.js';

/** One release as the budget sees it. */
export interface BudgetEntry {
  readonly releaseKey: string;
  /** The data it was computed from. */
  readonly snapshot: string;
  readonly study: string;
  readonly bytes: number;
  /** Cost of its noise; 0 for a release without noise, which is counted as exact instead. */
  readonly rho: number;
  readonly exact: boolean;
}

/** What has been spent. */
export interface Spending {
  readonly releases: number;
  readonly exactReleases: number;
  readonly bytes: number;
  readonly rho: number;
}

/** What a site allows; null is no limit. */
export interface BudgetLimits {
  readonly maxReleases: number | null;
  readonly maxExactReleases: number | null;
  readonly maxBytes: number | null;
  readonly maxRho: number | null;
}

/** Nothing spent. */
export const nothingSpent: Spending = Object.freeze({ releases: 0, exactReleases: 0, bytes: 0, rho: 0 });

/** All that left a site, folded: only ever grows. */
export interface BudgetState {
  readonly bySnapshot: ReadonlyMap<string, Spending>;
  /** Entries by release key: a release is paid once, however often it is sent. */
  readonly entries: ReadonlyMap<string, BudgetEntry>;
}

/**
 * Folds entries, oldest first, into what was spent. An entry whose release key is known changes nothing.
 * @throws `PRIVACY.BUDGET_CONTRADICTED` for a known key with another cost: the record has been changed
 */
export function foldBudget(entries: Iterable<BudgetEntry>, from: BudgetState = { bySnapshot: new Map(), entries: new Map() }): BudgetState {
  const bySnapshot = new Map(from.bySnapshot);
  const known = new Map(from.entries);
  for (const entry of entries) {
    const earlier = known.get(entry.releaseKey);
    if (earlier) {
      if (!sameEntry(earlier, entry)) throw privacyErrors.error('PRIVACY.BUDGET_CONTRADICTED', { study: entry.study });
      continue;
    }
    assertCost(entry);
    known.set(entry.releaseKey, entry);
    bySnapshot.set(entry.snapshot, addSpending(bySnapshot.get(entry.snapshot) ?? nothingSpent, entry));
  }
  return { bySnapshot, entries: known };
}

/** What was spent on some snapshots together: those whose cohorts share participants. */
export function spentOn(state: BudgetState, snapshots: Iterable<string>): Spending {
  let sum = nothingSpent;
  for (const snapshot of new Set(snapshots)) {
    const { releases, exactReleases, bytes, rho } = state.bySnapshot.get(snapshot) ?? nothingSpent;
    sum = {
      releases: sum.releases + releases,
      exactReleases: sum.exactReleases + exactReleases,
      bytes: sum.bytes + bytes,
      rho: sum.rho + rho,
    };
  }
  return sum;
}

/** True where a further release would exceed a limit, or where its cost is not a cost. */
export function budgetRefuses(spent: Spending, cost: Pick<BudgetEntry, 'bytes' | 'rho' | 'exact'>, limits: BudgetLimits): boolean {
  if (!isCost(cost.bytes) || !isCost(cost.rho)) return true;
  const after = addSpending(spent, cost);
  const within = (value: number, limit: number | null) => limit === null || value <= limit;
  return !(
    within(after.releases, limits.maxReleases) &&
    within(after.exactReleases, limits.maxExactReleases) &&
    within(after.bytes, limits.maxBytes) &&
    within(after.rho, limits.maxRho)
  );
}

function addSpending(spent: Spending, { bytes, rho, exact }: Pick<BudgetEntry, 'bytes' | 'rho' | 'exact'>): Spending {
  return {
    releases: spent.releases + 1,
    exactReleases: spent.exactReleases + (exact ? 1 : 0),
    bytes: spent.bytes + bytes,
    rho: spent.rho + rho,
  };
}

function sameEntry(a: BudgetEntry, b: BudgetEntry): boolean {
  return a.snapshot === b.snapshot && a.study === b.study && a.bytes === b.bytes && a.rho === b.rho && a.exact === b.exact;
}

function assertCost({ bytes, rho, study }: BudgetEntry): void {
  if (!isCost(bytes) || !isCost(rho)) throw privacyErrors.error('PRIVACY.BUDGET_CONTRADICTED', { study });
}

function isCost(value: number): boolean {
  return Number.isFinite(value) && value >= 0;
}
