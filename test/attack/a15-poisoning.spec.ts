import { parseTable } from '@cohortium/analysis';
import type { Results } from '@cohortium/analysis';
import { renderReport } from '@cohortium/reporting';
import { momentQueries } from '@cohortium/statistics';
import { describe, expect, it } from 'vitest';
import { prepareStudy } from '../../apps/cli/src/cohort/prepare-cohort.js';
import { simulateStudy } from '../../apps/cli/src/simulation/simulate-study.js';
import { smallStudyFiles } from '../fixtures/small-study.js';
import { answerOf, attackSeed, attackedProtocol, clauseFor, madePeople, rowsOf, trainingScope } from './attack-ground.js';

// A15 (flower#5466): a hospital that sends what is no number, scales its values, or flips its labels.

describe('A15: values that are no numbers', () => {
  const first = momentQueries('full').first;
  const request = { query: first, params: { heldOut: [null], featureCount: 2 }, scope: trainingScope };
  const protocol = attackedProtocol([clauseFor(['statistics.first-moments@1'], 'sum')]);
  const people = madePeople(30, 2, attackSeed);
  const poisoned = (value: number) => rowsOf(people.map((person, i) => (i === 0 ? { ...person, features: [value, 0] } : person)));

  it.each([Infinity, -Infinity, 1e300])('work in plain sums: %s spoils the total of all', (value) => {
    const vector = first.local(poisoned(value), request.params) as Float64Array;
    expect(Math.max(...vector.map(Math.abs))).toBeGreaterThan(1e200);
  });

  it.each([Infinity, -Infinity, 1e300])('fail: %s has no fixed-point form, and nothing is sent', (value) => {
    expect(() => answerOf(protocol, poisoned(value), request)).toThrow(/nothing was sent/);
  });
});

/** The small study with the tables of one hospital changed. */
async function reportOf(change: (cells: string[], columns: readonly string[], table: 'features' | 'clinical') => void): Promise<string> {
  const files = smallStudyFiles({ study: 'poisoned', trainingCount: 5, leaveOneSiteOut: true });
  const altered = (table: 'features' | 'clinical') => {
    const { columns } = parseTable(files[table], `${table}.csv`);
    const site = columns.indexOf('site');
    return files[table]
      .split('\n')
      .map((line, i) => {
        const cells = line.split(',');
        if (i > 0 && cells[site] === 'S2') change(cells, columns, table);
        return cells.join(',');
      })
      .join('\n');
  };
  const tables = { features: altered('features'), clinical: altered('clinical') };
  const study = prepareStudy(files.protocol, tables, { external: [files.external], synthetic: true });
  const { science } = await simulateStudy(study, false, () => undefined);
  const run: Results['run'] = {
    run: 'poisoned',
    mode: 'simulated',
    startedAt: '2026-01-01T00:00:00Z',
    finishedAt: '2026-01-01T00:00:01Z',
    durationMs: 1000,
    software: {},
    host: { platform: 'linux', arch: 'x64', cpus: 1 },
    sites: [],
    contributionsVisibleToCoordinator: false,
  };
  return renderReport({ schemaVersion: 1, science, run });
}

const limits = (report: string): string => report.split('id="en-limits"')[1]?.split('</section>')[0] ?? '';
const reversed = /At (.*) the model ranks participants the wrong way round/;
const unlike = /Before harmonization, the features of (.*) lie far from those of all other sites/;

describe('A15: a hospital among five', () => {
  it('that is honest is not suspected', async () => {
    const text = limits(await reportOf(() => undefined));
    expect(text).not.toMatch(reversed);
    expect(text).not.toMatch(unlike);
  });

  it('that flips its labels is named by the report', async () => {
    const text = limits(
      await reportOf((cells, columns, table) => {
        if (table !== 'clinical') return;
        const at = columns.indexOf('her2');
        cells[at] = cells[at] === '1' ? '0' : '1';
      }),
    );
    expect(reversed.exec(text)?.[1]).toBe('S2');
  });

  it('that scales its values is named by the report', async () => {
    const text = limits(
      await reportOf((cells, columns, table) => {
        if (table !== 'features') return;
        for (const at of columns.keys()) if (at > 1 && cells[at] !== '') cells[at] = String(1000 * Number(cells[at]));
      }),
    );
    expect(unlike.exec(text)?.[1]).toBe('S2');
  });
});
