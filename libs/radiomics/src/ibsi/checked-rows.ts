import { passes } from './compare.js';
import type { ReferenceRow } from './reference-table.js';

/** A value to be compared, with what identifies it. */
export interface CandidateValue {
  /** The tag of the compliance table; the only name of diagnostic features. */
  readonly tag?: string;
  readonly ibsiCode: string;
  /** The aggregation's code, empty where there is none. */
  readonly aggregationCode: string;
  /** The name, told apart only where two features share a code. */
  readonly name: string;
  readonly value: number;
}

/** One row of a compliance table beside the computed value. */
export interface CheckedRow {
  readonly dataset: string;
  readonly family: string;
  readonly feature: string;
  readonly ibsiCode: string;
  readonly aggregation: string;
  readonly aggregationCode: string;
  /** Null where nothing was computed. */
  readonly value: number | null;
  /** Null where the standard has no consensus value: computed, not compared. */
  readonly reference: number | null;
  readonly tolerance: number | null;
  readonly consensus: string;
  readonly compared: boolean;
  /** The value meets the reference; for rows without reference, that there is a value. */
  readonly pass: boolean;
}

/** Every row of a table with its value. */
export function checkRows(rows: readonly ReferenceRow[], candidates: readonly CandidateValue[]): readonly CheckedRow[] {
  const find = finder(rows, candidates);
  return rows.map((row) => {
    const value = find(row)?.value ?? null;
    const compared = row.value !== null && row.tolerance !== null;
    return {
      dataset: row.dataset,
      family: row.family,
      feature: row.feature,
      ibsiCode: row.ibsiCode,
      aggregation: row.aggregation,
      aggregationCode: row.aggregationCode,
      value,
      reference: row.value,
      tolerance: row.tolerance,
      consensus: row.consensus,
      compared,
      pass: value !== null && (!compared || passes(value, row.value as number, row.tolerance as number)),
    };
  });
}

/** Finds the value of a row: by its tag, else by code and aggregation, and also by name where the table shares a code (BC2M, GBPN). */
function finder(rows: readonly ReferenceRow[], candidates: readonly CandidateValue[]): (row: ReferenceRow) => CandidateValue | undefined {
  const keyOf = ({ ibsiCode, aggregationCode }: { readonly ibsiCode: string; readonly aggregationCode: string }) =>
    `${ibsiCode} ${aggregationCode}`;
  const byTag = new Map(candidates.flatMap((candidate) => (candidate.tag === undefined ? [] : [[candidate.tag, candidate] as const])));
  const byCode = grouped(candidates, keyOf);
  const rowsOfCode = grouped(rows, keyOf);
  return (row) => {
    const tagged = byTag.get(row.tag);
    if (tagged !== undefined || row.ibsiCode === '') return tagged;
    const same = byCode.get(keyOf(row)) ?? [];
    const isShared = (rowsOfCode.get(keyOf(row))?.length ?? 0) > 1;
    return isShared ? same.find(({ name }) => plainName(name) === plainName(row.feature)) : same[0];
  };
}

/** `Volume fraction at 10% intensity` and `volumeFractionAt10PercentIntensity` alike. */
function plainName(name: string): string {
  return name
    .replaceAll('%', ' percent')
    .replace(/[^A-Za-z0-9]/g, '')
    .toLowerCase();
}

/** Counts of checked rows. */
export interface CheckCounts {
  readonly rows: number;
  readonly compared: number;
  readonly passed: number;
  /** Rows whose value misses the reference. */
  readonly failed: number;
  /** Rows for which there is no value. */
  readonly missing: number;
  /** Rows of the standard without consensus value. */
  readonly notStandardized: number;
}

/** Counts over all rows, and by dataset and family. */
export interface CheckSummary extends CheckCounts {
  readonly families: readonly (CheckCounts & { readonly dataset: string; readonly family: string })[];
}

/** Summarizes checked rows. */
export function summarizeChecks(rows: readonly CheckedRow[]): CheckSummary {
  const groups = grouped(rows, ({ dataset, family }) => JSON.stringify([dataset, family]));
  const families = [...groups.values()].map((group) => {
    const { dataset, family } = group[0] as CheckedRow;
    return { dataset, family, ...countChecks(group) };
  });
  return { ...countChecks(rows), families };
}

function countChecks(rows: readonly CheckedRow[]): CheckCounts {
  const compared = rows.filter((row) => row.compared);
  const passed = compared.filter((row) => row.pass).length;
  return {
    rows: rows.length,
    compared: compared.length,
    passed,
    failed: compared.filter(({ pass, value }) => !pass && value !== null).length,
    missing: rows.filter(({ value }) => value === null).length,
    notStandardized: rows.length - compared.length,
  };
}

/** Items by key, keys and items in their order. */
function grouped<Item>(items: readonly Item[], keyOf: (item: Item) => string): ReadonlyMap<string, readonly Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
