import { DicomObject, indexToPatient, loadCodecs } from '@cohortium/imaging';
import { CaseImageMaker, assembleCase, extractByPlan, resolveCasePlan } from '@cohortium/radiomics';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { archived, holds, referenceFolder, scratchRoot } from './dicom-archives.js';

const folder = 'breast_dce/ucsf_br_06';
afterAll(() => rmSync(scratchRoot, { recursive: true, force: true }));

interface Expected {
  readonly ftv: {
    readonly voi_start_xyz: readonly [number, number, number];
    readonly voi_end_xyz_inclusive: readonly [number, number, number];
    readonly published: readonly { readonly voxels: number }[];
  };
}

describe.skipIf(!holds(folder, 'features of a real breast tumor'))('a real breast examination (UCSF-BR-06)', () => {
  it('gives the features of its tumor, found by how it enhances, from the 180 raw files', async () => {
    await loadCodecs();
    const { ftv } = JSON.parse(readFileSync(join(referenceFolder, folder, 'expected.json'), 'utf8')) as Expected;
    const { input, series, problems } = assembleCase(archived(`${folder}/dce.dcm.tar.gz`).map((bytes) => DicomObject.parse(bytes)));
    expect(problems).toEqual([]);
    expect(series.map(({ role }) => role.role)).toEqual(['dce']);
    const { dce } = input.images;
    expect(dce?.phases).toHaveLength(3);
    // The published box counts slices as they were taken, which is towards the right; our grid runs the other way.
    const geometry = (dce as NonNullable<typeof dce>).phases[0]?.geometry;
    if (geometry === undefined) throw new Error('no phase');
    const last = geometry.dimensions[2] - 1;
    const corner = ([x, y, z]: readonly [number, number, number]) =>
      indexToPatient(geometry, [x, y, geometry.direction[6] === 0 && isReversed(geometry.originMm[0]) ? last - z : z]);
    const box = { fromMm: [...corner(ftv.voi_start_xyz)], toMm: [...corner(ftv.voi_end_xyz_inclusive)] };
    const plan = resolveCasePlan({
      name: 'tumor',
      settings: 'breast-mr',
      images: { PE: { from: 'percentEnhancement', phase: 1 }, SER: { from: 'signalEnhancementRatio', early: 1 } },
      regions: { tumor: { functionalTumor: { box } } },
    });
    const found = extractByPlan(input, plan);
    expect(found.gaps).toEqual([]);
    const voxels = found.placements[0]?.voxels as number;
    const published = ftv.published[0]?.voxels as number;
    console.warn(`functional tumor: ${voxels} voxels, published ${published}`);
    expect(Math.abs(voxels - published)).toBeLessThanOrEqual(10);
    expect(found.features.length).toBeGreaterThan(300);
    // Whatever makes a voxel tumor: at least 70 % of enhancement.
    expect(found.features.find(({ name }) => name === 'PE_tumor_intensityStatistics_mean')?.value).toBeGreaterThan(70);
    const kinetics = new CaseImageMaker(input.images, plan.plan.kinetics);
    expect(kinetics.make({ from: 'adc', origin: 'computed' })).toEqual({ absent: 'noSeries' });
  }, 120_000);
});

/** The series begins at 157.8 mm and runs towards -x; sorted along the normal it begins at the other end. */
function isReversed(originX: number): boolean {
  return originX < 100;
}
