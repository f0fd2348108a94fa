import { parseSiteId, pack, sha256 } from '@cohortium/kernel';
import type { SiteId } from '@cohortium/kernel';
import type { CohortRows } from '@cohortium/federation';

/** A small cohort for tests, rows in any order. */
export interface TestTable {
  /** Site code of each row. */
  readonly site: readonly string[];
  /** Feature names and row-major values; NaN is a missing cell. */
  readonly features: { readonly names: readonly string[]; readonly values: Float64Array };
  /** Endpoint by row; all zero if absent. */
  readonly outcome?: Float64Array;
  readonly covariates?: Readonly<Record<string, Float64Array>>;
  /** Pseudonym of each row; `SITE-k` for the k-th row of a site if absent, so that splitting by site keeps them. */
  readonly participants?: readonly string[];
}

/** Derived matrices that {@link rowsFromTable} remembers at a time. */
const rememberedValues = 16;

/** Indices of a table's rows in the order of {@link rowsFromTable}: sites ascending, rows of a site in table order. */
export function rowOrder(site: readonly string[]): Int32Array {
  return Int32Array.from(site.keys()).sort((a, b) => compare(site[a] as string, site[b] as string) || a - b);
}

/** The rows of some sites of a table, in table order. */
export function tableOfSites(table: TestTable, sites: readonly string[]): TestTable {
  return selectRows(
    table,
    [...table.site.keys()].filter((row) => sites.includes(table.site[row] as string)),
  );
}

/** A table as queries see it: rows grouped by site in ascending order of code (see {@link rowOrder}). */
export function rowsFromTable(table: TestTable): CohortRows {
  const { site, features, outcome, covariates, participants } = selectRows(table, rowOrder(table.site));
  const sites = [...new Set(site)].map(parseSiteId);
  const memory = new Map<string, unknown>();
  const content = { site, names: features.names, values: missingAsText(features.values), outcome, covariates, participants };
  return {
    rowCount: site.length,
    featureNames: features.names,
    features: features.values,
    outcome,
    covariates,
    folds: (foldCount, seed) => stratifiedFolds(site, outcome, participants, foldCount, seed),
    sites,
    siteIndex: Int32Array.from(site, (code) => sites.indexOf(code as SiteId)),
    participantIndex: Int32Array.from(participants, (participant, row) => firstRowOf(site, participants, participant, site[row] as string)),
    snapshot: sha256(pack(content)),
    digestPredictions: (probabilities, from, to) => {
      const lines = participants.slice(from, to).map((participant, i) => `${participant},${probabilities[from + i]}\n`);
      return sha256(lines.join(''));
    },
    memo: <T>(key: string, compute: () => T): T => {
      const value = memory.has(key) ? memory.get(key) : compute();
      memory.delete(key);
      memory.set(key, value);
      if (memory.size > rememberedValues) memory.delete(memory.keys().next().value as string);
      return value as T;
    },
  };
}

/** First row of a participant: a number that all its rows share. */
function firstRowOf(site: readonly string[], participants: readonly string[], participant: string, own: string): number {
  return participants.findIndex((other, row) => other === participant && site[row] === own);
}

function selectRows(table: TestTable, rows: ArrayLike<number> & Iterable<number>): Required<TestTable> {
  const { features } = table;
  const width = features.names.length;
  if (features.values.length !== table.site.length * width)
    throw new Error(`${features.values.length} cells for ${table.site.length} rows of ${width}`);
  const participants = table.participants ?? defaultParticipants(table.site);
  const outcome = table.outcome ?? new Float64Array(table.site.length);
  const values = new Float64Array(rows.length * width);
  const order = [...rows];
  order.forEach((row, i) => values.set(features.values.subarray(row * width, (row + 1) * width), i * width));
  const pick = (column: Float64Array) => Float64Array.from(order, (row) => column[row] as number);
  return {
    site: order.map((row) => table.site[row] as string),
    features: { names: features.names, values },
    outcome: pick(outcome),
    covariates: Object.fromEntries(Object.entries(table.covariates ?? {}).map(([name, column]) => [name, pick(column)])),
    participants: order.map((row) => participants[row] as string),
  };
}

function defaultParticipants(site: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return site.map((code) => {
    const k = (seen.get(code) ?? 0) + 1;
    seen.set(code, k);
    return `${code}-${k}`;
  });
}

/** Rows of one site and outcome take folds in turn, in the order of SHA-256(seed, participant). */
function stratifiedFolds(
  site: readonly string[],
  outcome: Float64Array,
  participants: readonly string[],
  foldCount: number,
  seed: string,
): Int32Array {
  const folds = new Int32Array(site.length);
  const keys = participants.map((participant) => sha256(`${seed}\n${participant}`));
  const strata = new Map<string, number[]>();
  site.forEach((code, row) => {
    const key = `${code}\n${outcome[row]}`;
    strata.set(key, [...(strata.get(key) ?? []), row]);
  });
  for (const rows of strata.values()) {
    rows.sort((a, b) => compare(keys[a] as string, keys[b] as string));
    rows.forEach((row, i) => (folds[row] = i % foldCount));
  }
  return folds;
}

/** Packing refuses NaN; the snapshot hash must still tell a missing cell from any number. */
function missingAsText(values: Float64Array): string[] {
  return Array.from(values, (value) => (Number.isNaN(value) ? 'missing' : String(value)));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
