import {
  bodyMask,
  compareFrameOfReference,
  compareRegions,
  functionalTumor,
  growRegion,
  peritumoralRings,
  placeMask,
  rasterizeRegion,
  readDicomSlices,
  readSegmentation,
  readSourceSeries,
  readStructureSet,
  readVolume,
  segmentMask,
  structureRegion,
  toRoiMask,
  writeSegmentation,
} from '@cohortium/imaging';
import type { NamedBytes, Segmentation, Volume } from '@cohortium/imaging';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';

const reference = process.env['COHORTIUM_REFERENCE'] ?? '';
const scratch = mkdtempSync(join(tmpdir(), 'cohortium-regions-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const has = (topic: string): boolean => {
  const isThere = reference !== '' && existsSync(join(reference, topic));
  if (!isThere) console.warn(`skipped: regions: COHORTIUM_REFERENCE has no ${topic}`);
  return isThere;
};
/** Equality of large arrays; a matcher would look at every voxel by itself. */
const isSame = (a: Uint8Array, b: Uint8Array) => Buffer.from(a).equals(b);
const read = (...path: string[]) => readFileSync(join(reference, ...path));

/** Files of an archive below one of its folders. */
function unpacked(archive: string, below = ''): NamedBytes[] {
  const folder = mkdtempSync(join(scratch, 'a-'));
  execFileSync('tar', ['-xzf', join(reference, archive), '-C', folder]);
  return readdirSync(join(folder, below), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => ({ name: entry.name, bytes: readFileSync(join(entry.parentPath, entry.name)) }));
}

interface ExpectedSegmentation {
  readonly file: string;
  readonly type: string;
  readonly rows: number;
  readonly cols: number;
  readonly frames: number;
  readonly segments: Readonly<Record<string, string>>;
  readonly per_segment: Readonly<Record<string, readonly { frame: number; position: number[]; nonzero: number; sum: number }[]>>;
}

const forms = 'dicom_forms/seg';
const hasForms = has(forms);
describe.skipIf(!hasForms)('DICOM segmentations of several makers', () => {
  const expected: readonly ExpectedSegmentation[] = hasForms
    ? (JSON.parse(read('dicom_forms', 'expected.json').toString('utf8')) as { segmentations: ExpectedSegmentation[] }).segmentations
    : [];

  it.each(expected)('$file: every frame of every segment has the voxels of the independent reader', (facts) => {
    const segmentation = readSegmentation(read('dicom_forms', facts.file));
    expect(segmentation.kind).toBe(facts.type.toLowerCase());
    expect(segmentation.geometry.dimensions.slice(0, 2)).toEqual([facts.cols, facts.rows]);
    expect(segmentation.frames).toHaveLength(facts.frames);
    expect(Object.fromEntries(segmentation.segments.map(({ number, label }) => [number, label]))).toEqual(facts.segments);
    for (const [number, frames] of Object.entries(facts.per_segment)) {
      for (const { frame, position, nonzero, sum } of frames) {
        const values = Uint16Array.from(segmentation.pixels(frame));
        expect(values.reduce((count, value) => count + (value === 0 ? 0 : 1), 0)).toBe(nonzero);
        expect(values.reduce((total, value) => total + value, 0)).toBe(sum);
        expect(segmentation.frames[frame]?.segment).toBe(Number(number));
        expect(distanceOfSlice(segmentation, frame, position)).toBeLessThan(1e-3);
      }
      if (facts.type !== 'BINARY') continue;
      const { voxels } = segmentMask(segmentation, Number(number));
      expect(voxels.reduce((count, voxel) => count + voxel, 0)).toBe(frames.reduce((count, { nonzero }) => count + nonzero, 0));
    }
  });

  it('equal the label maps beside them, voxel by voxel', () => {
    const overlaps = readSegmentation(read(forms, 'partial_overlaps.dcm'));
    let compared = 0;
    for (const part of [1, 2, 3]) {
      const map = readVolume(read(forms, `partial_overlaps-${part}.nrrd`));
      for (const label of new Set(Array.from(map.values).filter((value) => value !== 0))) {
        const { mask } = placeMask(segmentMask(overlaps, label), map.geometry);
        expect(isSame(mask.voxels, toRoiMask(map, label).voxels)).toBe(true);
        compared++;
      }
    }
    expect(compared).toBe(5);
    const liver = readVolume(read(forms, '23x38x3', 'label.nrrd'));
    const seg = readSegmentation(read(forms, '23x38x3', 'seg.dcm'));
    expect(isSame(placeMask(segmentMask(seg, 1), liver.geometry).mask.voxels, toRoiMask(liver).voxels)).toBe(true);
  });

  it('lie on the images that they were drawn on', () => {
    const names = readdirSync(join(reference, forms, '23x38x3')).filter((name) => name.startsWith('IMG'));
    const files = names.map((name) => ({ name, bytes: read(forms, '23x38x3', name) }));
    const seg = readSegmentation(read(forms, '23x38x3', 'seg.dcm'));
    expect(compareFrameOfReference(readSourceSeries(files), seg)).toBe('same');
    expect(placeMask(segmentMask(seg, 1), readDicomSlices(files).geometry).method).toBe('exact');
  });
});

/** How far a frame's place on the grid is from where the file says it is. */
function distanceOfSlice({ geometry, frames }: Segmentation, frame: number, position: readonly number[]): number {
  const { originMm, direction, spacingMm } = geometry;
  const step = (frames[frame]?.slice ?? NaN) * spacingMm[2];
  const found = originMm.map((mm, axis) => mm + step * (direction[3 * axis + 2] as number));
  return Math.max(...found.map((mm, axis) => Math.abs(mm - (position[axis] as number))));
}

const hasStructures = has('mr_rtstruct');
describe.skipIf(!hasStructures)('structure sets of sarcomas on Philips and GE', () => {
  const patients = hasStructures ? readdirSync(join(reference, 'mr_rtstruct')).filter((name) => !name.includes('.')) : ['none'];

  it.each(patients)('%s: the filled contours are the mask of the organizers', (patient) => {
    const files = unpacked(`mr_rtstruct/${patient}/dicom.tar.gz`, 'image');
    const [structures] = unpacked(`mr_rtstruct/${patient}/dicom.tar.gz`, 'rtstruct') as [NamedBytes];
    const image = readDicomSlices(files);
    const set = readStructureSet(structures.bytes);
    const facts = JSON.parse(read('mr_rtstruct', patient, 'expected.json').toString('utf8')) as { roi: string; mask_voxels: number };
    const region = structureRegion(set, facts.roi);
    expect(compareFrameOfReference(readSourceSeries(files), { ...region, sourceSeriesUids: set.sourceSeriesUids })).toBe('same');
    const drawn = rasterizeRegion(region, image.geometry);
    const organizers = toRoiMask(readVolume(read('mr_rtstruct', patient, 'mask.nii.gz')));
    const { dice, hausdorff95Mm, voxels } = compareRegions(drawn.mask, placeMask(organizers, image.geometry).mask);
    console.log(`${patient}: ${voxels.a} voxels, organizers ${voxels.b}; Dice ${dice}, HD95 ${hausdorff95Mm} mm`);
    expect(voxels.b).toBe(facts.mask_voxels);
    expect(dice).toBeGreaterThanOrEqual(0.99);
    // On the NIfTI image, whose header is in single precision, contours give the same voxels.
    expect(isSame(rasterizeRegion(region, organizers.geometry).mask.voxels, drawn.mask.voxels)).toBe(true);
  });

  it.each(patients)('%s: exported as a segmentation, validated by dicom3tools, and read back unchanged', (patient) => {
    const files = unpacked(`mr_rtstruct/${patient}/dicom.tar.gz`, 'image');
    const image = readDicomSlices(files);
    const { mask } = placeMask(toRoiMask(readVolume(read('mr_rtstruct', patient, 'mask.nii.gz'))), image.geometry);
    const concept = { value: '4147007', scheme: 'SCT', meaning: 'Mass' };
    const category = { value: '49755003', scheme: 'SCT', meaning: 'Morphologically Abnormal Structure' };
    const segment = { label: 'Mass', mask, category, type: concept, algorithm: { type: 'MANUAL', name: '' } as const };
    const software = { name: 'Cohortium', version: '0' };
    const source = readSourceSeries(files);
    if (source === undefined) throw new Error('no series');
    for (const kind of ['binary', 'fractional'] as const) {
      const options = { kind, contentDate: '20260101', contentTime: '120000', software, seriesDescription: 'Mass' };
      const bytes = writeSegmentation([segment], source, options);
      expect(isSame(placeMask(segmentMask(readSegmentation(bytes), 1), image.geometry).mask.voxels, mask.voxels)).toBe(true);
      const path = join(scratch, `${patient}-${kind}.dcm`);
      writeFileSync(path, bytes);
      if (!existsSync('/usr/bin/dciodvfy')) console.warn('skipped: dciodvfy (dicom3tools) is not installed');
      else expect(execFileSync('sh', ['-c', `dciodvfy '${path}' 2>&1 || true`], { encoding: 'utf8' })).not.toMatch(/^Error/m);
    }
  });
});

const breast = 'breast_dce/ucsf_br_06';
describe.skipIf(!has(breast))('UCSF-BR-06: fractional segmentation, rings and growth on a real breast', () => {
  const load = () => {
    const files = unpacked(`${breast}/dce.dcm.tar.gz`).filter(({ name }) => name.endsWith('.dcm'));
    const byInstance = files
      .map((file) => ({ file, instance: readInstance(file.bytes) }))
      .sort((a, b) => a.instance - b.instance)
      .map(({ file }) => file);
    const phases = [0, 1, 2].map((phase) => readDicomSlices(byInstance.slice(60 * phase, 60 * phase + 60)));
    return { files: byInstance.slice(0, 60), phases: phases as [Volume, Volume, Volume] };
  };

  it('places the 42 frames on their slices, finds the body, and grows the tumor of the published rule', () => {
    const { files, phases } = load();
    const facts = JSON.parse(read(breast, 'expected.json').toString('utf8')) as {
      seg: { voxels_nonzero: number; max_fractional: number };
      ftv: { voi_start_xyz: [number, number, number]; voi_end_xyz_inclusive: [number, number, number] };
    };
    const seg = readSegmentation(gunzipSync(read(breast, 'seg.dcm.gz')));
    expect(seg.fractional).toEqual({ type: 'OCCUPANCY', maximum: facts.seg.max_fractional });
    const { geometry } = phases[0];
    const { mask, method, offsetVoxels } = placeMask(segmentMask(seg, 1), geometry);
    const count = (voxels: Uint8Array) => voxels.reduce((sum, voxel) => sum + voxel, 0);
    expect({ method, voxels: count(mask.voxels) }).toEqual({ method: 'exact', voxels: facts.seg.voxels_nonzero });
    expect(compareFrameOfReference(readSourceSeries(files), seg)).toBe('same');
    console.log(`breast SEG: ${count(mask.voxels)} voxels, offset ${offsetVoxels.toExponential(1)} voxels`);

    const { voi_start_xyz: [i0, j0, k0], voi_end_xyz_inclusive: [i1, j1, k1] } = facts.ftv; // prettier-ignore
    const box = { from: [i0, j0, 59 - k1], to: [i1 + 1, j1 + 1, 60 - k0] } as const;
    const tumor = functionalTumor(geometry, [phases[0].values, phases[1].values, phases[2].values], { box }).mask;
    const difference = { geometry, values: Float64Array.from(phases[1].values, (value, at) => value - (phases[0].values[at] as number)) };
    const grown = growRegion(difference, { box });
    const { dice, hausdorff95Mm } = compareRegions(tumor, grown.mask);
    console.log(`tumor by fuzzy c-means in the box: ${grown.voxelCount} voxels, Dice ${dice?.toFixed(3)} with the published rule, HD95 ${hausdorff95Mm} mm`); // prettier-ignore
    expect(dice).toBeGreaterThan(0.85);

    const body = bodyMask(phases[1]);
    const { cumulative } = peritumoralRings(tumor, { widthsMm: [1, 3, 5], body: body.mask });
    console.log(
      `rings: ${cumulative.map(({ toMm, voxelCount, outsideBody }) => `${toMm} mm ${voxelCount} (${outsideBody} outside)`).join(', ')}`,
    );
    // The tumor lies inside of the body, and so does nearly all that is within 5 mm of it.
    expect(tumor.voxels.reduce((lost, voxel, at) => lost + (voxel === 1 && body.mask.voxels[at] === 0 ? 1 : 0), 0)).toBe(0);
    expect(cumulative[2]?.outsideBody).toBeLessThan(0.05 * (cumulative[2]?.voxelCount ?? 0));
  });
});

/** InstanceNumber of an explicit little-endian file. */
function readInstance(bytes: Uint8Array): number {
  const at = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(Uint8Array.of(0x20, 0, 0x13, 0, 0x49, 0x53));
  const length = bytes[at + 6] as number;
  return Number(Buffer.from(bytes.subarray(at + 8, at + 8 + length)).toString('latin1'));
}
