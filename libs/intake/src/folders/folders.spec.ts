import { testSlice } from '@cohortium/testkit';
import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { IntakeTray } from '../tray/tray.js';
import { importFiles } from './import-folder.js';
import { FolderWatch } from './watch-folder.js';

const scratch = mkdtempSync(join(tmpdir(), 'cohortium-folders-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const maxObjectBytes = 10_000;
const slice = (at: number) => testSlice({ sopInstanceUid: `1.2.276.9.3.${at}`, instanceNumber: at, zMm: at });

describe('folders', () => {
  it('takes files and folders, tells what it could not take, and takes nothing twice', () => {
    const folder = mkdtempSync(join(scratch, 'f-'));
    mkdirSync(join(folder, 'deep/er'), { recursive: true });
    writeFileSync(join(folder, 'deep/er/one'), slice(1));
    writeFileSync(join(folder, 'two.dcm'), slice(2));
    writeFileSync(join(folder, '.hidden'), slice(3));
    writeFileSync(join(folder, 'readme.txt'), 'not an image');
    writeFileSync(join(folder, 'large'), Buffer.alloc(maxObjectBytes + 1));
    const tray = IntakeTray.open(mkdtempSync(join(scratch, 't-')), { nowMs: () => 1 });
    expect(importFiles(tray, [folder, join(folder, 'two.dcm')], maxObjectBytes)).toEqual({
      stored: 2,
      known: 1,
      rejected: { tooLarge: 1, unreadable: 1 },
    });
    expect(importFiles(tray, [folder], maxObjectBytes)).toMatchObject({ stored: 0, known: 2 });
    expect(tray.rejected()).toHaveLength(2);
    expect(() => importFiles(tray, [mkdtempSync(join(scratch, 'e-'))], maxObjectBytes)).toThrow(
      expect.objectContaining({ code: 'INTAKE.NO_FILES' }),
    );
  });

  it('watches: a file is taken when it has been still, a growing one is not; a restart goes on', () => {
    const folder = mkdtempSync(join(scratch, 'w-'));
    let nowMs = 1_000_000;
    const clock = { nowMs: () => nowMs };
    const tray = IntakeTray.open(mkdtempSync(join(scratch, 't-')), clock);
    const options = { folder, tray, clock, maxObjectBytes, settleMs: 1000 };
    const watch = new FolderWatch(options);
    const bytes = slice(1);
    writeFileSync(join(folder, 'a'), bytes.subarray(0, 300));
    expect(watch.look().stored).toBe(0);
    nowMs += 900;
    appendFileSync(join(folder, 'a'), bytes.subarray(300));
    expect(watch.look().stored).toBe(0);
    nowMs += 900;
    expect(watch.look().stored).toBe(0);
    nowMs += 200;
    expect(watch.look()).toEqual({ stored: 1, known: 0, rejected: {} });
    const again = new FolderWatch(options);
    writeFileSync(join(folder, 'b'), slice(2));
    for (let round = 0; round < 2; round++, nowMs += 2000) again.look();
    expect(tray.entries().map(({ instanceNumber }) => instanceNumber)).toEqual([1, 2]);
    writeFileSync(join(folder, 'a'), slice(4));
    for (let round = 0; round < 2; round++, nowMs += 2000) again.look();
    expect(tray.entries()).toHaveLength(3);
  });

  it('goes on watching when a folder goes away or cannot be read, and tells the code only', () => {
    const folder = mkdtempSync(join(scratch, 'w-'));
    let nowMs = 1_000_000;
    const clock = { nowMs: () => (nowMs += 2000) };
    const tray = IntakeTray.open(mkdtempSync(join(scratch, 't-')), clock);
    const watch = new FolderWatch({ folder, tray, clock, maxObjectBytes, settleMs: 1000 });
    mkdirSync(join(folder, 'sub'));
    writeFileSync(join(folder, 'sub/a'), slice(1));
    watch.look();
    renameSync(folder, `${folder}-away`);
    expect(watch.look()).toEqual({ stored: 0, known: 0, rejected: {}, unread: { ENOENT: 1 } });
    renameSync(`${folder}-away`, folder);
    expect(watch.look()).toEqual({ stored: 1, known: 0, rejected: {} });
  });

  it('passes over a file that cannot be read, takes the others, and the file once it can', () => {
    const folder = mkdtempSync(join(scratch, 'w-'));
    let nowMs = 1_000_000;
    const clock = { nowMs: () => (nowMs += 2000) };
    const tray = IntakeTray.open(mkdtempSync(join(scratch, 't-')), clock);
    const watch = new FolderWatch({ folder, tray, clock, maxObjectBytes, settleMs: 1000 });
    for (const at of [1, 2]) writeFileSync(join(folder, `f${at}`), slice(at));
    watch.look();
    // Root may read everything: the error is made here.
    const denied = Object.assign(new Error('denied'), { code: 'EACCES', syscall: 'open', path: join(folder, 'f1') });
    vi.spyOn(tray, 'receive').mockImplementationOnce(() => { throw denied; }); // prettier-ignore
    expect(watch.look()).toEqual({ stored: 1, known: 0, rejected: {}, unread: { EACCES: 1 } });
    vi.restoreAllMocks();
    expect(watch.look()).toEqual({ stored: 1, known: 0, rejected: {} });
  });

  it('ends on a full disk, with what was taken before in the journal', () => {
    const folder = mkdtempSync(join(scratch, 'w-'));
    let nowMs = 1_000_000;
    const clock = { nowMs: () => (nowMs += 2000) };
    const tray = IntakeTray.open(mkdtempSync(join(scratch, 't-')), clock);
    const options = { folder, tray, clock, maxObjectBytes, settleMs: 1000 };
    const watch = new FolderWatch(options);
    for (const at of [1, 2]) writeFileSync(join(folder, `f${at}`), slice(at));
    watch.look();
    const receive = tray.receive.bind(tray);
    const full = Object.assign(new Error('full'), { code: 'ENOSPC', syscall: 'write' });
    vi.spyOn(tray, 'receive').mockImplementationOnce(receive).mockImplementationOnce(() => { throw full; }); // prettier-ignore
    expect(() => watch.look()).toThrow(full);
    vi.restoreAllMocks();
    const again = new FolderWatch(options);
    again.look();
    expect(again.look()).toEqual({ stored: 1, known: 0, rejected: {} });
  });
});
