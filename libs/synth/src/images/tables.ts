import type { CohortFile } from './participant-files.js';
import type { ImageCohortPlan, PlannedParticipant, PlannedSite } from './plan.js';
import { cohortTruth } from './truth.js';

const columns = [
  'patient_id',
  'site',
  'age_years',
  'menopause',
  'ihc',
  'ish',
  'er',
  'pr',
  'ki67_percent',
  'grade',
  'stage',
  'pcr',
  'followup_months',
  'recurrence',
  'manufacturer',
  'model',
  'field_strength_T',
] as const;

/** The clinical table of one hospital. HER-2 is not in it: it follows from IHC and ISH. */
function clinicalCsv({ id, scanner, participants }: PlannedSite): string {
  const row = (one: PlannedParticipant): readonly (string | number | null)[] => [
    one.id,
    id,
    one.ageYears,
    one.ageYears < 51 ? 'pre' : 'post',
    one.ihc,
    one.ish,
    one.er,
    one.pr,
    one.ki67Percent,
    one.grade,
    one.stage,
    one.pcr,
    one.followUpMonths,
    one.event,
    scanner.manufacturer,
    scanner.model,
    scanner.fieldStrengthT,
  ];
  return [columns, ...participants.map(row)].map((cells) => `${cells.map((cell) => cell ?? '').join(',')}\n`).join('');
}

/** The files of a cohort that belong to no participant: clinical tables, what was made, and what is true. */
export function cohortTables(plan: ImageCohortPlan): readonly CohortFile[] {
  const encoder = new TextEncoder();
  const json = (value: unknown) => encoder.encode(`${JSON.stringify(value, null, 1)}\n`);
  const { options, sites } = plan;
  return [
    ...sites.map((site) => ({ path: `${site.id}/clinical.csv`, bytes: encoder.encode(clinicalCsv(site)) })),
    {
      path: 'cohort.json',
      bytes: json({
        schemaVersion: 1,
        synthetic: true,
        notice: 'SYNTHETIC DATA: made by a program, not measured. / 合成数据：由程序生成，并非测量所得。',
        options,
        sites: sites.map(({ id, role, scanner, participants }) => ({
          site: id,
          role,
          participants: participants.length,
          manufacturer: scanner.manufacturer,
          model: scanner.model,
          fieldStrengthT: scanner.fieldStrengthT,
        })),
      }),
    },
    { path: 'truth/truth.json', bytes: json(cohortTruth(plan)) },
  ];
}
