import { openDatabase } from '@cohortium/persistence';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestPostgres } from './postgres.js';
import type { TestPostgres } from './postgres.js';

describe('startTestPostgres', () => {
  let server: TestPostgres;
  beforeAll(async () => void (server = await startTestPostgres()));
  afterAll(() => server.stop());

  it('gives each role a database that another role cannot enter', async () => {
    const own = await server.createDatabase('site-A');
    const other = new URL(await server.createDatabase('site-B'));
    const trespass = new URL(own);
    trespass.username = other.username;
    trespass.password = other.password;
    await expect(openDatabase({ url: trespass.href, applicationName: 'spec', entities: [], migrations: [] })).rejects.toMatchObject({
      code: 'PERSISTENCE.REFUSED',
    });
    const source = await openDatabase({ url: own, applicationName: 'spec', entities: [], migrations: [] });
    await source.destroy();
  });

  it('keeps committed rows over a crash', async () => {
    const url = await server.createDatabase('crash');
    const source = await openDatabase({ url, applicationName: 'spec', entities: [], migrations: [] });
    await source.query('create table kept (n int)');
    await source.query('insert into kept values (7)');
    await server.kill();
    await expect(source.query('select 1')).rejects.toThrow();
    await server.restart();
    expect(await source.query('select n from kept')).toEqual([{ n: 7 }]);
    await source.destroy();
  });
});
