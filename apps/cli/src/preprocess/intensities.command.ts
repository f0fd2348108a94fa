import {
  bodyMask,
  byLandmarks,
  byQuantiles,
  byReferenceTissue,
  correctBias,
  defaultBiasSettings,
  learnScale,
  zScore,
} from '@cohortium/imaging';
import type { BiasSettings, Normalized, StandardScale, VoxelArray } from '@cohortium/imaging';
import type { Sha256 } from '@cohortium/kernel';
import { z } from 'zod';
import { cliErrors } from '../errors.js';
import { mapErrors } from '../maps/errors.js';
import { readImages, readMask } from '../maps/image-list.js';
import type { ImageList, ListedImage, MaskOptions } from '../maps/image-list.js';
import { softwareFacts, writeMaps } from '../maps/map-folder.js';
import { tellMaps } from '../maps/tell-maps.js';
import { readText, replaceFile } from '../outputs/files.js';
import type { Terminal } from '../terminal.js';
import { preprocessWords } from './messages.js';
import { sidecarOf } from './sidecar.js';

/** Options of `cohortium preprocess n4`. */
export interface BiasOptions extends MaskOptions {
  readonly image: readonly string[];
  readonly mask?: string;
  readonly shrink: number;
  readonly iterations: readonly number[];
  readonly convergence: number;
  readonly fwhm: number;
  readonly noise: number;
  readonly bins: number;
  readonly spans: number;
  readonly out: string;
}

/** `cohortium preprocess n4`: bias-field correction. The field is estimated from the first image and divides all of them, so that ratios stay. */
export async function correctField(terminal: Terminal, options: BiasOptions): Promise<number> {
  const list = await readImages(options.image);
  const first = list.images[0] as ListedImage;
  const region = regionOf(options, list);
  const settings: BiasSettings = {
    ...defaultBiasSettings,
    iterations: options.iterations,
    convergence: options.convergence,
    shrink: options.shrink,
    spans: options.spans,
    histogramBins: options.bins,
    fullWidthHalfMaximum: options.fwhm,
    wienerNoise: options.noise,
  };
  const { corrected, field, levels, sampleCount } = correctBias(first, region.voxels, settings);
  const { geometry } = list;
  const [least, most] = rangeOf(field, region.voxels);
  const divided = list.images.map((image, at) =>
    at === 0 ? corrected : Float32Array.from(image.values, (value, voxel) => value / (field[voxel] as number)),
  );
  const { path, document } = writeMaps(
    options.out,
    [
      ...divided.map((values, at) => ({
        name: numbered('corrected', at, divided.length),
        quantity: 'signal over bias field',
        unit: 'signal',
        values,
        geometry,
        sidecar: sidecarOf(list.images[at] as ListedImage),
      })),
      { name: 'field', quantity: 'multiplicative bias field, geometric mean 1 over the mask', unit: '1', values: field, geometry },
    ],
    {
      command: 'preprocess n4',
      settings: { method: 'N4 (doi:10.1109/TMI.2010.2046908)', ...settings, region: region.record },
      inputs: [...list.inputs, ...region.hashes],
      results: { levels, sampleCount, fieldLeast: least, fieldMost: most },
    },
  );
  terminal.say(preprocessWords(terminal.language)('fieldFound', { least: least.toFixed(3), most: most.toFixed(3) }));
  tellMaps(terminal, path, document);
  return 0;
}

function rangeOf(values: Float32Array, region: Uint8Array): [number, number] {
  let [least, most] = [Infinity, -Infinity];
  for (let at = 0; at < values.length; at++)
    if (region[at] === 1) [least, most] = [Math.min(least, values[at] as number), Math.max(most, values[at] as number)];
  return [least, most];
}

/** A mask from a file; without one, the body. */
function regionOf(
  options: MaskOptions & { readonly mask?: string },
  list: ImageList,
): { voxels: Uint8Array; record: object; hashes: readonly Sha256[] } {
  const { mask: path } = options;
  if (path === undefined) {
    const { mask, threshold } = bodyMask(list.images[0] as ListedImage);
    return { voxels: mask.voxels, record: { kind: 'body', signalAbove: threshold }, hashes: [] };
  }
  const { mask, hash } = readMask(path, list, options);
  return { voxels: mask.voxels, record: { kind: 'mask' }, hashes: [hash] };
}

function numbered(name: string, at: number, count: number): string {
  return count === 1 ? name : `${name}-${String(at + 1).padStart(String(count).length, '0')}`;
}

/** Options of `cohortium preprocess normalize`. */
export interface NormalizeOptions extends MaskOptions {
  readonly image: readonly string[];
  readonly method: 'z-score' | 'reference-tissue' | 'quantile' | 'landmarks';
  readonly mask?: string;
  readonly region: 'body' | 'image';
  readonly percentiles: readonly number[];
  readonly landmarks?: string;
  readonly out: string;
}

/** `cohortium preprocess normalize`: intensities onto a common scale; figures are taken from the first image and used for all. */
export async function normalizeImages(terminal: Terminal, options: NormalizeOptions): Promise<number> {
  if (options.method === 'reference-tissue' && options.mask === undefined)
    throw cliErrors.error('CLI.USAGE', { problem: '--method reference-tissue, --mask' });
  const list = await readImages(options.image);
  const isWhole = options.mask === undefined && options.region === 'image';
  const region = isWhole ? { voxels: undefined, record: { kind: 'image' }, hashes: [] } : regionOf(options, list);
  const scale = options.method === 'landmarks' ? readScale(options.landmarks) : undefined;
  const first = list.images[0] as ListedImage;
  // Phases of one series share a scale: their differences are what they are for.
  const together = list.images.length === 1 ? first.values : joined(list.images.map(({ values }) => values));
  const { values, record } = normalized(together, region.voxels, scale, options);
  const size = first.values.length;
  const { path, document } = writeMaps(
    options.out,
    list.images.map((image, at) => ({
      name: numbered('normalized', at, list.images.length),
      quantity: 'normalized signal',
      unit: '1',
      values: values.subarray(at * size, (at + 1) * size),
      geometry: list.geometry,
      sidecar: sidecarOf(image),
    })),
    {
      command: 'preprocess normalize',
      settings: { method: options.method, region: region.record, figuresFrom: 'first image' },
      inputs: [...list.inputs, ...region.hashes],
      results: record,
    },
  );
  tellMaps(terminal, path, document);
  return 0;
}

function joined(images: readonly VoxelArray[]): Float64Array {
  const size = images[0]?.length ?? 0;
  const out = new Float64Array(size * images.length);
  images.forEach((image, at) => out.set(image, at * size));
  return out;
}

/** The region covers the first image only; the voxels of further ones lie behind it. */
function normalized(
  values: VoxelArray,
  region: Uint8Array | undefined,
  scale: StandardScale | undefined,
  { method, percentiles, image }: NormalizeOptions,
): Normalized {
  const mask = region ?? (image.length === 1 ? undefined : new Uint8Array(values.length / image.length).fill(1));
  if (method === 'z-score') return zScore(values, mask);
  if (method === 'reference-tissue') return byReferenceTissue(values, mask as Uint8Array);
  if (scale !== undefined) return byLandmarks(values, scale, mask);
  const [low, high] = percentiles;
  if (percentiles.length !== 2 || !((low as number) >= 0 && (low as number) < (high as number) && (high as number) <= 100))
    throw cliErrors.error('CLI.USAGE', { problem: `--percentiles ${percentiles.join(',')}` });
  return byQuantiles(values, [low as number, high as number], mask);
}

const scaleSchema = z.object({ percentiles: z.array(z.number().min(0).max(100)).min(2), landmarks: z.array(z.number()).min(2) });

function readScale(path: string | undefined): StandardScale {
  if (path === undefined) throw cliErrors.error('CLI.USAGE', { problem: '--method landmarks, --landmarks' });
  let content: unknown;
  try {
    content = JSON.parse(readText(path));
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw mapErrors.error('CLI.BAD_SIDECAR', { path, problem: 'json' }, { cause });
  }
  const parsed = scaleSchema.safeParse(content);
  if (!parsed.success || parsed.data.percentiles.length !== parsed.data.landmarks.length)
    throw mapErrors.error('CLI.BAD_SIDECAR', { path, problem: 'field' });
  return parsed.data;
}

/** Options of `cohortium preprocess landmarks`. */
export interface LandmarksOptions {
  readonly image: readonly string[];
  readonly out: string;
}

/** `cohortium preprocess landmarks`: learns a common scale from the bodies of several images. */
export async function learnLandmarks(terminal: Terminal, options: LandmarksOptions): Promise<number> {
  const lists: ImageList[] = [];
  for (const path of options.image) lists.push(await readImages([path]));
  const images = lists.map((list) => {
    const image = list.images[0] as ListedImage;
    return { values: image.values, region: bodyMask(image).mask.voxels };
  });
  const scale = learnScale(images);
  const document = {
    schemaVersion: 1,
    ...scale,
    images: images.length,
    inputs: lists.flatMap(({ inputs }) => inputs),
    software: softwareFacts(),
  };
  const path = replaceFile(options.out, `${JSON.stringify(document, null, 1)}\n`);
  terminal.data(preprocessWords(terminal.language)('scaleWritten', { path, count: images.length }));
  terminal.jsonObject({ ...document, out: path });
  return 0;
}
