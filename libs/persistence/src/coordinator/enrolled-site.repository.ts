import type { DataSource } from 'typeorm';
import { EnrolledSiteEntity } from './enrolled-site.entity.js';

/** An enrolled site. */
export type EnrolledSite = Readonly<EnrolledSiteEntity>;

/** Hospitals that may take part in studies. */
export class EnrolledSiteRepository {
  constructor(private readonly source: DataSource) {}

  /**
   * Enrolls a site, or gives an enrolled one another display name.
   * @returns `keyDiffers` when the site is enrolled with another key or the key belongs to another site: nothing was changed
   */
  async enroll(site: string, displayName: string, nkey: string, at: Date): Promise<'enrolled' | 'keyDiffers'> {
    const rows: unknown[] = await this.source.query(
      `insert into enrolled_site (site, display_name, nkey, enrolled_at)
       select $1::varchar, $2::varchar, $3::varchar, $4::timestamptz
       where not exists (select 1 from enrolled_site where nkey = $3 and site <> $1)
       on conflict (site) do update set display_name = excluded.display_name where enrolled_site.nkey = excluded.nkey
       returning site`,
      [site, displayName, nkey, at],
    );
    return rows.length === 1 ? 'enrolled' : 'keyDiffers';
  }

  /** All sites by code. */
  async all(): Promise<readonly EnrolledSite[]> {
    return this.source.getRepository(EnrolledSiteEntity).find({ order: { site: 'ASC' } });
  }

  /** Those of `sites` that are not enrolled. */
  async unknown(sites: readonly string[]): Promise<readonly string[]> {
    const rows: { site: string }[] = await this.source.query('select site from enrolled_site where site = any($1::text[])', [sites]);
    const known = new Set(rows.map((row) => row.site));
    return sites.filter((site) => !known.has(site));
  }

  /** Notes what a site said about itself. False when it is not enrolled under this key. */
  async hello(site: string, nkey: string, release: string, operations: readonly string[], at: Date): Promise<boolean> {
    const result = await this.source
      .getRepository(EnrolledSiteEntity)
      .update({ site, nkey }, { release, operations: [...operations], helloAt: at });
    return result.affected === 1;
  }
}
