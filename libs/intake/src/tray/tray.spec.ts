import { testSlice } from '@cohortium/testkit';
import type { TestSlice } from '@cohortium/testkit';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { IntakeTray } from './tray.js';

const scratch = mkdtempSync(join(tmpdir(), 'cohortium-tray-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

let ticks = 1_700_000_000_000;
const clock = { nowMs: () => ticks++ };

function newTray(): IntakeTray {
  return IntakeTray.open(join(mkdtempSync(join(scratch, 't-')), 'tray'), clock);
}

function put(tray: IntakeTray, slice: TestSlice, push = 'p1') {
  return tray.receive(testSlice(slice), { way: 'folder', push });
}

/** A series of `count` slices 3 mm apart. */
function putSeries(tray: IntakeTray, count: number, leave: readonly number[] = [], series: Partial<TestSlice> = {}): void {
  for (let at = 1; at <= count; at++)
    if (!leave.includes(at))
      put(tray, { sopInstanceUid: `1.2.276.9.5.${series.seriesUid ?? ''}${at}`, instanceNumber: at, zMm: 3 * at, ...series });
}

const kinds = (tray: IntakeTray) => tray.conflicts().map(({ kind }) => kind);

describe('the tray', () => {
  it('keeps an object once, in files for its owner only, and says what it did', () => {
    const tray = newTray();
    const first = put(tray, { sopInstanceUid: '1.2.276.9.3.1' });
    expect(first.outcome).toBe('stored');
    expect(put(tray, { sopInstanceUid: '1.2.276.9.3.1' }).outcome).toBe('known');
    expect(Buffer.from(tray.read(first.sha256))).toEqual(testSlice({ sopInstanceUid: '1.2.276.9.3.1' }));
    const all = readdirSync(tray.folder, { recursive: true, withFileTypes: true });
    for (const entry of all) expect(statSync(join(entry.parentPath, entry.name)).mode & 0o777).toBe(entry.isDirectory() ? 0o700 : 0o600);
  });

  it('knows the same object in other wrapping: meta information of another sender, implicit representation', () => {
    const tray = newTray();
    const bytes = testSlice({ sopInstanceUid: '1.2.276.9.3.1' });
    tray.receive(bytes, { way: 'folder', push: 'p' });
    const other = Buffer.from(bytes);
    other.write('other preamble', 0, 'latin1');
    expect(tray.receive(other, { way: 'store', push: 'q' }).outcome).toBe('known');
    expect(tray.conflicts()).toEqual([]);
  });

  it('keeps what it cannot take aside, with the reason', () => {
    const tray = newTray();
    const push = { way: 'folder', push: 'p' } as const;
    expect(tray.receive(Buffer.from('no image at all, but longer than a header '.repeat(9)), push)).toMatchObject({ outcome: 'rejected', reason: 'unreadable' }); // prettier-ignore
    expect(tray.receive(testSlice({ sopInstanceUid: '1.2.276.9.3.1' }).subarray(0, 700), push)).toMatchObject({ reason: 'unreadable' });
    expect(put(tray, { sopInstanceUid: '1.2.276.9.3.1', patientId: '' })).toMatchObject({ reason: 'noPatientId' });
    expect(put(tray, { sopInstanceUid: '' })).toMatchObject({ reason: 'noUid' });
    expect(tray.rejected().map(({ reason }) => reason)).toEqual(['unreadable', 'unreadable', 'noPatientId', 'noUid']);
    expect(readdirSync(join(tray.folder, 'rejected')).filter((name) => name.endsWith('.bin'))).toHaveLength(4);
    expect(IntakeTray.open(tray.folder, clock, 100).receive(testSlice({ sopInstanceUid: '1.2.276.9.9' }), push)).toMatchObject({ reason: 'tooLarge' }); // prettier-ignore
  });

  it('shows one UID with two contents and keeps the one that is chosen; the other stays on the disk', () => {
    const tray = newTray();
    const first = put(tray, { sopInstanceUid: '1.2.276.9.3.1', gray: 1 });
    const second = put(tray, { sopInstanceUid: '1.2.276.9.3.1', gray: 2 });
    const [conflict] = tray.conflicts();
    expect(conflict).toMatchObject({ kind: 'sameUid', sides: [[first.sha256], [second.sha256]], canAccept: false });
    expect(() => tray.release([tray.entries()[0]?.seriesUid as string])).toThrow(expect.objectContaining({ code: 'INTAKE.HELD' }));
    expect(() => tray.resolve(conflict?.id as string, 'all')).toThrow(expect.objectContaining({ code: 'INTAKE.BAD_DECISION' }));
    expect(() => tray.resolve('none', 1)).toThrow(expect.objectContaining({ code: 'INTAKE.NO_CONFLICT' }));
    tray.resolve(conflict?.id as string, 2);
    expect(tray.conflicts()).toEqual([]);
    expect(tray.release('all')).toHaveLength(1);
    expect(IntakeTray.open(tray.folder, clock).releasedEntries().map(({ sha256 }) => sha256)).toEqual([second.sha256]); // prettier-ignore
    expect(existsSync(join(tray.folder, 'objects', first.sha256.slice(0, 2), `${first.sha256}.dcm`))).toBe(true);
  });

  it('shows two people under one identifier, by birth date or name but not by how a name is written', () => {
    const tray = newTray();
    put(tray, { sopInstanceUid: '1.2.276.9.3.1', patientName: 'Nowak^Ewa' });
    put(tray, { sopInstanceUid: '1.2.276.9.3.2', patientName: 'NOWAK EWA^^', instanceNumber: 2, zMm: 3 });
    expect(kinds(tray)).toEqual([]);
    put(tray, { sopInstanceUid: '1.2.276.9.3.3', birthDate: '19520101', instanceNumber: 3, zMm: 6, patientName: 'Nowak^Ewa' });
    const [conflict] = tray.conflicts();
    expect(conflict).toMatchObject({ kind: 'twoPeople', differs: ['birthDate'], canAccept: true });
    tray.resolve(conflict?.id as string, 'all');
    put(tray, { sopInstanceUid: '1.2.276.9.3.4', instanceNumber: 4, zMm: 9, patientName: 'Nowak^Ewa' });
    expect(kinds(tray)).toEqual([]);
    put(tray, { sopInstanceUid: '1.2.276.9.3.5', instanceNumber: 5, zMm: 12, patientName: 'Kowal^Ola' });
    expect(tray.conflicts()).toMatchObject([{ kind: 'twoPeople', differs: ['birthDate', 'name'] }]);
  });

  it('shows one series under two participants, and different identifiers under one pseudonym', () => {
    const tray = newTray();
    put(tray, { sopInstanceUid: '1.2.276.9.3.1', patientId: 'A' });
    put(tray, { sopInstanceUid: '1.2.276.9.3.2', patientId: 'B', instanceNumber: 2, zMm: 3 });
    expect(kinds(tray)).toEqual(['twoParticipants']);
    const other = newTray();
    put(other, { sopInstanceUid: '1.2.276.9.3.1', patientId: 'A' });
    put(other, { sopInstanceUid: '1.2.276.9.3.2', patientId: 'B', imagingStudyUid: '1.2.276.9.2', seriesUid: '1.2.276.9.2.1' });
    expect(kinds(other)).toEqual([]);
    expect(other.conflicts(() => 'P-SAME').map(({ kind }) => kind)).toEqual(['onePseudonym']);
  });

  it('shows several imaging studies of one push', () => {
    const tray = newTray();
    put(tray, { sopInstanceUid: '1.2.276.9.3.1' });
    put(tray, { sopInstanceUid: '1.2.276.9.3.2', imagingStudyUid: '1.2.276.9.2', seriesUid: '1.2.276.9.2.1' });
    put(tray, { sopInstanceUid: '1.2.276.9.3.3', imagingStudyUid: '1.2.276.9.3', seriesUid: '1.2.276.9.3.1' }, 'another');
    const [conflict, ...more] = tray.conflicts();
    expect([conflict?.kind, more]).toEqual(['severalStudies', []]);
    tray.resolve(conflict?.id as string, 1);
    expect([...tray.release('all')].sort()).toEqual(['1.2.276.9.1.1', '1.2.276.9.3.1']);
  });

  it('shows missing slices by numbers, positions, cut phases and what the archive said; a whole series has none', () => {
    const whole = newTray();
    putSeries(whole, 12);
    expect(whole.conflicts()).toEqual([]);
    const hole = newTray();
    putSeries(hole, 12, [5, 6]);
    expect(hole.conflicts()).toMatchObject([{ kind: 'missingSlices', missing: { by: 'instanceNumber', count: 2 }, canKeep: false }]);
    hole.resolve(hole.conflicts()[0]?.id as string, 'all');
    expect(hole.conflicts()).toEqual([]);
    putSeries(hole, 13, [1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12]);
    expect(hole.conflicts()).toMatchObject([{ missing: { by: 'instanceNumber', count: 1 } }]);
    const gap = newTray();
    [1, 2, 3, 5, 6, 7].forEach((at, index) => put(gap, { sopInstanceUid: `1.2.276.9.4.${at}`, instanceNumber: index + 1, zMm: 3 * at }));
    expect(gap.conflicts()).toMatchObject([{ missing: { by: 'position', count: 1 } }]);
    const cut = newTray();
    for (let at = 0; at < 11; at++) put(cut, { sopInstanceUid: `1.2.276.9.4.${at}`, instanceNumber: at + 1, zMm: 3 * (at % 6) });
    expect(cut.conflicts()).toMatchObject([{ missing: { by: 'count', count: 1 } }]);
    const short = newTray();
    putSeries(short, 6);
    short.expect('1.2.276.9.1.1', 8);
    expect(short.conflicts()).toMatchObject([{ missing: { by: 'expected', count: 2 } }]);
  });

  it('puts right what a crash left: a draft, a lost or torn entry, a torn decision', () => {
    const tray = newTray();
    const { sha256 } = put(tray, { sopInstanceUid: '1.2.276.9.3.1' });
    const other = put(tray, { sopInstanceUid: '1.2.276.9.3.2', instanceNumber: 2, zMm: 3 });
    writeFileSync(join(tray.folder, 'incoming', '1-1-1.part'), 'half');
    utimesSync(join(tray.folder, 'incoming', '1-1-1.part'), 1, 1);
    writeFileSync(join(tray.folder, 'incoming', `${process.pid}-1-1.part`), 'under way');
    unlinkSync(join(tray.folder, 'entries', `${sha256}.json`));
    truncateSync(join(tray.folder, 'entries', `${other.sha256}.json`), 40);
    tray.release('all');
    appendFileSync(join(tray.folder, 'decisions.jsonl'), '{"atMs":1,"kind":"rel');
    const again = IntakeTray.open(tray.folder, clock);
    expect(readdirSync(join(tray.folder, 'incoming'))).toEqual([`${process.pid}-1-1.part`]);
    expect(again.entries().map((entry) => entry.sha256).sort()).toEqual([sha256, other.sha256].sort()); // prettier-ignore
    expect(again.releasedEntries()).toHaveLength(2);
    put(again, { sopInstanceUid: '1.2.276.9.7.1', seriesUid: '1.2.276.9.7' }, 'p2');
    expect(again.release('all')).toEqual(['1.2.276.9.7']);
    expect(readFileSync(join(tray.folder, 'decisions.jsonl'), 'utf8')).toContain('{"atMs":1,"kind":"rel\n');
  });

  it('leaves the entry alone of an object that another process is storing', () => {
    const tray = newTray();
    const { sha256 } = put(tray, { sopInstanceUid: '1.2.276.9.3.1' }, 'true');
    const path = join(tray.folder, 'entries', `${sha256}.json`);
    const entry = readFileSync(path);
    unlinkSync(path);
    // The clock is asked just before a recovered entry is written: here the other process ends its work.
    const late = { nowMs: () => (writeFileSync(path, entry), 5) };
    expect(IntakeTray.open(tray.folder, late).entries()).toMatchObject([{ push: 'true' }]);
    expect(readFileSync(path)).toEqual(entry);
    expect(readdirSync(join(tray.folder, 'incoming'))).toEqual([]);
  });

  it('names conflicts and labels by a key of its own, made once, so that nobody finds an identifier by trying', () => {
    const [one, two] = [newTray(), newTray()];
    for (const tray of [one, two]) for (const gray of [1, 2]) put(tray, { sopInstanceUid: '1.2.276.9.3.1', gray });
    expect(one.conflicts()).toHaveLength(1);
    expect(one.conflicts()[0]?.id).not.toBe(two.conflicts()[0]?.id);
    expect(one.digestOf('a')).not.toBe(two.digestOf('a'));
    const again = IntakeTray.open(one.folder, clock);
    expect([again.digestOf('a'), again.conflicts()[0]?.id]).toEqual([one.digestOf('a'), one.conflicts()[0]?.id]);
    const key = statSync(join(one.folder, 'labels.key'));
    expect([key.size, key.mode & 0o777]).toEqual([32, 0o600]);
  });

  it('sees what another process handed in', () => {
    const tray = newTray();
    const other = IntakeTray.open(tray.folder, clock);
    put(other, { sopInstanceUid: '1.2.276.9.3.1' });
    expect(tray.entries()).toHaveLength(0);
    tray.refresh();
    expect(tray.entries()).toHaveLength(1);
  });
});
