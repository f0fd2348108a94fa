import {
  defaultRegistration,
  displacementOf,
  interpolationGeometry,
  placeGrid,
  registerImages,
  resampleBox,
  similarity,
  transformImage,
  transformMask,
} from '@cohortium/imaging';
import type {
  Geometry,
  InterpolationMethod,
  Registration,
  RegistrationKind,
  RegistrationSettings,
  RoiMask,
  SpatialTransform,
  VoxelArray,
  WantedSpacing,
} from '@cohortium/imaging';
import type { Sha256 } from '@cohortium/kernel';
import { cliErrors } from '../errors.js';
import { readImages, readMask } from '../maps/image-list.js';
import type { ImageList, ListedImage, MaskOptions } from '../maps/image-list.js';
import { writeMaps } from '../maps/map-folder.js';
import type { MapToWrite } from '../maps/map-folder.js';
import { tellMaps } from '../maps/tell-maps.js';
import { loadImage } from '../radiomics/load-image.js';
import type { Terminal } from '../terminal.js';
import { preprocessWords } from './messages.js';
import { sidecarOf } from './sidecar.js';

/** Names of interpolation on the command line. */
export const interpolationNames: Readonly<Record<string, InterpolationMethod>> = {
  nearest: 'nearest',
  linear: 'trilinear',
  'cubic-spline': 'tricubicSpline',
  'cubic-convolution': 'tricubicConvolution',
};

/** Options of `cohortium preprocess resample`. */
export interface ResampleOptions {
  readonly image: readonly string[];
  readonly spacing?: readonly number[];
  readonly like?: string;
  readonly method: string;
  readonly out: string;
}

/** `cohortium preprocess resample`: images on a grid of another spacing, or on the grid of another image. */
export async function resampleImages(terminal: Terminal, options: ResampleOptions): Promise<number> {
  if ((options.spacing === undefined) === (options.like === undefined))
    throw cliErrors.error('CLI.USAGE', { problem: '--spacing | --like' });
  const list = await readImages(options.image);
  const like = options.like === undefined ? undefined : (await readImages([options.like])).geometry;
  const resampled = like === undefined ? ontoSpacing(list, options) : ontoGrid(list, like, options.method);
  const { path, document } = writeMaps(
    options.out,
    resampled.images.map((values, at) => ({
      name: resampled.images.length === 1 ? 'resampled' : `resampled-${at + 1}`,
      quantity: 'signal on another grid',
      unit: 'signal',
      values,
      geometry: resampled.geometry,
      sidecar: sidecarOf(list.images[at] as ListedImage),
    })),
    {
      command: 'preprocess resample',
      settings: { interpolation: options.method, ...(like ? { grid: 'like' } : { spacingMm: options.spacing }) },
      inputs: list.inputs,
      results: { dimensions: resampled.geometry.dimensions, spacingMm: resampled.geometry.spacingMm, from: list.geometry.dimensions },
    },
  );
  tellMaps(terminal, path, document);
  return 0;
}

interface OnOneGrid {
  readonly geometry: Geometry;
  readonly images: readonly ArrayLike<number>[];
}

/** A spacing of 0 keeps an axis. */
function ontoSpacing({ geometry, images }: ImageList, { spacing = [], method }: ResampleOptions): OnOneGrid {
  if (spacing.length !== 3 || spacing.some((mm) => mm < 0))
    throw cliErrors.error('CLI.USAGE', { problem: `--spacing ${spacing.join(',')}` });
  const wanted = spacing.map((mm) => (mm === 0 ? null : mm)) as unknown as WantedSpacing;
  const target = interpolationGeometry(geometry, wanted);
  const placement = placeGrid(geometry, wanted);
  const box = { from: [0, 0, 0], to: target.dimensions } as const;
  const { dimensions } = geometry;
  const how = interpolationNames[method] as InterpolationMethod;
  return { geometry: target, images: images.map(({ values }) => resampleBox({ dimensions, values }, placement, box, how)) };
}

function ontoGrid({ images }: ImageList, geometry: Geometry, method: string): OnOneGrid {
  if (method !== 'linear' && method !== 'nearest') throw cliErrors.error('CLI.USAGE', { problem: '--like, --method linear | nearest' });
  const one = (image: ListedImage): ArrayLike<number> =>
    method === 'linear' ? transformImage(image, geometry, []) : nearest(image, geometry);
  return { geometry, images: images.map(one) };
}

/** Values of the nearest voxels: label maps keep their labels. */
function nearest({ geometry, values }: ListedImage, onto: Geometry): Float32Array {
  const labels = [...new Set(values)].filter((label) => label !== 0);
  const out = new Float32Array(onto.dimensions[0] * onto.dimensions[1] * onto.dimensions[2]);
  for (const label of labels) {
    const { voxels } = transformMask({ geometry, voxels: Uint8Array.from(values, (value) => (value === label ? 1 : 0)) }, onto, []);
    for (let at = 0; at < out.length; at++) if (voxels[at] === 1) out[at] = label;
  }
  return out;
}

/** Options that registrations share. */
export interface RegistrationOptions extends MaskOptions {
  readonly kind: RegistrationKind;
  readonly resolutions: number;
  readonly iterations: number;
  readonly samples: number;
  readonly gridSpacing: number;
  readonly bending: number;
  readonly seed: number;
  readonly mask?: string;
  readonly out: string;
}

function settingsOf({ kind, resolutions, iterations, samples, gridSpacing, bending, seed }: RegistrationOptions): RegistrationSettings {
  return { ...defaultRegistration, kind, resolutions, iterations, samples, gridSpacingMm: gridSpacing, bendingWeight: bending, seed };
}

/** Options of `cohortium preprocess register`. */
export interface RegisterOptions extends RegistrationOptions {
  readonly fixed: string;
  readonly moving: string;
  readonly apply?: readonly string[];
  readonly applyMask?: readonly string[];
}

/** `cohortium preprocess register`: one image onto another, and with the same transform further images and masks. */
export async function registerPair(terminal: Terminal, options: RegisterOptions): Promise<number> {
  const [fixed, moving] = [await readImages([options.fixed]), await readImages([options.moving])];
  const { geometry } = fixed;
  const region = options.mask === undefined ? undefined : readMask(options.mask, fixed, options);
  terminal.status(preprocessWords(terminal.language)('registering', { done: 0, count: 1 }));
  const movingImage = moving.images[0] as ListedImage;
  const found = await registerImages(fixed.images[0] as ListedImage, movingImage, settingsOf(options), region?.mask.voxels);
  terminal.clearStatus();
  const further = await carried(options, geometry, found.transforms);
  const moved: MapToWrite = {
    name: 'moved',
    quantity: 'moving image on the grid of the fixed one',
    unit: 'signal',
    values: found.moved,
    geometry,
    sidecar: sidecarOf(movingImage),
  };
  const { path, document } = writeMaps(
    options.out,
    [moved, ...further.maps],
    {
      command: 'preprocess register',
      settings: { engine, ...found.settings, masks: 'nearest neighbor', images: 'linear' },
      inputs: [...fixed.inputs, ...moving.inputs, ...(region ? [region.hash] : []), ...further.hashes],
      results: { before: found.before, after: found.after, displacement: found.displacement },
    },
    [{ name: 'transform.json', content: `${JSON.stringify({ schemaVersion: 1, transforms: found.transforms })}\n` }],
  );
  tellSimilarity(terminal, [{ name: 'moved', ...found }]);
  tellMaps(terminal, path, document);
  return 0;
}

const engine = '@itk-wasm/elastix 1.0.1';

async function carried(options: RegisterOptions, geometry: Geometry, transforms: readonly SpatialTransform[]) {
  const maps: MapToWrite[] = [];
  const hashes: Sha256[] = [];
  for (const path of options.apply ?? []) {
    const list = await readImages([path]);
    hashes.push(...list.inputs);
    list.images.forEach((image) => {
      const values = transformImage(image, geometry, transforms);
      maps.push({
        name: `applied-${maps.length + 1}`,
        quantity: 'image carried along',
        unit: 'signal',
        values,
        geometry,
        sidecar: sidecarOf(image),
      });
    });
  }
  const imageCount = maps.length;
  for (const path of options.applyMask ?? []) {
    const { volume, hash } = loadImage(path);
    hashes.push(hash);
    const values = carriedLabels(volume, geometry, transforms);
    maps.push({
      name: `mask-${maps.length - imageCount + 1}`,
      quantity: 'label map carried along',
      unit: 'label',
      values,
      geometry,
      storage: 'uint8',
    });
  }
  return { maps, hashes };
}

function carriedLabels(
  volume: { geometry: Geometry; values: VoxelArray },
  geometry: Geometry,
  transforms: readonly SpatialTransform[],
): Uint8Array {
  const out = new Uint8Array(geometry.dimensions[0] * geometry.dimensions[1] * geometry.dimensions[2]);
  for (const label of [...new Set(volume.values)].filter((value) => value > 0)) {
    const one: RoiMask = { geometry: volume.geometry, voxels: Uint8Array.from(volume.values, (value) => (value === label ? 1 : 0)) };
    const { voxels } = transformMask(one, geometry, transforms);
    for (let at = 0; at < out.length; at++) if (voxels[at] === 1) out[at] = label;
  }
  return out;
}

/** Options of `cohortium preprocess motion`. */
export interface MotionOptions extends RegistrationOptions {
  readonly image: readonly string[];
  readonly reference: number;
}

/** `cohortium preprocess motion`: every phase of a series onto one of them. */
export async function correctMotion(terminal: Terminal, options: MotionOptions): Promise<number> {
  const list = await readImages(options.image, 2);
  const reference = list.images[options.reference - 1];
  if (reference === undefined) throw cliErrors.error('CLI.USAGE', { problem: `--reference ${options.reference}` });
  const region = options.mask === undefined ? undefined : readMask(options.mask, list, options);
  const words = preprocessWords(terminal.language);
  const found: (Registration & { readonly name: string })[] = [];
  for (const [at, image] of list.images.entries()) {
    terminal.status(words('registering', { done: at, count: list.images.length }));
    // Leading zeros, so that a list of the folder is in order.
    const name = `phase-${String(at + 1).padStart(String(list.images.length).length, '0')}`;
    if (image === reference) found.push({ name, ...stayed(image, settingsOf(options), region?.mask.voxels) });
    else found.push({ name, ...(await registerImages(reference, image, settingsOf(options), region?.mask.voxels)) });
  }
  terminal.clearStatus();
  const { path, document } = writeMaps(
    options.out,
    found.map(({ name, moved }, at) => ({
      name,
      quantity: `phase ${at + 1} on phase ${options.reference}`,
      unit: 'signal',
      values: moved,
      geometry: list.geometry,
      sidecar: sidecarOf(list.images[at] as ListedImage),
    })),
    {
      command: 'preprocess motion',
      settings: { engine, reference: options.reference, ...settingsOf(options), images: 'linear' },
      inputs: [...list.inputs, ...(region ? [region.hash] : [])],
      results: { phases: found.map(({ name, before, after, displacement }) => ({ name, before, after, displacement })) },
    },
    [
      {
        name: 'transforms.json',
        content: `${JSON.stringify({ schemaVersion: 1, phases: found.map(({ name, transforms }) => ({ name, transforms })) })}\n`,
      },
    ],
  );
  tellSimilarity(terminal, found);
  tellMaps(terminal, path, document);
  return 0;
}

function stayed({ geometry, values }: ListedImage, settings: RegistrationSettings, region: Uint8Array | undefined): Registration {
  const same = similarity(values, values, region);
  return {
    transforms: [],
    settings,
    before: same,
    after: same,
    displacement: displacementOf(geometry, []),
    moved: Float32Array.from(values),
  };
}

function tellSimilarity(terminal: Terminal, found: readonly (Registration & { readonly name: string })[]): void {
  const words = preprocessWords(terminal.language);
  for (const { name, before, after, displacement } of found)
    terminal.say(
      words('similarity', {
        name,
        correlationBefore: before.correlation?.toFixed(4) ?? '-',
        correlationAfter: after.correlation?.toFixed(4) ?? '-',
        informationBefore: before.mutualInformation.toFixed(4),
        informationAfter: after.mutualInformation.toFixed(4),
        mm: displacement.meanMm.toFixed(2),
        folded: displacement.foldedShare > 0 ? (100 * displacement.foldedShare).toFixed(2) : 'none',
      }),
    );
}
