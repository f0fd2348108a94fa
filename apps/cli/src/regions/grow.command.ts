import { assertSameGeometry, growRegion, patientToIndex, readDicomVolumes } from '@cohortium/imaging';
import type { Geometry, GrowStart, Triple, Volume } from '@cohortium/imaging';
import { sha256 } from '@cohortium/kernel';
import { cliErrors } from '../errors.js';
import { loadImage } from '../radiomics/load-image.js';
import type { Terminal } from '../terminal.js';
import { imageFiles } from './load-region.js';
import { regionWords } from './messages.js';
import { milliliters } from './tell.js';
import { writeMaskFile } from './write-volume.js';

/** Options of `cohortium region grow`. */
export interface GrowCommandOptions {
  readonly image: string;
  readonly before?: string;
  /** Volumes of the series, from 0: after contrast, before contrast. */
  readonly phases?: readonly number[];
  readonly seed?: readonly number[];
  readonly seedMm?: readonly number[];
  readonly box?: readonly number[];
  readonly membership?: number;
  readonly out: string;
}

/** `cohortium region grow`: a lesion from a click or a box. */
export async function growRegionFile(terminal: Terminal, options: GrowCommandOptions): Promise<number> {
  const words = regionWords(terminal.language);
  if ([options.seed, options.seedMm, options.box].filter((start) => start !== undefined).length !== 1)
    throw cliErrors.error('CLI.USAGE', { problem: terminal.t('usageMissingOption', { subject: '--seed | --seed-mm | --box' }) });
  const { volume, sources } = imageToGrowIn(terminal, options);
  const { mask, isCut, threshold, classMeans, ...grown } = growRegion(
    volume,
    startOf(volume.geometry, options),
    options.membership === undefined ? {} : { membership: options.membership },
  );
  const [low, high] = classMeans.map((mean) => mean.toPrecision(4)) as [string, string];
  terminal.say(words('grown', { threshold: threshold.toPrecision(4), low, high }));
  if (isCut) terminal.say(words('grownCut'));
  const out = writeMaskFile(options.out, mask);
  terminal.data(words('regionWritten', { number: 'none', voxels: grown.voxelCount, ml: milliliters(grown.volumeMm3), path: out }));
  terminal.jsonObject({ schemaVersion: 1, out, ...sources, method: 'fuzzyTwoMeans', threshold, classMeans, isCut, ...grown });
  return 0;
}

/** The image, or the difference of two. @throws `CLI.*`, `IMAGING.*` */
function imageToGrowIn(terminal: Terminal, { image, before, phases }: GrowCommandOptions) {
  const usage = (subject: string) => cliErrors.error('CLI.USAGE', { problem: terminal.t('usageInvalidArgument', { subject }) });
  if (phases !== undefined) {
    if (before !== undefined) throw usage('--before, --phases');
    const files = imageFiles(image);
    const { volumes } = readDicomVolumes(files);
    const [after, first] = phases.map((phase) => volumes[phase]);
    if (after === undefined || first === undefined) throw usage(`--phases 0 ... ${volumes.length - 1}`);
    terminal.say(regionWords(terminal.language)('subtraction'));
    const hashes = files.map(({ bytes }) => sha256(bytes)).sort();
    return { volume: difference(after, first), sources: { image: sha256(hashes.join('\n')), before: null, phases } };
  }
  const loaded = loadImage(image);
  if (before === undefined) return { volume: loaded.volume, sources: { image: loaded.hash, before: null, phases: null } };
  const subtrahend = loadImage(before);
  terminal.say(regionWords(terminal.language)('subtraction'));
  return { volume: difference(loaded.volume, subtrahend.volume), sources: { image: loaded.hash, before: subtrahend.hash, phases: null } };
}

function startOf(geometry: Geometry, { seed, seedMm, box }: GrowCommandOptions): GrowStart {
  if (seed !== undefined) return { seed: seed as unknown as Triple };
  if (seedMm !== undefined) return { seed: patientToIndex(geometry, seedMm as unknown as Triple).map(Math.round) as unknown as Triple };
  const [i0, j0, k0, i1, j1, k1] = box as unknown as readonly [number, number, number, number, number, number];
  return { box: { from: [i0, j0, k0], to: [i1 + 1, j1 + 1, k1 + 1] } };
}

function difference(after: Volume, before: Volume): Volume {
  assertSameGeometry(after.geometry, before.geometry);
  const values = new Float64Array(after.values.length);
  for (let at = 0; at < values.length; at++) values[at] = (after.values[at] as number) - (before.values[at] as number);
  return { geometry: after.geometry, values };
}
