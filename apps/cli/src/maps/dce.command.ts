import { boundingBox, enhancementMaps, functionalTumor, percentEnhancementMap, ratioTumor } from '@cohortium/imaging';
import type { Box, EnhancementMaps, FunctionalTumor, Geometry, TumorVolumeRules, VoxelArray } from '@cohortium/imaging';
import type { Sha256 } from '@cohortium/kernel';
import { cliErrors } from '../errors.js';
import type { Terminal } from '../terminal.js';
import { timesOf } from './acquisition.js';
import type { TimeOptions } from './acquisition.js';
import { assertOneKind } from './image-kinds.js';
import { firstFile, readImages, readMask } from './image-list.js';
import type { ImageList, MaskOptions } from './image-list.js';
import { writeMaps } from './map-folder.js';
import type { MapToWrite } from './map-folder.js';
import { mapWords } from './messages.js';
import { tellMaps } from './tell-maps.js';
import { boxInMm, statedVoi } from './voi.js';

/** Where a tumor is sought, and what counts as tumor. */
export interface VoiOptions extends MaskOptions {
  readonly voi?: readonly number[];
  readonly voiMm?: readonly number[];
  readonly voiFrom?: string;
  readonly voiMask?: string;
  readonly peThreshold: number;
  readonly background: number;
  readonly minNeighbors: number;
  readonly minSer: number;
}

/** Options of `cohortium map dce`. */
export interface DceOptions extends TimeOptions, VoiOptions {
  readonly image: readonly string[];
  readonly kind?: string;
  readonly pre: number;
  readonly early?: number;
  readonly late?: number;
  readonly out: string;
}

/** `cohortium map dce`: subtraction, enhancement, its ratio and course, functional tumor volume. */
export async function mapDce(terminal: Terminal, options: DceOptions): Promise<number> {
  const list = await readImages(options.image, 2, options.kind);
  assertOneKind(list);
  const timed = timesOf(list, options);
  const images = timed?.images ?? list.images;
  const phases = images.map(({ values }) => values);
  const beforeCount = options.pre;
  const early = options.early === undefined ? beforeCount : options.early - 1;
  const late = options.late === undefined ? phases.length - 1 : options.late - 1;
  const minutes = timed?.seconds.map((s) => s / 60);
  const maps = enhancementMaps(phases, minutes, { beforeCount, early, late });
  const sought = voiOf(options, list);
  const tumor = sought && tumorOf(list.geometry, maps, [phases[early], phases[late]] as [VoxelArray, VoxelArray], sought.box, options);
  const settings = {
    phases: phases.length,
    secondsFromFirst: timed?.seconds ?? null,
    timesFrom: timed?.from ?? null,
    preContrast: beforeCount,
    early: early + 1,
    late: late + 1,
  };
  const results = {
    functionalTumorVolume: tumor === undefined || sought === undefined ? null : volumeRecord(tumor, sought.box, options),
    notComputed: timed === undefined ? [{ maps: courseNames, reason: 'times unknown' }] : [],
  };
  const { path, document } = writeMaps(options.out, mapsOf(list.geometry, phases, maps, tumor, beforeCount), {
    command: 'map dce',
    settings,
    inputs: [...list.inputs, ...(sought?.hash ? [sought.hash] : [])],
    results,
  });
  const words = mapWords(terminal.language);
  if (timed === undefined) terminal.say(words('noCourse', { maps: courseNames.join(', ') }));
  if (tumor) terminal.say(words('tumorFound', { voxels: tumor.voxelCount, ml: (tumor.volumeMm3 / 1000).toFixed(3) }));
  tellMaps(terminal, path, document);
  return 0;
}

const courseNames = ['wash-in', 'wash-out', 'time-to-peak'];

/** The box in which the tumor is sought; undefined where none is named. @throws `CLI.USAGE` */
export function voiOf(options: VoiOptions, list: ImageList): { readonly box: Box; readonly hash?: Sha256 } | undefined {
  const { voi, voiMm, voiFrom, voiMask } = options;
  const { geometry } = list;
  if (voi !== undefined) {
    const [i0, j0, k0, i1, j1, k1] = voi as [number, number, number, number, number, number];
    const [ni, nj, nk] = geometry.dimensions;
    const isInside = voi.length === 6 && voi.every(Number.isInteger) && i0 >= 0 && j0 >= 0 && k0 >= 0 && i1 < ni && j1 < nj && k1 < nk;
    if (!isInside || i0 > i1 || j0 > j1 || k0 > k1) throw cliErrors.error('CLI.USAGE', { problem: `--voi ${voi.join(',')}` });
    return { box: { from: [i0, j0, k0], to: [i1 + 1, j1 + 1, k1 + 1] } };
  }
  if (voiMm !== undefined) {
    const box = voiMm.length === 6 ? boxInMm(geometry, voiMm) : undefined;
    if (box === undefined) throw cliErrors.error('CLI.USAGE', { problem: `--voi-mm ${voiMm.join(',')}` });
    return { box };
  }
  if (voiFrom !== undefined) {
    const corners = statedVoi(firstFile(voiFrom));
    const box = corners && boxInMm(geometry, corners);
    if (box === undefined) throw cliErrors.error('CLI.USAGE', { problem: '--voi-from' });
    return { box };
  }
  if (voiMask === undefined) return undefined;
  const { mask, hash } = readMask(voiMask, list, options);
  return { box: boundingBox(mask.voxels, geometry.dimensions) as Box, hash };
}

function rulesOf({ peThreshold, background, minNeighbors, minSer }: VoiOptions): Omit<TumorVolumeRules, 'box'> {
  return { percentEnhancement: peThreshold, backgroundShare: background, neighbors: minNeighbors, minRatio: minSer };
}

function tumorOf(
  geometry: Geometry,
  { before }: EnhancementMaps,
  [early, late]: readonly [VoxelArray, VoxelArray],
  box: Box,
  options: VoiOptions,
): FunctionalTumor {
  return functionalTumor(geometry, [before, early, late], { box, ...rulesOf(options) });
}

function volumeRecord({ voxelCount, volumeMm3, backgroundThreshold }: FunctionalTumor, { from, to }: Box, options: VoiOptions): object {
  return {
    voxels: voxelCount,
    volumeMm3,
    voi: { first: from, last: to.map((end) => end - 1) },
    rules: {
      percentEnhancementAtLeast: options.peThreshold,
      signalBeforeAbove: backgroundThreshold,
      signalBeforeAboveIs: `${options.background} x the 95th percentile of the signal before contrast in the VOI`,
      passingNeighborsAtLeast: options.minNeighbors,
      neighborsOf: 26,
      ratioAtLeast: options.minSer,
      ratioAboveZero: true,
    },
  };
}

function mapsOf(
  geometry: Geometry,
  phases: readonly VoxelArray[],
  maps: EnhancementMaps,
  tumor: FunctionalTumor | undefined,
  beforeCount: number,
): readonly MapToWrite[] {
  const map = (name: string, quantity: string, unit: string, values: ArrayLike<number>): MapToWrite => ({
    name,
    quantity,
    unit,
    values,
    geometry,
  });
  const after = phases.slice(beforeCount);
  const { curve } = maps;
  return [
    ...after.map((phase, n) =>
      map(
        `subtraction-${n + 1}`,
        `signal of phase ${beforeCount + n + 1} minus signal before contrast`,
        'signal',
        difference(phase, maps.before),
      ),
    ),
    ...after.map((phase, n) =>
      map(
        `pe${n + 1}`,
        `percent enhancement 100 (S - S0) / S0 of phase ${beforeCount + n + 1}`,
        '%',
        percentEnhancementMap(maps.before, phase),
      ),
    ),
    map('ser', 'signal enhancement ratio (S early - S0) / (S late - S0)', '1', maps.signalEnhancementRatio),
    ...(curve === undefined
      ? []
      : [
          map('wash-in', 'largest rise between two phases up to the peak, of S0', '%/min', curve.washInPercentPerMin),
          map('wash-out', 'slope from the peak to the last phase, of S0', '%/min', curve.washOutPercentPerMin),
          map('time-to-peak', 'time from the last phase before contrast to the largest signal', 'min', curve.timeToPeakMin),
        ]),
    ...(tumor === undefined
      ? []
      : [{ ...map('ftv-mask', 'voxels of the functional tumor volume', '1', tumor.mask.voxels), storage: 'uint8' as const }]),
  ];
}

function difference(phase: VoxelArray, before: Float64Array): Float64Array {
  return before.map((s0, voxel) => (phase[voxel] as number) - s0);
}

/** Options of `cohortium map ftv`. */
export interface FtvOptions extends VoiOptions {
  readonly ser: string;
  readonly out: string;
}

/** `cohortium map ftv`: the functional tumor volume from a ratio map that a site has made. */
export async function mapFtv(terminal: Terminal, options: FtvOptions): Promise<number> {
  const list = await readImages([options.ser]);
  const { geometry, values } = list.images[0] as { geometry: Geometry; values: VoxelArray };
  const sought = voiOf(options, list);
  const box = sought?.box ?? { from: [0, 0, 0], to: geometry.dimensions };
  const tumor = ratioTumor({ geometry, values }, { box, minRatio: options.minSer });
  const { voxelCount, volumeMm3 } = tumor;
  const voi = { first: box.from, last: box.to.map((end) => end - 1) };
  const results = {
    functionalTumorVolume: { voxels: voxelCount, volumeMm3, voi, rules: { ratioAtLeast: options.minSer, ratioAboveZero: true } },
  };
  const mask = { name: 'ftv-mask', quantity: 'voxels of the functional tumor volume', unit: '1', values: tumor.mask.voxels, geometry };
  const { path, document } = writeMaps(options.out, [{ ...mask, storage: 'uint8' }], {
    command: 'map ftv',
    settings: {},
    inputs: [...list.inputs, ...(sought?.hash ? [sought.hash] : [])],
    results,
  });
  terminal.say(mapWords(terminal.language)('tumorFound', { voxels: voxelCount, ml: (volumeMm3 / 1000).toFixed(3) }));
  tellMaps(terminal, path, document);
  return 0;
}
