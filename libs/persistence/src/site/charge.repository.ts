import type { BudgetEntry, Spending } from '@cohortium/privacy';
import { privacyErrors } from '@cohortium/privacy';
import type { DataSource } from 'typeorm';
import { relaxed } from './commit-statement.js';

/** A cohort as its site remembers it: tokens that mean nothing elsewhere. */
export interface CohortRecord {
  /** SHA-256 of the rows. */
  readonly snapshot: string;
  readonly study: string;
  /** One token per participant, the same in every study. */
  readonly members: readonly string[];
  /** One token per participant and everything in their rows, in the order of {@link members}. */
  readonly rowTokens: readonly string[];
}

/** One release as it is charged. */
export interface ChargeRecord extends BudgetEntry {
  readonly operation: string;
  readonly clauseId: string;
}

/** What has left of which people. Rows are only ever added. */
export class SiteChargeRepository {
  constructor(private readonly source: DataSource) {}

  /** Remembers a cohort; the same snapshot again changes nothing. Durable before it resolves. */
  async rememberCohort({ snapshot, study, members, rowTokens }: CohortRecord): Promise<void> {
    await this.source.query(
      'insert into site_cohort (snapshot, study, members, row_tokens) values ($1, $2, $3, $4) on conflict (snapshot) do nothing',
      [snapshot, study, members, rowTokens],
    );
  }

  /** Snapshots from which anything left, or was about to. */
  async chargedSnapshots(): Promise<readonly string[]> {
    const rows: { snapshot: string }[] = await this.source.query('select distinct snapshot from site_charge order by snapshot');
    return rows.map(({ snapshot }) => snapshot);
  }

  /** A remembered cohort. */
  async findCohort(snapshot: string): Promise<CohortRecord | undefined> {
    const rows: { study: string; members: string[]; row_tokens: string[] }[] = await this.source.query(
      'select study, members, row_tokens from site_cohort where snapshot = $1',
      [snapshot],
    );
    const found = rows[0];
    return found && { snapshot, study: found.study, members: found.members, rowTokens: found.row_tokens };
  }

  /** True where a release has been paid. */
  async isCharged(releaseKey: string): Promise<boolean> {
    const rows: unknown[] = await this.source.query('select 1 from site_charge where release_key = $1', [releaseKey]);
    return rows.length > 0;
  }

  /** What was spent on some snapshots together. */
  async spentOn(snapshots: readonly string[]): Promise<Spending> {
    const rows: { releases: number; exact_releases: number; bytes: string; rho: number }[] = await this.source.query(
      `select count(*)::int as releases, count(*) filter (where exact)::int as exact_releases,
         coalesce(sum(byte_count), 0)::text as bytes, coalesce(sum(rho order by release_key), 0)::float8 as rho
       from site_charge where snapshot = any($1)`,
      [snapshots],
    );
    const { releases, exact_releases: exactReleases, bytes, rho } = rows[0] as (typeof rows)[number];
    return { releases, exactReleases, bytes: Number(bytes), rho };
  }

  /**
   * Pays for a release before it is made. On the disk no later than whatever is committed next, since the server's log has one order; the
   * same release again changes nothing.
   * @throws `PRIVACY.BUDGET_CONTRADICTED` when the record knows the key with another cost
   */
  async charge({ releaseKey, snapshot, study, operation, clauseId, bytes, rho, exact }: ChargeRecord): Promise<void> {
    const rows: { same: boolean }[] = await this.source.query(
      `${relaxed}, added as (
         insert into site_charge (release_key, snapshot, study, operation, clause_id, byte_count, rho, exact)
         select $1, $2, $3, $4, $5, $6, $7::float8, $8 from relaxed on conflict (release_key) do nothing returning 1)
       select true as same from added
       union all
       select snapshot = $2 and byte_count = $6 and rho = $7::float8 and exact = $8 from site_charge where release_key = $1`,
      [releaseKey, snapshot, study, operation, clauseId, bytes, rho, exact],
    );
    if (!rows.every(({ same }) => same)) throw privacyErrors.error('PRIVACY.BUDGET_CONTRADICTED', { study });
  }
}
