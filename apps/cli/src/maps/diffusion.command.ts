import { adcMap, adcUnitOf, groupByB, IvimSearch, traceImages } from '@cohortium/imaging';
import type { AdcMethod, AdcUnit, VoxelArray } from '@cohortium/imaging';
import { cliErrors } from '../errors.js';
import type { Terminal } from '../terminal.js';
import { bValuesOf } from './acquisition.js';
import { mapErrors } from './errors.js';
import { assertOneKind } from './image-kinds.js';
import { readImages, readMask } from './image-list.js';
import type { ImageList, MaskOptions } from './image-list.js';
import { writeMaps } from './map-folder.js';
import { mapWords } from './messages.js';
import { medianOf } from './statistics.js';
import { tellMaps } from './tell-maps.js';

/** Options of `cohortium map ivim`, and most of those of `map adc`. */
export interface DiffusionOptions extends MaskOptions {
  readonly image?: readonly string[];
  readonly kind?: string;
  readonly b?: readonly number[];
  readonly mask?: string;
  readonly out: string;
}

/** Options of `cohortium map adc`. */
export interface AdcOptions extends DiffusionOptions {
  readonly method: AdcMethod;
  readonly minB: number;
  readonly vendorMap?: string;
  readonly unit?: AdcUnit;
}

const adcUnit = '10^-6 mm^2/s';

/** `cohortium map adc`: apparent diffusion coefficient from images with b-values, or from a map of the scanner whose unit is decided. */
export async function mapAdc(terminal: Terminal, options: AdcOptions): Promise<number> {
  if ((options.image === undefined) === (options.vendorMap === undefined))
    throw cliErrors.error('CLI.USAGE', { problem: '--image | --vendor-map' });
  return options.vendorMap === undefined ? fromImages(terminal, options) : fromVendor(terminal, options, options.vendorMap);
}

async function fromImages(terminal: Terminal, options: AdcOptions): Promise<number> {
  const { list, b, groups, trace } = await weighted(options);
  const used = groups.map((group, at) => ({ group, image: trace[at] as ArrayLike<number> })).filter(({ group }) => group.b >= options.minB);
  const mask = options.mask === undefined ? undefined : readMask(options.mask, list, options);
  const adc = adcMap(
    used.map(({ image }) => image),
    used.map(({ group }) => group.b),
    { method: options.method, mask: mask?.mask.voxels },
  );
  const fitted = adc.filter(Number.isFinite);
  const settings = {
    method: options.method,
    bValuesFrom: b.from,
    groups: groups.map((group) => ({ b: group.b, images: group.images.length })),
    usedFromB: options.minB,
  };
  const results = {
    fitted: fitted.length,
    failed: (mask ? countOf(mask.mask.voxels) : adc.length) - fitted.length,
    negative: fitted.filter((value) => value < 0).length,
    median: medianOf(fitted),
  };
  const map = { name: 'adc', quantity: 'apparent diffusion coefficient', unit: adcUnit, values: adc, geometry: list.geometry };
  const inputs = [...list.inputs, ...(mask ? [mask.hash] : [])];
  const { path, document } = writeMaps(options.out, [map], { command: 'map adc', settings, inputs, results });
  tellMaps(terminal, path, document);
  return 0;
}

async function fromVendor(terminal: Terminal, options: AdcOptions, map: string): Promise<number> {
  const list = await readImages([map]);
  const { values, unit } = list.images[0] as { values: VoxelArray; unit?: string };
  const decision = adcUnitOf(values, unit, options.unit);
  const adc = Float64Array.from(values, (value) => value * decision.factor);
  const settings = { vendorMap: { statedUnit: unit ?? null, ...decision } };
  const { path, document } = writeMaps(
    options.out,
    [{ name: 'adc', quantity: 'apparent diffusion coefficient of the scanner', unit: adcUnit, values: adc, geometry: list.geometry }],
    { command: 'map adc', settings, inputs: list.inputs, results: { median: decision.median * decision.factor } },
  );
  terminal.say(
    mapWords(terminal.language)('vendorUnit', {
      unit: decision.unit,
      basis: decision.basis,
      median: Number(decision.median.toPrecision(4)),
    }),
  );
  tellMaps(terminal, path, document);
  return 0;
}

/** `cohortium map ivim`: diffusion, perfusion fraction and pseudo-diffusion. */
export async function mapIvim(terminal: Terminal, options: DiffusionOptions): Promise<number> {
  const { list, b, groups, trace } = await weighted(options);
  const mask = options.mask === undefined ? undefined : readMask(options.mask, list, options);
  const count = list.images[0]?.values.length ?? 0;
  const [d, f, fast, s0] = [0, 0, 0, 0].map(() => new Float64Array(count).fill(NaN)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const search = new IvimSearch(groups.map((group) => group.b));
  const signal = new Float64Array(groups.length);
  for (let voxel = 0; voxel < count; voxel++) {
    if (mask !== undefined && mask.mask.voxels[voxel] !== 1) continue;
    for (let at = 0; at < signal.length; at++) signal[at] = (trace[at] as ArrayLike<number>)[voxel] as number;
    // Air has no decay; a voxel of zeros would be searched in vain.
    if (!((signal[0] as number) > 0)) continue;
    const fit = search.fit(signal);
    [d[voxel], f[voxel], fast[voxel], s0[voxel]] = [fit.diffusion, fit.perfusionFraction, fit.pseudoDiffusion, fit.s0];
  }
  const { geometry } = list;
  const fitted = d.filter(Number.isFinite);
  const settings = { bValuesFrom: b.from, groups: groups.map((group) => ({ b: group.b, images: group.images.length })) };
  const results = { fitted: fitted.length, withPerfusion: f.filter((value) => value > 0).length, medianD: medianOf(fitted) };
  const { path, document } = writeMaps(
    options.out,
    [
      { name: 'd', quantity: 'diffusion coefficient', unit: adcUnit, values: d, geometry },
      { name: 'f', quantity: 'perfusion fraction', unit: '1', values: f, geometry },
      { name: 'd-star', quantity: 'pseudo-diffusion coefficient', unit: adcUnit, values: fast, geometry },
      { name: 's0', quantity: 'signal without diffusion weighting', unit: 'signal', values: s0, geometry },
    ],
    { command: 'map ivim', settings, inputs: [...list.inputs, ...(mask ? [mask.hash] : [])], results },
  );
  tellMaps(terminal, path, document);
  return 0;
}

async function weighted(options: DiffusionOptions) {
  const all = await readImages(options.image ?? [], 1, options.kind);
  // Maps that the scanner put beside its images have no b-value of their own.
  const list: ImageList = { ...all, images: all.images.filter((image) => image.isDerivedMap !== true) };
  assertOneKind(list);
  if (list.images.length < 2) throw mapErrors.error('CLI.TOO_FEW_IMAGES', { found: list.images.length, needed: 2 });
  const b = bValuesOf(list, options.b);
  const groups = groupByB(b.value);
  const trace = traceImages(
    list.images.map(({ values }) => values),
    groups,
  );
  return { list, b, groups, trace };
}

function countOf(mask: Uint8Array): number {
  return mask.reduce((sum, voxel) => sum + voxel, 0);
}
