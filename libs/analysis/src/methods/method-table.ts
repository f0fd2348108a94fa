import { parseSiteId, sha256 } from '@cohortium/kernel';
import type { SiteId } from '@cohortium/kernel';
import { CohortTable } from '../cohort/cohort-table.js';
import { columnIndex, isMissing } from '../cohort/table.js';
import type { TextTable } from '../cohort/table.js';
import { analysisErrors } from '../errors.js';
import type { TableColumn, TableShape } from './method.js';
import { levelName, siteCodes } from './names.js';

/** How a table is read. */
export interface TableOptions {
  /** Column that names participants; a name may stand in several rows (repeated measurements). */
  readonly id: string;
  /** Column of site codes, or a number of made-up sites with the seed that deals participants to them, or one site. */
  readonly sites: { readonly column: string } | { readonly count: number; readonly seed: string } | 'one';
  /** Columns that are categories whatever their cells look like. */
  readonly categories: readonly string[];
}

/** A table split by site. */
export interface MethodTable {
  readonly shape: TableShape;
  /** Rows of each site, ascending by code; rows keep the order of the file within a site. */
  readonly sites: ReadonlyMap<SiteId, CohortTable>;
  /** What the table calls each site; codes hold letters, digits, `_` and `-` only. */
  readonly siteNames: ReadonlyMap<SiteId, string>;
  /** Participant of each row of each site. */
  readonly participants: ReadonlyMap<SiteId, readonly string[]>;
}

/**
 * Reads a table of any columns: numbers where every cell is one, categories elsewhere.
 * @throws `COHORT.NO_COLUMN`, `METHOD.NO_NAME` for a row without a site or participant, `METHOD.TOO_MANY_SITES`
 */
export function readMethodTable(table: TextTable, options: TableOptions): MethodTable {
  const id = columnIndex(table, options.id);
  requireNames(table, id);
  const { siteOf, siteNames } = rowSites(table, options, id);
  const skipped = new Set([id]);
  if (options.sites !== 'one' && 'column' in options.sites && options.sites.column !== options.id)
    skipped.add(columnIndex(table, options.sites.column));
  const columns = table.columns.flatMap((name, at) => (skipped.has(at) ? [] : [{ at, ...describeColumn(table, at, name, options) }]));
  const codes = columns.map(({ at, kind, levels }) => columnValues(table, at, kind, levels));
  const bySite = new Map<SiteId, number[]>();
  siteOf.forEach((site, row) => {
    const rows = bySite.get(site);
    if (rows) rows.push(row);
    else bySite.set(site, [row]);
  });
  const sites = new Map<SiteId, CohortTable>();
  const participants = new Map<SiteId, readonly string[]>();
  for (const site of [...bySite.keys()].sort()) {
    const rows = bySite.get(site) as number[];
    const names = rows.map((row) => table.rows[row]?.[id] ?? '');
    participants.set(site, names);
    sites.set(site, tableOfRows(site, rows, names, columns, codes));
  }
  const siteColumn = options.sites !== 'one' && 'column' in options.sites ? { siteColumn: options.sites.column } : {};
  return {
    shape: { columns: columns.map(({ name, kind, levels }) => ({ name, kind, levels })), ...siteColumn },
    sites,
    siteNames,
    participants,
  };
}

function tableOfRows(
  site: SiteId,
  rows: readonly number[],
  participants: readonly string[],
  columns: readonly TableColumn[],
  codes: readonly Float64Array[],
): CohortTable {
  const numbers = [...columns.keys()].filter((c) => columns[c]?.kind === 'number');
  const features = new Float64Array(rows.length * numbers.length);
  rows.forEach((row, i) => numbers.forEach((c, j) => (features[i * numbers.length + j] = (codes[c] as Float64Array)[row] as number)));
  const covariates: Record<string, Float64Array> = {};
  columns.forEach(({ name, kind }, c) => {
    if (kind === 'category') covariates[name] = Float64Array.from(rows, (row) => (codes[c] as Float64Array)[row] as number);
  });
  return new CohortTable({
    participants,
    featureNames: numbers.map((c) => columns[c]?.name as string),
    features,
    outcome: new Float64Array(rows.length),
    covariates,
    sites: [site],
    siteIndex: new Int32Array(rows.length),
  });
}

/** Site of each row, and what the table calls it. */
interface RowSites {
  readonly siteOf: readonly SiteId[];
  readonly siteNames: ReadonlyMap<SiteId, string>;
}

function rowSites(table: TextTable, { sites }: TableOptions, id: number): RowSites {
  if (sites === 'one') return plainSites(table.rows.map(() => parseSiteId('ALL')));
  if (!('column' in sites)) return plainSites(dealtSites(table, sites, id));
  const at = columnIndex(table, sites.column);
  requireNames(table, at);
  const names = table.rows.map((row) => (row[at] ?? '').trim());
  const codes = new Map([...siteCodes(names)].map(([name, code]) => [name, parseSiteId(code)]));
  return {
    siteOf: names.map((name) => codes.get(name) as SiteId),
    siteNames: new Map([...codes].map(([name, code]) => [code, name])),
  };
}

/** Refuses empty cells in a column of names. */
function requireNames(table: TextTable, at: number): void {
  const empty = table.rows.findIndex((row) => isMissing(row[at] ?? ''));
  if (empty < 0) return;
  const column = table.columns[at] ?? '';
  throw analysisErrors.error('METHOD.NO_NAME', { file: table.file, column, line: table.lines[empty] as number });
}

function plainSites(siteOf: readonly SiteId[]): RowSites {
  return { siteOf, siteNames: new Map(siteOf.map((site) => [site, site])) };
}

/** Made-up sites, dealt by participant, so that repeated measurements stay together. */
function dealtSites(table: TextTable, sites: { readonly count: number; readonly seed: string }, id: number): SiteId[] {
  const participants = [...new Set(table.rows.map((row) => row[id] ?? ''))];
  if (sites.count > participants.length)
    throw analysisErrors.error('METHOD.TOO_MANY_SITES', { sites: sites.count, participants: participants.length });
  const order = participants.map((name) => ({ name, key: sha256(`${sites.seed}\u0000${name}`) })).sort((a, b) => (a.key < b.key ? -1 : 1));
  const width = String(sites.count).length;
  const dealt = new Map(order.map(({ name }, k) => [name, parseSiteId(`S${String((k % sites.count) + 1).padStart(width, '0')}`)]));
  return table.rows.map((row) => dealt.get(row[id] ?? '') as SiteId);
}

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

function describeColumn(table: TextTable, at: number, name: string, { categories }: TableOptions): TableColumn {
  const isNumber = (cell: string) => decimal.test(cell) && Number.isFinite(Number(cell));
  const number = !categories.includes(name) && table.rows.every((row) => isMissing(row[at] ?? '') || isNumber((row[at] ?? '').trim()));
  if (number) return { name, kind: 'number', levels: [] };
  const levels = new Set<string>();
  for (const row of table.rows) if (!isMissing(row[at] ?? '')) levels.add(levelName(row[at] ?? ''));
  return { name, kind: 'category', levels: [...levels].sort(byValue) };
}

/** Numbers by size, then texts by code unit: levels of 0, 1, 2, 10 come in that order. */
function byValue(a: string, b: string): number {
  if (decimal.test(a) && decimal.test(b)) return Number(a) - Number(b);
  return a < b ? -1 : a > b ? 1 : 0;
}

function columnValues(table: TextTable, at: number, kind: TableColumn['kind'], levels: readonly string[]): Float64Array {
  const codes = new Map(levels.map((level, code) => [level, code]));
  return Float64Array.from(table.rows, (row) => {
    const cell = (row[at] ?? '').trim();
    if (isMissing(cell)) return NaN;
    return kind === 'number' ? Number(cell) : (codes.get(levelName(cell)) as number);
  });
}
