import { createHash } from 'node:crypto';
import { DicomObject, readDicomSlices } from '@cohortium/imaging';
import { describe, expect, it } from 'vitest';
import type { ImageCohortOptions } from './image-options.js';
import { participantCount, participantFiles } from './participant-files.js';
import type { CohortFile } from './participant-files.js';
import { planImageCohort } from './plan.js';
import { scannerProfile } from './scanner-profile.js';
import { cohortTables } from './tables.js';

const sites = [0, 1, 2, 3].map((at) => ({ id: `S${at}`, participants: 2 }));
const small = { seed: 5, sites, size: [24, 24, 6] as const };
const plan = planImageCohort(small);
const hash = (files: Iterable<CohortFile>) => {
  const sum = createHash('sha256');
  for (const { path, bytes } of files) sum.update(path).update('\0').update(bytes);
  return sum.digest('hex');
};
const objectsOf = (files: readonly CohortFile[], part: string) =>
  files.filter(({ path }) => path.includes(part) && path.endsWith('.dcm')).map(({ bytes }) => DicomObject.parse(bytes));

describe('a cohort in images', () => {
  it('is the same bytes for the same seed, whatever was made before, and others for another seed', () => {
    const first = hash(participantFiles(plan, 1, 1));
    hash(participantFiles(plan, 0, 0));
    expect(hash(participantFiles(planImageCohort(small), 1, 1))).toBe(first);
    expect(hash(participantFiles(planImageCohort({ ...small, seed: 6 }), 1, 1))).not.toBe(first);
    expect(hash(cohortTables(plan))).toBe(hash(cohortTables(planImageCohort(small))));
  });

  it('has unique UIDs, and names that are obviously no person', () => {
    const files = [0, 1].flatMap((site) => [0, 1].flatMap((index) => [...participantFiles(plan, site, index)]));
    const objects = objectsOf(files, '/dicom/');
    const uids = objects.map((object) => object.text('x00080018'));
    expect(new Set(uids).size).toBe(uids.length);
    for (const object of objects) {
      expect(object.text('x00100010')).toMatch(/^SYNTHETIC\^SYN-S\d-000\d$/);
      expect(object.text('x00200052')).toMatch(/^2\.25\.\d+$/);
    }
    expect(files.filter(({ path }) => path.startsWith('truth/')).every(({ path }) => !path.includes('/dicom/'))).toBe(true);
  });

  it('classic series read as volumes: phases, b-values and times as each vendor states them', () => {
    for (const [site, privateB] of [
      [0, 'x0019100c'],
      [1, 'x00431039'],
      [3, 'x00651009'],
    ] as const) {
      // prettier-ignore
      const files = [...participantFiles(plan, site, 0)];
      const dwi = objectsOf(files, '-dwi/');
      const { bValues } = scannerProfile(site).diffusion;
      const read = dwi.map((object) => (site === 3 ? object.float64(privateB) : (object.decimal(privateB) as number) % 1e9));
      expect([...new Set(read)]).toEqual([...bValues]);
      const folders = [...new Set(files.filter(({ path }) => path.includes('-dce')).map(({ path }) => path.split('/').at(-2) as string))];
      expect(folders.length).toBe(site === 0 ? 6 : 1);
      const first = files.filter(({ path }) => path.includes(`/${folders[0]}/`)).slice(0, 6);
      const volume = readDicomSlices(first.map(({ path, bytes }) => ({ name: path, bytes })));
      expect(volume.geometry.dimensions).toEqual([24, 24, 6]);
      expect(volume.geometry.spacingMm[2]).toBeCloseTo(scannerProfile(site).fieldOfViewMm[2] / 6, 9);
      const clock = site === 1 ? 'x00080033' : 'x00080032';
      const seconds = objectsOf(files, '-dce')
        .filter((_, at) => at % 6 === 0)
        .map((object) => {
          const text = object.text(clock) as string;
          return 3600 * Number(text.slice(0, 2)) + 60 * Number(text.slice(2, 4)) + Number(text.slice(4));
        });
      const expected = plan.sites[site]?.participants[0]?.times.seconds ?? [];
      seconds.forEach((second, phase) => expect(second - (seconds[0] as number)).toBeCloseTo(expected[phase] as number, 4));
    }
  });

  it('enhanced objects hold all frames of a series with time or b-value each', () => {
    const files = [...participantFiles(plan, 2, 0)];
    const [dynamic] = objectsOf(files, '-dce/');
    const frames = dynamic?.items('x52009230') ?? [];
    expect(frames.length).toBe(36);
    const offsets = frames.map((frame) => frame.item('x00209310')?.float64('x0020930d'));
    expect([...new Set(offsets)]).toEqual([...(plan.sites[2]?.participants[0]?.times.seconds ?? [])]);
    const [dwi] = objectsOf(files, '-dwi/');
    const bValues = (dwi?.items('x52009230') ?? []).map((frame) => frame.item('x00189117')?.float64('x00189087'));
    expect([...new Set(bValues)]).toEqual([...scannerProfile(2).diffusion.bValues]);
  });

  it('the segmentation has the voxels of the truth and refers to images that are there', () => {
    for (const site of [0, 2]) {
      const files = [...participantFiles(plan, site, 0)];
      const [seg] = objectsOf(files, '-seg/');
      const known = new Set(objectsOf(files, '-dce').map((object) => object.text('x00080018')));
      const frames = seg?.items('x52009230') ?? [];
      const source = frames.map((frame) => frame.item('x00089124')?.item('x00082112')?.text('x00081155'));
      expect(source.every((uid) => known.has(uid))).toBe(true);
      const ones = (seg?.bytes('x7fe00010') ?? new Uint8Array(0)).reduce(
        (sum, byte) => sum + byte.toString(2).replaceAll('0', '').length,
        0,
      );
      const truth = files.find(({ path }) => path.endsWith('truth.json'))?.bytes;
      const { lesions } = JSON.parse(new TextDecoder().decode(truth)) as { lesions: { voxels: number }[] };
      expect(ones).toBe(lesions.reduce((sum, { voxels }) => sum + voxels, 0));
      expect(ones).toBeGreaterThan(0);
    }
  });

  it('clinical tables: IHC and ISH agree with the true status, prevalence differs by hospital, and the law is in the data', () => {
    const large = planImageCohort({ seed: 11, sites: [0, 1, 2].map((at) => ({ id: `L${at}`, participants: 400 })) });
    expect(participantCount(large)).toBe(1200);
    expect(large.achievableAuc).toBeGreaterThan(0.8);
    expect(planImageCohort({ seed: 1, sites: [{ id: 'ONE', participants: 1 }] }).achievableAuc).toBeNull();
    const people = large.sites.flatMap(({ participants }) => participants);
    for (const { ihc, ish, her2 } of people) {
      if (ihc === '3+' || ish === 'positive') expect(her2).toBe(1);
      if (ihc === '0' || ihc === '1+' || ish === 'negative') expect(her2).toBe(0);
      if (ish !== '') expect(ihc).toBe('2+');
    }
    expect(people.some(({ ihc, ish }) => ihc === '2+' && ish === '')).toBe(true);
    for (const { prevalence, participants } of large.sites) {
      const share = participants.filter(({ her2 }) => her2 === 1).length / participants.length;
      // Five standard errors of a share of 400.
      expect(Math.abs(share - prevalence)).toBeLessThan(5 * Math.sqrt((prevalence * (1 - prevalence)) / 400));
    }
    const mean = (status: number) => {
      const own = people.filter(({ her2 }) => her2 === status);
      return own.reduce((sum, { scores }) => sum + scores.ktrans, 0) / own.length;
    };
    expect(mean(1) - mean(0)).toBeGreaterThan(0.6);
    const csv = new TextDecoder().decode(cohortTables(large).find(({ path }) => path === 'L1/clinical.csv')?.bytes);
    expect(csv.trim().split('\n').length).toBe(401);
    expect(csv).not.toContain('her2');
  });

  it('refuses options that it cannot follow', () => {
    const refused: ImageCohortOptions[] = [
      { ...small, seed: -1 },
      { ...small, sites: [] },
      { ...small, sites: [{ id: 'A', participants: 0 }] },
      { ...small, sites: [{ id: 'A', participants: 1 }, { id: 'A', participants: 1 }] }, // prettier-ignore
      { ...small, size: [8, 24, 6] },
      { ...small, postPhases: 1 },
      { ...small, prevalence: 0.9 },
    ];
    for (const options of refused) expect(() => planImageCohort(options)).toThrow(/No synthetic cohort/);
    expect(() => [...participantFiles(plan, 9, 0)]).toThrow(RangeError);
  });
});
