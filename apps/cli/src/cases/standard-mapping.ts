import { parseClinicalMapping, parseTable } from '@cohortium/analysis';
import type { ClinicalMapping } from '@cohortium/analysis';

/** Columns of a clinical table that need no mapping file, with the field that each is. */
const standardColumns = {
  age_years: 'age_years',
  menopause: 'menopausal',
  menopausal: 'menopausal',
  ihc: 'her2_ihc',
  her2_ihc: 'her2_ihc',
  ish: 'her2_ish',
  her2_ish: 'her2_ish',
  er: 'er',
  pr: 'pr',
  ki67_percent: 'ki67_percent',
  grade: 'grade',
  stage: 'stage',
  pcr: 'pcr',
  followup_months: 'followup_months',
  recurrence: 'event',
  event: 'event',
} as const;

/** The mapping of a table whose columns have the names of this product; other columns are passed over. @throws `COHORT.*` */
export function standardMapping(csv: string, file: string): ClinicalMapping {
  const present = new Set(parseTable(csv, file).columns);
  const columns = Object.fromEntries(
    Object.entries(standardColumns).flatMap(([column, field]) => (present.has(column) ? [[field, column]] : [])),
  );
  return parseClinicalMapping({ patient: 'patient_id', columns });
}
