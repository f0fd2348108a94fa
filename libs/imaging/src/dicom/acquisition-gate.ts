import type { SeriesFacts } from './series-facts.js';
import type { RoleAssignment, SeriesRole } from './series-roles.js';

/** What the gate says, from best to worst. */
export const verdicts = ['pass', 'warn', 'refuse'] as const;
/** One of {@link verdicts}. */
export type Verdict = (typeof verdicts)[number];

/** Allowed values, borders included. Outside of `min` and `max` a series is refused, outside of `warnMin` and `warnMax` only warned of. */
export interface RangeRule {
  readonly min?: number;
  readonly max?: number;
  readonly warnMin?: number;
  readonly warnMax?: number;
  /** When the attribute is missing; default `warn`. */
  readonly absent?: Verdict;
}

/** b-values that have to be there. */
export interface BValueRule {
  readonly required: readonly number[];
  /** s/mm2; a scanner's effective b-value differs from the one that was asked for. Default 50. */
  readonly tolerance?: number;
  /** True where other b-values may be there too; default true. */
  readonly allowOthers?: boolean;
}

/** What series of one role have to be like. */
export interface RoleRules {
  /** Without any series of this role the study is refused. */
  readonly required?: boolean;
  readonly fieldStrengthTesla?: RangeRule;
  readonly repetitionTimeMs?: RangeRule;
  readonly echoTimeMs?: RangeRule;
  readonly flipAngleDegrees?: RangeRule;
  readonly sliceThicknessMm?: RangeRule;
  /** Distance of slice centers, from the geometry of the volumes. */
  readonly sliceSpacingMm?: RangeRule;
  readonly inPlaneSpacingMm?: RangeRule;
  readonly bValues?: BValueRule;
  /** Phases of a dynamic series, all volumes counted. */
  readonly phases?: RangeRule;
  /** Seconds between the starts of phases after contrast that follow each other. */
  readonly phaseIntervalSeconds?: RangeRule;
  /** Seconds from the start of the phase before contrast to the start of the first after it. */
  readonly firstPostSeconds?: RangeRule;
  readonly fatSaturation?: { readonly required: boolean; readonly otherwise?: Verdict; readonly absent?: Verdict };
}

/** The part of a protocol that says which images take part. */
export type AcquisitionRules = Readonly<Partial<Record<SeriesRole, RoleRules>>>;

/** One rule looked at: what was found, where, and what it means. */
export interface GateFinding {
  readonly rule: keyof RoleRules;
  readonly role: SeriesRole;
  readonly verdict: Verdict;
  /** The attribute that was read. */
  readonly tag: string;
  /** What it says; null where it is missing. */
  readonly value: number | string | boolean | null;
  /** What the rule allows, as text without language: `<= 3`, `0, 800`. */
  readonly allowed: string;
}

/** The data passport of a series or a study. */
export interface Passport {
  readonly verdict: Verdict;
  readonly findings: readonly GateFinding[];
}

/** Values written in single precision and back (2.9999998) count as the border that they stand for. */
const borderTolerance = 1e-6;
const defaultBTolerance = 50;

/**
 * Looks at one series by the rules of its role; series of roles without rules pass without findings. A phase that is a series of its own is judged
 * by number and times of all phases of its study.
 */
export function assessSeries(
  facts: SeriesFacts,
  { role, dynamic }: Pick<RoleAssignment, 'role' | 'dynamic'>,
  rules: AcquisitionRules,
): Passport {
  const wanted = rules[role];
  if (wanted === undefined) return passport([]);
  const spacing = facts.volumes.flatMap(({ geometry }) => (geometry ? [geometry.spacingMm] : []));
  const ranges: readonly (readonly [keyof RoleRules, RangeRule | undefined, string, readonly number[]])[] = [
    ['fieldStrengthTesla', wanted.fieldStrengthTesla, '(0018,0087)', listed(facts.fieldStrengthTesla)],
    ['repetitionTimeMs', wanted.repetitionTimeMs, '(0018,0080)', facts.repetitionTimesMs],
    ['echoTimeMs', wanted.echoTimeMs, '(0018,0081)', facts.echoTimesMs],
    ['flipAngleDegrees', wanted.flipAngleDegrees, '(0018,1314)', facts.flipAnglesDegrees],
    ['sliceThicknessMm', wanted.sliceThicknessMm, '(0018,0050)', facts.sliceThicknessesMm],
    ['sliceSpacingMm', wanted.sliceSpacingMm, '(0020,0032)', spacing.map(([, , k]) => k)],
    ['inPlaneSpacingMm', wanted.inPlaneSpacingMm, '(0028,0030)', spacing.flatMap(([i, j]) => [i, j])],
    ['phases', wanted.phases, dynamic ? 'study' : (facts.phaseSource ?? '(0020,0032)'), [dynamic?.starts.length ?? facts.phases]],
    ...timing(facts, wanted, dynamic?.starts),
  ];
  const findings = ranges.flatMap(([rule, range, tag, values]) => (range ? [rangeFinding(rule, role, range, tag, values)] : []));
  if (wanted.bValues !== undefined) findings.push(bFinding(facts, role, wanted.bValues));
  if (wanted.fatSaturation !== undefined) findings.push(fatFinding(facts, role, wanted.fatSaturation));
  return passport(findings);
}

/** Looks at a study: each of its series, and whether every required role is there. */
export function assessStudy(
  series: readonly { readonly facts: SeriesFacts; readonly assignment: RoleAssignment }[],
  rules: AcquisitionRules,
): { readonly series: readonly Passport[]; readonly study: Passport } {
  const each = series.map(({ facts, assignment }) => assessSeries(facts, assignment, rules));
  const present = new Set(series.map(({ assignment }) => assignment.role));
  const required = (Object.keys(rules) as SeriesRole[]).filter((role) => rules[role]?.required);
  const findings = required.map((role): GateFinding => {
    const isThere = present.has(role);
    return { rule: 'required', role, verdict: isThere ? 'pass' : 'refuse', tag: 'study', value: isThere ? role : null, allowed: role };
  });
  // A study passes with the best series of each required role; others beside it do not spoil it.
  for (const role of required) {
    const best = each.filter((_, at) => series[at]?.assignment.role === role).map(({ verdict }) => verdict);
    const verdict = best.reduce<Verdict>((found, next) => (verdicts.indexOf(next) < verdicts.indexOf(found) ? next : found), 'refuse');
    if (best.length > 0 && verdict !== 'pass')
      findings.push({ rule: 'required', role, verdict, tag: 'series', value: verdict, allowed: 'pass' });
  }
  return { series: each, study: passport(findings) };
}

function passport(findings: readonly GateFinding[]): Passport {
  const worst = Math.max(0, ...findings.map(({ verdict }) => verdicts.indexOf(verdict)));
  return { verdict: verdicts[worst] as Verdict, findings };
}

function listed(value: number | undefined): readonly number[] {
  return value === undefined ? [] : [value];
}

function timing(
  facts: SeriesFacts,
  wanted: RoleRules,
  ofStudy: readonly number[] | undefined,
): readonly (readonly [keyof RoleRules, RangeRule | undefined, string, readonly number[]])[] {
  // Times of the first volume of each phase, in order.
  const starts =
    ofStudy ?? Array.from({ length: facts.phases }, (_, at) => facts.volumes.find(({ phase }) => phase === at + 1)?.startSeconds);
  const steps = starts.slice(1).map((start, at) => (start === undefined || starts[at] === undefined ? NaN : start - starts[at]));
  const known = steps.filter(Number.isFinite);
  const tag = facts.timeSource ?? 'AcquisitionTime';
  return [
    ['firstPostSeconds', wanted.firstPostSeconds, tag, known.length === steps.length ? known.slice(0, 1) : []],
    ['phaseIntervalSeconds', wanted.phaseIntervalSeconds, tag, known.length === steps.length ? known.slice(1) : []],
  ];
}

/** The worst value decides and is told. */
function rangeFinding(rule: keyof RoleRules, role: SeriesRole, range: RangeRule, tag: string, values: readonly number[]): GateFinding {
  const allowed = describeRange(range);
  if (values.length === 0) return { rule, role, verdict: range.absent ?? 'warn', tag, value: null, allowed };
  let worst: { value: number; verdict: Verdict } = { value: values[0] as number, verdict: 'pass' };
  for (const value of values) {
    const verdict = verdictOf(value, range);
    if (verdicts.indexOf(verdict) > verdicts.indexOf(worst.verdict)) worst = { value, verdict };
  }
  return { rule, role, tag, allowed, ...worst };
}

function verdictOf(value: number, { min, max, warnMin, warnMax }: RangeRule): Verdict {
  const below = (border: number | undefined) => border !== undefined && value < border - Math.abs(border) * borderTolerance;
  const above = (border: number | undefined) => border !== undefined && value > border + Math.abs(border) * borderTolerance;
  if (below(min) || above(max)) return 'refuse';
  return below(warnMin) || above(warnMax) ? 'warn' : 'pass';
}

function describeRange({ min, max, warnMin, warnMax }: RangeRule): string {
  const parts = (low: number | undefined, high: number | undefined) =>
    [low === undefined ? '' : `>= ${low}`, high === undefined ? '' : `<= ${high}`].filter(Boolean).join(', ');
  const [hard, soft] = [parts(min, max), parts(warnMin, warnMax)];
  return [hard, soft === '' ? '' : `(${soft})`].filter(Boolean).join(' ');
}

function bFinding(
  facts: SeriesFacts,
  role: SeriesRole,
  { required, tolerance = defaultBTolerance, allowOthers = true }: BValueRule,
): GateFinding {
  const found = facts.bValues.map(({ value }) => value);
  const near = (a: number, b: number) => Math.abs(a - b) <= tolerance;
  const missing = required.filter((wanted) => !found.some((value) => near(value, wanted)));
  const others = allowOthers ? [] : found.filter((value) => !required.some((wanted) => near(value, wanted)));
  return {
    rule: 'bValues',
    role,
    verdict: missing.length > 0 ? 'refuse' : others.length > 0 ? 'warn' : 'pass',
    tag: facts.bValues[0]?.source ?? '(0018,9087)',
    value: found.length === 0 ? null : found.join(', '),
    allowed: `${required.join(', ')} +- ${tolerance}`,
  };
}

function fatFinding(
  { fatSaturation }: SeriesFacts,
  role: SeriesRole,
  { required, otherwise = 'refuse', absent = 'warn' }: NonNullable<RoleRules['fatSaturation']>,
): GateFinding {
  const verdict = fatSaturation === undefined ? absent : fatSaturation.value === required ? 'pass' : otherwise;
  return {
    rule: 'fatSaturation',
    role,
    verdict,
    tag: fatSaturation?.source ?? '(0018,0022)',
    value: fatSaturation?.value ?? null,
    allowed: String(required),
  };
}
