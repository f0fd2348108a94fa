import type { SeriesFacts } from './series-facts.js';
import type { SeriesRole } from './series-roles.js';
import { extent } from './stack-slices.js';

/** Least and greatest of a parameter over series; null where none states it. */
export interface ParameterSpan {
  readonly least: number;
  readonly most: number;
}

/** Series of one role on one kind of scanner. */
export interface ScannerRow {
  readonly manufacturer: string | null;
  readonly model: string | null;
  /** Nominal: magnets of 1.494 T and 1.5 T are one kind. */
  readonly fieldStrengthTesla: number | null;
  readonly role: SeriesRole;
  readonly studies: number;
  readonly series: number;
  readonly repetitionTimeMs: ParameterSpan | null;
  readonly echoTimeMs: ParameterSpan | null;
  readonly flipAngleDegrees: ParameterSpan | null;
  readonly sliceThicknessMm: ParameterSpan | null;
  readonly bValues: readonly number[];
  readonly phases: ParameterSpan | null;
}

/**
 * Counts series by maker, model, field strength and role, with the spans of their parameters. Nothing in it refers to a person.
 * @returns sorted by maker, model, field strength, role
 */
export function scannerMatrix(series: readonly { readonly facts: SeriesFacts; readonly role: SeriesRole }[]): readonly ScannerRow[] {
  const groups = new Map<string, { role: SeriesRole; members: SeriesFacts[] }>();
  for (const { facts, role } of series) {
    const key = JSON.stringify([facts.manufacturer ?? '', facts.model ?? '', nominal(facts) ?? 0, role]);
    const group = groups.get(key) ?? { role, members: [] };
    group.members.push(facts);
    groups.set(key, group);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, { role, members }]) => rowOf(role, members));
}

function rowOf(role: SeriesRole, members: readonly SeriesFacts[]): ScannerRow {
  const first = members[0] as SeriesFacts;
  return {
    manufacturer: first.manufacturer ?? null,
    model: first.model ?? null,
    fieldStrengthTesla: nominal(first),
    role,
    studies: new Set(members.map(({ studyUid }) => studyUid ?? '')).size,
    series: members.length,
    repetitionTimeMs: span(members.flatMap(({ repetitionTimesMs }) => repetitionTimesMs)),
    echoTimeMs: span(members.flatMap(({ echoTimesMs }) => echoTimesMs)),
    flipAngleDegrees: span(members.flatMap(({ flipAnglesDegrees }) => flipAnglesDegrees)),
    sliceThicknessMm: span(members.flatMap(({ sliceThicknessesMm }) => sliceThicknessesMm)),
    bValues: [...new Set(members.flatMap(({ bValues }) => bValues.map(({ value }) => value)))].sort((a, b) => a - b),
    phases: span(members.map(({ phases }) => phases)),
  };
}

function nominal({ fieldStrengthTesla }: SeriesFacts): number | null {
  return fieldStrengthTesla === undefined ? null : Math.round(fieldStrengthTesla * 10) / 10;
}

function span(values: readonly number[]): ParameterSpan | null {
  return values.length === 0 ? null : extent(values);
}
