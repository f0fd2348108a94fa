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

  it('belong to cases: each has the vector of its present images, or the reason why it has none', async () => {
    const at = new Date('2026-02-01T00:00:00Z');
    const note = (name: string, caseKey: string | null, reason: string | null) =>
      vectors.note({ caseId: sha256(name).slice(0, 32), fingerprint: sha256(`${name} ${caseKey}`), caseKey, reason, decidedAt: at });
    const present = async () => (await vectors.ofCases(sha256('plan'), sha256('program'))).map(({ participant }) => participant);
    await note('one', sha256('P2 plan'), null);
    await note('two', null, 'CASES.NO_FEATURES');
    expect(await present()).toEqual(['P2']);
    // Something came: another vector takes the place of the one before, which stays in its table.
    await note('one', sha256('P1 plan'), null);
    await note('two', sha256('P1 other plan'), null);
    expect(await present()).toEqual(['P1']);
    expect(await vectors.cases()).toHaveLength(2);
    expect(await vectors.find(sha256('P2 plan'))).toBeDefined();
    // No vector without a row of its own, and never both a vector and a reason, or neither.
    await expect(note('three', sha256('nothing'), null)).rejects.toThrow();
    await expect(note('three', null, null)).rejects.toThrow();
  });
});
