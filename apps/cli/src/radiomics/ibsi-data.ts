import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { toRoiMask } from '@cohortium/imaging';
import type { RoiMask, Volume } from '@cohortium/imaging';
import { ibsiDatasets, parseFilteredTable, parseReferenceTable } from '@cohortium/radiomics';
import type { FilteredReference, IbsiDatasetName, ReferenceRow } from '@cohortium/radiomics';
import { readText } from '../outputs/files.js';
import { radiomicsCliErrors } from './errors.js';
import { loadImage } from './load-image.js';

/** The digital phantom and its table, which ship with the product. */
const shipped = fileURLToPath(new URL('../../../../test/fixtures/ibsi-digital-phantom', import.meta.url));

/** Where the files of a data set are: in the reference folder, or the phantom that ships. */
function place(name: IbsiDatasetName, file: 'image' | 'mask' | 'table', folder: string | undefined): string | undefined {
  const inFolder = folder === undefined ? undefined : join(folder, 'ibsi1', ibsiDatasets[name][file]);
  if (inFolder !== undefined && existsSync(inFolder)) return inFolder;
  if (name !== 'phantom') return undefined;
  return join(shipped, file === 'table' ? 'reference_digital_phantom.csv' : `${file}.nii.gz`);
}

/** Data sets whose table is there, in order. */
export function presentDatasets(folder: string | undefined): readonly IbsiDatasetName[] {
  return (Object.keys(ibsiDatasets) as IbsiDatasetName[]).filter((name) => place(name, 'table', folder) !== undefined);
}

/** The compliance table of a data set. @throws `CLI.NO_REFERENCE`, `CLI.CANNOT_READ`, `RADIOMICS.BAD_REFERENCE_TABLE` */
export function readTable(name: IbsiDatasetName, folder: string | undefined): readonly ReferenceRow[] {
  return parseReferenceTable(readText(demand(name, 'table', folder)));
}

/** Image and region of a data set. @throws `CLI.NO_REFERENCE`, `CLI.CANNOT_READ`, `IMAGING.*` */
export function readDataset(name: IbsiDatasetName, folder: string | undefined): { image: Volume; mask: RoiMask } {
  const image = loadImage(demand(name, 'image', folder)).volume;
  return { image, mask: toRoiMask(loadImage(demand(name, 'mask', folder)).volume) };
}

function demand(name: IbsiDatasetName, file: 'image' | 'mask' | 'table', folder: string | undefined): string {
  const path = place(name, file, folder);
  if (path === undefined) throw missing(folder, join('ibsi1', ibsiDatasets[name][file]));
  return path;
}

/** Names of the response maps of IBSI chapter 2 that are there, with the identity of their test. */
export function presentMaps(folder: string): readonly { readonly name: string; readonly id: string }[] {
  const path = join(folder, 'ibsi2', 'response_maps');
  if (!existsSync(path)) return [];
  const names = readdirSync(path).flatMap((file) => /^(.+)\.nii(\.gz)?$/.exec(file)?.[1] ?? []);
  return names.sort(new Intl.Collator('en', { numeric: true }).compare).map((name) => ({ name, id: name.replaceAll('_', '.') }));
}

/** A phantom or response map of IBSI chapter 2. @throws `CLI.NO_REFERENCE`, `CLI.CANNOT_READ`, `IMAGING.*` */
export function readMap(folder: string, kind: 'phantoms' | 'response_maps', name: string): Volume {
  const path = ['.nii.gz', '.nii'].map((ending) => join(folder, 'ibsi2', kind, name + ending)).find((file) => existsSync(file));
  if (path === undefined) throw missing(folder, join('ibsi2', kind, `${name}.nii.gz`));
  return loadImage(path).volume;
}

/** The table of phase 2; empty if it is not there. */
export function readFilteredTable(folder: string): readonly FilteredReference[] {
  const path = join(folder, 'ibsi2', 'reference_features_phase2.csv');
  return existsSync(path) ? parseFilteredTable(readText(path)) : [];
}

/** @throws `CLI.NO_REFERENCE` when a folder has neither part of the reference data */
export function assertReferenceFolder(folder: string): void {
  if (!existsSync(join(folder, 'ibsi1')) && !existsSync(join(folder, 'ibsi2'))) throw missing(folder, 'ibsi1, ibsi2');
}

function missing(folder: string | undefined, file: string): Error {
  return radiomicsCliErrors.error('CLI.NO_REFERENCE', { path: folder ?? '(--data)', file });
}
