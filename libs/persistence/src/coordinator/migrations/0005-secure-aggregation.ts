import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Legs of secure aggregation. */
export class CoordinatorSecureAggregation1764300005000 implements MigrationInterface {
  readonly name = 'CoordinatorSecureAggregation1764300005000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['masked_round', 'masking_reply', 'key_batch']) await runner.query(`drop table ${table}`);
  }
}

const statements = [
  `create table key_batch (
     run varchar(32) not null references run,
     batch int not null,
     scope_hash char(64) not null,
     batch_json text not null,
     set_count int not null,
     used int not null default 0 check (used <= set_count),
     primary key (run, batch))`,
  // What sites said in each leg, the first reply of each; round 0 in the legs of a batch.
  `create table masking_reply (
     run varchar(32) not null references run,
     batch int not null,
     round int not null,
     leg varchar(8) not null check (leg in ('keys', 'shares', 'held', 'unmask')),
     site varchar(32) not null,
     said_json text not null,
     received_at timestamptz not null,
     primary key (run, batch, round, leg, site))`,
  // Which key set masks a round; fixed before any site is asked.
  `create table masked_round (
     run varchar(32) not null references run,
     round int not null,
     attempt int not null,
     batch int not null,
     key_set int not null,
     primary key (run, round, attempt),
     unique (run, batch, key_set))`,
  // Only where frames are kept: with these, anybody opens the sums again.
  `create table masked_opening (
     run varchar(32) not null references run,
     round int not null,
     batch int not null,
     sum_json text not null,
     seeds_json text not null,
     primary key (run, round))`,
];
