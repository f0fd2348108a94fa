import { assignRole, buildVolume, earliestSeconds, loadCodecs, seriesFacts } from '@cohortium/imaging';
import type { Geometry, Volume } from '@cohortium/imaging';
import { sha256 } from '@cohortium/kernel';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { archived, filesBelow, holds, niftiVoxels, openSeries, referenceFolder, scratchRoot } from './dicom-archives.js';
import type { OpenSeries } from './dicom-archives.js';

const vendors = 'mr_multivendor';
const hasVendors = holds(vendors, 'MR of several vendors');
const breast = 'breast_dce/ucsf_br_06';
const hasBreast = holds(breast, 'breast DCE');

beforeAll(loadCodecs);
afterAll(() => rmSync(scratchRoot, { recursive: true, force: true }));

const volumes = ({ objects, plans }: OpenSeries): Volume[] => plans.map((plan) => buildVolume(plan, (image) => objects[image] as never));
const factsOf = ({ headers, plans }: OpenSeries) => seriesFacts(headers, plans, earliestSeconds(headers));
const json = <T>(path: string): T => JSON.parse(readFileSync(join(referenceFolder, path), 'utf8')) as T;
const numbers = (path: string) =>
  readFileSync(join(referenceFolder, path), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));

/** Voxels that differ between volumes and a NIfTI of the same slices, whose rows run the other way. */
function different(stack: readonly Volume[], path: string): number {
  const { dimensions, values } = niftiVoxels(join(referenceFolder, path));
  const [ni, nj, nk, nt] = dimensions;
  expect([...(stack[0] as Volume).geometry.dimensions, stack.length]).toEqual([ni, nj, nk, nt]);
  let count = 0;
  stack.forEach(({ values: ours }, t) => {
    for (let k = 0, at = 0; k < nk; k++)
      for (let j = 0; j < nj; j++)
        for (let i = 0; i < ni; i++, at++) if (ours[at] !== values[i + ni * (nj - 1 - j + nj * (k + nk * t))]) count++;
  });
  return count;
}

/** A gradient of patient space in the axes of an image whose rows run the other way, as dcm2niix writes it. */
function inImageAxes({ direction: d }: Geometry, [x, y, z]: readonly [number, number, number]): number[] {
  const along = (column: 0 | 1 | 2) => x * (d[column] as number) + y * (d[3 + column] as number) + z * (d[6 + column] as number);
  return [along(0), -along(1), along(2)];
}

describe.skipIf(!hasVendors)('MR of several vendors', () => {
  it('United Imaging diffusion: tiles, b-values and directions as dcm2niix gives them', () => {
    const series = openSeries(archived(`${vendors}/uih_dwi/dicom.tar.gz`));
    const facts = factsOf(series);
    // dcm2niix orders the volumes by instance.
    const byInstance = series.plans
      .map((plan, at) => ({ plan, facts: facts.volumes[at] as (typeof facts.volumes)[number] }))
      .sort((a, b) => (a.plan.frames[0]?.info.instanceNumber ?? 0) - (b.plan.frames[0]?.info.instanceNumber ?? 0));
    const stack = byInstance.map(({ plan }) => buildVolume(plan, (image) => series.objects[image] as never));
    expect(different(stack, `${vendors}/uih_dwi/reference.nii.gz`)).toBe(0);
    const bvals = numbers(`${vendors}/uih_dwi/reference.bval`)[0] as number[];
    byInstance.forEach(({ facts: { bValue } }, at) => expect(bValue).toBeCloseTo(bvals[at] as number, 2));
    const bvecs = numbers(`${vendors}/uih_dwi/reference.bvec`);
    byInstance.forEach(({ plan, facts: { direction } }, at) => {
      if (direction === undefined) return;
      inImageAxes(plan.geometry as Geometry, direction).forEach((part, axis) => expect(part).toBeCloseTo(bvecs[axis]?.[at] as number, 3));
    });
    expect(facts).toMatchObject({
      fieldStrengthTesla: 3,
      fatSaturation: { value: true },
      bValues: [
        { value: 1, volumes: 1 },
        { value: 928, volumes: 16, source: '(0065,1009)' },
      ],
    });
    expect(assignRole(facts)).toMatchObject({ role: 'dwi', volumes: expect.arrayContaining(['dwi-b1', 'dwi-b928']) });
  });

  it('Siemens XA10 Enhanced MR: frames in time, every voxel as dcm2niix gives it', () => {
    const series = openSeries(filesBelow(join(referenceFolder, vendors, 'siemens_xa10_enhanced')));
    expect(different(volumes(series), `${vendors}/siemens_xa10_enhanced/reference.nii`)).toBe(0);
    const facts = factsOf(series);
    expect(facts).toMatchObject({
      phases: 4,
      phaseSource: 'TemporalPosition',
      images: 4,
      frames: 24,
      repetitionTimesMs: [500],
      echoTimesMs: [30],
    });
    expect(facts.volumes.map(({ startSeconds }) => startSeconds)).toEqual([0, 0.5, 1, 1.5]);
    expect(assignRole(facts).role).toBe('unassigned');
  });

  it('Philips diffusion: two volumes by b-value, oblique, rescaled', () => {
    const truth = json<{ volumes: { b: number; slices: number; gradient_patient: number[] }[] }>(`${vendors}/philips_dwi/expected.json`);
    const series = openSeries(archived(`${vendors}/philips_dwi/dicom.tar.gz`));
    const facts = factsOf(series);
    expect(facts.volumes.map(({ bValue, slices }) => ({ b: bValue, slices }))).toEqual(
      truth.volumes.map(({ b, slices }) => ({ b, slices })),
    );
    facts.volumes[1]?.direction?.forEach((part, axis) => expect(part).toBeCloseTo(truth.volumes[1]?.gradient_patient[axis] as number, 3));
    expect(facts.volumes.map(({ geometry }) => geometry?.dimensions)).toEqual([[80, 80, 40], [80, 80, 40]]); // prettier-ignore
    const [unweighted] = volumes(series) as [Volume];
    const stored = series.objects[series.plans[0]?.frames[0]?.image ?? 0];
    const slope = stored?.decimal('x00281053') ?? 0;
    expect(slope).toBeCloseTo(1.08205, 5);
    expect(unweighted.values.filter((value) => Math.abs(value / slope - Math.round(value / slope)) > 1e-9)).toHaveLength(0);
    expect(assignRole(facts)).toMatchObject({ role: 'dwi', volumes: ['dwi-b0', 'dwi-b2000'] });
  });

  it('Toshiba: a map without rescale and unit, recognized by its image type although it carries a b-value', () => {
    const truth = json<{ slices: number; rows: number; cols: number; stored_min: number; stored_max: number; stored_mean: number }>(
      `${vendors}/toshiba_adc/expected.json`,
    );
    const series = openSeries(archived(`${vendors}/toshiba_adc/dicom.tar.gz`));
    const [map] = volumes(series) as [Volume];
    let [least, most, sum] = [Infinity, -Infinity, 0];
    for (const value of map.values) {
      least = Math.min(least, value);
      most = Math.max(most, value);
      sum += value;
    }
    expect(map.geometry.dimensions).toEqual([truth.cols, truth.rows, truth.slices]);
    expect([least, most]).toEqual([truth.stored_min, truth.stored_max]);
    expect(sum / map.values.length).toBeCloseTo(truth.stored_mean, 6);
    const facts = factsOf(series);
    expect(facts.volumes[0]?.unit).toBeUndefined();
    const assignment = assignRole(facts);
    expect(assignment).toMatchObject({
      role: 'adc',
      evidence: expect.arrayContaining([{ tag: '(0008,0008)', value: 'DERIVED\\SECONDARY\\ADC' }]),
    });
    expect(assignment.confidence).toBeGreaterThan(0.9);
  });
});

describe.skipIf(!hasBreast)('UCSF-BR-06, 180 files of one series', () => {
  const truth = hasBreast
    ? json<{ pixel_sha256_int16le: Record<string, string>; series: { phase_content_times: string[] } }>(`${breast}/expected.json`)
    : undefined;

  it('splits into three phases in time although AcquisitionNumber does not tell them apart', () => {
    const series = openSeries(archived(`${breast}/dce.dcm.tar.gz`));
    const facts = factsOf(series);
    expect(facts).toMatchObject({
      phases: 3,
      phaseSource: 'ContentTime',
      timeSource: 'ContentTime',
      fieldStrengthTesla: 1.5,
      fatSaturation: { value: true, source: '(0018,0022)' },
    });
    expect(facts.contrastAgent).toBeUndefined();
    // 10:25:51, 10:32:38, 10:38:32.
    expect(facts.volumes.map(({ startSeconds }) => startSeconds)).toEqual([0, 407, 761]);
    expect(assignRole(facts)).toMatchObject({ role: 'dce', volumes: ['dce-pre', 'dce-phase-1', 'dce-phase-2'] });
    volumes(series).forEach(({ values, geometry }, phase) => {
      expect(geometry).toMatchObject({ dimensions: [256, 256, 60], originMm: [157.800003, -106.699997, 78] });
      const hash = sha256(new Uint8Array(Int16Array.from(values).buffer));
      expect(hash).toBe(truth?.pixel_sha256_int16le[`phase${phase}`]);
    });
  });

  it('maps are derived, and repeat the times of the phases from the injection', () => {
    for (const map of ['pe1', 'ser']) {
      const facts = factsOf(openSeries(archived(`${breast}/${map}.dcm.tar.gz`)));
      expect(facts.phaseTimes).toEqual({ seconds: [-230, 177, 531], source: '(0117,1034)' });
      expect(assignRole(facts).role).toBe('derived');
    }
  });

  it('a missing slice is named, and the other phases stay usable', () => {
    const files = archived(`${breast}/dce.dcm.tar.gz`);
    const whole = openSeries(files);
    const lost = whole.plans[1]?.frames[20]?.image;
    const { plans } = openSeries(files.filter((_, at) => at !== lost));
    expect(plans.map(({ problem }) => problem === undefined)).toEqual([true, false, true]);
    const before = whole.plans[1]?.frames[19]?.info.instanceNumber;
    expect(plans[1]?.problem).toMatchObject({
      code: 'IMAGING.UNEVEN_SLICES',
      params: { problem: 'gap', slice: 20, slices: 59, instance: before },
    });
  });
});
