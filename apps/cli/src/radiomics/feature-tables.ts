import type { ExtractedFeature, PyradiomicsDiagnostic } from '@cohortium/radiomics';

const columns = ['name', 'ibsiCode', 'family', 'aggregation', 'filter', 'value', 'unit'] as const;

/** One feature a row; diagnostics, where there are any, come first, lists in parentheses as PyRadiomics writes them. */
export function longCsv(features: readonly ExtractedFeature[], diagnostics: readonly PyradiomicsDiagnostic[] = []): string {
  const facts = diagnostics.map(({ name, value }) => {
    const text = typeof value === 'object' ? `(${value.join(', ')})` : value;
    return columns.map((column) => cell(column === 'name' ? name : column === 'family' ? 'diagnostics' : column === 'value' ? text : null));
  });
  const rows = features.map((feature) => columns.map((column) => cell(feature[column])));
  return [columns.join(','), ...[...facts, ...rows].map((row) => row.join(',')), ''].join('\n');
}

/**
 * The column of a feature in a table with one row per case: filter, family, name and aggregation, joined by dots; the name alone where it
 * says all of that, as PyRadiomics' names do.
 */
export function featureColumn({ filter, family, name, aggregation }: ExtractedFeature): string {
  if (name.startsWith(`${filter ?? 'original'}_${family}_`)) return name;
  return [...(filter === null ? [] : [filter]), family, name, ...(aggregation === null ? [] : [aggregation])].join('.');
}

/** One case a row; a feature without value for a case is an empty cell. */
export function wideCsv(cases: readonly { readonly name: string; readonly features: readonly ExtractedFeature[] }[]): string {
  const names = [...new Set(cases.flatMap(({ features }) => features.map(featureColumn)))];
  const rows = cases.map(({ name, features }) => {
    const values = new Map(features.map((feature) => [featureColumn(feature), feature.value]));
    return [cell(name), ...names.map((column) => cell(values.get(column) ?? null))].join(',');
  });
  return [['case', ...names.map(cell)].join(','), ...rows, ''].join('\n');
}

/** A CSV cell (RFC 4180); numbers in the shortest form that gives the same double again. */
function cell(value: string | number | null): string {
  if (value === null) return '';
  const text = String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
