import { readSegmentation, readStructureSet, regionErrors, segmentVoxelCounts } from '@cohortium/imaging';
import type { DicomObject } from '@cohortium/imaging';
import { loadImage } from '../radiomics/load-image.js';
import { table } from '../terminal.js';
import type { Terminal } from '../terminal.js';
import { openRegionObject } from './load-region.js';
import { regionWords } from './messages.js';
import { milliliters } from './tell.js';

/** `cohortium region list FILE`. */
export async function listRegions(terminal: Terminal, path: string): Promise<number> {
  const opened = openRegionObject(path);
  if (opened === undefined) return listLabels(terminal, path);
  if (opened.kind === 'structureSet') return listStructures(terminal, opened.object, opened.hash);
  return listSegments(terminal, opened.object, opened.hash);
}

function listSegments(terminal: Terminal, object: DicomObject, hash: string): number {
  const words = regionWords(terminal.language);
  const segmentation = readSegmentation(object);
  const { kind, fractional, geometry, overlap, frameOfReferenceUid, sourceSeriesUids } = segmentation;
  const voxelMm3 = geometry.spacingMm[0] * geometry.spacingMm[1] * geometry.spacingMm[2];
  const counts = segmentVoxelCounts(segmentation);
  const regions = segmentation.segments.map((segment) => {
    const voxels = counts.get(segment.number) ?? 0;
    return { ...segment, voxels, volumeMm3: voxels * voxelMm3 };
  });
  const header = [words('numberColumn'), words('nameColumn'), words('voxelsColumn'), words('volumeColumn')];
  const rows = regions.map(({ number, label, voxels, volumeMm3 }) => [`${number}`, label ?? '', `${voxels}`, milliliters(volumeMm3)]);
  terminal.data(table(header, rows, [0, 2, 3]));
  terminal.jsonObject({
    schemaVersion: 1,
    hash,
    kind,
    fractional,
    overlap,
    geometry,
    frameOfReferenceUid: frameOfReferenceUid ?? null,
    sourceSeriesUids,
    regions,
  });
  return 0;
}

function listStructures(terminal: Terminal, object: DicomObject, hash: string): number {
  const words = regionWords(terminal.language);
  const set = readStructureSet(object);
  const regions = set.regions.map(({ contours, frameOfReferenceUid, malformed, ...facts }) => ({
    ...facts,
    frameOfReferenceUid: frameOfReferenceUid ?? null,
    contours: contours.length,
    malformed: malformed.length,
  }));
  const header = [words('numberColumn'), words('nameColumn'), words('kindColumn')];
  terminal.data(
    table(
      header,
      regions.map(({ number, name, interpretedType }) => [`${number}`, name ?? '', interpretedType ?? '']),
      [0],
    ),
  );
  terminal.jsonObject({ schemaVersion: 1, hash, kind: 'structureSet', sourceSeriesUids: set.sourceSeriesUids, regions });
  return 0;
}

function listLabels(terminal: Terminal, path: string): number {
  const words = regionWords(terminal.language);
  const { volume, hash } = loadImage(path);
  const { geometry, values } = volume;
  const counts = new Map<number, number>();
  for (let at = 0; at < values.length; at++) {
    const value = values[at] as number;
    if (value !== 0) counts.set(value, (counts.get(value) ?? 0) + 1);
    // An image has as many values as a label map never has.
    if (counts.size > 4096) throw regionErrors.error('REGION.NOT_A_SEGMENTATION', { found: 'none' });
  }
  const voxelMm3 = geometry.spacingMm[0] * geometry.spacingMm[1] * geometry.spacingMm[2];
  const regions = [...counts].sort(([a], [b]) => a - b).map(([number, voxels]) => ({ number, voxels, volumeMm3: voxels * voxelMm3 }));
  const header = [words('numberColumn'), words('voxelsColumn'), words('volumeColumn')];
  terminal.data(
    table(
      header,
      regions.map(({ number, voxels, volumeMm3 }) => [`${number}`, `${voxels}`, milliliters(volumeMm3)]),
      [0, 1, 2],
    ),
  );
  terminal.jsonObject({ schemaVersion: 1, hash, kind: 'mask', geometry, regions });
  return 0;
}
