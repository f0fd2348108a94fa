import { imagingErrors } from '../errors.js';
import { verdicts } from './acquisition-gate.js';
import type { AcquisitionRules, RoleRules } from './acquisition-gate.js';
import { seriesRoles } from './series-roles.js';
import type { SeriesRole } from './series-roles.js';

type Check = (value: unknown, path: string) => void;

const number: Check = (value, path) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw bad('number', path);
};
const boolean: Check = (value, path) => {
  if (typeof value !== 'boolean') throw bad('boolean', path);
};
const verdict: Check = (value, path) => {
  if (!verdicts.some((known) => known === value)) throw bad('verdict', path);
};
const numbers: Check = (value, path) => {
  if (!Array.isArray(value) || value.length === 0) throw bad('numbers', path);
  value.forEach((one) => number(one, path));
};

const range: Check = (value, path) => {
  fields({ min: number, max: number, warnMin: number, warnMax: number, absent: verdict })(value, path);
  const {
    min = -Infinity,
    max = Infinity,
    warnMin = min,
    warnMax = max,
  } = value as Record<'min' | 'max' | 'warnMin' | 'warnMax', number | undefined>;
  if (min > max || warnMin > warnMax) throw bad('order', path);
};

const roleFields: Readonly<Record<keyof RoleRules, Check>> = {
  required: boolean,
  fieldStrengthTesla: range,
  repetitionTimeMs: range,
  echoTimeMs: range,
  flipAngleDegrees: range,
  sliceThicknessMm: range,
  sliceSpacingMm: range,
  inPlaneSpacingMm: range,
  bValues: fields({ required: numbers, tolerance: number, allowOthers: boolean }, ['required']),
  phases: range,
  phaseIntervalSeconds: range,
  firstPostSeconds: range,
  fatSaturation: fields({ required: boolean, otherwise: verdict, absent: verdict }, ['required']),
};

/**
 * Acquisition rules from JSON or YAML that was read before.
 * @throws `IMAGING.BAD_RULES` for fields that are unknown or of the wrong kind
 */
export function parseAcquisitionRules(value: unknown): AcquisitionRules {
  const roles = Object.fromEntries(seriesRoles.map((role): [SeriesRole, Check] => [role, fields(roleFields)]));
  fields(roles)(value, 'rules');
  return value as AcquisitionRules;
}

/** A set of fields, each with its check; others are unknown. */
function fields(known: Readonly<Record<string, Check>>, demanded: readonly string[] = []): Check {
  return (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bad('object', path);
    for (const [name, content] of Object.entries(value)) {
      const check = Object.hasOwn(known, name) ? known[name] : undefined;
      if (check === undefined) throw bad('unknown', `${path}.${name}`);
      check(content, `${path}.${name}`);
    }
    const missing = demanded.find((name) => !Object.hasOwn(value, name));
    if (missing !== undefined) throw bad('object', `${path}.${missing}`);
  };
}

function bad(problem: string, field: string): Error {
  return imagingErrors.error('IMAGING.BAD_RULES', { problem, field });
}
