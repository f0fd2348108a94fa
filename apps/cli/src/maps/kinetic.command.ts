import { bodyMask, commonDelay, fitStates, kineticMaps, notAsked, tissueMask } from '@cohortium/imaging';
import type { Geometry, KineticMaps, KineticModel, KineticRequest, SpoiledGradientEcho, VoxelArray } from '@cohortium/imaging';
import type { Terminal } from '../terminal.js';
import { flipAngleOf, neededTimes, repetitionTimeOf } from './acquisition.js';
import type { TimeOptions } from './acquisition.js';
import { arterialInput } from './arterial-input.js';
import type { InputOptions } from './arterial-input.js';
import { mapErrors } from './errors.js';
import { assertOneKind } from './image-kinds.js';
import { readImages, readMask, readNumberOrMap } from './image-list.js';
import type { ImageList } from './image-list.js';
import { writeMaps } from './map-folder.js';
import type { MapToWrite } from './map-folder.js';
import { mapWords } from './messages.js';
import { modelNames } from './names.js';
import { medianOf } from './statistics.js';
import { tellMaps } from './tell-maps.js';

/** Options of `cohortium map kinetic`. */
export interface KineticOptions extends TimeOptions, InputOptions {
  readonly image: readonly string[];
  readonly kind?: string;
  readonly model: string;
  readonly pre: number;
  readonly t1?: string;
  readonly r1: number;
  readonly flipAngle?: number;
  readonly tr?: number;
  readonly concentration?: true;
  readonly mask?: string;
  readonly minSignal?: number;
  readonly delay?: string;
  readonly fill?: number;
  readonly out: string;
}

/** A delay is sought this far to both sides, seconds. */
const delayRangeSeconds = 10;

/** `cohortium map kinetic`: Ktrans, kep, ve and vp of a dynamic series. */
export async function mapKinetic(terminal: Terminal, options: KineticOptions): Promise<number> {
  const list = await readImages(options.image, 3, options.kind);
  assertOneKind(list);
  const { images, seconds, from } = neededTimes(list, options);
  const phases = images.map(({ values }) => values);
  const baseline = { from: 0, to: options.pre };
  const conversion = options.concentration ? undefined : conversionOf(list, options);
  const known = arterialInput(options, { list, phases, seconds, echo: conversion?.echo, baseline });
  const asked = askedVoxels(options, list, phases);
  const request: KineticRequest = {
    model: modelNames[options.model] as KineticModel,
    phases,
    minutes: seconds.map((s) => s / 60),
    input: known.input,
    baseline,
    echo: conversion?.echo,
    t1Ms: conversion?.t1Ms,
    mask: asked.mask,
  };
  const delayMinutes = delayOf(options.delay, request);
  terminal.status(mapWords(terminal.language)('fitting', { voxels: asked.count }));
  const maps = kineticMaps({ ...request, delayMinutes });
  terminal.clearStatus();
  const settings = {
    model: options.model,
    phases: phases.length,
    secondsFromFirst: seconds,
    timesFrom: from,
    preContrast: options.pre,
    concentration: conversion?.record ?? 'given',
    arterialInput: known.record,
    delaySeconds: 60 * delayMinutes,
    delay: options.delay ?? 'none',
    voxels: asked.record,
    failedVoxels: options.fill ?? 'NaN',
  };
  const { path, document } = writeMaps(options.out, mapsOf(list.geometry, maps, request.model, options.fill ?? NaN), {
    command: 'map kinetic',
    settings,
    inputs: [...list.inputs, ...[known.hash, asked.hash, conversion?.hash].filter((hash) => hash !== undefined)],
    results: resultsOf(maps, known.input.plasmaMm),
  });
  const { failed, fitted, failedShare } = maps;
  terminal.say(mapWords(terminal.language)('fitted', { fitted, percent: (100 * failedShare).toFixed(2), ...failed }));
  tellMaps(terminal, path, document);
  return 0;
}

function conversionOf(list: ImageList, options: KineticOptions) {
  const [tr, flip] = [repetitionTimeOf(list, options.tr), flipAngleOf(list, options.flipAngle)];
  if (options.t1 === undefined) throw mapErrors.error('CLI.NO_ACQUISITION', { parameter: 't1', option: '--t1' });
  const { value: t1Ms, hash } = readNumberOrMap(options.t1, list.geometry);
  const echo: SpoiledGradientEcho = { repetitionTimeMs: tr.value, flipAngleDeg: flip.value, relaxivityPerMmS: options.r1 };
  const record = {
    signalModel: 'spoiled gradient echo, T2* neglected',
    repetitionTimeMs: tr.value,
    repetitionTimeFrom: tr.from,
    flipAngleDeg: flip.value,
    flipAngleFrom: flip.from,
    relaxivityPerMmS: options.r1,
    t1Ms: typeof t1Ms === 'number' ? t1Ms : 'map',
  };
  return { echo, t1Ms, record, hash };
}

function askedVoxels(options: KineticOptions, list: ImageList, phases: readonly VoxelArray[]) {
  const { mask: path, minSignal, concentration, pre } = options;
  if (path !== undefined) {
    const { mask, hash } = readMask(path, list, options);
    return { mask: mask.voxels, hash, count: countOf(mask.voxels), record: { mask: 'file' } };
  }
  const count = (phases[0] as VoxelArray).length;
  if (minSignal === 0 || (minSignal === undefined && concentration))
    return { mask: undefined, hash: undefined, count, record: { mask: 'none' } };
  const before = new Float64Array(count);
  for (const phase of phases.slice(0, pre))
    for (let at = 0; at < count; at++) before[at] = (before[at] as number) + (phase[at] as number) / pre;
  if (minSignal === undefined) {
    const { mask, threshold } = bodyMask({ geometry: list.geometry, values: before });
    return {
      mask: mask.voxels,
      hash: undefined,
      count: countOf(mask.voxels),
      record: { mask: 'body', signalBeforeContrastAbove: threshold },
    };
  }
  const mask = tissueMask(before, minSignal);
  return { mask, hash: undefined, count: countOf(mask), record: { mask: 'signal', aboveShareOf95thPercentileBeforeContrast: minSignal } };
}

function countOf(mask: Uint8Array): number {
  return mask.reduce((sum, voxel) => sum + voxel, 0);
}

function delayOf(option: string | undefined, request: KineticRequest): number {
  if (option === undefined) return 0;
  if (option !== 'auto') return Number(option) / 60;
  return commonDelay(request, { fromMinutes: -delayRangeSeconds / 60, toMinutes: delayRangeSeconds / 60 });
}

const stateCodes = {
  [fitStates.ok]: 'fitted',
  [fitStates.notFinite]: 'failed: the signal gives no concentration',
  [fitStates.noUptake]: 'failed: no uptake',
  [fitStates.atBound]: 'failed: washout at the end of the range of rates',
  [notAsked]: 'not asked',
};

function mapsOf(geometry: Geometry, maps: KineticMaps, model: KineticModel, fill: number): readonly MapToWrite[] {
  const { state } = maps;
  const map = (name: string, quantity: string, unit: string, values: Float64Array): MapToWrite => {
    const shown = values.map((value, voxel) => (state[voxel] === notAsked ? NaN : state[voxel] === fitStates.ok ? value : fill));
    return { name, quantity, unit, values: shown, geometry };
  };
  const hasWashout = model === 'tofts' || model === 'extendedTofts';
  return [
    map('ktrans', 'volume transfer constant', '1/min', maps.ktransPerMin),
    ...(hasWashout ? [map('kep', 'rate constant of the way back, Ktrans / ve', '1/min', maps.kepPerMin)] : []),
    ...(model === 'patlak' ? [] : [map('ve', 'volume fraction of the extravascular extracellular space', '1', maps.ve)]),
    ...(model === 'tofts' ? [] : [map('vp', 'volume fraction of plasma', '1', maps.vp)]),
    ...(maps.flowPerMin ? [map('flow', 'plasma flow', 'ml/ml/min', maps.flowPerMin)] : []),
    ...(maps.permeabilityPerMin ? [map('ps', 'permeability-surface area product', '1/min', maps.permeabilityPerMin)] : []),
    map('rms', 'root mean square of the residuals of the fit', 'mM', maps.rmsMm),
    { name: 'state', quantity: 'how the fit ended', unit: 'code', values: state, geometry, storage: 'uint8', codes: stateCodes },
  ];
}

function resultsOf(
  { state, fitted, failed, failedShare, ktransPerMin, kepPerMin, ve, vp }: KineticMaps,
  plasma: ArrayLike<number>,
): object {
  const median = (values: Float64Array) =>
    medianOf(values.filter((value, voxel) => state[voxel] === fitStates.ok && Number.isFinite(value)));
  return {
    fitted,
    failed,
    failedShare,
    inputPeakMm: Array.from(plasma).reduce((most, value) => Math.max(most, value), -Infinity),
    medians: { ktransPerMin: median(ktransPerMin), kepPerMin: median(kepPerMin), ve: median(ve), vp: median(vp) },
  };
}
