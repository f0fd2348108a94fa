import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Features of cases with what they came from. */
export class SiteFeatureVectors1764300006000 implements MigrationInterface {
  readonly name = 'SiteFeatureVectors1764300006000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table site_feature_vector (
      case_key char(64) primary key,
      participant varchar(128) not null,
      input_sha256 char(64) not null,
      plan_sha256 char(64) not null,
      extractor_sha256 char(64) not null,
      vector_sha256 char(64) not null,
      document text not null,
      extracted_at timestamptz not null)`);
    await runner.query('create index site_feature_vector_plan on site_feature_vector (plan_sha256, extractor_sha256, participant)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table site_feature_vector');
  }
}
