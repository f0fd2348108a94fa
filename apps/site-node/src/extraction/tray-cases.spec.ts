import { SiteKey } from '@cohortium/imaging';
import { IntakeTray } from '@cohortium/intake';
import { resolveCasePlan } from '@cohortium/radiomics';
import { testSlice } from '@cohortium/testkit';
import type { TestSlice } from '@cohortium/testkit';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { listCases } from './tray-cases.js';
import type { ListedCase, ListingContext } from './tray-cases.js';

const scratch = mkdtempSync(join(tmpdir(), 'cohortium-tray-cases-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const receivedAtMs = 1_700_000_000_000;
const key = new SiteKey(Buffer.alloc(32, 7));
const planOf = (region: object) =>
  resolveCasePlan({ name: 'spec', settings: {}, images: { T2: { from: 't2w' } }, regions: { tumor: region } });
const config: ListingContext['config'] = {
  plan: planOf({ segment: 1 }),
  release: 'person',
  deidentification: ['cleanDescriptors'],
  accept: [],
  quietMs: 60_000,
};

function newTray(): IntakeTray {
  return IntakeTray.open(join(mkdtempSync(join(scratch, 't-')), 'tray'), { nowMs: () => receivedAtMs });
}

/** A series of one slice. A segmentation where that is asked for: what the object says it is counts here, not its pixels. */
function put(tray: IntakeTray, seriesUid: string, slice: Partial<TestSlice> = {}, isSegmentation = false): void {
  const bytes = testSlice({
    sopInstanceUid: `${seriesUid}.1`,
    seriesUid,
    ...slice,
    more: { ...slice.more, ...(isSegmentation ? segmentation : {}) },
  });
  expect(tray.receive(bytes, { way: 'folder', push: seriesUid }).outcome).toBe('stored');
}
const segmentation = { '00080016': ['UI', '1.2.840.10008.5.1.4.1.1.66.4'] } as const;

function listed(
  tray: IntakeTray,
  change: Partial<ListingContext['config']> = {},
  context: Partial<ListingContext> = {},
): readonly ListedCase[] {
  return listCases(tray, { config: { ...config, ...change }, extractorSha256: 'program', key, nowMs: receivedAtMs + 60_000, ...context });
}
const waiting = (...args: Parameters<typeof listed>) => listed(...args).map((one) => one.waiting);

describe('cases of a tray', () => {
  it('wait until nothing comes any more, a person has released them, and a region is there', () => {
    const tray = newTray();
    put(tray, '1.2.9.1');
    expect(waiting(tray, {}, { nowMs: receivedAtMs + 59_999 })).toEqual(['arriving']);
    expect(waiting(tray)).toEqual(['notReleased']);
    tray.release('all');
    expect(waiting(tray)).toEqual(['noRegion']);
    expect(waiting(tray, { plan: planOf({ functionalTumor: {} }) })).toEqual([null]);
    put(tray, '1.2.9.2', {}, true);
    expect(waiting(tray)).toEqual(['noRegion']);
    tray.release('all');
    expect(waiting(tray)).toEqual([null]);
    expect(listed(tray)[0]?.entries).toHaveLength(2);
  });

  it('wait while a conflict of theirs is open, and nobody else waits for it', () => {
    const tray = newTray();
    put(tray, '1.2.9.1');
    put(tray, '1.2.9.2', { patientId: 'HOSP-200', imagingStudyUid: '1.2.276.9.8' });
    tray.release('all');
    put(tray, '1.2.9.1', { gray: 2 });
    expect(waiting(tray, { plan: planOf({ functionalTumor: {} }) })).toEqual(['conflict', null]);
  });

  it('have one imaging study: of several a person releases one, also where release is automatic; a region may lie in another', () => {
    const tray = newTray();
    put(tray, '1.2.9.1');
    expect(listed(tray)[0]?.releasable).toEqual(['1.2.9.1']);
    put(tray, '1.2.9.2', { imagingStudyUid: '1.2.276.9.2' });
    expect(listed(tray)[0]).toMatchObject({ waiting: 'severalStudies', releasable: [] });
    put(tray, '1.2.9.3', { imagingStudyUid: '1.2.276.9.3' }, true);
    tray.release(['1.2.9.1', '1.2.9.3']);
    expect(listed(tray)[0]).toMatchObject({ waiting: null, releasable: [] });
    tray.release(['1.2.9.2']);
    expect(waiting(tray)).toEqual(['severalStudies']);
  });

  it('are looked at again when an object, the plan, the program, the rules or the de-identification changes, and only then', () => {
    const tray = newTray();
    put(tray, '1.2.9.1');
    tray.release('all');
    const of = (...args: Parameters<typeof listed>) => listed(...args)[0]?.fingerprint;
    const first = of(tray);
    expect(of(tray, { quietMs: 1, release: 'automatic' })).toBe(first);
    const others = [
      of(tray, { plan: planOf({ segment: 2 }) }),
      of(tray, { rules: { dce: { required: true } } }),
      of(tray, { deidentification: [] }),
      of(tray, { accept: ['burnedIn'] }),
      of(tray, {}, { extractorSha256: 'another' }),
    ];
    tray.assignRole('1.2.9.1', 't2w');
    expect([...(listed(tray)[0]?.roles ?? [])]).toEqual([['1.2.9.1', 't2w']]);
    others.push(of(tray));
    put(tray, '1.2.9.2');
    tray.release('all');
    expect(new Set([first, ...others, of(tray)]).size).toBe(8);
  });

  it('are named by a digest of this tray', () => {
    const [one, other] = [newTray(), newTray()];
    for (const tray of [one, other]) put(tray, '1.2.9.1');
    expect(listed(one)[0]?.caseId).toMatch(/^[0-9a-f]{32}$/);
    expect(listed(one)[0]?.caseId).not.toBe(listed(other)[0]?.caseId);
  });
});
