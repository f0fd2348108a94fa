import type { CohortFeature, CohortSite } from './cohort.js';

/** Significant digits of a raw feature, and of one that was stored coarsely. */
const digits = 10;
const lossyDigits = 2;

type Cell = string | number | null;

/** RFC 4180 with `\n` line ends; null is an empty cell. */
function csv(rows: readonly (readonly Cell[])[]): string {
  return rows.map((row) => `${row.map((cell) => (cell === null ? '' : String(cell))).join(',')}\n`).join('');
}

/** features.csv */
export function featuresCsv(features: readonly CohortFeature[], sites: readonly CohortSite[]): string {
  const rows = sites.flatMap(({ site, participants }) =>
    participants.map(({ id, values }) => [
      id,
      site,
      ...values.map((value, j) => (value === null ? null : Number(value.toPrecision(features[j]?.lossy ? lossyDigits : digits)))),
    ]),
  );
  return csv([['patient_id', 'site', ...features.map((feature) => feature.name)], ...rows]);
}

/** clinical.csv */
export function clinicalCsv(sites: readonly CohortSite[]): string {
  const rows = sites.flatMap(({ site, scanner, participants }) =>
    participants.map(({ id, ageYears, her2, er, pr }): Cell[] => [
      id,
      site,
      ageYears,
      ageYears < 51 ? 'pre' : 'post',
      her2,
      er,
      pr,
      scanner.manufacturer,
      scanner.model,
      scanner.fieldStrengthT,
    ]),
  );
  return csv([['patient_id', 'site', 'age_years', 'menopause', 'her2', 'er', 'pr', 'manufacturer', 'model', 'field_strength_T'], ...rows]);
}

/** feature_dictionary.csv */
export function dictionaryCsv(features: readonly CohortFeature[]): string {
  const rows = features.map(({ name, group, lossy }, j): Cell[] => [j + 1, name, group, lossy ? 'TRUE' : 'FALSE']);
  return csv([['index', 'feature', 'group', 'lossy'], ...rows]);
}

/** sites.csv */
export function sitesCsv(sites: readonly CohortSite[]): string {
  const rows = sites.map(({ site, role, scanner, participants }): Cell[] => [
    site,
    role,
    `${scanner.manufacturer} ${scanner.model} ${scanner.fieldStrengthT}T`,
    participants.length,
  ]);
  return csv([['site', 'role', 'scanner', 'n'], ...rows]);
}
