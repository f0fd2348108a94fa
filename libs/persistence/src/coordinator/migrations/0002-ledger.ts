import type { MigrationInterface, QueryRunner } from 'typeorm';
import { ledgerTables, ledgerTablesDown } from '../../ledger/ledger-tables.js';

/** The ledger of the coordinator, with its copies of the sites' logs. */
export class CoordinatorLedger1764300000000 implements MigrationInterface {
  readonly name = 'CoordinatorLedger1764300000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...ledgerTables, closing]) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of ['drop table run_closing', ...ledgerTablesDown]) await runner.query(statement);
  }
}

/** Results of a run whose closing stands in the log and waits for its witnesses: after a crash the run closes with the same bytes. */
const closing = `create table run_closing (
     run varchar(32) primary key references run,
     results_json text not null)`;
