import { isAppError } from '@cohortium/kernel';
import { testSlice } from '@cohortium/testkit';
import { describe, expect, it } from 'vitest';
import { caseKey, extractCase, inputHash } from './case-document.js';
import type { CaseDecisions, ExtractionContext } from './case-document.js';
import { resolveCasePlan } from './case-plan.schema.js';

const plan = resolveCasePlan({ name: 'spec', settings: {}, images: { T2: { from: 't2w' } }, regions: { tumor: { segment: 1 } } });
const extractorSha256 = caseKey({ inputSha256: 'a', planSha256: 'b', extractorSha256: 'c' } as never);
const slices = [1, 2, 3].map((n) => testSlice({ sopInstanceUid: `1.2.9.${n}`, instanceNumber: n, zMm: 3 * n }));

function refusal(files: readonly Uint8Array[], rules?: ExtractionContext['rules'], roles?: CaseDecisions['roles']): unknown {
  try {
    return extractCase(files, { plan, extractorSha256, rules }, { roles });
  } catch (error) {
    return isAppError(error) ? { code: error.code, ...error.params } : error;
  }
}

describe('a case from its files', () => {
  it('is refused without objects, of several people, and where the rules do not let it in, before anything is computed', () => {
    expect(refusal([Buffer.from('no DICOM')])).toEqual({ code: 'CASES.NO_IMAGES', count: 1 });
    const other = testSlice({ sopInstanceUid: '1.2.9.9', patientId: 'another' });
    expect(refusal([...slices, other])).toEqual({ code: 'CASES.SEVERAL_PEOPLE', count: 2 });
    const rules = { t2w: { required: true }, dce: { required: true } };
    expect(refusal(slices, rules)).toEqual({ code: 'CASES.ACQUISITION_REFUSED', rules: 't2w.required, dce.required' });
    // A person says what it is.
    const roles = new Map([['1.2.276.9.1.1', 't2w' as const]]);
    expect(refusal(slices, rules, roles)).toEqual({ code: 'CASES.ACQUISITION_REFUSED', rules: 'dce.required' });
    // No segmentation: let in, and nothing found.
    expect(refusal(slices)).toMatchObject({ code: 'CASES.NO_FEATURES' });
  });

  it('is kept under another key when a person has decided on the role of a series', () => {
    const lineage = { inputSha256: extractorSha256, planSha256: plan.hash, extractorSha256 };
    const keys = [caseKey(lineage), caseKey({ ...lineage, roles: { '1.2': 't1' } }), caseKey({ ...lineage, roles: { '1.2': 't2w' } })];
    expect(new Set(keys).size).toBe(3);
  });

  it('has one fingerprint in whatever order its files come, and another with another file', () => {
    expect(inputHash([...slices].reverse())).toBe(inputHash(slices));
    expect(inputHash(slices.slice(1))).not.toBe(inputHash(slices));
  });
});
