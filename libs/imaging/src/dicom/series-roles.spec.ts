import { describe, expect, it } from 'vitest';
import type { SeriesFacts, VolumeFacts } from './series-facts.js';
import { applyCorrection, assignRole, assignRoles } from './series-roles.js';
import type { SeriesRole } from './series-roles.js';

const geometry = { dimensions: [64, 64, 20], spacingMm: [1, 1, 2], originMm: [0, 0, 0], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] } as const;
const volume = (facts: Partial<VolumeFacts> = {}): VolumeFacts => ({
  ordinal: 1,
  slices: 20,
  imageType: ['ORIGINAL', 'PRIMARY'],
  geometry,
  ...facts,
});

/** Facts of a series that says nothing about its contrast. */
function series(facts: Partial<SeriesFacts> = {}): SeriesFacts {
  return {
    modality: 'MR',
    seriesUid: '1.2',
    images: 20,
    frames: 20,
    transferSyntaxes: [],
    photometric: 'MONOCHROME2',
    isFloat: false,
    isEchoPlanar: false,
    imageType: ['ORIGINAL', 'PRIMARY', 'M', 'ND'],
    repetitionTimesMs: [],
    echoTimesMs: [],
    inversionTimesMs: [],
    flipAnglesDegrees: [],
    sliceThicknessesMm: [2],
    spacingsBetweenSlicesMm: [],
    bValues: [],
    orientations: 1,
    phases: 1,
    volumes: [volume()],
    scanningSequence: [],
    sequenceVariant: [],
    scanOptions: [],
    ...facts,
  };
}

const phases = (count: number) => ({
  phases: count,
  phaseSource: 'TemporalPosition',
  volumes: Array.from({ length: count }, (_, at) => volume({ ordinal: at + 1, phase: at + 1 })),
});
const b = (...values: number[]) => ({
  bValues: values.map((value) => ({ value, volumes: 1, source: '(0018,9087)' })),
  volumes: values.map((value, at) => volume({ ordinal: at + 1, bValue: value })),
});

const cases: readonly (readonly [what: string, facts: Partial<SeriesFacts>, role: SeriesRole, tag?: string])[] = [
  ['a short spoiled gradient echo', { repetitionTimesMs: [4.8], echoTimesMs: [2.4] }, 't1', '(0018,0080)'],
  ['a spin echo of short TR', { repetitionTimesMs: [550], echoTimesMs: [12], scanningSequence: ['SE'] }, 't1'],
  ['a prepared gradient echo', { repetitionTimesMs: [2300], echoTimesMs: [2.9], inversionTimesMs: [900] }, 't1'],
  ['a turbo spin echo of long TE', { repetitionTimesMs: [4200], echoTimesMs: [95], scanningSequence: ['SE'] }, 't2w', '(0018,0080)'],
  [
    'STIR by name and times',
    { seriesDescription: 't2_tirm_tra', repetitionTimesMs: [5600], echoTimesMs: [70], inversionTimesMs: [230] },
    't2w',
  ],
  [
    'FLAIR, whose fluid is dark',
    { seriesDescription: 't2_flair', repetitionTimesMs: [9000], echoTimesMs: [90], inversionTimesMs: [2500] },
    'unassigned',
  ],
  ['a name alone, in Chinese', { seriesDescription: 'T2加权 横断位' }, 't2w', '(0008,103E)'],
  ['a name that its times contradict', { seriesDescription: 'T1 axial', repetitionTimesMs: [5000], echoTimesMs: [100] }, 'unassigned'],
  ['phases of a gradient echo', { ...phases(6), repetitionTimesMs: [4.1], echoTimesMs: [1.5] }, 'dce', 'volumes'],
  ['phases of an echo planar series', { ...phases(6), repetitionTimesMs: [2000], echoTimesMs: [30], isEchoPlanar: true }, 'unassigned'],
  ['two b-values', { ...b(0, 800), isEchoPlanar: true, repetitionTimesMs: [7000], echoTimesMs: [80] }, 'dwi', '(0018,9087)'],
  ['one b-value', b(1000), 'dwi'],
  ['the trace of a diffusion series', { ...b(800), imageType: ['DERIVED', 'PRIMARY', 'DIFFUSION', 'TRACEW'] }, 'dwi'],
  ['b = 0 beside a gradient echo', { ...b(0), repetitionTimesMs: [5], echoTimesMs: [2] }, 't1'],
  [
    'a vendor map with the b-value of its source',
    { ...b(800), imageType: ['DERIVED', 'PRIMARY', 'DIFFUSION', 'ADC'] },
    'adc',
    '(0008,0008)',
  ],
  ['a map by its name', { imageType: ['DERIVED', 'SECONDARY'], seriesDescription: 'dADC Map' }, 'adc'],
  ['an exponential map', { imageType: ['DERIVED', 'PRIMARY', 'EADC'], seriesDescription: 'eADC' }, 'derived'],
  ['fractional anisotropy', { ...b(0, 1000), imageType: ['DERIVED', 'PRIMARY', 'DIFFUSION', 'FA'] }, 'derived'],
  ['a difference', { imageType: ['DERIVED', 'PRIMARY', 'SUBTRACTION'], repetitionTimesMs: [4], echoTimesMs: [2] }, 'subtraction'],
  [
    'a difference by its name',
    { seriesDescription: 'SUB_2-1_dyn', repetitionTimesMs: [4], echoTimesMs: [2], imageType: ['DERIVED', 'SECONDARY'] },
    'subtraction',
  ],
  ['a projection', { imageType: ['DERIVED', 'SECONDARY', 'PROJECTION IMAGE'], seriesDescription: 'MIP' }, 'derived'],
  ['three planes', { seriesDescription: 'localizer', orientations: 3, repetitionTimesMs: [5], echoTimesMs: [2] }, 'localizer'],
  ['a survey', { seriesDescription: 'Survey_Breast' }, 'localizer'],
  ['nothing known', {}, 'unassigned'],
  ['another modality', { modality: 'CT', seriesDescription: 'T1' }, 'unassigned', '(0008,0060)'],
];

describe('assignRole', () => {
  for (const [what, facts, role, tag] of cases)
    it(`${what}: ${role}`, () => {
      const assignment = assignRole(series(facts));
      expect(assignment.role).toBe(role);
      if (role === 'unassigned') expect(assignment.confidence).toBeLessThan(0.5);
      else expect(assignment.confidence).toBeGreaterThanOrEqual(0.5);
      if (tag !== undefined) expect(assignment.evidence.map((evidence) => evidence.tag)).toContain(tag);
    });

  it('is surer where name and times agree than where one of them speaks', () => {
    const times = { repetitionTimesMs: [4.8], echoTimesMs: [2.4] };
    const sure = (facts: Partial<SeriesFacts>) => assignRole(series(facts)).confidence;
    const both = sure({ ...times, seriesDescription: 't1_fl3d' });
    const [physics, name] = [sure(times), sure({ seriesDescription: 't1_fl3d' })];
    expect(both).toBeGreaterThan(physics);
    expect(both).toBeGreaterThan(name);
  });

  it('names each volume by its phase, b-value and component', () => {
    expect(assignRole(series({ ...phases(3), repetitionTimesMs: [4], echoTimesMs: [2] })).volumes).toEqual([
      'dce-pre',
      'dce-phase-1',
      'dce-phase-2',
    ]);
    expect(assignRole(series(b(0, 50.4, 800))).volumes).toEqual(['dwi-b0', 'dwi-b50', 'dwi-b800']);
    const phase = { volumes: [volume(), volume({ component: 'PHASE' })], repetitionTimesMs: [4], echoTimesMs: [2] };
    expect(assignRole(series(phase)).volumes).toEqual(['t1', 't1-phase']);
  });
});

describe('assignRoles', () => {
  const dynamic = (at: number, facts: Partial<SeriesFacts> = {}) =>
    series({ seriesUid: `1.${at}`, startSeconds: at, repetitionTimesMs: [4.5], echoTimesMs: [1.8], flipAnglesDegrees: [10], ...facts });

  it('makes one dynamic study of series that follow each other with one sequence on one grid', () => {
    const roles = assignRoles([dynamic(180), dynamic(0), dynamic(90)]);
    expect(roles.map(({ role, volumes }) => [role, volumes[0]])).toEqual([['dce', 'dce-phase-2'], ['dce', 'dce-pre'], ['dce', 'dce-phase-1']]); // prettier-ignore
    expect(roles[0]?.dynamic).toEqual({ phase: 3, starts: [0, 90, 180] });
    expect(roles[0]?.evidence[0]).toEqual({ tag: 'study', value: '3 series of one sequence and grid, number 3 in time' });
  });

  it('leaves two such series alone unless a name or an agent speaks of contrast', () => {
    expect(assignRoles([dynamic(0), dynamic(90)]).map(({ role }) => role)).toEqual(['t1', 't1']);
    expect(assignRoles([dynamic(0), dynamic(90, { contrastAgent: 'Gadobutrol' })]).map(({ role }) => role)).toEqual(['dce', 'dce']);
  });

  it('leaves out series of another sequence or another grid', () => {
    const shifted = { volumes: [volume({ geometry: { ...geometry, originMm: [5, 0, 0] } })] };
    const roles = assignRoles([dynamic(0), dynamic(90), dynamic(180, { flipAnglesDegrees: [30] }), dynamic(270, shifted), dynamic(360)]);
    expect(roles.map(({ role }) => role)).toEqual(['dce', 'dce', 't1', 't1', 'dce']);
  });
});

describe('applyCorrection', () => {
  it('puts the word of a person on top and keeps what the program said', () => {
    const facts = series({ repetitionTimesMs: [4], echoTimesMs: [2], ...b(800) });
    const corrected = applyCorrection(assignRole(facts), facts, { role: 'adc', reason: 'a map' });
    expect(corrected).toMatchObject({
      role: 'adc',
      confidence: 1,
      volumes: ['adc'],
      correction: { from: 'dwi', confidence: 0.75, reason: 'a map' },
    });
    expect(applyCorrection(corrected, facts, { role: 't1' }).correction).toMatchObject({ from: 'dwi', confidence: 0.75 });
  });
});
