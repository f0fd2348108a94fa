import { join } from 'node:path';
import { bodyMask, peritumoralRings, placeMask, toRoiMask } from '@cohortium/imaging';
import type { Ring, RingDistance, RoiMask, Volume } from '@cohortium/imaging';
import { loadImage } from '../radiomics/load-image.js';
import { table } from '../terminal.js';
import type { Terminal } from '../terminal.js';
import { loadRegion } from './load-region.js';
import { regionWords } from './messages.js';
import { regionQuestion } from './options.js';
import type { RegionOptions } from './options.js';
import { milliliters, tellRegion } from './tell.js';
import { writeMaskFile } from './write-volume.js';

/** Options of `cohortium region ring`. */
export interface RingCommandOptions extends RegionOptions {
  readonly mask: string;
  readonly mm: readonly number[];
  readonly image?: string;
  readonly body?: string;
  readonly bodyThreshold?: number;
  readonly distance: RingDistance;
  readonly out: string;
}

/** `cohortium region ring`: bands and cumulative rings around a region, one mask each. */
export async function ringRegion(terminal: Terminal, options: RingCommandOptions): Promise<number> {
  const words = regionWords(terminal.language);
  const image = options.image === undefined ? undefined : loadImage(options.image).volume;
  const place = options.image === undefined || image === undefined ? undefined : { path: options.image, geometry: image.geometry };
  const { mask, hash, facts } = loadRegion(options.mask, place, regionQuestion(options));
  tellRegion(terminal, facts);
  const body = findBody(terminal, mask, image, options);
  const { bands, cumulative } = peritumoralRings(mask, {
    widthsMm: options.mm,
    distance: options.distance,
    ...(body && { body: body.mask }),
  });
  const written = {
    bands: bands.map((ring) => ({
      ...describe(ring),
      out: writeMaskFile(join(options.out, `band-${ring.fromMm}-${ring.toMm}mm.nii.gz`), ring.mask),
    })),
    cumulative: cumulative.map((ring) => ({
      ...describe(ring),
      out: writeMaskFile(join(options.out, `ring-${ring.toMm}mm.nii.gz`), ring.mask),
    })),
  };
  const bodyFile = body && writeMaskFile(join(options.out, 'body.nii.gz'), body.mask);
  const header = [words('bandColumn'), words('voxelsColumn'), words('volumeColumn'), words('clippedColumn')];
  const rows = [...bands, ...cumulative.slice(1)].map(({ fromMm, toMm, voxelCount, volumeMm3, outsideBody }) => [
    `${fromMm} - ${toMm}`,
    `${voxelCount}`,
    milliliters(volumeMm3),
    `${outsideBody}`,
  ]);
  terminal.data(table(header, rows, [0, 1, 2, 3]));
  terminal.jsonObject({
    schemaVersion: 1,
    source: hash,
    region: facts,
    distance: options.distance,
    body: body === undefined ? null : { threshold: body.threshold, out: bodyFile },
    ...written,
  });
  return 0;
}

function describe({ fromMm, toMm, voxelCount, volumeMm3, outsideBody }: Ring): Omit<Ring, 'mask'> {
  return { fromMm, toMm, voxelCount, volumeMm3, outsideBody };
}

function findBody(
  terminal: Terminal,
  mask: RoiMask,
  image: Volume | undefined,
  { body, bodyThreshold }: RingCommandOptions,
): { readonly mask: RoiMask; readonly threshold: number | null } | undefined {
  const words = regionWords(terminal.language);
  if (body !== undefined) return { mask: placeMask(toRoiMask(loadImage(body).volume), mask.geometry).mask, threshold: null };
  if (image === undefined) {
    terminal.say(words('bodyNone'));
    return undefined;
  }
  const found = bodyMask(image, bodyThreshold);
  terminal.say(found.threshold === null ? words('bodyWhole') : words('bodyFound', { threshold: found.threshold.toPrecision(4) }));
  // A mask without its own image, NIfTI for example, may have its axes in another order.
  return { mask: placeMask(found.mask, mask.geometry).mask, threshold: found.threshold };
}
