import { t1FromFlipAngles } from '@cohortium/imaging';
import type { Terminal } from '../terminal.js';
import { flipAnglesOf, repetitionTimeOf } from './acquisition.js';
import { assertOneKind } from './image-kinds.js';
import { readImages, readMask, readNumberOrMap } from './image-list.js';
import type { MaskOptions } from './image-list.js';
import { writeMaps } from './map-folder.js';
import { medianOf } from './statistics.js';
import { tellMaps } from './tell-maps.js';

/** Options of `cohortium map t1`. */
export interface T1Options extends MaskOptions {
  readonly image: readonly string[];
  readonly kind?: string;
  readonly flipAngles?: readonly number[];
  readonly tr?: number;
  readonly method: 'linear' | 'nonlinear';
  readonly b1?: string;
  readonly mask?: string;
  readonly out: string;
}

/** `cohortium map t1`: T1 before contrast from spoiled gradient echoes at several flip angles. */
export async function mapT1(terminal: Terminal, options: T1Options): Promise<number> {
  const list = await readImages(options.image, 2, options.kind);
  assertOneKind(list);
  const angles = flipAnglesOf(list, options.flipAngles);
  const tr = repetitionTimeOf(list, options.tr);
  const b1 = options.b1 === undefined ? { value: 1 } : readNumberOrMap(options.b1, list.geometry);
  const mask = options.mask === undefined ? undefined : readMask(options.mask, list, options);
  const count = list.images[0]?.values.length ?? 0;
  const [t1, m0] = [new Float64Array(count).fill(NaN), new Float64Array(count).fill(NaN)];
  const signal = new Float64Array(list.images.length);
  let [asked, failed] = [0, 0];
  for (let voxel = 0; voxel < count; voxel++) {
    if (mask !== undefined && mask.mask.voxels[voxel] !== 1) continue;
    list.images.forEach(({ values }, at) => (signal[at] = values[voxel] as number));
    const scale = typeof b1.value === 'number' ? b1.value : (b1.value[voxel] as number);
    const fit = t1FromFlipAngles(signal, angles.value, tr.value, { method: options.method, b1: scale });
    [t1[voxel], m0[voxel]] = [fit.t1Ms, fit.m0];
    asked++;
    if (!Number.isFinite(fit.t1Ms)) failed++;
  }
  const { geometry } = list;
  const settings = {
    flipAnglesDeg: angles.value,
    flipAnglesFrom: angles.from,
    repetitionTimeMs: tr.value,
    repetitionTimeFrom: tr.from,
    method: options.method,
    b1: typeof b1.value === 'number' ? b1.value : 'map',
  };
  const { path, document } = writeMaps(
    options.out,
    [
      { name: 't1', quantity: 'T1 before contrast', unit: 'ms', values: t1, geometry },
      { name: 'm0', quantity: 'signal of full magnetization at 90 degrees', unit: 'signal', values: m0, geometry },
    ],
    {
      command: 'map t1',
      settings,
      inputs: [...list.inputs, ...[mask?.hash, 'hash' in b1 ? b1.hash : undefined].filter((hash) => hash !== undefined)],
      results: { fitted: asked, failed, failedShare: asked === 0 ? 0 : failed / asked, medianMs: medianOf(t1.filter(Number.isFinite)) },
    },
  );
  tellMaps(terminal, path, document);
  return 0;
}
