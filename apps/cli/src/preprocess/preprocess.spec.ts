import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readNifti, writeNifti } from '@cohortium/imaging';
import type { Geometry, Volume } from '@cohortium/imaging';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { main } from '../main.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'preprocess-spec-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Answer {
  readonly code: number;
  readonly stderr: string;
  readonly document: {
    readonly results: Record<string, unknown>;
    readonly settings: Record<string, unknown>;
    readonly error?: { code: string };
  };
}

async function preprocess(...argv: string[]): Promise<Answer> {
  let [stdout, stderr] = ['', ''];
  const out = vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((stdout += String(text)), true));
  const err = vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((stderr += String(text)), true));
  try {
    const code = await main(['preprocess', ...argv, '--json', '--lang', 'en']);
    return { code, stderr, document: JSON.parse(stdout) as Answer['document'] };
  } finally {
    out.mockRestore();
    err.mockRestore();
  }
}

const n = 24;
const geometry: Geometry = {
  dimensions: [n, n, n],
  spacingMm: [1.5, 1.5, 2],
  originMm: [-10, 4, 7],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
};

/** Spots in a ball; `by` moves them along i, in millimeters. */
function phantom(by = 0, gain = 1): Volume {
  const values = Float32Array.from({ length: n ** 3 }, (_, at) => {
    const [x, y, z] = [1.5 * (at % n) - by, 1.5 * (Math.floor(at / n) % n), 2 * Math.floor(at / n / n)];
    const inBall = (x - 17) ** 2 + (y - 17) ** 2 + ((z - 23) * 0.75) ** 2 < 15 ** 2;
    const spot = (a: number, b: number, c: number, r: number) => Math.exp(-((x - a) ** 2 + (y - b) ** 2 + (z - c) ** 2) / (2 * r * r));
    return gain * ((inBall ? 100 : 2) + 90 * spot(12, 15, 20, 3) + 60 * spot(22, 12, 28, 2.5) + 70 * spot(17, 24, 24, 3));
  });
  return { geometry, values };
}

function written(name: string, volume: Volume, sidecar?: object): string {
  const path = join(folder, `${name}.nii`);
  writeFileSync(path, writeNifti(volume));
  if (sidecar) writeFileSync(join(folder, `${name}.json`), JSON.stringify(sidecar));
  return path;
}

const read = (name: string) => readNifti(readFileSync(join(folder, 'out', `${name}.nii.gz`)));
const out = () => ['--out', join(folder, 'out')];

describe('cohortium preprocess', () => {
  it('n4: one field for all phases, so that their ratio stays; the record holds every setting', async () => {
    const [a, b] = [written('a', phantom()), written('b', phantom(0, 2))];
    const { code, document, stderr } = await preprocess('n4', '--image', a, b, '--iterations', '10,10', ...out());
    expect(code, stderr).toBe(0);
    const [one, two, field] = ['corrected-1', 'corrected-2', 'field'].map((name) => read(name).values) as [
      Volume['values'],
      Volume['values'],
      Volume['values'],
    ];
    const middle = 12 + n * (12 + n * 12);
    expect((two[middle] as number) / (one[middle] as number)).toBeCloseTo(2, 4);
    expect((one[middle] as number) * (field[middle] as number)).toBeCloseTo(phantom().values[middle] as number, 2);
    expect(document.settings).toMatchObject({ iterations: [10, 10], shrink: 4, histogramBins: 200, fullWidthHalfMaximum: 0.15 });
    expect(document.results['levels']).toHaveLength(2);
  });

  it('normalize: by every method; a learned scale serves another scanner', async () => {
    const image = written('a', phantom());
    const mask = written('mask', { geometry, values: Uint8Array.from(phantom().values, (value) => (value > 50 ? 1 : 0)) });
    const plain = phantom().values;
    const body = (values: ArrayLike<number>) => Array.from(values).filter((_, at) => (plain[at] as number) > 50);
    expect((await preprocess('normalize', '--image', image, '--method', 'z-score', '--mask', mask, ...out())).code).toBe(0);
    const inside = body(read('normalized').values);
    const mean = inside.reduce((sum, value) => sum + value, 0) / inside.length;
    expect(mean).toBeCloseTo(0, 4);
    expect(inside.reduce((sum, value) => sum + (value - mean) ** 2, 0) / inside.length).toBeCloseTo(1, 4);
    const reference = await preprocess('normalize', '--image', image, '--method', 'reference-tissue', '--mask', mask, ...out());
    expect(reference.document.results).toMatchObject({ method: 'referenceTissue', offset: 0 });
    expect((await preprocess('normalize', '--image', image, '--method', 'reference-tissue', ...out())).document.error?.code).toBe(
      'CLI.USAGE',
    );
    const quantile = ['normalize', '--image', image, '--method', 'quantile', '--region', 'image', ...out()];
    expect((await preprocess(...quantile, '--percentiles', '5,95')).document.results).toMatchObject({ percentiles: [5, 95] });
    expect((await preprocess(...quantile, '--percentiles', '95,5')).document.error?.code).toBe('CLI.USAGE');
    const scale = join(folder, 'scale.json');
    expect((await preprocess('landmarks', '--image', image, '--out', scale)).code).toBe(0);
    const landmarks = (path: string) => preprocess('normalize', '--image', path, '--method', 'landmarks', '--landmarks', scale, ...out());
    expect((await landmarks(image)).code).toBe(0);
    const first = read('normalized').values;
    expect((await landmarks(written('other', phantom(0, 7)))).code).toBe(0);
    const second = read('normalized').values;
    first.forEach((value, at) => expect(Math.abs(value - (second[at] as number))).toBeLessThan(0.01));
  });

  it('resample: to a spacing, and onto the grid of another image', async () => {
    const image = written('a', phantom());
    expect((await preprocess('resample', '--image', image, '--spacing', '3,3,0', '--method', 'cubic-spline', ...out())).code).toBe(0);
    expect(read('resampled').geometry).toMatchObject({ dimensions: [12, 12, 24], spacingMm: [3, 3, 2] });
    const like = written('like', {
      geometry: { ...geometry, dimensions: [10, 12, 14], originMm: [-4, 10, 15] },
      values: new Uint8Array(1680),
    });
    expect((await preprocess('resample', '--image', image, '--like', like, ...out())).code).toBe(0);
    expect(read('resampled').values[0]).toBeCloseTo(phantom().values[4 + n * (4 + n * 4)] as number, 3);
    expect((await preprocess('resample', '--image', image, ...out())).document.error?.code).toBe('CLI.USAGE');
  });

  it('register: a known shift comes back, a mask with it, and similarity is told before and after', async () => {
    const [fixed, moving] = [written('fixed', phantom()), written('moving', phantom(3))];
    const mask = written('mask', { geometry, values: Uint8Array.from(phantom(3).values, (value) => (value > 150 ? 3 : 0)) });
    const { code, document, stderr } = await preprocess(
      ...['register', '--fixed', fixed, '--moving', moving, '--apply-mask', mask],
      ...['--resolutions', '2', '--iterations', '80', '--samples', '2000', ...out()],
    );
    expect(code, stderr).toBe(0);
    const { before, after } = document.results as Record<'before' | 'after', { correlation: number; mutualInformation: number }>;
    expect(after.correlation).toBeGreaterThan(Math.max(0.97, before.correlation));
    expect(after.mutualInformation).toBeGreaterThan(before.mutualInformation);
    const carried = read('mask-1').values;
    const [wanted, wrong] = Array.from(phantom().values).reduce<[number, number]>(
      ([all, bad], value, at) => [all + (value > 150 ? 1 : 0), bad + ((value > 150 ? 3 : 0) === carried[at] ? 0 : 1)],
      [0, 0],
    );
    expect(wrong / wanted).toBeLessThan(0.15);
    const { transforms } = JSON.parse(readFileSync(join(folder, 'out', 'transform.json'), 'utf8')) as {
      transforms: { shiftMm: number[] }[];
    };
    expect(transforms[0]?.shiftMm[0]).toBeCloseTo(3, 0);
  });

  it('motion: phases onto the first, with their times for the maps that follow', async () => {
    const phases = [0, 0, 2].map((by, at) =>
      written(`p${at}`, phantom(by), { FrameTimesStart: [60 * at], FlipAngle: 10, RepetitionTime: 0.005 }),
    );
    const { code, document, stderr } = await preprocess(
      ...['motion', '--image', ...phases, '--resolutions', '2', '--iterations', '80', '--samples', '2000', ...out()],
    );
    expect(code, stderr).toBe(0);
    const results = document.results['phases'] as {
      before: { correlation: number };
      after: { correlation: number };
      displacement: { meanMm: number };
    }[];
    expect(results[0]?.displacement.meanMm).toBe(0);
    expect(results[2]?.after.correlation).toBeGreaterThan(results[2]?.before.correlation as number);
    expect(results[2]?.displacement.meanMm).toBeCloseTo(2, 0);
    expect(JSON.parse(readFileSync(join(folder, 'out', 'phase-3.json'), 'utf8'))).toMatchObject({ FrameTimesStart: [120], FlipAngle: 10 });
  });
});
