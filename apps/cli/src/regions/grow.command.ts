import { assertSameGeometry, growRegion, patientToIndex } from '@cohortium/imaging';
import type { Geometry, GrowStart, Triple, Volume } from '@cohortium/imaging';
import { cliErrors } from '../errors.js';
import { loadImage } from '../radiomics/load-image.js';
import type { Terminal } from '../terminal.js';
import { regionWords } from './messages.js';
import { milliliters } from './tell.js';
import { writeMaskFile } from './write-volume.js';

/** Options of `cohortium region grow`. */
export interface GrowCommandOptions {
  readonly image: string;
  readonly before?: string;
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
  const image = loadImage(options.image);
  const before = options.before === undefined ? undefined : loadImage(options.before);
  if (before !== undefined) terminal.say(words('subtraction'));
  const volume = before === undefined ? image.volume : difference(image.volume, before.volume);
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
  const sources = { image: image.hash, before: before?.hash ?? null };
  terminal.jsonObject({ schemaVersion: 1, out, ...sources, method: 'fuzzyTwoMeans', threshold, classMeans, isCut, ...grown });
  return 0;
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
