import type { SeriesFacts } from './series-facts.js';

/** What a series is for in a study. */
export const seriesRoles = ['t1', 't2w', 'dce', 'dwi', 'adc', 'subtraction', 'derived', 'localizer', 'unassigned'] as const;
/** One of {@link seriesRoles}. */
export type SeriesRole = (typeof seriesRoles)[number];

/** One attribute that speaks for a role. */
export interface RoleEvidence {
  /** `(0018,0080)`, or `volumes` for what the split of the series showed. */
  readonly tag: string;
  readonly value: string;
}

/** The role of a series, how sure that is, and what decided. */
export interface RoleAssignment {
  readonly role: SeriesRole;
  /** 0 to 1. Below {@link leastConfidence} a series stays unassigned; 1 once a person decided. */
  readonly confidence: number;
  readonly evidence: readonly RoleEvidence[];
  /** Role of each volume: `dce-pre`, `dce-phase-1`, ..., `dwi-b800`; else the role of the series. Parts are added, `dce-pre-water`, `t1-phase`. */
  readonly volumes: readonly string[];
  /** Where each phase of a dynamic study is a series of its own: which one this is, from 1, and the seconds of all from the first. */
  readonly dynamic?: { readonly phase: number; readonly starts: readonly number[] };
  /** What the program had said, where a person corrected it. */
  readonly correction?: { readonly from: SeriesRole; readonly confidence: number; readonly reason?: string };
}

/** Less than this is a guess. */
export const leastConfidence = 0.5;

interface Sign extends RoleEvidence {
  /** How far this sign alone makes the role certain, 0 to 1. */
  readonly weight: number;
}

type Rule = (facts: SeriesFacts, words: string) => readonly Sign[];

/** b-values up to this are images without weighting, for crusher gradients count too. */
const unweighted = 10;

/**
 * The role of a series by its facts alone.
 *
 * Each rule gathers signs; a role's confidence is the chance that not all of its signs mislead, 1 - (1 - w1)(1 - w2)...; signs for other
 * weightings reduce it. Maps, differences and localizers are recognized before weightings, since they carry the parameters of their sources.
 */
export function assignRole(facts: SeriesFacts): RoleAssignment {
  const words = spaced([facts.seriesDescription, facts.protocolName].filter(Boolean).join(' '));
  if (facts.modality !== undefined && facts.modality !== 'MR')
    return assigned('unassigned', 0, [{ tag: '(0008,0060)', value: facts.modality }], facts);
  for (const [role, rule] of [
    ['localizer', localizer],
    ['adc', adc],
    ['subtraction', subtraction],
    ['dwi', dwi],
    ['derived', derived],
  ] as const) {
    // prettier-ignore
    const signs = rule(facts, words);
    const confidence = certainty(signs);
    if (confidence >= leastConfidence) return assigned(role, confidence, signs, facts);
  }
  const t1 = t1Signs(facts, words);
  const dynamic = dynamicSigns(facts, words);
  const t2 = t2Signs(facts, words);
  const [c1, c2] = [certainty(t1) * (1 - certainty(t2)), certainty(t2) * (1 - certainty(t1))];
  if (dynamic.length > 0 && certainty(t1) >= leastConfidence && c1 >= c2)
    return assigned('dce', certainty([...t1, ...dynamic]), [...dynamic, ...t1], facts);
  if (Math.max(c1, c2) < leastConfidence) return assigned('unassigned', round(Math.max(c1, c2)), [...t1, ...t2], facts);
  return c1 >= c2 ? assigned('t1', c1, t1, facts) : assigned('t2w', c2, t2, facts);
}

/**
 * Roles of the series of one imaging study. Beyond {@link assignRole}, series of equal sequence and grid that follow each other in time are the
 * phases of one dynamic study (scanners that store each phase as a series of its own).
 * @returns in the order of the series
 */
export function assignRoles(study: readonly SeriesFacts[]): readonly RoleAssignment[] {
  const single = study.map(assignRole);
  const groups = new Map<string, number[]>();
  single.forEach(({ role }, at) => {
    const facts = study[at] as SeriesFacts;
    if (role !== 't1' || facts.startSeconds === undefined || facts.volumes.length !== 1) return;
    const key = dynamicKey(facts);
    groups.set(key, [...(groups.get(key) ?? []), at]);
  });
  const out = [...single];
  for (const members of groups.values()) {
    const inTime = members.sort((a, b) => (study[a]?.startSeconds as number) - (study[b]?.startSeconds as number));
    const starts = new Set(inTime.map((at) => study[at]?.startSeconds));
    const named = inTime.some(
      (at) => isDynamicName((study[at] as SeriesFacts).seriesDescription ?? '') || study[at]?.contrastAgent !== undefined,
    );
    if (starts.size !== inTime.length || inTime.length < (named ? 2 : 3)) continue;
    const times = inTime.map((at) => study[at]?.startSeconds as number);
    const dynamicStarts = times.map((time) => Math.round((time - (times[0] as number)) * 1e6) / 1e6);
    inTime.forEach((at, phase) => {
      const before = single[at] as RoleAssignment;
      const evidence = [
        { tag: 'study', value: `${inTime.length} series of one sequence and grid, number ${phase + 1} in time` },
        ...before.evidence,
      ];
      const dynamic = { phase: phase + 1, starts: dynamicStarts };
      const { waterFat } = study[at]?.volumes[0] ?? {};
      const volumes = [waterFat === undefined ? phaseName(phase) : `${phaseName(phase)}-${waterFat}`];
      out[at] = { ...before, role: 'dce', evidence, volumes, dynamic };
    });
  }
  return out;
}

/** A person's decision on top of the program's, which stays visible. */
export function applyCorrection(
  assignment: RoleAssignment,
  facts: SeriesFacts,
  correction: { readonly role: SeriesRole; readonly reason?: string },
): RoleAssignment {
  const from = assignment.correction?.from ?? assignment.role;
  const confidence = assignment.correction?.confidence ?? assignment.confidence;
  const reason = correction.reason === undefined ? {} : { reason: correction.reason };
  return { ...assigned(correction.role, 1, assignment.evidence, facts), correction: { from, confidence, ...reason } };
}

function assigned(role: SeriesRole, confidence: number, evidence: readonly RoleEvidence[], facts: SeriesFacts): RoleAssignment {
  const volumes = facts.volumes.map(({ phase, bValue, component, waterFat }) => {
    const complex = component === undefined || component === 'MAGNITUDE' ? '' : `-${component.toLowerCase()}`;
    const part = waterFat === undefined ? complex : `${complex}-${waterFat}`;
    if (role === 'dce') return phaseName((phase ?? 1) - 1) + part;
    if (role === 'dwi' && bValue !== undefined) return `dwi-b${Math.round(bValue)}${part}`;
    return role + part;
  });
  return { role, confidence: round(confidence), evidence: evidence.map(({ tag, value }) => ({ tag, value })), volumes };
}

/** The first phase is before contrast, the n-th after it `dce-phase-n`. */
function phaseName(phase: number): string {
  return phase === 0 ? 'dce-pre' : `dce-phase-${phase}`;
}

function certainty(signs: readonly Sign[]): number {
  return 1 - signs.reduce((doubt, { weight }) => doubt * (1 - weight), 1);
}

function round(confidence: number): number {
  return Math.round(confidence * 100) / 100;
}

function sign(weight: number, tag: string, value: string | number | undefined): Sign {
  return { weight, tag, value: String(value ?? '') };
}

/** Small letters, with spaces for the marks that scanners' names are joined by. */
function spaced(text: string | undefined): string {
  return (text ?? '').toLowerCase().replace(/[_./:-]+/g, ' ');
}

/** A sign where a pattern is found in the names of a series. */
function named(facts: SeriesFacts, pattern: RegExp, weight: number): readonly Sign[] {
  if (pattern.test(spaced(facts.seriesDescription))) return [sign(weight, '(0008,103E)', facts.seriesDescription)];
  if (pattern.test(spaced(facts.protocolName))) return [sign(weight * 0.8, '(0018,1030)', facts.protocolName)];
  return [];
}

function typed(facts: SeriesFacts, pattern: RegExp, weight: number): readonly Sign[] {
  const found = facts.imageType.find((value) => pattern.test(value));
  return found === undefined ? [] : [sign(weight, '(0008,0008)', facts.imageType.join('\\'))];
}

const localizer: Rule = (facts) => [
  ...typed(facts, /^(LOCALIZER|SCOUT)$/, 0.95),
  ...named(facts, /\bloc\b|localizer|localiser|scout|survey|(3|three)[ -]?(plane|pl)\b|定位/, 0.9),
  ...named(facts, /calibration|\bcal\b|asset cal|shim|\bref(erence)? scan|sense ref/, 0.8),
  ...(facts.orientations >= 3 ? [sign(0.6, '(0020,0037)', `${facts.orientations} orientations`)] : []),
];

const adc: Rule = (facts, words) =>
  /\b(e|exp|exponential)[ _-]?adc\b/.test(words) || facts.imageType.includes('EADC')
    ? []
    : [
        ...typed(facts, /^(ADC|ADC_UNSPECIFIED|DIFFUSION_ADC)$/, 0.95),
        ...named(
          facts,
          /(^|[^a-z])adc($|[^a-z])|apparent diffusion|dadc|表观/,
          isDerived(facts) || facts.bValues.length === 0 ? 0.85 : 0.6,
        ),
      ];

const subtraction: Rule = (facts) => [
  ...typed(facts, /^(SUBTRACTION|SUB|SUBTRACT)$/, 0.95),
  ...named(facts, /(^|[^a-z])sub(s|tr|traction|tracted|tract)?($|[^a-z])|减影/, isDerived(facts) ? 0.9 : 0.75),
];

const derived: Rule = (facts) => [
  ...typed(facts, /^(EADC|FA|FRACT_ANISO_MAP|PROJECTION IMAGE|MIP|MINIP|MPR|PE\d*|SER|TTP|MEANCURVE|PARAMETRIC MAP|WASH.*|KTRANS|T1 MAP|T2 MAP|PHASE MAP|VOLUME RENDERING|REFORMATTED)$/, 0.9), // prettier-ignore
  ...named(
    facts,
    /\bmip\b|\bmpr\b|wash[ -]?(in|out)|ktrans|\bser\b|\bpe\d\b|\bttp\b|percent enh|parametric|colou?r|\bfa\b|\beadc\b|exponential/,
    isDerived(facts) ? 0.85 : 0.4,
  ),
  ...(facts.isFloat ? [sign(0.8, '(7FE0,0008)', 'float')] : []),
];

const dwi: Rule = (facts) => {
  if (facts.imageType.some((value) => /^(FA|EADC|COLFA|TENSOR)$/.test(value))) return [];
  const weighted = facts.bValues.filter(({ value }) => value > unweighted);
  const signs = [
    ...(weighted.length > 0
      ? [
          sign(
            facts.bValues.length > 1 ? 0.9 : 0.75,
            facts.bValues[0]?.source ?? '',
            `b ${facts.bValues.map(({ value }) => value).join(', ')}`,
          ),
        ]
      : []),
    ...named(facts, /(^|[^a-z])(dwi|dti|ivim|dwibs|resolve|diff(usion)?)|弥散|扩散/, 0.4),
    ...typed(facts, /^(DIFFUSION|TRACEW|DWI)$/, 0.5),
    ...(facts.isEchoPlanar ? [sign(0.3, '(0018,0020)', facts.scanningSequence.join('\\') || facts.sequenceName)] : []),
  ];
  // An echo planar series without any diffusion word may be functional.
  return signs.length === 1 && signs[0]?.tag === '(0018,0020)' ? [] : signs;
};

const t1Signs: Rule = (facts) => {
  const [tr, te, ti] = [facts.repetitionTimesMs[0], facts.echoTimesMs[0], facts.inversionTimesMs.at(-1)];
  if (facts.isEchoPlanar) return facts.acquisitionContrast === 'T1' ? [sign(0.8, '(0008,9209)', 'T1')] : [];
  const short = tr !== undefined && te !== undefined && te <= 15 && (tr <= 50 || (tr <= 900 && te <= 30));
  const prepared = te !== undefined && tr !== undefined && te <= 8 && tr > 900 && tr <= 3500 && ti !== undefined && ti >= 500 && ti <= 1300;
  const spin = tr !== undefined && te !== undefined && tr > 50 && tr <= 1200 && te <= 30;
  return [
    ...(facts.acquisitionContrast === 'T1' ? [sign(0.8, '(0008,9209)', 'T1')] : []),
    ...named(facts, /(^|[^a-z])t1|mprage|vibrant|vibe|thrive|flash|\blava|fspgr|fgre|bravo|views|t1加权/, 0.6),
    ...(short || prepared || spin ? [sign(0.7, '(0018,0080)', `TR ${tr} ms, TE ${te} ms`)] : []),
  ];
};

const t2Signs: Rule = (facts, words) => {
  const [tr, te, ti] = [facts.repetitionTimesMs[0], facts.echoTimesMs.at(-1), facts.inversionTimesMs.at(-1)];
  // Fluid is dark after a long inversion time: another contrast than T2 weighting.
  if (/flair/.test(words) || (ti !== undefined && ti > 1400 && te !== undefined && te > 60)) return [];
  const long = tr !== undefined && te !== undefined && tr >= 1400 && te >= 55 && !facts.isEchoPlanar;
  return [
    ...(facts.acquisitionContrast === 'T2' ? [sign(0.8, '(0008,9209)', 'T2')] : []),
    ...named(facts, /(^|[^a-z])t2(?!\*|[ _-]?star)|\bstir\b|haste|ssfse|t2加权/, 0.6),
    ...(long ? [sign(0.7, '(0018,0080)', `TR ${tr} ms, TE ${te} ms`)] : []),
  ];
};

const dynamicSigns: Rule = (facts) => [
  ...(facts.phases >= 2 ? [sign(facts.phases >= 3 ? 0.7 : 0.5, 'volumes', `${facts.phases} phases by ${facts.phaseSource ?? ''}`)] : []),
  ...(facts.phases >= 2 && isDynamicName(`${facts.seriesDescription ?? ''} ${facts.protocolName ?? ''}`)
    ? [sign(0.5, '(0008,103E)', facts.seriesDescription)]
    : []),
  ...(facts.phases >= 2 && facts.contrastAgent !== undefined ? [sign(0.4, '(0018,0010)', facts.contrastAgent)] : []),
];

function isDynamicName(text: string): boolean {
  return /(^|[^a-z])(dyn|dce|perf|post|ph(ase)?[ _-]?\d|multi[ _-]?phase|contrast|gd|\+c|c\+)|动态|增强/i.test(text);
}

function isDerived({ imageType }: SeriesFacts): boolean {
  return imageType[0] === 'DERIVED';
}

/** Equal for series that may be phases of one dynamic study. */
function dynamicKey({ repetitionTimesMs, echoTimesMs, flipAnglesDegrees, volumes }: SeriesFacts): string {
  const geometry = volumes[0]?.geometry;
  const grid = geometry && [
    geometry.dimensions,
    ...[geometry.spacingMm, geometry.originMm, geometry.direction].map((values) => values.map((value) => Math.round(value * 100))),
  ];
  return JSON.stringify([repetitionTimesMs, echoTimesMs, flipAnglesDegrees, volumes[0]?.waterFat, grid ?? volumes.length]);
}
