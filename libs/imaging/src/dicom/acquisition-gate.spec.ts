import { isAppError } from '@cohortium/kernel';
import { describe, expect, it } from 'vitest';
import { assessSeries, assessStudy } from './acquisition-gate.js';
import type { RoleRules } from './acquisition-gate.js';
import { parseAcquisitionRules } from './acquisition-rules.js';
import { scannerMatrix } from './scanner-matrix.js';
import type { SeriesFacts, VolumeFacts } from './series-facts.js';

const geometry = {
  dimensions: [64, 64, 20],
  spacingMm: [0.9, 0.9, 2.5],
  originMm: [0, 0, 0],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
} as const;
const phase = (at: number, startSeconds?: number): VolumeFacts => ({
  ordinal: at,
  slices: 20,
  imageType: [],
  geometry,
  phase: at,
  ...(startSeconds === undefined ? {} : { startSeconds }),
});
const dce: SeriesFacts = {
  modality: 'MR',
  manufacturer: 'SIEMENS',
  model: 'Aera',
  fieldStrengthTesla: 1.5,
  seriesUid: '1.2',
  images: 80,
  frames: 80,
  transferSyntaxes: [],
  photometric: 'MONOCHROME2',
  isFloat: false,
  isEchoPlanar: false,
  imageType: [],
  repetitionTimesMs: [4.5],
  echoTimesMs: [1.8],
  inversionTimesMs: [],
  flipAnglesDegrees: [10],
  sliceThicknessesMm: [2.5],
  spacingsBetweenSlicesMm: [],
  bValues: [],
  orientations: 1,
  phases: 4,
  phaseSource: 'TemporalPosition',
  timeSource: 'AcquisitionTime',
  fatSaturation: { value: true, source: '(0018,0022)' },
  volumes: [phase(1, 0), phase(2, 80), phase(3, 140), phase(4, 205)],
  scanningSequence: [],
  sequenceVariant: [],
  scanOptions: [],
};
const judge = (rules: RoleRules, facts: Partial<SeriesFacts> = {}) => assessSeries({ ...dce, ...facts }, { role: 'dce' }, { dce: rules });
const verdict = (rules: RoleRules, facts?: Partial<SeriesFacts>) => judge(rules, facts).verdict;

describe('assessSeries', () => {
  it('lets the borders pass, and what is written in single precision for them', () => {
    const rules: RoleRules = { sliceThicknessMm: { min: 1, max: 3 } };
    const thick = (mm: number) => verdict(rules, { sliceThicknessesMm: [mm] });
    expect([1, 3, 3.0000001, 2.9999998].map(thick)).toEqual(['pass', 'pass', 'pass', 'pass']);
    expect([0.99, 3.01].map(thick)).toEqual(['refuse', 'refuse']);
  });

  it('warns between the soft and the hard borders', () => {
    const rules: RoleRules = { repetitionTimeMs: { max: 10, warnMax: 6 } };
    expect([6, 6.1, 10, 10.1].map((ms) => verdict(rules, { repetitionTimesMs: [ms] }))).toEqual(['pass', 'warn', 'warn', 'refuse']);
  });

  it('tells attribute, value and what is allowed; of several values the worst', () => {
    const { findings } = judge(
      { fieldStrengthTesla: { min: 2.8, max: 3.2 }, sliceThicknessMm: { max: 3 } },
      { sliceThicknessesMm: [2, 3.5] },
    );
    expect(findings).toEqual([
      { rule: 'fieldStrengthTesla', role: 'dce', verdict: 'refuse', tag: '(0018,0087)', value: 1.5, allowed: '>= 2.8, <= 3.2' },
      { rule: 'sliceThicknessMm', role: 'dce', verdict: 'refuse', tag: '(0018,0050)', value: 3.5, allowed: '<= 3' },
    ]);
  });

  it('warns of a missing attribute unless the rule says otherwise', () => {
    const absent = { echoTimesMs: [] };
    expect(judge({ echoTimeMs: { max: 3 } }, absent).findings[0]).toMatchObject({ verdict: 'warn', value: null });
    expect(verdict({ echoTimeMs: { max: 3, absent: 'refuse' } }, absent)).toBe('refuse');
    expect(verdict({ echoTimeMs: { max: 3, absent: 'pass' } }, absent)).toBe('pass');
  });

  it('wants every b-value within its tolerance', () => {
    const b = (...values: number[]) => ({ bValues: values.map((value) => ({ value, volumes: 1, source: '(0065,1009)' })) });
    const rules: RoleRules = { bValues: { required: [0, 800], tolerance: 50 } };
    expect(verdict(rules, b(0, 850))).toBe('pass');
    expect(verdict(rules, b(0, 851))).toBe('refuse');
    expect(verdict(rules, b(50, 750, 1500))).toBe('pass');
    expect(verdict({ bValues: { required: [0, 800], allowOthers: false } }, b(0, 400, 800))).toBe('warn');
    expect(judge(rules, b()).findings[0]).toMatchObject({ verdict: 'refuse', value: null });
    expect(judge(rules, b(0, 600)).findings[0]).toMatchObject({ tag: '(0065,1009)', value: '0, 600', allowed: '0, 800 +- 50' });
  });

  it('looks at number and timing of phases', () => {
    expect(verdict({ phases: { min: 4 } })).toBe('pass');
    expect(judge({ phases: { min: 5 } }).findings[0]).toMatchObject({ verdict: 'refuse', value: 4, tag: 'TemporalPosition' });
    expect(verdict({ firstPostSeconds: { max: 80 }, phaseIntervalSeconds: { min: 60, max: 65 } })).toBe('pass');
    expect(judge({ phaseIntervalSeconds: { max: 64 } }).findings[0]).toMatchObject({
      verdict: 'refuse',
      value: 65,
      tag: 'AcquisitionTime',
    });
    expect(judge({ firstPostSeconds: { max: 79 } }).findings[0]).toMatchObject({ verdict: 'refuse', value: 80 });
    expect(verdict({ phaseIntervalSeconds: { max: 64 } }, { volumes: [phase(1), phase(2), phase(3), phase(4)] })).toBe('warn');
  });

  it('judges a phase that is a series of its own by all phases of its study', () => {
    const rules = { dce: { phases: { min: 4 }, firstPostSeconds: { max: 90 }, phaseIntervalSeconds: { max: 60 } } };
    const one = { ...dce, phases: 1, volumes: [phase(1, 0)] };
    expect(assessSeries(one, { role: 'dce', dynamic: { phase: 2, starts: [0, 85, 140, 200] } }, rules).verdict).toBe('pass');
    const { findings } = assessSeries(one, { role: 'dce', dynamic: { phase: 2, starts: [0, 85, 146] } }, rules);
    expect(findings.map(({ verdict: each, value }) => [each, value])).toEqual([['refuse', 3], ['pass', 85], ['refuse', 61]]); // prettier-ignore
  });

  it('looks at fat saturation and at distances that follow from positions', () => {
    expect(verdict({ fatSaturation: { required: true } })).toBe('pass');
    expect(verdict({ fatSaturation: { required: false } })).toBe('refuse');
    expect(verdict({ fatSaturation: { required: false, otherwise: 'warn' } })).toBe('warn');
    expect(judge({ sliceSpacingMm: { max: 2.4 }, inPlaneSpacingMm: { max: 0.9 } }).findings.map((finding) => finding.verdict)).toEqual([
      'refuse',
      'pass',
    ]);
  });

  it('says nothing of roles without rules', () => {
    expect(assessSeries(dce, { role: 't1' }, { dce: { phases: { min: 99 } } })).toEqual({ verdict: 'pass', findings: [] });
  });
});

describe('assessStudy', () => {
  const as = (role: 'dce' | 't2w', facts: Partial<SeriesFacts> = {}) => ({
    facts: { ...dce, ...facts },
    assignment: { role, confidence: 1, evidence: [], volumes: [] },
  });

  it('refuses a study without a required role, and passes it with one good series of each', () => {
    const rules = { dce: { required: true, phases: { min: 4 } }, t2w: { required: true } };
    expect(assessStudy([as('dce')], rules).study).toMatchObject({
      verdict: 'refuse',
      findings: [
        { role: 'dce', verdict: 'pass' },
        { role: 't2w', verdict: 'refuse', value: null },
      ],
    });
    const { study, series } = assessStudy([as('dce', { phases: 2 }), as('dce'), as('t2w')], rules);
    expect(study.verdict).toBe('pass');
    expect(series.map(({ verdict: each }) => each)).toEqual(['refuse', 'pass', 'pass']);
    expect(assessStudy([as('dce', { phases: 2 }), as('t2w')], rules).study.verdict).toBe('refuse');
  });
});

describe('parseAcquisitionRules', () => {
  const problem = (rules: unknown): unknown => {
    try {
      return parseAcquisitionRules(rules);
    } catch (error) {
      return isAppError(error, 'IMAGING.BAD_RULES') ? `${error.params['problem']} ${error.params['field']}` : error;
    }
  };

  it('takes what the gate knows and names the field of everything else', () => {
    const rules = {
      dce: { required: true, sliceThicknessMm: { max: 3, absent: 'refuse' }, fatSaturation: { required: true } },
      dwi: { bValues: { required: [0, 800] } },
    };
    expect(problem(rules)).toBe(rules);
    expect(problem(null)).toBe('object rules');
    expect(problem({ dse: {} })).toBe('unknown rules.dse');
    expect(problem({ dce: { slicethickness: {} } })).toBe('unknown rules.dce.slicethickness');
    expect(problem({ dce: { echoTimeMs: { max: '3' } } })).toBe('number rules.dce.echoTimeMs.max');
    expect(problem({ dce: { echoTimeMs: { min: 4, max: 3 } } })).toBe('order rules.dce.echoTimeMs');
    expect(problem({ dce: { echoTimeMs: { absent: 'no' } } })).toBe('verdict rules.dce.echoTimeMs.absent');
    expect(problem({ dwi: { bValues: { required: 800 } } })).toBe('numbers rules.dwi.bValues.required');
    expect(problem({ dwi: { bValues: {} } })).toBe('object rules.dwi.bValues.required');
    expect(problem({ dce: { fatSaturation: { required: 'yes' } } })).toBe('boolean rules.dce.fatSaturation.required');
    expect(problem({ dce: { constructor: {} } })).toBe('unknown rules.dce.constructor');
  });
});

describe('scannerMatrix', () => {
  it('counts studies and series by maker, model, nominal field and role', () => {
    const rows = scannerMatrix([
      { facts: { ...dce, studyUid: '1' }, role: 'dce' },
      { facts: { ...dce, studyUid: '2', fieldStrengthTesla: 1.494, repetitionTimesMs: [5.2] }, role: 'dce' },
      { facts: { ...dce, studyUid: '2', fieldStrengthTesla: 3 }, role: 't1' },
    ]);
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatchObject({
      manufacturer: 'SIEMENS',
      model: 'Aera',
      fieldStrengthTesla: 1.5,
      role: 'dce',
      studies: 2,
      series: 2,
      repetitionTimeMs: { least: 4.5, most: 5.2 },
      phases: { least: 4, most: 4 },
    });
    expect(rows[1]).toMatchObject({ fieldStrengthTesla: 3, role: 't1', series: 1 });
  });
});
