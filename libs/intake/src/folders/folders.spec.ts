import { testSlice } from '@cohortium/testkit';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
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
});
