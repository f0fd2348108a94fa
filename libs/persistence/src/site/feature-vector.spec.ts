import { sha256 } from '@cohortium/kernel';
import { startTestPostgres } from '@cohortium/testkit';
import type { TestPostgres } from '@cohortium/testkit';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../data-source.js';
import { FeatureVectorRepository } from './feature-vector.repository.js';
import { siteEntities, siteMigrations } from './tables.js';

let postgres: TestPostgres;
let source: DataSource;
let vectors: FeatureVectorRepository;

beforeAll(async () => {
  postgres = await startTestPostgres();
  const url = await postgres.createDatabase('vectors');
  source = await openDatabase({ url, applicationName: 'spec', entities: siteEntities, migrations: siteMigrations });
  vectors = new FeatureVectorRepository(source);
});
afterAll(async () => {
  await source.destroy();
  await postgres.stop();
});

const record = (participant: string, plan: string, value: number) => ({
  caseKey: sha256(`${participant} ${plan}`),
  participant,
  inputSha256: sha256(participant),
  planSha256: sha256(plan),
  extractorSha256: sha256('program'),
  vectorSha256: sha256(String(value)),
  document: JSON.stringify({ features: [{ name: 'f', value }] }),
  extractedAt: new Date('2026-01-01T00:00:00Z'),
});

describe('features of cases in the database of a site', () => {
  it('are found by what they follow from, with every digit, and listed by plan and participant', async () => {
    await vectors.add(record('P2', 'plan', 0.1 + 0.2));
    await vectors.add(record('P1', 'plan', 1e-300));
    await vectors.add(record('P1', 'other plan', 3));
    expect(await vectors.find(sha256('P2 plan'))).toEqual(record('P2', 'plan', 0.1 + 0.2));
    expect(await vectors.find(sha256('P3 plan'))).toBeUndefined();
    const found = await vectors.ofPlan(sha256('plan'), sha256('program'));
    expect(found.map(({ participant }) => participant)).toEqual(['P1', 'P2']);
  });

  it('stand once they are kept: another vector for the same case does not take their place', async () => {
    const kept = await vectors.add(record('P1', 'plan', 7));
    expect(kept.vectorSha256).toBe(sha256(String(1e-300)));
  });
});
