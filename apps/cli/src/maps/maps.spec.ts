import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { convolveExponential, plasmaFromBlood, parkerAif, readNifti, signalFromConcentration, writeNifti } from '@cohortium/imaging';
import type { Geometry } from '@cohortium/imaging';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { main } from '../main.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'maps-spec-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function cohortium(...argv: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const out = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      out[name] += String(text);
      return true;
    }),
  );
  try {
    return { code: await main([...argv, '--lang', 'en']), ...out };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

const geometry: Geometry = { dimensions: [2, 2, 1], spacingMm: [1, 1, 2], originMm: [0, 0, 0], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] };

/** Writes images as one file of four dimensions. */
function writeSeries(name: string, images: readonly (readonly number[])[], sidecar?: object): string {
  const all = Float32Array.from(images.flat());
  const bytes = writeNifti({ geometry: { ...geometry, dimensions: [2, 2, images.length] }, values: all });
  const view = new DataView(bytes.buffer);
  view.setInt16(40, 4, true);
  view.setInt16(46, 1, true);
  view.setInt16(48, images.length, true);
  const path = join(folder, `${name}.nii`);
  writeFileSync(path, bytes);
  if (sidecar !== undefined) writeFileSync(join(folder, `${name}.json`), JSON.stringify(sidecar));
  return path;
}

const map = (name: string) => [...readNifti(readFileSync(join(folder, 'out', `${name}.nii.gz`))).values];
const out = () => ['--out', join(folder, 'out')];

describe('cohortium map kinetic', () => {
  const seconds = Array.from({ length: 40 }, (_, n) => 9 * n);
  const minutes = Float64Array.from(seconds, (s) => s / 60);
  const truth = [
    { ktrans: 0.25, ve: 0.4, vp: 0.05 },
    { ktrans: 0.1, ve: 0.2, vp: 0.02 },
    { ktrans: 0.6, ve: 0.5, vp: 0.1 },
  ];
  const arrival = 24;
  const echo = { repetitionTimeMs: 5, flipAngleDeg: 15, relaxivityPerMmS: 4.5 };
  const curves = truth.map(({ ktrans, ve, vp }) => {
    // The input as the command evaluates it: every half second from its arrival on.
    const fine = Float64Array.from({ length: 700 }, (_, n) => (n * 0.5) / 60);
    const plasma = plasmaFromBlood(parkerAif(fine));
    const response = new Float64Array(fine.length);
    convolveExponential(fine, plasma, ktrans / ve, response);
    const at = (s: number) => 2 * (s - arrival);
    return seconds.map((s) => (s < arrival ? 0 : ktrans * (response[at(s)] as number) + vp * (plasma[at(s)] as number)));
  });
  const images = seconds.map((_, t) => [...curves.map((curve) => 900 * signalFromConcentration(curve[t] as number, 1400, echo)), 0]);
  const kinetic = (...argv: string[]) =>
    cohortium(
      'map',
      'kinetic',
      '--model',
      'extended-tofts',
      '--aif',
      'parker',
      '--arrival',
      `${arrival}`,
      '--pre',
      '3',
      '--t1',
      '1400',
      '--min-signal',
      '0.1',
      ...out(),
      ...argv,
    );
  const acquisition = { FrameTimesStart: seconds, RepetitionTimeExcitation: 0.005, FlipAngle: 15 };

  it('gives back the parameters that made the signal; air is not fitted, and the record says everything', async () => {
    const image = writeSeries('dce', images, acquisition);
    const { code, stdout, stderr } = await kinetic('--image', image, '--json');
    expect(code, stderr).toBe(0);
    truth.forEach(({ ktrans, ve, vp }, voxel) => {
      expect((map('ktrans')[voxel] as number) / ktrans).toBeCloseTo(1, 3);
      expect((map('ve')[voxel] as number) / ve).toBeCloseTo(1, 3);
      expect((map('vp')[voxel] as number) / vp).toBeCloseTo(1, 2);
      expect((map('kep')[voxel] as number) / (ktrans / ve)).toBeCloseTo(1, 3);
    });
    expect(map('state')).toEqual([0, 0, 0, 255]);
    expect(map('ktrans')[3]).toBeNaN();
    expect(JSON.parse(stdout)).toMatchObject({
      settings: {
        secondsFromFirst: seconds,
        timesFrom: 'image',
        arterialInput: { kind: 'parker', arrivalSeconds: arrival, hematocrit: 0.42 },
        concentration: { repetitionTimeMs: 5, repetitionTimeFrom: 'image', flipAngleDeg: 15, t1Ms: 1400, relaxivityPerMmS: 4.5 },
      },
      results: { fitted: 3, failed: { notFinite: 0, noUptake: 0, atBound: 0 }, failedShare: 0 },
    });
    const sidecar = JSON.parse(readFileSync(join(folder, 'out', 'ktrans.json'), 'utf8')) as object;
    expect(sidecar).toMatchObject({ unit: '1/min', inputs: [expect.stringMatching(/^[0-9a-f]{64}$/)], command: 'map kinetic' });
  });

  it('finds a delay that all voxels share', async () => {
    const image = writeSeries('dce', images, acquisition);
    const { code, stdout } = await kinetic('--image', image, '--arrival', '20', '--delay', 'auto', '--json');
    expect(code).toBe(0);
    expect((JSON.parse(stdout) as { settings: { delaySeconds: number } }).settings.delaySeconds).toBeCloseTo(4, 1);
  });

  it('takes an input from a table and from voxels', async () => {
    const image = writeSeries('dce', images, acquisition);
    writeFileSync(
      join(folder, 'aif.csv'),
      `time,conc\n${seconds.map((s, t) => `${s},${plasmaFromBlood(parkerAif([(minutes[t] as number) - 0.45]))[0]}`).join('\n')}\n`,
    );
    expect((await kinetic('--image', image, '--aif', join(folder, 'aif.csv'))).code).toBe(0);
    writeFileSync(join(folder, 'vessel.nii'), writeNifti({ geometry, values: Uint8Array.of(0, 0, 1, 0) }));
    const measured = [
      'map',
      'kinetic',
      '--model',
      'patlak',
      '--image',
      image,
      '--t1',
      '1400',
      '--min-signal',
      '0.1',
      '--aif-mask',
      join(folder, 'vessel.nii'),
      ...out(),
    ];
    expect((await cohortium(...measured)).stderr).toContain('CLI.NO_ACQUISITION');
    expect((await cohortium(...measured, '--aif-t1', '1400', '--pre', '3')).code).toBe(0);
    expect(readdirSync(join(folder, 'out')).sort()).toEqual(
      ['ktrans', 'maps', 'rms', 'state', 'vp'].flatMap((name) => (name === 'maps' ? ['maps.json'] : [`${name}.json`, `${name}.nii.gz`])),
    );
  });

  it('fails loudly where times, repetition time, T1 or the input are not known, and writes nothing', async () => {
    const code = async (sidecar: object | undefined, ...argv: string[]) => {
      rmSync(join(folder, 'dce.json'), { force: true });
      return (await kinetic('--image', writeSeries('dce', images, sidecar), ...argv)).stderr.split(':')[0];
    };
    expect(await code(undefined)).toBe('CLI.NO_TIMES');
    expect(await code({ ...acquisition, FrameTimesStart: [1, 2] })).toBe('CLI.NO_TIMES');
    expect(await code({ ...acquisition, FrameTimesStart: 'soon' })).toBe('CLI.BAD_SIDECAR');
    expect(await code({ FrameTimesStart: seconds, FlipAngle: 15 })).toBe('CLI.NO_ACQUISITION');
    expect(await code(acquisition, '--times', '1,2,3')).toBe('CLI.COUNT_DIFFERS');
    expect(await code(acquisition, '--aif', 'nobody')).toBe('CLI.USAGE');
    expect(await code(acquisition, '--pre', '0')).toBe('CLI.USAGE');
    expect(readdirSync(folder).sort()).toEqual(['dce.json', 'dce.nii']);
  });
});

describe('cohortium map dce', () => {
  it('makes the maps without times, but not those of the course', async () => {
    const image = writeSeries('dce', [
      [100, 200, 100, 0],
      [250, 200, 150, 5],
      [200, 300, 100, 5],
    ]);
    const { code, stdout } = await cohortium('map', 'dce', '--image', image, ...out(), '--json');
    expect(code).toBe(0);
    expect(map('pe1')).toEqual([150, 0, 50, NaN]);
    expect(map('subtraction-2')).toEqual([100, 100, 0, 5]);
    expect(map('ser')).toEqual([1.5, 0, NaN, 1]);
    expect(JSON.parse(stdout)).toMatchObject({ results: { notComputed: [{ maps: ['wash-in', 'wash-out', 'time-to-peak'] }] } });
    expect((await cohortium('map', 'dce', '--image', image, '--times', '0,60,180', ...out())).code).toBe(0);
    expect(map('wash-in')).toEqual([150, expect.closeTo(25, 5), 50, NaN]);
    expect(map('wash-out')[0]).toBe(-25);
  });

  it('leaves a folder alone that holds more than maps of its own', async () => {
    const image = writeSeries('dce', [
      [1, 1, 1, 1],
      [2, 2, 2, 2],
    ]);
    const { code, stderr } = await cohortium('map', 'dce', '--image', image, '--out', folder);
    expect([code, stderr.split(':')[0]]).toEqual([2, 'CLI.OUT_NOT_OURS']);
  });

  it('refuses images on different grids', async () => {
    const [a, b] = [join(folder, 'a.nii'), join(folder, 'b.nii')];
    writeFileSync(a, writeNifti({ geometry, values: Uint8Array.of(1, 2, 3, 4) }));
    writeFileSync(b, writeNifti({ geometry: { ...geometry, originMm: [0, 1, 0] }, values: Uint8Array.of(1, 2, 3, 4) }));
    expect((await cohortium('map', 'dce', '--image', a, b, ...out())).stderr).toContain('CLI.GRIDS_DIFFER');
    expect((await cohortium('map', 'dce', '--image', a, ...out())).stderr).toContain('CLI.TOO_FEW_IMAGES');
  });
});

describe('cohortium map t1, adc, ivim', () => {
  it('T1 from flip angles', async () => {
    const angles = [2, 5, 12, 20];
    const tissue = (t1: number) =>
      angles.map(
        (flipAngleDeg) =>
          5000 *
          Math.sin((flipAngleDeg * Math.PI) / 180) *
          signalFromConcentration(0, t1, { repetitionTimeMs: 5, flipAngleDeg, relaxivityPerMmS: 1 }),
      );
    const [a, b] = [tissue(900), tissue(1700)];
    const image = writeSeries(
      'vfa',
      angles.map((_, n) => [a[n] as number, b[n] as number, 0, 0]),
      { FlipAngle: angles, RepetitionTime: 0.005 },
    );
    expect((await cohortium('map', 't1', '--image', image, ...out())).code).toBe(0);
    expect(map('t1')).toEqual([expect.closeTo(900, 0), expect.closeTo(1700, 0), NaN, NaN]);
  });

  it('ADC in 10^-6 mm^2/s, directions of one b-value averaged; IVIM', async () => {
    const b = [0, 800, 805, 798];
    const image = writeSeries(
      'dwi',
      b.map((value) => [1000 * Math.exp(-value * 1.2e-3), 500 * Math.exp(-value * 0.7e-3), 0, 10]),
    );
    writeFileSync(join(folder, 'dwi.bval'), b.join(' '));
    for (const method of ['wls', 'ols']) {
      const { code, stdout } = await cohortium('map', 'adc', '--image', image, '--method', method, ...out(), '--json');
      expect(code).toBe(0);
      expect(map('adc')).toEqual([expect.closeTo(1200, 0), expect.closeTo(700, 0), NaN, expect.closeTo(0, 3)]);
      expect(JSON.parse(stdout)).toMatchObject({
        settings: {
          groups: [
            { b: 0, images: 1 },
            { b: 801, images: 3 },
          ],
          method,
        },
      });
    }
    expect((await cohortium('map', 'ivim', '--image', image, ...out())).stderr).toContain('IMAGING.BAD_DIFFUSION');
    const many = [0, 10, 20, 50, 100, 200, 400, 800];
    const decay = many.map((value) => [
      1000 * (0.1 * Math.exp(-value * 0.02) + 0.9 * Math.exp(-value * 1.1e-3)),
      100 * Math.exp(-value * 1e-3),
      0,
      0,
    ]);
    expect((await cohortium('map', 'ivim', '--image', writeSeries('ivim', decay), '--b', many.join(','), ...out())).code).toBe(0);
    expect(map('d').slice(0, 2)).toEqual([expect.closeTo(1100, -1), expect.closeTo(1000, 0)]);
    expect(map('f').slice(0, 2)).toEqual([expect.closeTo(0.1, 2), 0]);
  });

  it('decides the unit of a map of the scanner, or refuses it', async () => {
    const vendor = async (values: readonly number[], sidecar: object, ...argv: string[]) => {
      const { code, stdout, stderr } = await cohortium(
        'map',
        'adc',
        '--vendor-map',
        writeSeries('vendor', [values], sidecar),
        ...argv,
        ...out(),
        '--json',
      );
      return code === 0
        ? map('adc').slice(0, 1)
        : [code, (JSON.parse(stdout) as { error: { code: string } }).error.code, stderr.length > 0];
    };
    expect(await vendor([1.1, 1.2, 0, 1.3], {})).toEqual([expect.closeTo(1100, 2)]);
    expect(await vendor([1100, 1200, 0, 1300], { Units: 'mm2/s' })).toEqual([3, 'IMAGING.UNIT_UNDECIDED', true]);
    expect(await vendor([1100, 1200, 0, 1300], { Units: '10^-6 mm²/s' })).toEqual([1100]);
    expect(await vendor([5, 6, 0, 7], {})).toEqual([3, 'IMAGING.UNIT_UNDECIDED', true]);
    expect(await vendor([5, 6, 0, 7], {}, '--unit', '10^-5 mm^2/s')).toEqual([50]);
  });
});
