import { parseTable } from '@cohortium/analysis';
import type { CohortFiles, SiteCohort } from '@cohortium/analysis';
import { createHmac } from 'node:crypto';

/** Participants of a cohort as tokens; see `CohortRecord` of libs/persistence. */
export interface CohortTokens {
  readonly members: readonly string[];
  readonly rowTokens: readonly string[];
}

/**
 * Tokens of the participants of a cohort, and of everything that the two tables say of each. The whole rows, not the columns of a study: a
 * change of a value shows whichever study looks.
 */
export function memberTokens(files: CohortFiles, { participants }: Pick<SiteCohort, 'participants'>, key: Uint8Array): CohortTokens {
  const features = rowsByParticipant(files.features, 'features.csv');
  const clinical = rowsByParticipant(files.clinical, 'clinical.csv');
  const token = (...parts: readonly string[]) => createHmac('sha256', key).update(JSON.stringify(parts)).digest('base64url').slice(0, 24);
  return {
    members: participants.map((participant) => token('member', participant)),
    rowTokens: participants.map((participant) =>
      token('row', participant, ...(features.get(participant) ?? []), ...(clinical.get(participant) ?? [])),
    ),
  };
}

function rowsByParticipant(csv: string, file: string): ReadonlyMap<string, readonly string[]> {
  const table = parseTable(csv, file);
  const id = table.columns.indexOf('patient_id');
  return new Map(table.rows.map((row) => [row[id] ?? '', row]));
}
