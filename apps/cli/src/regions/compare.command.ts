import { compareRegions, placeMask } from '@cohortium/imaging';
import { table } from '../terminal.js';
import type { Terminal } from '../terminal.js';
import { loadImageGrid, loadRegion } from './load-region.js';
import { regionWords } from './messages.js';
import { regionQuestion } from './options.js';
import type { RegionOptions } from './options.js';
import { tellRegion } from './tell.js';

/** Options of `cohortium region compare`. */
export interface CompareOptions extends RegionOptions {
  readonly image?: string;
  readonly segmentB?: number;
}

/** `cohortium region compare A B`: overlap and distances of two regions. */
export async function compareRegionFiles(terminal: Terminal, fileA: string, fileB: string, options: CompareOptions): Promise<number> {
  const words = regionWords(terminal.language);
  const image = options.image === undefined ? undefined : { path: options.image, geometry: loadImageGrid(options.image).geometry };
  const a = loadRegion(fileA, image, regionQuestion(options));
  const b = loadRegion(fileB, image, regionQuestion({ ...options, ...(options.segmentB !== undefined && { label: options.segmentB }) }));
  for (const { facts } of [a, b]) tellRegion(terminal, facts);
  // Without an image, the first region's grid is that of both.
  const { mask, ...placement } = placeMask(b.mask, a.mask.geometry, options.resample);
  const comparison = compareRegions(a.mask, mask);
  const { voxels, volumeMm3, ...measures } = comparison;
  const shown = Object.entries({ ...measures, volumeA: volumeMm3.a, volumeB: volumeMm3.b });
  terminal.data(
    table(
      [words('measureColumn'), words('valueColumn')],
      shown.map(([name, value]) => [name, value === null ? '-' : String(Number(value.toPrecision(6)))]),
      [1],
    ),
  );
  terminal.jsonObject({
    schemaVersion: 1,
    a: { source: a.hash, region: a.facts },
    b: { source: b.hash, region: { ...b.facts, placement: image === undefined ? placement : b.facts.placement } },
    voxels,
    volumeMm3,
    ...measures,
  });
  return 0;
}
