import type { ChargeRecord, CohortRecord, SiteChargeRepository } from '@cohortium/persistence';
import { foldBudget, nothingSpent, spentOn } from '@cohortium/privacy';
import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../review/policy.js';
import { ReleaseBook } from './release-book.js';

/** The record in memory, by the reducer that defines what a budget is. */
class MemoryCharges implements Pick<SiteChargeRepository, keyof SiteChargeRepository> {
  readonly cohorts = new Map<string, CohortRecord>();
  readonly entries: ChargeRecord[] = [];
  rememberCohort(cohort: CohortRecord) {
    if (!this.cohorts.has(cohort.snapshot)) this.cohorts.set(cohort.snapshot, cohort);
    return Promise.resolve();
  }
  chargedSnapshots = () => Promise.resolve([...new Set(this.entries.map(({ snapshot }) => snapshot))]);
  findCohort = (snapshot: string) => Promise.resolve(this.cohorts.get(snapshot));
  isCharged = (key: string) => Promise.resolve(this.entries.some(({ releaseKey }) => releaseKey === key));
  spentOn = (snapshots: readonly string[]) => Promise.resolve(spentOn(foldBudget(this.entries), snapshots));
  charge(entry: ChargeRecord) {
    foldBudget([...this.entries, entry]);
    this.entries.push(entry);
    return Promise.resolve();
  }
}

const policyOf = (budget: string) => ({ read: () => Promise.resolve(parsePolicy(`budget: ${budget}`)) });
const bookOf = (charges: MemoryCharges, budget = '{}') => new ReleaseBook(charges as unknown as SiteChargeRepository, policyOf(budget));
const cohort = (snapshot: string, members: readonly string[], changed: readonly string[] = []) => ({
  snapshot,
  participantCount: members.length,
  extractionProblem: undefined,
  members,
  rowTokens: members.map((m) => (changed.includes(m) ? `${m} changed` : m)),
});
const charged = (snapshot: string, key: string): ChargeRecord => ({
  releaseKey: key,
  snapshot,
  study: 'x',
  operation: 'o@1',
  clauseId: 'c',
  bytes: 10,
  rho: 0.5,
  exact: false,
});
const people = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `p${from + i}`);

describe('ReleaseBook', () => {
  it('tells of earlier cohorts that share people, of no other, and not of itself', async () => {
    const charges = new MemoryCharges();
    for (const [name, members] of [
      ['old', people(0, 10)],
      ['far', people(50, 60)],
      ['own', people(1, 12)],
    ] as const)
      await charges.rememberCohort({ ...cohort(name, members), study: 'x' });
    for (const name of ['old', 'far', 'own']) await charges.charge(charged(name, name));
    const { cohorts } = await bookOf(charges).past('x', cohort('own', people(1, 12)));
    expect(cohorts.own).toEqual(new Set(people(1, 12)));
    expect(cohorts.released).toEqual([new Set(people(0, 10))]);
    expect(cohorts.changedRows).toBeNull();
  });

  it('a cohort that was only looked at is no history', async () => {
    const charges = new MemoryCharges();
    const book = bookOf(charges);
    await book.past('x', cohort('old', people(0, 10)));
    expect((await book.past('x', cohort('new', people(1, 10)))).cohorts.released).toEqual([]);
  });

  it('counts the rows that changed where the people are the same', async () => {
    const charges = new MemoryCharges();
    await charges.rememberCohort({ ...cohort('old', people(0, 10)), study: 'x' });
    await charges.charge(charged('old', 'k'));
    const changed = async (rows: readonly string[]) =>
      (await bookOf(charges).past('x', cohort(`new${rows.length}`, people(0, 10), rows))).cohorts.changedRows;
    expect([await changed([]), await changed(['p3']), await changed(people(0, 7))]).toEqual([0, 1, 7]);
  });

  it('sums what was spent on the same people, over studies, where a limit asks for it', async () => {
    const charges = new MemoryCharges();
    for (const [name, members] of [
      ['old', people(0, 10)],
      ['far', people(50, 60)],
    ] as const)
      await charges.rememberCohort({ ...cohort(name, members), study: 'x' });
    await charges.charge(charged('old', 'a'));
    await charges.charge(charged('old', 'b'));
    await charges.charge(charged('far', 'c'));
    const own = cohort('own', people(9, 20));
    expect((await bookOf(charges, '{maxRho: 2}').past('x', own)).budget).toEqual({
      spent: { releases: 2, exactReleases: 0, bytes: 20, rho: 1 },
      limits: { maxReleases: null, maxExactReleases: null, maxBytes: null, maxRho: 2 },
    });
    expect((await bookOf(charges).past('x', own)).budget.spent).toEqual(nothingSpent);
  });

  it('fails closed where a release has lost its cohort', async () => {
    const charges = new MemoryCharges();
    await charges.charge(charged('lost', 'a'));
    await expect(bookOf(charges).past('x', cohort('own', people(0, 9)))).rejects.toThrow(RangeError);
  });
});
