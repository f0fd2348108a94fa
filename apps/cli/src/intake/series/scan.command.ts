import { assessStudy, imagingErrors, scannerMatrix } from '@cohortium/imaging';
import type { AcquisitionRules, Passport, ScannerRow, SeriesRole } from '@cohortium/imaging';
import type { Terminal } from '../../terminal.js';
import { seriesWords } from './messages.js';
import { readRules } from './read-rules.js';
import { scanFolder } from './scan-folder.js';
import type { FolderScan, ScannedStudy } from './scan-folder.js';
import { tellScan } from './tell-scan.js';

/** Options of `cohortium intake scan`. */
export interface ScanOptions {
  readonly rules?: string;
  readonly role?: ReadonlyMap<string, SeriesRole>;
}

/** A study with what the acquisition rules say of it. */
export interface AssessedStudy {
  readonly study: ScannedStudy;
  readonly passports?: { readonly series: readonly Passport[]; readonly study: Passport };
}

/** `cohortium intake scan FOLDER`. @returns 0; 3 where the acquisition rules refuse a study */
export async function scanCommand(terminal: Terminal, folder: string, options: ScanOptions): Promise<number> {
  const words = seriesWords(terminal.language);
  const rules = options.rules === undefined ? undefined : readRules(options.rules);
  const scan = scanFolder(folder, options.role, (done, of) => {
    if (done % 50 === 0) terminal.status(words('reading', { done: done + 1, of }));
  });
  terminal.clearStatus();
  if (scan.studies.length === 0 && scan.problems.length === 0) throw imagingErrors.error('IMAGING.NO_SLICES', { count: scan.files });
  const studies = scan.studies.map(
    // Objects without images, such as segmentations of another archive, are no study to judge.
    (study): AssessedStudy => ({ study, ...(rules && study.series.length > 0 && { passports: assessStudy(study.series, rules) }) }),
  );
  const matrix = scannerMatrix(
    scan.studies.flatMap(({ series }) => series.map(({ facts, assignment }) => ({ facts, role: assignment.role }))),
  );
  tellScan(terminal, scan, studies, matrix);
  terminal.jsonObject(scanDocument(scan, studies, matrix, rules));
  return studies.some(({ passports }) => passports?.study.verdict === 'refuse') ? 3 : 0;
}

function scanDocument(
  scan: FolderScan,
  studies: readonly AssessedStudy[],
  matrix: readonly ScannerRow[],
  rules: AcquisitionRules | undefined,
): object {
  const { files, dicomFiles, passedOver, unreadableFolders, participants, problems } = scan;
  return {
    schemaVersion: 1,
    files,
    dicomFiles,
    passedOver,
    unreadableFolders,
    participants,
    studies: studies.map(({ study, passports }) => ({
      ordinal: study.ordinal,
      participant: study.participant,
      others: study.others,
      ...(passports && { passport: passports.study }),
      series: study.series.map(({ ordinal, facts, assignment }, at) => ({
        ordinal,
        role: assignment.role,
        confidence: assignment.confidence,
        evidence: assignment.evidence,
        ...(assignment.correction && { correction: assignment.correction }),
        ...(assignment.dynamic && { dynamic: assignment.dynamic }),
        facts: { ...facts, volumes: facts.volumes.map((volume, index) => ({ role: assignment.volumes[index], ...volume })) },
        ...(passports && { passport: passports.series[at] }),
      })),
    })),
    scannerMatrix: matrix,
    problems,
    ...(rules && { rules }),
  };
}
