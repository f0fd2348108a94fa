import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What has left of which people: cohorts as tokens, and the cost of every release, both append-only. */
export class SiteReleaseBudget1764300003000 implements MigrationInterface {
  readonly name = 'SiteReleaseBudget1764300003000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['site_charge', 'site_cohort']) await runner.query(`drop table ${table}`);
  }
}

const statements = [
  `create table site_cohort (
     snapshot char(64) primary key,
     study varchar(32) not null,
     members text[] not null,
     row_tokens text[] not null,
     seen_at timestamptz not null default now())`,
  // No foreign key to site_release: a release is paid before it is made, so that a crash in between never leaves one unpaid.
  `create table site_charge (
     release_key char(64) primary key,
     snapshot char(64) not null references site_cohort,
     study varchar(32) not null,
     operation varchar(80) not null,
     clause_id varchar(64) not null,
     byte_count int not null check (byte_count >= 0),
     rho double precision not null check (rho >= 0),
     exact boolean not null,
     charged_at timestamptz not null default now())`,
  `create index site_charge_snapshot on site_charge (snapshot)`,
];
