import { randomUUID } from 'node:crypto';
import { moveSeries, findSeries } from './dimse/pacs-client.js';
import type { Pacs, PacsSeries, StudyQuery } from './dimse/pacs-client.js';
import { retrieve, searchSeries } from './dicomweb/dicomweb-client.js';
import type { DicomWeb } from './dicomweb/dicomweb-client.js';
import { intakeErrors } from './errors.js';
import { emptyTally } from './folders/import-folder.js';
import type { Tally } from './folders/import-folder.js';
import type { IntakeTray } from './tray/tray.js';

/** What a pull did. */
export interface Pulled {
  readonly tally: Tally;
  readonly series: number;
  /** Objects that the archive names. */
  readonly named: number;
  /** Of them, not in the tray at the end. */
  readonly missing: number;
}

/**
 * Pulls imaging studies over DICOMweb. Series that lack some objects only get those, so a pull that broke off goes on where it was.
 * @throws `INTAKE.NOTHING_FOUND`, `INTAKE.PEER_UNREACHABLE`, `INTAKE.PEER_REFUSED`, `INTAKE.BAD_ANSWER`
 */
export async function pullDicomWeb(web: DicomWeb, query: StudyQuery, tray: IntakeTray): Promise<Pulled> {
  const found = await searchSeries(web, query);
  if (found.length === 0) throw intakeErrors.error('INTAKE.NOTHING_FOUND');
  const source = { way: 'dicomweb', push: randomUUID() } as const;
  const tally = emptyTally();
  const store = (bytes: Uint8Array) => {
    const receipt = tray.receive(bytes, source);
    if (receipt.outcome === 'rejected') tally.rejected[receipt.reason ?? ''] = (tally.rejected[receipt.reason ?? ''] ?? 0) + 1;
    else tally[receipt.outcome]++;
  };
  for (const series of found) {
    tray.expect(series.seriesUid, series.sopInstanceUids.length);
    const absent = absentFrom(tray, series);
    tally.known += series.sopInstanceUids.length - absent.length;
    if (absent.length === series.sopInstanceUids.length) for await (const bytes of retrieve(web, series)) store(bytes);
    else for (const uid of absent) for await (const bytes of retrieve(web, series, uid)) store(bytes);
  }
  return { tally, ...completeness(tray, found) };
}

/**
 * Has an archive send imaging studies to our receiver, which must run under the title `destination` and be known to the archive. Series of which
 * all objects are in the tray are not asked for again.
 * @throws `INTAKE.NOTHING_FOUND`, `INTAKE.PEER_UNREACHABLE`, `INTAKE.PEER_REFUSED`
 */
export async function pullByMove(pacs: Pacs, query: StudyQuery, destination: string, tray: IntakeTray): Promise<Omit<Pulled, 'tally'>> {
  const found = await findSeries(pacs, query);
  if (found.length === 0) throw intakeErrors.error('INTAKE.NOTHING_FOUND');
  for (const series of found) {
    tray.expect(series.seriesUid, series.sopInstanceUids.length);
    if (absentFrom(tray, series).length > 0) await moveSeries(pacs, series, destination);
  }
  return completeness(tray, found);
}

function absentFrom(tray: IntakeTray, { sopInstanceUids }: PacsSeries): readonly string[] {
  return sopInstanceUids.filter((uid) => !tray.hasInstance(uid));
}

function completeness(tray: IntakeTray, found: readonly PacsSeries[]): Omit<Pulled, 'tally'> {
  tray.refresh();
  return {
    series: found.length,
    named: found.reduce((sum, { sopInstanceUids }) => sum + sopInstanceUids.length, 0),
    missing: found.reduce((sum, series) => sum + absentFrom(tray, series).length, 0),
  };
}
