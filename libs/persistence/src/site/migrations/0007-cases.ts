import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What became of each case of the tray when it was last looked at. */
export class SiteCases1764300007000 implements MigrationInterface {
  readonly name = 'SiteCases1764300007000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table site_case (
      case_id char(32) primary key,
      fingerprint char(64) not null,
      case_key char(64) references site_feature_vector (case_key),
      reason varchar(64),
      decided_at timestamptz not null,
      check ((case_key is null) <> (reason is null)))`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table site_case');
  }
}
