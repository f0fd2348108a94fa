import { startTestPostgres } from '@cohortium/testkit';
import type { TestPostgres } from '@cohortium/testkit';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isTransientDatabaseError, openDatabase } from './data-source.js';

class Good1000000000000 implements MigrationInterface {
  readonly name = 'Good1000000000000';
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create table kept (n int)');
  }
  async down(): Promise<void> {}
}

class Bad2000000000000 implements MigrationInterface {
  readonly name = 'Bad2000000000000';
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create table half_done (n int)');
    await runner.query('create table kept (n int)');
  }
  async down(): Promise<void> {}
}

describe('openDatabase', () => {
  let server: TestPostgres;
  beforeAll(async () => void (server = await startTestPostgres()));
  afterAll(() => server.stop());
  const open = (url: string, over: object = {}) => openDatabase({ url, applicationName: 'spec', entities: [], migrations: [], ...over });

  it.each(['', 'postgres://host', 'mysql://a:b@host/db', 'secret'])('refuses the URL %j without showing it', async (url) => {
    const refused = await open(url).catch((error: unknown) => error as Error);
    expect(refused).toMatchObject({ code: 'PERSISTENCE.BAD_URL' });
    if (url !== '') expect(JSON.stringify([refused, String((refused as Error).stack), (refused as Error).cause])).not.toContain(url);
  });

  it('waits for a server that is starting', async () => {
    const url = await server.createDatabase('starting');
    await server.kill();
    const reasons: string[] = [];
    const opening = open(url, { onWait: (reason: string) => reasons.push(reason) });
    await expect.poll(() => reasons.length).toBeGreaterThan(1);
    await server.restart();
    await (await opening).destroy();
    expect(reasons).toContain('ECONNREFUSED');
  });

  it('gives up after the time it was given, with a typed error that holds no password', async () => {
    const url = new URL(server.adminUrl);
    url.port = '1';
    const failed = await open(url.href, { waitMs: 300 }).catch((error: unknown) => error as Error);
    expect(failed).toMatchObject({ code: 'PERSISTENCE.UNREACHABLE', exit: 5 });
    expect((failed as Error).message).not.toContain(url.password);
  });

  it.each([
    ['a wrong password', (url: URL) => (url.password = 'wrong'), '28P01'],
    ['a database that does not exist', (url: URL) => (url.pathname = '/none'), '3D000'],
  ])('tells %s at once', async (_, change, reason) => {
    const url = new URL(server.adminUrl);
    change(url);
    await expect(open(url.href)).rejects.toMatchObject({ code: 'PERSISTENCE.REFUSED', params: { reason } });
  });

  it('leaves nothing half-done when a migration fails', async () => {
    const url = await server.createDatabase('migrated');
    await (await open(url, { migrations: [Good1000000000000] })).destroy();
    await expect(open(url, { migrations: [Good1000000000000, Bad2000000000000] })).rejects.toMatchObject({
      code: 'PERSISTENCE.MIGRATION_FAILED',
      params: { reason: '42P07' },
    });
    const source = await open(url);
    expect(await source.query("select to_regclass('half_done') as half, to_regclass('kept')::text as kept")).toEqual([
      { half: null, kept: 'kept' },
    ]);
    await source.destroy();
  });

  it('tells failures that pass from those that do not', async () => {
    const url = await server.createDatabase('failures');
    const source = await open(url);
    const failure = (sql: string) =>
      source.query(sql).then(
        () => undefined,
        (error: unknown) => error,
      );
    expect(isTransientDatabaseError(await failure('select * from no_such_table'))).toBe(false);
    expect(isTransientDatabaseError(await failure('select 1 / 0'))).toBe(false);
    await server.kill();
    expect(isTransientDatabaseError(await failure('select 1'))).toBe(true);
    await server.restart();
    expect(isTransientDatabaseError(new Error('something else'))).toBe(false);
    await source.destroy();
  });
});
