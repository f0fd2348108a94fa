import {
  concentrationFromSignal,
  enhancementMaps,
  functionalTumor,
  kineticMaps,
  plasmaFromBlood,
  readDicomSlices,
} from '@cohortium/imaging';
import type { NamedBytes, Volume } from '@cohortium/imaging';
import dicomParser from 'dicom-parser';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const reference = process.env['COHORTIUM_REFERENCE'] ?? '';
const scratch = mkdtempSync(join(tmpdir(), 'cohortium-perfusion-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Files of an archive by name, in the order of names. */
function unpacked(archive: string): NamedBytes[] {
  const folder = mkdtempSync(join(scratch, 'a-'));
  execFileSync('tar', ['-xzf', join(reference, archive), '-C', folder]);
  const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && entry.name.endsWith('.dcm'),
  );
  return names
    .map((entry) => ({ name: entry.name, bytes: readFileSync(join(entry.parentPath, entry.name)) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

const qiba = 'dce_pk/qiba_v6_tofts';
const hasQiba = existsSync(join(reference, qiba));
const breast = 'breast_dce/ucsf_br_06';
const hasBreast = existsSync(join(reference, breast));
if (!hasQiba) console.warn('skipped: QIBA phantom: COHORTIUM_REFERENCE has no dce_pk');
if (!hasBreast) console.warn('skipped: breast DCE: COHORTIUM_REFERENCE has no breast_dce');

interface QibaTruth {
  readonly time_step_s: number;
  readonly TR_ms: number;
  readonly flip_angle_deg: number;
  readonly T1_tissue_ms: number;
  readonly T1_blood_ms: number;
  readonly haematocrit: number;
  readonly r1_per_mM_s: number;
  readonly rows_aif: [number, number];
  readonly patches: readonly { rows: [number, number]; cols: [number, number]; ktrans_per_min: number; ve: number }[];
}

describe.skipIf(!hasQiba)('QIBA Tofts reference object, version 6 (noise-free)', () => {
  it('gives Ktrans and ve of every patch within 2 %', () => {
    const truth = JSON.parse(readFileSync(join(reference, qiba, 'truth.json'), 'utf8')) as QibaTruth;
    const phases = unpacked(`${qiba}/dicom.tar.gz`).map((file) => readDicomSlices([file]));
    const [columns] = (phases[0] as Volume).geometry.dimensions;
    const minutes = phases.map((_, at) => (at * truth.time_step_s) / 60);
    const echo = { repetitionTimeMs: truth.TR_ms, flipAngleDeg: truth.flip_angle_deg, relaxivityPerMmS: truth.r1_per_mM_s };
    const blood = new Float64Array(phases.length);
    const aifAt = truth.rows_aif[0] * columns;
    concentrationFromSignal(
      phases.map(({ values }) => values[aifAt] as number),
      truth.T1_blood_ms,
      echo,
      { from: 0, to: 1 },
      blood,
    );
    const values = phases.map((phase) => phase.values);
    const mask = new Uint8Array((values[0] as ArrayLike<number>).length);
    for (const { rows, cols } of truth.patches) mask[columns * (rows[0] + 4) + cols[0] + 4] = 1;
    const maps = kineticMaps({
      model: 'tofts',
      phases: values,
      minutes,
      input: { minutes, plasmaMm: plasmaFromBlood(blood, truth.haematocrit) },
      echo,
      baseline: { from: 0, to: 1 },
      t1Ms: truth.T1_tissue_ms,
      mask,
    });
    let worst = 0;
    for (const { rows, cols, ktrans_per_min: ktrans, ve } of truth.patches) {
      const at = columns * (rows[0] + 4) + cols[0] + 4;
      const errors = [(maps.ktransPerMin[at] as number) / ktrans - 1, (maps.ve[at] as number) / ve - 1].map(Math.abs);
      if (Math.max(...errors) > 0.02) console.log(`Ktrans ${ktrans}, ve ${ve}: off by ${errors.join(', ')}`);
      worst = Math.max(worst, ...errors);
    }
    console.log(`QIBA v6: ${truth.patches.length} patches, largest deviation ${(100 * worst).toFixed(2)} %, failed ${maps.failedShare}`);
    expect(maps.failedShare).toBe(0);
    expect(worst).toBeLessThan(0.02);
  });
});

interface BreastTruth {
  readonly ftv: {
    voi_start_xyz: [number, number, number];
    voi_end_xyz_inclusive: [number, number, number];
    published: { voxels: number }[];
  };
  readonly derived_maps: { nonzero: { pe1: number; ser: number } };
}

describe.skipIf(!hasBreast)('UCSF-BR-06, a breast on a GE 1.5 T', () => {
  it('percent enhancement as the vendor map, the ratio up to its rounding, the published tumor volume', () => {
    const truth = JSON.parse(readFileSync(join(reference, breast, 'expected.json'), 'utf8')) as BreastTruth;
    const files = unpacked(`${breast}/dce.dcm.tar.gz`);
    const number = (bytes: Uint8Array): number => Number(dicomText(bytes, 'x00200013'));
    const sorted = files.map((file) => ({ file, instance: number(file.bytes) })).sort((a, b) => a.instance - b.instance);
    const phases = [0, 1, 2].map((phase) => readDicomSlices(sorted.slice(60 * phase, 60 * phase + 60).map(({ file }) => file)));
    const { geometry } = phases[0] as Volume;
    const values = phases.map((phase) => phase.values) as unknown as [ArrayLike<number>, ArrayLike<number>, ArrayLike<number>];
    const maps = enhancementMaps(values, [-230 / 60, 177 / 60, 531 / 60]);
    const pe1 = readDicomSlices(unpacked(`${breast}/pe1.dcm.tar.gz`)).values;
    const ser = readDicomSlices(unpacked(`${breast}/ser.dcm.tar.gz`)).values;
    let [nonzero, wrong, ratioVoxels, ratioWrong] = [0, 0, 0, 0];
    pe1.forEach((stored, at) => {
      if (stored === 0) return;
      nonzero++;
      if (Math.trunc(maps.percentEnhancement[at] as number) !== stored) wrong++;
    });
    ser.forEach((stored, at) => {
      if (stored === 0) return;
      ratioVoxels++;
      const limited = Math.min(3, Math.max(0, maps.signalEnhancementRatio[at] as number));
      if (Math.abs(limited - stored) > 0.00051) ratioWrong++;
    });
    expect({ nonzero, wrong, ratioVoxels, ratioWrong }).toEqual({
      nonzero: truth.derived_maps.nonzero.pe1,
      wrong: 0,
      ratioVoxels: truth.derived_maps.nonzero.ser,
      ratioWrong: 0,
    });
    const {
      voi_start_xyz: [i0, j0, k0],
      voi_end_xyz_inclusive: [i1, j1, k1],
      published,
    } = truth.ftv;
    // The volume is stacked along its normal, from the last instance to the first.
    const nk = geometry.dimensions[2];
    const box = { from: [i0, j0, nk - 1 - k1], to: [i1 + 1, j1 + 1, nk - k0] } as const;
    const tumor = functionalTumor(geometry, values, { box });
    console.log(`tumor: ${tumor.voxelCount} voxels, threshold ${tumor.backgroundThreshold}; published ${published[0]?.voxels}`);
    expect(Math.abs(tumor.voxelCount - (published[0]?.voxels as number))).toBeLessThanOrEqual(10);
    const washout = functionalTumor(geometry, values, { box, minRatio: 0.9 });
    console.log(`tumor with SER > 0.9: ${washout.voxelCount}; published ${published[1]?.voxels}`);
    expect(Math.abs(washout.voxelCount - (published[1]?.voxels as number))).toBeLessThanOrEqual(10);
  });
});

/** Text of an element of an explicit little-endian file, as dicom-parser reads it. */
function dicomText(bytes: Uint8Array, tag: string): string {
  return dicomParser.parseDicom(bytes).string(tag) ?? '';
}
