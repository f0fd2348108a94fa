import { parseProtocol } from '@cohortium/protocol';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { joinSiteTables } from './site-tables.js';
import { splitCohortBySite } from './split.js';

const thrown = (code: string) => expect.objectContaining({ code });
const file = new URL('../../../../protocols/her2-radiomics/protocol.yaml', import.meta.url);
const protocol = parseProtocol(readFileSync(file, 'utf8'), 'protocol.yaml');
const allFeatures = { ...protocol, features: { all: true as const } };
const h1 = { site: 'H1', csv: 'patient_id,f1,her2,f2\nP1,1,0,"a,b"\nP2,,1,3\n' };
const h2 = { site: 'H2', csv: 'f2,her2,site,f1,patient_id\n4,1,H2,5,P3\n' };

describe('joinSiteTables', () => {
  it('tells features from clinical columns by the protocol, whatever their order in each file', () => {
    expect(joinSiteTables([h1, h2], allFeatures)).toEqual({
      features: 'patient_id,site,f1,f2\nP1,H1,1,"a,b"\nP2,H1,,3\nP3,H2,5,4\n',
      clinical: 'patient_id,site,her2\nP1,H1,0\nP2,H1,1\nP3,H2,1\n',
    });
  });

  it('takes the features of the dictionary where there is one, and those of the list where there is a list', () => {
    const dictionary = { file: 'feature_dictionary.csv', csv: 'feature,lossy\nf1,False\n' };
    expect(joinSiteTables([h1], protocol, dictionary).clinical).toBe('patient_id,site,her2,f2\nP1,H1,0,"a,b"\nP2,H1,1,3\n');
    const listed = { ...protocol, features: { list: ['f2'] } };
    expect(joinSiteTables([h1], listed).features).toBe('patient_id,site,f2\nP1,H1,"a,b"\nP2,H1,3\n');
  });

  it('is split into the same sites again', () => {
    expect([...splitCohortBySite(joinSiteTables([h1, h2], allFeatures)).keys()]).toEqual(['H1', 'H2']);
  });

  it.each([
    ['COHORT.SITE_COLUMNS', [h1, { site: 'H2', csv: 'patient_id,f1,her2\nP3,5,1\n' }]],
    ['COHORT.SITE_COLUMNS', [h1, { site: 'H2', csv: 'patient_id,f1,her2,f2,f3\nP3,5,1,2,3\n' }]],
    ['COHORT.SITE_MISMATCH', [{ ...h2, site: 'H3' }]],
    ['COHORT.NO_COLUMN', [{ site: 'H1', csv: 'id,f1\nP1,2\n' }]],
    ['COHORT.EMPTY', []],
  ])('refuses with %s', (code, tables) => {
    expect(() => joinSiteTables(tables, allFeatures)).toThrow(thrown(code));
  });
});
