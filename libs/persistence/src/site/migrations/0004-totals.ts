import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Totals of runs, for a site's own replay of the program. */
export class SiteTotals1764300004000 implements MigrationInterface {
  readonly name = 'SiteTotals1764300004000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table site_total (
      run varchar(32) not null,
      round int not null,
      request_hash char(64) not null,
      head char(64) not null,
      result bytea,
      flaw varchar(60),
      primary key (run, round))`);
    // Vectors hardly compress.
    await runner.query('alter table site_total alter column result set storage external');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table site_total');
  }
}
