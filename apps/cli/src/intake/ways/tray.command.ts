import { seriesRoles } from '@cohortium/imaging';
import { participantKey } from '@cohortium/intake';
import type { Conflict, IntakeTray, TrayEntry } from '@cohortium/intake';
import { cliErrors } from '../../errors.js';
import type { Terminal } from '../../terminal.js';
import { table } from '../../terminal.js';
import { waysWords } from './messages.js';
import { readSiteKey } from './site-key.js';
import { openTray } from './tray-options.js';

/** Options of the commands about the tray. */
export interface TrayCommandOptions {
  readonly tray: string;
  readonly key?: string;
  readonly reveal?: true;
}

/** A series as it is listed; labels are digests, so that a list can be passed on. */
interface SeriesRow {
  readonly participant: string;
  readonly imagingStudy: string;
  readonly series: string;
  readonly modality: string;
  readonly seriesNumber: number | null;
  readonly images: number;
  readonly state: 'held' | 'ready' | 'released';
  /** With `--reveal` only. */
  readonly patientId?: string;
}

/** `cohortium intake tray list`. */
export async function listTray(terminal: Terminal, options: TrayCommandOptions): Promise<number> {
  const words = waysWords(terminal.language);
  const { tray, pseudonymOf } = opened(options);
  const conflicts = tray.conflicts(pseudonymOf);
  const rows = seriesRows(tray, pseudonymOf, options.reveal === true);
  const { setAside } = tray.decisions();
  const rejected = tray.rejected();
  if (rows.length === 0) terminal.data(words('trayEmpty'));
  else {
    const header = [
      words('colParticipant'),
      words('colStudy'),
      words('colSeries'),
      words('colModality'),
      words('colImages'),
      words('colState'),
    ];
    const states = { held: words('stateHeld'), ready: words('stateReady'), released: words('stateReleased') };
    terminal.data(table(header, rows.map((row) => [row.patientId ?? row.participant, row.imagingStudy, row.series, row.modality, String(row.images), states[row.state]]), [4])); // prettier-ignore
  }
  if (conflicts.length > 0) terminal.data(words('conflictsOpen'));
  for (const conflict of conflicts) terminal.data(conflictText(terminal, conflict));
  if (rejected.length + setAside.size > 0) terminal.data(words('rejectedCount', { count: rejected.length, setAside: setAside.size }));
  terminal.jsonObject({ schemaVersion: 1, series: rows, conflicts: conflicts.map(asJson), rejected, setAside: setAside.size });
  return 0;
}

/** `cohortium intake tray show`: a conflict with its sides, or the objects of a series. */
export async function showInTray(terminal: Terminal, name: string, options: TrayCommandOptions): Promise<number> {
  const words = waysWords(terminal.language);
  const { tray, pseudonymOf } = opened(options);
  const entries = new Map(tray.entries().map((entry) => [entry.sha256, entry]));
  const conflict = tray.conflicts(pseudonymOf).find(({ id }) => id === name);
  const chosen = [...entries.values()].filter(({ seriesUid }) => label(tray, 'r', seriesUid) === name || seriesUid === name);
  if (conflict === undefined && chosen.length === 0) throw cliErrors.error('CLI.USAGE', { problem: words('unknownName', { name, known: known(tray, pseudonymOf) }) }); // prettier-ignore
  const sides = (conflict?.sides ?? [chosen.map(({ sha256 }) => sha256)]).map((side) =>
    side.flatMap((sha256) => entries.get(sha256) ?? []),
  );
  if (conflict !== undefined) terminal.data(conflictText(terminal, conflict));
  sides.forEach((side, at) => {
    const first = side[0] as TrayEntry;
    terminal.data(
      words('sideLine', { side: at + 1, count: side.length, time: new Date(first.receivedAtMs).toISOString(), way: first.way }),
    );
    for (const line of new Set(side.map((entry) => words('sideSeries', shownEntry(tray, entry, options.reveal === true)))))
      terminal.data(line);
  });
  const objects = sides.map((side) => side.map((entry) => ({ ...shownEntry(tray, entry, options.reveal === true), sha256: entry.sha256, receivedAtMs: entry.receivedAtMs, way: entry.way, instanceNumber: entry.instanceNumber }))); // prettier-ignore
  terminal.jsonObject({ schemaVersion: 1, ...(conflict === undefined ? {} : { conflict: asJson(conflict) }), sides: objects });
  return 0;
}

/** `cohortium intake tray resolve`. */
export async function resolveInTray(
  terminal: Terminal,
  id: string,
  options: TrayCommandOptions & { readonly keep: string },
): Promise<number> {
  const words = waysWords(terminal.language);
  const { tray, pseudonymOf } = opened(options);
  const keep = options.keep === 'all' ? 'all' : ({ first: 1, second: 2 }[options.keep] ?? Number(options.keep));
  if (keep !== 'all' && !Number.isInteger(keep)) throw cliErrors.error('CLI.USAGE', { problem: words('badKeep') });
  const decision = tray.resolve(id, keep, pseudonymOf);
  const setAside = decision.kind === 'resolve' ? decision.setAside.length : 0;
  terminal.data(words('resolved', { count: setAside }));
  terminal.jsonObject({ schemaVersion: 1, conflict: id, keep, setAside, conflicts: tray.conflicts(pseudonymOf).length });
  return 0;
}

/** `cohortium intake tray release`. */
export async function releaseFromTray(terminal: Terminal, names: readonly string[], options: TrayCommandOptions): Promise<number> {
  const words = waysWords(terminal.language);
  const { tray, pseudonymOf } = opened(options);
  const wanted = names.map((name) => seriesNamed(terminal, tray, pseudonymOf, name));
  const released = tray.release(wanted.length === 0 ? 'all' : wanted, pseudonymOf);
  const held = tray.heldSeries(pseudonymOf).size;
  terminal.data(words('released', { count: released.length, held }));
  terminal.jsonObject({ schemaVersion: 1, released: released.map((uid) => label(tray, 'r', uid)), held });
  return 0;
}

/** `cohortium intake tray role`: what a person says that a series is. */
export async function assignRoleInTray(terminal: Terminal, name: string, asked: string, options: TrayCommandOptions): Promise<number> {
  const words = waysWords(terminal.language);
  const { tray, pseudonymOf } = opened(options);
  const role = seriesRoles.find((one) => one === asked);
  if (role === undefined)
    throw cliErrors.error('CLI.USAGE', { problem: words('unknownName', { name: asked, known: seriesRoles.join(', ') }) });
  const uid = seriesNamed(terminal, tray, pseudonymOf, name);
  tray.assignRole(uid, role);
  terminal.data(words('roleAssigned', { series: label(tray, 'r', uid), role }));
  terminal.jsonObject({ schemaVersion: 1, series: label(tray, 'r', uid), role });
  return 0;
}

/** UID of the series with a label or a UID. @throws `CLI.USAGE` */
function seriesNamed(terminal: Terminal, tray: IntakeTray, pseudonymOf: PseudonymOf | undefined, name: string): string {
  const all = [...new Set(tray.entries().map(({ seriesUid }) => seriesUid))];
  const uid = all.find((one) => one === name || label(tray, 'r', one) === name);
  if (uid !== undefined) return uid;
  throw cliErrors.error('CLI.USAGE', { problem: waysWords(terminal.language)('unknownName', { name, known: known(tray, pseudonymOf) }) });
}

type PseudonymOf = (identity: { readonly patientId: string; readonly issuer: string }) => string;

function opened({ tray, key }: TrayCommandOptions): { readonly tray: IntakeTray; readonly pseudonymOf: PseudonymOf | undefined } {
  const siteKey = key === undefined ? undefined : readSiteKey(key);
  return { tray: openTray({ tray, maxMib: 512 }), pseudonymOf: siteKey && ((identity) => siteKey.pseudonym(identity).code) };
}

function seriesRows(tray: IntakeTray, pseudonymOf: PseudonymOf | undefined, reveal: boolean): readonly SeriesRow[] {
  const { released, setAside } = tray.decisions();
  const held = tray.heldSeries(pseudonymOf);
  const rows = new Map<string, SeriesRow>();
  for (const entry of tray.entries()) {
    if (setAside.has(entry.sha256)) continue;
    const key = JSON.stringify([participantKey(entry), entry.seriesUid]);
    const state = held.has(entry.seriesUid) ? 'held' : released.has(entry.seriesUid) ? 'released' : 'ready';
    rows.set(key, {
      participant: pseudonymOf?.(entry) ?? label(tray, 'p', participantKey(entry)),
      imagingStudy: label(tray, 's', entry.imagingStudyUid),
      series: label(tray, 'r', entry.seriesUid),
      modality: entry.modality,
      seriesNumber: entry.seriesNumber,
      images: (rows.get(key)?.images ?? 0) + 1,
      state,
      ...(reveal ? { patientId: entry.patientId } : {}),
    });
  }
  const order = ({ participant, imagingStudy, seriesNumber, series }: SeriesRow) => `${participant} ${imagingStudy} ${String(seriesNumber ?? 0).padStart(9, '0')} ${series}`; // prettier-ignore
  return [...rows.values()].sort((a, b) => (order(a) < order(b) ? -1 : 1));
}

function shownEntry(tray: IntakeTray, entry: TrayEntry, reveal: boolean) {
  return {
    participant: reveal ? `${entry.patientId} ${entry.birthDate}` : label(tray, 'p', participantKey(entry)),
    study: label(tray, 's', entry.imagingStudyUid),
    series: label(tray, 'r', entry.seriesUid),
  };
}

function conflictText(terminal: Terminal, { id, kind, sides, differs, missing }: Conflict): string {
  return waysWords(terminal.language)('conflictLine', {
    id,
    kind,
    sides: sides.length,
    differs: (differs ?? []).join(', '),
    missing: missing?.count ?? 0,
    by: missing?.by ?? '',
  });
}

function asJson({ id, kind, sides, canAccept, canKeep, missing, differs }: Conflict) {
  return { id, kind, sides: sides.map(({ length }) => length), canAccept, canKeep, missing: missing ?? null, differs: differs ?? [] };
}

/** A short digest of an identifier, unique enough among what one tray holds. Another tray gives another one. */
function label(tray: IntakeTray, letter: 'p' | 's' | 'r', identifier: string): string {
  return `${letter}-${tray.digestOf(`${letter} ${identifier}`).slice(0, 8)}`;
}

function known(tray: IntakeTray, pseudonymOf: PseudonymOf | undefined): string {
  const names = [
    ...tray.conflicts(pseudonymOf).map(({ id }) => id),
    ...new Set(tray.entries().map(({ seriesUid }) => label(tray, 'r', seriesUid))),
  ];
  return names.slice(0, 12).join(', ') || '-';
}
