import { existsSync } from 'node:fs';
import {
  concentrationFromSignal,
  georgiouAif,
  largeVesselHematocrit,
  parkerAif,
  plasmaFromBlood,
  weinmannToftsAif,
} from '@cohortium/imaging';
import type { ArterialInput, Baseline, SpoiledGradientEcho, VoxelArray } from '@cohortium/imaging';
import { sha256 } from '@cohortium/kernel';
import type { Sha256 } from '@cohortium/kernel';
import { cliErrors } from '../errors.js';
import { readText } from '../outputs/files.js';
import { mapErrors } from './errors.js';
import { readMask } from './image-list.js';
import type { ImageList, MaskOptions } from './image-list.js';
import { populationInputs } from './names.js';

/** What the command line says about the arterial input. */
export interface InputOptions extends MaskOptions {
  readonly aif?: string;
  readonly aifMask?: string;
  readonly aifT1?: number;
  readonly aifBlood?: true;
  readonly hematocrit?: number;
  readonly arrival?: number;
  readonly dose: number;
}

/** The arterial input of an examination, and the record of where it came from. */
export interface KnownInput {
  readonly input: ArterialInput;
  readonly record: object;
  readonly hash?: Sha256;
}

/** What a measured input is read from. */
export interface InputImages {
  readonly list: ImageList;
  readonly phases: readonly VoxelArray[];
  readonly seconds: readonly number[];
  /** Undefined where phases hold concentrations. */
  readonly echo: SpoiledGradientEcho | undefined;
  readonly baseline: Baseline;
}

/** Population inputs are evaluated at these steps: a first pass lasts seconds. */
const stepSeconds = 0.5;

/**
 * The arterial input: of a population, from a file, or measured in the voxels of a mask.
 * @throws `CLI.USAGE`, `CLI.NO_ACQUISITION`, `CLI.BAD_SIDECAR`, `CLI.CANNOT_READ`, `IMAGING.*`
 */
export function arterialInput(options: InputOptions, images: InputImages): KnownInput {
  const { aif, aifMask } = options;
  if (aif !== undefined && aifMask !== undefined) throw cliErrors.error('CLI.USAGE', { problem: '--aif, --aif-mask' });
  if (aifMask !== undefined) return measuredInput(aifMask, options, images);
  if (aif === undefined) throw mapErrors.error('CLI.NO_ACQUISITION', { parameter: 'aif', option: '--aif, --aif-mask' });
  const name = populationInputs.find((each) => each === aif);
  if (name !== undefined) return populationInput(name, options, images);
  if (!existsSync(aif)) throw cliErrors.error('CLI.USAGE', { problem: `--aif ${populationInputs.join(' | ')} | FILE` });
  return inputFromFile(aif, options);
}

function populationInput(name: (typeof populationInputs)[number], options: InputOptions, { seconds, baseline }: InputImages): KnownInput {
  // Contrast arrives after the last image before it, unless it is known better.
  const arrivalSeconds = options.arrival ?? (seconds[baseline.to - 1] as number);
  const hematocrit = options.hematocrit ?? largeVesselHematocrit;
  const last = seconds.at(-1) as number;
  const count = Math.ceil(Math.max(0, last - arrivalSeconds) / stepSeconds) + 2;
  const minutes = Float64Array.from({ length: count }, (_, n) => (n * stepSeconds) / 60);
  const plasmaMm =
    name === 'weinmann-tofts'
      ? weinmannToftsAif(minutes, options.dose)
      : plasmaFromBlood(name === 'parker' ? parkerAif(minutes) : georgiouAif(minutes), hematocrit);
  const record = {
    kind: name,
    arrivalSeconds,
    ...(name === 'weinmann-tofts' ? { doseMmolPerKg: options.dose } : { hematocrit }),
  };
  return { input: { minutes: minutes.map((t) => t + arrivalSeconds / 60), plasmaMm }, record };
}

function inputFromFile(path: string, options: InputOptions): KnownInput {
  const text = readText(path);
  const { seconds, concentrations } = parseInputCsv(path, text);
  const hematocrit = options.hematocrit ?? largeVesselHematocrit;
  const plasmaMm = options.aifBlood ? plasmaFromBlood(concentrations, hematocrit) : Float64Array.from(concentrations);
  const record = { kind: 'file', points: seconds.length, ...(options.aifBlood ? { of: 'blood', hematocrit } : { of: 'plasma' }) };
  return { input: { minutes: seconds.map((s) => s / 60), plasmaMm }, record, hash: sha256(text) };
}

/** Columns `time` (seconds) and `conc` (mM), in any order and among others; without a header, the first two. */
function parseInputCsv(path: string, text: string): { seconds: number[]; concentrations: number[] } {
  const rows = text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => line.split(/[,;\t]/).map((cell) => cell.trim()));
  const header = rows[0]?.map((cell) => cell.toLowerCase()) ?? [];
  const hasHeader = header.some((cell) => !Number.isFinite(Number(cell)));
  const [time, conc] = hasHeader
    ? [header.findIndex((cell) => cell.startsWith('time')), header.findIndex((cell) => cell.startsWith('conc'))]
    : [0, 1];
  const body = hasHeader ? rows.slice(1) : rows;
  const column = (at: number) => body.map((row) => (row[at] === undefined || row[at] === '' ? NaN : Number(row[at])));
  const [seconds, concentrations] = [column(time), column(conc)];
  if (time < 0 || conc < 0 || body.length < 2 || ![...seconds, ...concentrations].every(Number.isFinite))
    throw mapErrors.error('CLI.BAD_SIDECAR', { path, problem: 'csv' });
  return { seconds, concentrations };
}

function measuredInput(path: string, options: InputOptions, { list, phases, seconds, echo, baseline }: InputImages): KnownInput {
  const { mask, hash } = readMask(path, list, options);
  const voxels = mask.voxels.reduce((sum, voxel) => sum + voxel, 0);
  const mean = Float64Array.from(phases, (phase) => {
    let sum = 0;
    for (let at = 0; at < phase.length; at++) if (mask.voxels[at] === 1) sum += phase[at] as number;
    return sum / voxels;
  });
  if (echo !== undefined) {
    if (options.aifT1 === undefined) throw mapErrors.error('CLI.NO_ACQUISITION', { parameter: 'aifT1', option: '--aif-t1' });
    concentrationFromSignal(mean, options.aifT1, echo, baseline, mean);
  }
  const hematocrit = options.hematocrit ?? largeVesselHematocrit;
  const record = { kind: 'measured', voxels, t1Ms: options.aifT1 ?? null, hematocrit };
  return { input: { minutes: seconds.map((s) => s / 60), plasmaMm: plasmaFromBlood(mean, hematocrit) }, record, hash };
}
