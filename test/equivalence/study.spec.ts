import { scienceSchema } from '@cohortium/analysis';
import type { Science } from '@cohortium/analysis';
import { MemoryJournal, RoundFederation } from '@cohortium/federation';
import type { Exchange, RunJournal } from '@cohortium/federation';
import { canonicalJson, hashJson, isAppError } from '@cohortium/kernel';
import type { Sha256 } from '@cohortium/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { madeStudy, pooled, runOver, simulated } from './study-cohorts.js';
import type { Change, MadeStudy, StudyShape } from './study-cohorts.js';

const scale = Number(process.env['COHORTIUM_TEST_SCALE'] ?? 1);
const runs = (count: number) => ({ numRuns: Math.max(1, Math.round(count * scale)) });

/** Commitments to doubles: they are of the same numbers, and differ with their last bits. */
const commitments = new Set(['modelSha256', 'onnxSha256', 'harmonizationSha256', 'predictionsSha256']);

/**
 * Compares two results: numbers within a tolerance (relative above 1), everything else the same, commitments present alike.
 * @returns the largest difference of a number
 */
function compare(found: unknown, expected: unknown, tolerance = 1e-9, path = 'science'): number {
  if (typeof expected === 'number') {
    expect(typeof found, path).toBe('number');
    const difference = Math.abs((found as number) - expected) / Math.max(1, Math.abs(expected));
    expect(difference, path).toBeLessThanOrEqual(tolerance);
    return difference;
  }
  if (expected === null || typeof expected !== 'object') {
    expect(found, path).toEqual(expected);
    return 0;
  }
  expect(Object.keys(found as object).sort(), path).toEqual(Object.keys(expected).sort());
  let largest = 0;
  for (const [key, value] of Object.entries(expected)) {
    const other = (found as Record<string, unknown>)[key];
    if (commitments.has(key)) expect(typeof other, `${path}.${key}`).toBe(typeof value);
    else largest = Math.max(largest, compare(other, value, tolerance, `${path}.${key}`));
  }
  return largest;
}

/** A result, or the code of the error instead. */
async function outcomeOf(run: () => Promise<{ science: Science }>): Promise<Science | string> {
  try {
    return (await run()).science;
  } catch (error) {
    if (isAppError(error)) return error.code;
    throw error;
  }
}

const at =
  (sites: string, columns: readonly string[], cell: (row: number) => string): Change =>
  (rows) => {
    let row = 0;
    for (const cells of rows)
      if (cells.get('site')?.startsWith(sites)) for (const column of columns) if (cells.has(column)) cells.set(column, cell(row++));
  };
/** Columns that real tables have: one constant everywhere, one constant at a hospital, one absent at another. */
const troubled: Change = (rows, role) => {
  if (role === 'clinical') return;
  const [, , first, second] = [...(rows[0] as Map<string, string>).keys()];
  rows.forEach((cells) => cells.set('flat', '0.1'));
  at('T1', [first as string], () => '3.5')(rows, role);
  at('T2', [second as string], () => '')(rows, role);
};

const shapes: fc.Arbitrary<StudyShape> = fc
  .record({
    seed: fc.nat(2 ** 32 - 1),
    training: fc.array(fc.integer({ min: 18, max: 40 }), { minLength: 3, maxLength: 6 }),
    external: fc.constantFrom([25], [25, 30, 22]),
    featureCount: fc.integer({ min: 8, max: 15 }),
    covariates: fc.constantFrom([], ['age_years'], ['age_years', 'er']),
    harmonization: fc.constantFrom<'combat' | 'none'>('combat', 'combat', 'combat', 'none'),
    median: fc.constantFrom<'smoothedMedian' | 'exactMedian'>('smoothedMedian', 'smoothedMedian', 'exactMedian'),
    wanted: fc.boolean(),
  })
  .map(({ wanted, ...shape }) => {
    const rule = shape.training.length >= 5 ? 'siteFolds' : 'finalModel';
    return { ...shape, leaveOneSiteOut: wanted && shape.training.length >= 4 ? rule : 'off' };
  });

/** Predictions that lie on a border of the score grid up to their last bits: without a tie band the knots of the curve differ. */
const onBorders: StudyShape = {
  seed: 1_760_232_148,
  training: [18, 18, 30, 27],
  external: [25],
  featureCount: 8,
  covariates: [],
  harmonization: 'combat',
  median: 'smoothedMedian',
  leaveOneSiteOut: 'finalModel',
};

describe('a federated study', () => {
  it('equals the pooled study: every number to 1e-9, the same choices, the same failures', async () => {
    let finished = 0;
    let largest = 0;
    await fc.assert(
      fc.asyncProperty(shapes, async (shape) => {
        const study = madeStudy(shape, troubled);
        const federated = await outcomeOf(() => runOver(simulated(study).federation, study));
        const expected = await outcomeOf(() => runOver(pooled(study), study));
        if (typeof expected === 'string' || typeof federated === 'string') return expect(federated).toBe(expected);
        finished++;
        for (const science of [federated, expected]) expect(scienceSchema.parse(science)).toEqual(science);
        expect(federated.features.leftOut).toContainEqual({ feature: 'flat', reason: 'constant' });
        largest = Math.max(largest, compare(federated, expected));
      }),
      { ...runs(12), examples: [[onBorders]] },
    );
    console.info(`${finished} studies, largest difference ${largest.toExponential(2)}`);
    expect(finished).toBeGreaterThan(0);
  }, 120_000);

  const standard: StudyShape = {
    seed: 11,
    training: [26, 22, 30, 24, 28],
    external: [25, 22, 24],
    featureCount: 10,
    covariates: ['age_years'],
    leaveOneSiteOut: 'siteFolds',
  };
  const study = madeStudy(standard, troubled);
  const reference = runOver(simulated(study).federation, study);

  it('is the same bytes when the sites answer in another order', async () => {
    const expected = canonicalJson((await reference).science);
    for (const order of [
      (sites: readonly string[]) => [...sites].reverse(),
      (sites: readonly string[]) => [...sites.slice(2), ...sites.slice(0, 2)],
    ]) {
      const { federation } = simulated(study, new MemoryJournal(), order as never);
      expect(canonicalJson((await runOver(federation, study)).science)).toBe(expected);
    }
  });

  it('is the same bytes after a crash at any round, and asks nothing twice', async () => {
    const { science, lockedAs } = await reference;
    const total = science.rounds;
    for (const survived of [0, 1, 7, Math.floor(total / 2), total - 3, total]) {
      const journal = new MemoryJournal();
      const dying: RunJournal = {
        find: (round) => journal.find(round),
        commit: (round, hash, result) => (round > survived ? Promise.reject(new Error('killed')) : journal.commit(round, hash, result)),
      };
      if (survived < total) await expect(runOver(simulated(study, dying).federation, study)).rejects.toThrow('killed');
      else await runOver(simulated(study, dying).federation, study);
      const { federation, exchange } = simulated(study, journal);
      const again = await runOver(federation, study);
      expect(canonicalJson(again.science)).toBe(canonicalJson(science));
      expect(again.lockedAs).toEqual(lockedAs);
      expect(exchange.asked.length).toBe(total - survived);
    }
  });

  it('counts its rounds, and begins its steps in their order', async () => {
    const { exchange, federation } = simulated(study);
    const { science, steps } = await runOver(federation, study);
    expect(science.rounds).toBe(exchange.asked.length);
    expect(steps).toEqual([
      'eligibility',
      'missingness',
      'preparation',
      'harmonization',
      'models',
      'lock',
      'external',
      'leaveOneSiteOut',
      'close',
    ]);
  });

  it('locks its model before anything but eligibility is asked of an external site', async () => {
    const { exchange, federation } = simulated(study);
    let askedBeforeLock = -1;
    const { science, locked, lockedAs } = await runOver(federation, study, () => (askedBeforeLock = exchange.asked.length));
    const external = new Set<string>(study.input.external);
    const toExternal = exchange.asked.flatMap(({ operation, sites }, k) =>
      sites.some((site) => external.has(site)) ? [{ operation, k }] : [],
    );
    expect(toExternal.filter(({ k }) => k < askedBeforeLock).map(({ operation }) => operation)).toEqual(['statistics.eligibility@1']);
    const after = toExternal.filter(({ k }) => k >= askedBeforeLock).map(({ operation }) => operation);
    // The local harmonization is committed before labels are opened.
    expect(after.slice(0, 2)).toEqual(['validation.commit-harmonization@1', 'validation.external@1']);
    expect(science.lock.modelSha256).toBe(hashJson(locked));
    expect(lockedAs).toEqual([science.lock.modelSha256]);
  });

  it('refuses at the site a model that is not the one that was locked', async () => {
    const forging = (inner: Exchange): Exchange => ({
      ask: (request) => {
        if (request.scope.name !== 'external') return inner.ask(request);
        const params = { ...(request.params as { modelSha256: Sha256 }), modelSha256: '0'.repeat(64) };
        return inner.ask({ ...request, params });
      },
    });
    const { exchange } = simulated(study);
    await expect(runOver(new RoundFederation(forging(exchange), new MemoryJournal()), study)).rejects.toMatchObject({
      code: 'STUDY.MODEL_HASH',
      exit: 6,
    });
  });

  it('gives every training participant a held-out prediction and every site its figures', async () => {
    const { science } = await reference;
    if (science.leaveOneSiteOut.state !== 'ok') throw new Error('not done');
    expect(science.leaveOneSiteOut.value.sites.map(({ site }) => site)).toEqual(science.trainingSites);
    expect(science.external.sites.map(({ site }) => site)).toEqual(['X1', 'X2', 'X3']);
    expect(science.external.pooled.state).toBe('ok');
    for (const { performance } of science.external.sites) expect(Object.keys(performance)).toEqual(['elastic-net', 'ridge']);
  });
});

describe('sites that cannot take part', () => {
  const shape: StudyShape = {
    seed: 5,
    training: [25, 25, 25, 25, 25, 3],
    external: [20, 4],
    featureCount: 9,
    leaveOneSiteOut: 'siteFolds',
  };

  it('are excluded with their reason before any sum, and the study goes on without them', async () => {
    const oneClass: Change = (rows, role) =>
      role === 'clinical' && rows.forEach((cells) => cells.get('site') === 'X1' && cells.set('her2', '0'));
    const study = madeStudy(shape, oneClass);
    const { federation, exchange } = simulated(study);
    const { science } = await runOver(federation, study);
    const verdicts = Object.fromEntries(science.eligibility.map(({ site, verdict }) => [site, verdict]));
    expect(verdicts).toMatchObject({ T1: 'eligible', T6: 'tooFew', X1: 'oneClass', X2: 'tooFew' });
    // A count below the smallest cell is not shown, not even that of an excluded site.
    expect(science.eligibility.find(({ site }) => site === 'T6')?.n).toEqual({ state: 'withheld', reason: 'smallCell' });
    expect(science.trainingSites).toEqual(['T1', 'T2', 'T3', 'T4', 'T5']);
    for (const { sites, scope } of exchange.asked.slice(1)) {
      expect(['training', 'all']).toContain(scope);
      expect(sites).toEqual(['T1', 'T2', 'T3', 'T4', 'T5']);
    }
    expect(science.external).toMatchObject({ sites: [], pooled: { state: 'not-done', reason: 'noExternalSite' } });
    compare(science, (await runOver(pooled(study), study)).science);
  });

  const refused = async (study: MadeStudy) => {
    const { federation, exchange } = simulated(study);
    let locks = 0;
    const failure: unknown = await runOver(federation, study, () => locks++).catch((error: unknown) => error);
    // Nothing but eligibility was asked, and nothing was locked: nothing is half done.
    expect(exchange.asked.map(({ operation }) => operation)).toEqual(['statistics.eligibility@1']);
    expect(locks).toBe(0);
    return failure;
  };

  it('end the study when too few remain, with exit code 7', async () => {
    const failure = await refused(madeStudy({ ...shape, minTraining: 6 }));
    expect(failure).toMatchObject({ code: 'STUDY.TOO_FEW_SITES', exit: 7, params: { eligible: 5, needed: 6, excluded: 'T6 (tooFew)' } });
  });

  it('end it before it begins when too few remain to leave one out', async () => {
    const failure = await refused(madeStudy({ ...shape, training: [25, 25, 25, 25, 3] }));
    expect(failure).toMatchObject({ code: 'STUDY.LOSO_TOO_FEW_SITES', exit: 7, params: { rule: 'siteFolds', needed: 5, eligible: 4 } });
    const four = madeStudy({ ...shape, training: [25, 25, 25, 25, 3], leaveOneSiteOut: 'finalModel' });
    expect((await runOver(simulated(four).federation, four)).science.leaveOneSiteOut.state).toBe('ok');
  });
});

describe('features that cannot be used', () => {
  const shape: StudyShape = { seed: 9, training: [25, 25, 25, 25], external: [20], featureCount: 8, leaveOneSiteOut: 'finalModel' };
  const both = async (change: Change, tolerance?: number) => {
    const study = madeStudy(shape, change);
    const { science, locked } = await runOver(simulated(study).federation, study);
    compare(science, (await runOver(pooled(study), study)).science, tolerance);
    return { science, locked };
  };
  const column =
    (name: string, cell: (row: number, site: string) => string): Change =>
    (rows, role) =>
      role === 'features' && rows.forEach((cells, row) => cells.set(name, cell(row, cells.get('site') as string)));

  it.each<[string, (row: number, site: string) => string, string]>([
    ['constant', () => '0.30000000000000004', 'constant'],
    ['constant but for rounding', (row) => (row % 2 === 0 ? '0.3' : '0.30000000000000004'), 'constant'],
    ['far smaller than the sums resolve', (row) => `${(row % 7) + 1}e-20`, 'constant'],
    ['zero, with and without sign', (row) => (row % 2 === 0 ? '0' : '-0'), 'constant'],
    ['missing everywhere', () => '', 'missing'],
    ['given for one participant', (row) => (row === 3 ? '1' : ''), 'missing'],
    ['missing more often than allowed', (row) => (row % 4 === 0 ? '' : String(row % 5)), 'missing'],
  ])('are left out when they are %s', async (_, cell, reason) => {
    const { science } = await both(column('bad', cell));
    expect(science.features.leftOut).toContainEqual({ feature: 'bad', reason });
    expect(science.preparation.features).not.toContain('bad');
  });

  it('are kept at exactly the share of missing cells that is allowed', async () => {
    // 20 participants at every site, all with an outcome, 6 of them without this feature.
    const change: Change = (rows, role) => {
      if (role === 'clinical') rows.forEach((cells) => cells.get('her2') === '' && cells.set('her2', '0'));
      else column('edge', (row) => (row % 10 < 3 ? '' : String((row * 7) % 11)))(rows, role);
    };
    const study = madeStudy({ ...shape, training: [20, 20, 20, 20], maxMissingShare: 0.3 }, change);
    const { science } = await runOver(simulated(study).federation, study);
    expect(science.trainingParticipants).toBe(80);
    expect(science.preparation.features).toContain('edge');
    expect(science.features.missingness.find(({ feature }) => feature === 'edge')?.band).toBe('20-50%');
  });

  it.each([0.3, 0.2])('of a series that hospitals do not make count as missing there; allowed are %d of them', async (maxMissingShare) => {
    const lacking = ['T2', 'X1'];
    const names = ['T2_a', 'T2_b', 'T2_c'];
    const change: Change = (rows, role) => {
      names.forEach((name, k) =>
        column(name, (row, site) => (lacking.includes(site) ? '' : String(((row + k) * (7 + k)) % 23)))(rows, role),
      );
    };
    const study = madeStudy({ ...shape, maxMissingShare }, change);
    const { science } = await runOver(simulated(study).federation, study);
    compare(science, (await runOver(pooled(study), study)).science);
    expect(science.external.sites.map(({ site }) => site)).toEqual(['X1']);
    for (const feature of names) {
      // One of four hospitals of one size.
      expect(science.features.missingness.find((line) => line.feature === feature)?.band).toBe('20-50%');
      expect(science.preparation.features.includes(feature)).toBe(maxMissingShare === 0.3);
      expect(science.features.leftOut.some((left) => left.feature === feature && left.reason === 'missing')).toBe(maxMissingShare === 0.2);
    }
  });

  it('that a single hospital has varying are used with it and left out without it', async () => {
    const { science, locked } = await both(column('lonely', (row, site) => (site === 'T3' ? String(row % 6) : '1')));
    expect(locked.preparation.features).toContain('lonely');
    expect(science.harmonization.method === 'combat' && science.harmonization.passedThrough).toContain('lonely');
  });

  it('that differ between hospitals a million times more than within are emptied by harmonization, not blown up', async () => {
    const offset: Readonly<Record<string, number>> = { T1: 1, T2: 5, T3: 2, T4: 8, X1: 3 };
    const change = column('scanner', (row, site) => String((offset[site] as number) + ((row * 7) % 11) * 1e-7));
    // Its site effects are ten million residual SDs, which leaves that many fewer digits to all that is estimated beside them.
    const { locked } = await both(change, 1e-7);
    const j = locked.preparation.features.indexOf('scanner');
    expect(locked.preparation.finalScale[j]).toBe(1);
  });

  it('in tiny and huge units come out the same as in ordinary ones', async () => {
    const inUnit = (factor: number) => column('unit', (row) => String((((row * 7919) % 101) / 10) * factor));
    const [ordinary, tiny, huge] = [await both(inUnit(1)), await both(inUnit(1e-12)), await both(inUnit(1e14))];
    const coefficientOf = ({ science }: typeof ordinary) =>
      science.models[1]?.terms.find(({ feature }) => feature === 'unit')?.coefficient as number;
    for (const other of [tiny, huge]) expect(Math.abs(coefficientOf(other) - coefficientOf(ordinary))).toBeLessThan(1e-9);
    expect(coefficientOf(ordinary)).not.toBe(0);
  });

  it('beyond the largest number a sum can carry end the study: nothing is clipped', async () => {
    const study = madeStudy(
      shape,
      column('big', (row) => `${1 + (row % 3)}e40`),
    );
    await expect(runOver(simulated(study).federation, study)).rejects.toMatchObject({ code: 'FEDERATION.OVERFLOW', exit: 6 });
  });

  it('end the study when none is left', async () => {
    const study = madeStudy(shape, (rows, role) => {
      if (role === 'features')
        for (const cells of rows) for (const name of [...cells.keys()].slice(2)) cells.set(name, name.length > 12 ? '1' : '');
    });
    await expect(runOver(simulated(study).federation, study)).rejects.toMatchObject({ code: 'STUDY.NO_FEATURES_LEFT', exit: 7 });
  });
});
