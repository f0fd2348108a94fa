import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Keys, bindings and records of secure aggregation. */
export class SiteSecureAggregation1764300005000 implements MigrationInterface {
  readonly name = 'SiteSecureAggregation1764300005000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table site_task drop column frame_key');
    for (const table of ['site_unmask', 'site_key_set', 'site_key_batch']) await runner.query(`drop table ${table}`);
  }
}

const statements = [
  // Secrets of one run; erased when it is closed.
  `create table site_key_batch (
     run varchar(32) not null,
     batch int not null,
     asked char(64) not null,
     state_json text not null,
     primary key (run, batch))`,
  `create table site_key_set (
     run varchar(32) not null,
     batch int not null,
     key_set int not null,
     state_json text not null,
     primary key (run, batch, key_set),
     foreign key (run, batch) references site_key_batch on delete cascade)`,
  // Never erased: a round that was unmasked once stays closed.
  `create table site_unmask (
     run varchar(32) not null,
     round int not null,
     vector_id varchar(32) not null,
     request char(64) not null,
     record_json text not null,
     unmasked_at timestamptz not null,
     primary key (run, round, vector_id))`,
  // The masked frame that left for a task, beside the frozen vector under its release key.
  `alter table site_task add column frame_key char(64) references site_release`,
  `create index site_task_frame on site_task (frame_key) where frame_key is not null`,
];
