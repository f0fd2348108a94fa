import { startTestPostgres } from '@cohortium/testkit';
import type { TestPostgres } from '@cohortium/testkit';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../data-source.js';
import { SiteChargeRepository } from './charge.repository.js';
import { siteEntities, siteMigrations } from './tables.js';

let postgres: TestPostgres;
let source: DataSource;
let charges: SiteChargeRepository;

beforeAll(async () => {
  postgres = await startTestPostgres();
  const url = await postgres.createDatabase('charges');
  source = await openDatabase({
    url,
    applicationName: 'test',
    entities: siteEntities,
    migrations: siteMigrations,
    poolSize: 2,
    onWait: () => undefined,
  });
  charges = new SiteChargeRepository(source);
}, 120_000);
afterAll(async () => {
  await source?.destroy();
  await postgres?.stop();
});

const hex = (digit: string) => digit.repeat(64);
const cohort = (snapshot: string, ...members: string[]) => ({
  snapshot,
  study: 'her2',
  members,
  rowTokens: members.map((m) => `row ${m}`),
});
const charge = (key: string, snapshot: string, changes: object = {}) => ({
  releaseKey: hex(key),
  snapshot,
  study: 'her2',
  operation: 'statistics.first-moments@1',
  clauseId: 'preparation',
  bytes: 100,
  rho: 0.125,
  exact: false,
  ...changes,
});

describe('SiteChargeRepository', () => {
  it('remembers cohorts, the first telling of a snapshot', async () => {
    await charges.rememberCohort(cohort(hex('a'), 'p1', 'p2'));
    await charges.rememberCohort(cohort(hex('a'), 'other'));
    await charges.rememberCohort(cohort(hex('b'), 'p2', 'p3'));
    expect(await charges.findCohort(hex('a'))).toEqual(cohort(hex('a'), 'p1', 'p2'));
    expect(await charges.findCohort(hex('c'))).toBeUndefined();
    expect(await charges.chargedSnapshots()).toEqual([]);
  });

  it('charges a release once, and sums by snapshot', async () => {
    await charges.charge(charge('1', hex('a')));
    await charges.charge(charge('1', hex('a')));
    await charges.charge(charge('2', hex('a'), { rho: 0, exact: true, bytes: 50 }));
    await charges.charge(charge('3', hex('b'), { rho: 0.5 }));
    expect(await charges.chargedSnapshots()).toEqual([hex('a'), hex('b')]);
    expect(await charges.spentOn([hex('a')])).toEqual({ releases: 2, exactReleases: 1, bytes: 150, rho: 0.125 });
    expect(await charges.spentOn([hex('a'), hex('b')])).toEqual({ releases: 3, exactReleases: 1, bytes: 250, rho: 0.625 });
    expect(await charges.spentOn([hex('f')])).toEqual({ releases: 0, exactReleases: 0, bytes: 0, rho: 0 });
    expect([await charges.isCharged(hex('1')), await charges.isCharged(hex('9'))]).toEqual([true, false]);
  });

  it.each([{ bytes: 99 }, { rho: 0.25 }, { exact: true }, { snapshot: hex('b') }])(
    'refuses another cost under a known key: %j',
    async (change) => {
      await expect(charges.charge(charge('1', hex('a'), change))).rejects.toMatchObject({ code: 'PRIVACY.BUDGET_CONTRADICTED' });
      expect((await charges.spentOn([hex('a'), hex('b')])).releases).toBe(3);
    },
  );

  it('charges nothing of a cohort that it does not know', async () => {
    await expect(charges.charge(charge('4', hex('d')))).rejects.toThrow();
    expect(await charges.isCharged(hex('4'))).toBe(false);
  });
});
