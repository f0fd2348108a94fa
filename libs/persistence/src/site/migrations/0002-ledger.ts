import type { MigrationInterface, QueryRunner } from 'typeorm';
import { ledgerTables, ledgerTablesDown } from '../../ledger/ledger-tables.js';

/** The ledger of a site. */
export class SiteLedger1764300000000 implements MigrationInterface {
  readonly name = 'SiteLedger1764300000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...ledgerTables, opening]) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of ['drop table ledger_opening', ...ledgerTablesDown]) await runner.query(statement);
  }
}

/** Values behind salted commitments: they stay here, and open a leaf to whoever the site shows them. */
const opening = `create table ledger_opening (
     commitment char(64) primary key,
     value_json text not null,
     salt bytea not null check (length(salt) = 32))`;
