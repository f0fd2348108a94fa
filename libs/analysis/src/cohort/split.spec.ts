import { parseSiteId } from '@cohortium/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CohortFiles } from './read-cohort.js';
import { splitCohortBySite } from './split.js';
import { formatCsv, parseTable } from './table.js';

const thrown = (code: string) => expect.objectContaining({ code });

describe('splitCohortBySite', () => {
  const cohort: CohortFiles = {
    features: 'patient_id,site,f1,f2\nP1,H2,1,"a,b"\nP2,H1,,2.50\nP3,H2,3,"x ""y"""\n',
    clinical: 'patient_id,site,her2\nP3,H2,1\nP2,H1,0\nP1,H2, 1\nP9,H3,0\n',
  };

  it('gives each site its own rows, cells untouched, sites in order', () => {
    const parts = splitCohortBySite(cohort);
    expect([...parts.keys()]).toEqual(['H1', 'H2']);
    expect(parts.get(parseSiteId('H2'))).toEqual({
      features: 'patient_id,site,f1,f2\nP1,H2,1,"a,b"\nP3,H2,3,"x ""y"""\n',
      clinical: 'patient_id,site,her2\nP3,H2,1\nP1,H2, 1\n',
    });
  });

  it('loses and invents nothing: the parts together are the whole', () => {
    // U+FFFD stands for bytes that were no UTF-8, and is refused.
    const cell = fc.string({ unit: 'grapheme', maxLength: 4 }).filter((text) => !text.includes('\ufffd'));
    const people = fc.uniqueArray(fc.tuple(fc.stringMatching(/^[A-Za-z0-9-]{1,6}$/), fc.constantFrom('H1', 'H2', 'X_3'), cell, cell), {
      selector: ([name]) => name,
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(people, (list) => {
        const given = {
          features: formatCsv(
            ['patient_id', 'site', 'f'],
            list.map(([name, code, f]) => [name, code, f]),
          ),
          clinical: formatCsv(
            ['patient_id', 'site', 'y'],
            [...list].reverse().map(([name, code, , y]) => [name, code, y]),
          ),
        };
        const parts = [...splitCohortBySite(given)];
        for (const file of ['features', 'clinical'] as const) {
          const whole = parseTable(given[file], file);
          const split = parts.flatMap(([code, part]) => {
            const table = parseTable(part[file], file);
            expect(table.columns).toEqual(whole.columns);
            expect(table.rows.every((row) => row[1] === code)).toBe(true);
            return [...table.rows];
          });
          const order = (rows: readonly (readonly string[])[]) => [...rows].sort((a, b) => ((a[0] as string) < (b[0] as string) ? -1 : 1));
          expect(order(split)).toEqual(order(whole.rows));
        }
      }),
    );
  });

  it.each<[string, CohortFiles, string]>([
    ['tables that disagree on a site', { ...cohort, clinical: cohort.clinical.replace('P1,H2', 'P1,H1') }, 'COHORT.SITE_MISMATCH'],
    ['a participant twice', { ...cohort, features: `${cohort.features}P1,H1,1,1\n` }, 'COHORT.DUPLICATE_PARTICIPANT'],
    [
      'a site code that is none',
      { ...cohort, features: cohort.features.replace('P2,H1', 'P2,St. Mary'), clinical: cohort.clinical.replace('P2,H1', 'P2,St. Mary') },
      'KERNEL.BAD_CODE',
    ],
    ['no column site', { ...cohort, clinical: cohort.clinical.replace('site', 'center') }, 'COHORT.NO_COLUMN'],
  ])('refuses %s', (_, given, code) => {
    expect(() => splitCohortBySite(given)).toThrow(thrown(code));
  });
});
