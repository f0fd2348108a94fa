import { dirname, extname, join } from 'node:path';
import { existsSync, statSync } from 'node:fs';
import { imageFormatOf, isSameGeometry, describeGeometry, readNiftiSeries, readNrrd, assertSameGeometry } from '@cohortium/imaging';
import type { Geometry, RoiMask, VoxelArray } from '@cohortium/imaging';
import { sha256 } from '@cohortium/kernel';
import type { Sha256 } from '@cohortium/kernel';
import { cliErrors } from '../errors.js';
import { reasonOf } from '../outputs/files.js';
import { filesOf, loadImage, readBytes } from '../radiomics/load-image.js';
import { loadRegion } from '../regions/load-region.js';
import { loadDicom } from './dicom-images.js';
import { mapErrors } from './errors.js';
import { readSidecar } from './sidecar.js';

/** What an image's own file tells about it. */
export interface ImageFacts {
  /** Time of the image; only differences have a meaning. */
  readonly seconds?: number | undefined;
  readonly bValue?: number | undefined;
  readonly flipAngleDeg?: number | undefined;
  readonly repetitionTimeMs?: number | undefined;
  /** Unit of the voxels, in the words of the header. */
  readonly unit?: string | undefined;
  /** What else the images of its series may be: water, fat, phase, another echo; undefined where the file does not tell. */
  readonly kind?: string | undefined;
  /** A map that a scanner computed and put into the series of its images. */
  readonly isDerivedMap?: boolean;
}

/** An image with what its file tells. */
export interface ListedImage extends ImageFacts {
  readonly geometry: Geometry;
  readonly values: VoxelArray;
}

/** Images on one grid: phases, b-values or flip angles. */
export interface ImageList {
  readonly geometry: Geometry;
  readonly images: readonly ListedImage[];
  /** Each file or folder that was named, and its SHA-256. */
  readonly paths: readonly string[];
  readonly inputs: readonly Sha256[];
}

/**
 * Reads images in the order in which they are named: NIfTI files of three or four dimensions (with a JSON or .bval file of the same name beside
 * them), NRRD files, DICOM files, and folders of DICOM files, whose images come in the order of kind, b-value and time.
 * @param kind see `imageKinds`: of DICOM images, the kind that is taken
 * @throws `CLI.CANNOT_READ`, `CLI.GRIDS_DIFFER`, `CLI.BAD_SIDECAR`, `CLI.TOO_FEW_IMAGES`, `CLI.KIND_ABSENT`, `IMAGING.*`
 */
export async function readImages(paths: readonly string[], atLeast = 1, kind?: string): Promise<ImageList> {
  const read: ReadPath[] = [];
  for (const path of paths) read.push(await readPath(path, kind));
  const images = read.flatMap((each) => each.images);
  const first = images[0];
  if (first === undefined || images.length < atLeast)
    throw mapErrors.error('CLI.TOO_FEW_IMAGES', { found: images.length, needed: atLeast });
  images.forEach((image, at) => {
    if (!isSameGeometry(first.geometry, image.geometry))
      throw mapErrors.error('CLI.GRIDS_DIFFER', {
        image: at + 1,
        first: describeGeometry(first.geometry),
        other: describeGeometry(image.geometry),
      });
  });
  return { geometry: first.geometry, images, paths, inputs: read.map(({ hash }) => hash) };
}

interface ReadPath {
  readonly images: readonly ListedImage[];
  readonly hash: Sha256;
}

async function readPath(path: string, kind: string | undefined): Promise<ReadPath> {
  if (isFolder(path)) return loadDicom(path, kind);
  const bytes = readBytes(path);
  const format = imageFormatOf(bytes);
  if (format === 'dicom') return loadDicom(path, kind);
  if (format === 'nrrd') {
    const { geometry, values } = readNrrd(bytes, (name) => readBytes(join(dirname(path), name)));
    return { images: [{ geometry, values, ...readSidecar(stemOf(path), 1)[0] }], hash: sha256(bytes) };
  }
  const { geometry, volumes } = readNiftiSeries(bytes);
  const facts = readSidecar(stemOf(path), volumes.length);
  return { images: volumes.map((values, at) => ({ geometry, values, ...facts[at] })), hash: sha256(bytes) };
}

/** Bytes of a file, or of the first file of a folder. @throws `CLI.CANNOT_READ` */
export function firstFile(path: string): Uint8Array {
  const [first] = isFolder(path) ? filesOf(path) : [path];
  return readBytes(first ?? path);
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (cause) {
    throw cliErrors.error('CLI.CANNOT_READ', { path, reason: reasonOf(cause) }, { cause });
  }
}

function stemOf(path: string): string {
  const name = extname(path) === '.gz' ? path.slice(0, -3) : path;
  return name.slice(0, name.length - extname(name).length);
}

/** Of commands that take regions: those of another frame of reference are taken too. */
export interface MaskOptions {
  readonly anyFrameOfReference?: boolean;
}

/** Separates a file from the region of it that is meant: `seg.dcm#2`, `rtstruct.dcm#GTV`, `labels.nii.gz#3`. */
const regionMark = /^(.+)#([^#]+)$/;

/**
 * A region on the grid of the images: NIfTI, NRRD, a DICOM segmentation or an RT structure set. Where the file holds several, `#` and the label, the
 * number of the segment or region, or its name follow the path.
 * @throws `CLI.CANNOT_READ`, `IMAGING.*`, `REGION.*`
 */
export function readMask(
  text: string,
  list: Pick<ImageList, 'geometry' | 'paths'>,
  { anyFrameOfReference }: MaskOptions,
): { readonly mask: RoiMask; readonly hash: Sha256 } {
  const [, file, region] = existsSync(text) ? [] : (regionMark.exec(text) ?? []);
  const isNumber = region !== undefined && /^\d+$/.test(region);
  const question = { ...(isNumber ? { label: Number(region) } : { name: region }), anyFrameOfReference };
  return loadRegion(file ?? text, { geometry: list.geometry, path: list.paths }, question);
}

/** A number for all voxels, or a map of the same grid from a file. @throws `CLI.CANNOT_READ`, `IMAGING.*` */
export function readNumberOrMap(text: string, geometry: Geometry): { readonly value: number | VoxelArray; readonly hash?: Sha256 } {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && !existsSync(text)) return { value };
  const { volume, hash } = loadImage(text);
  assertSameGeometry(geometry, volume.geometry);
  return { value: volume.values, hash };
}
