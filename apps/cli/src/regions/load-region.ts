import { readdirSync, statSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import {
  assertFrameOfReference,
  compareFrameOfReference,
  DicomObject,
  isDicom,
  isSameGeometry,
  onlySegment,
  placeMask,
  rasterizeRegion,
  readDicomVolumes,
  readSegmentation,
  readSourceSeries,
  readStructureSet,
  regionErrors,
  segmentationClasses,
  segmentMask,
  structureRegion,
  structureSetClass,
  toRoiMask,
} from '@cohortium/imaging';
import type { FrameOfReferenceCheck, Geometry, NamedBytes, RoiMask, SourceSeries } from '@cohortium/imaging';
import { isAppError, sha256 } from '@cohortium/kernel';
import type { Sha256 } from '@cohortium/kernel';
import { filesOf, loadImage, readBytes } from '../radiomics/load-image.js';

/** Which region of a file is meant, and how it may come onto the image. */
export interface RegionQuestion {
  /** Label of a mask, number of a segment or of a region; undefined where there is one only. */
  readonly label?: number | undefined;
  /** Name of a region; of a segmentation, its label. */
  readonly name?: string | undefined;
  /** Share from which a voxel of a fractional segmentation belongs to the region. */
  readonly threshold?: number | undefined;
  readonly resample?: 'none' | 'nearest' | undefined;
  /** Largest distance of a contour from its slice, in slices. */
  readonly planeTolerance?: number | undefined;
  readonly anyFrameOfReference?: boolean | undefined;
}

/** How a region became a mask on its image. */
export interface RegionFacts {
  readonly kind: 'mask' | 'binary' | 'fractional' | 'labelmap' | 'structureSet';
  readonly number: number | null;
  readonly name: string | null;
  /** Null for masks, which have no such thing. */
  readonly frameOfReference: FrameOfReferenceCheck | null;
  /** Of a fractional segmentation. */
  readonly threshold: number | null;
  /** Null where the region lies on its own grid. */
  readonly placement: {
    readonly method: 'exact' | 'nearest' | 'contours';
    readonly offsetVoxels: number;
    readonly lostVoxels: number;
  } | null;
  /** Of a structure set. */
  readonly contours: { readonly count: number; readonly slices: number; readonly emptySlices: number; readonly ignored: number } | null;
}

/** A region with the fingerprint of its file. */
export interface LoadedRegion {
  readonly mask: RoiMask;
  readonly hash: Sha256;
  readonly facts: RegionFacts;
}

/** The image that a region belongs to. */
export interface RegionImage {
  /** File or folder; several where each phase has its own. */
  readonly path: string | readonly string[];
  readonly geometry: Geometry;
}

/** A DICOM object that holds regions, or undefined for other files. */
export type RegionObject = { readonly kind: 'segmentation' | 'structureSet'; readonly object: DicomObject; readonly hash: Sha256 };

/**
 * Opens a file as SEG or RTSTRUCT; of a folder, its only file.
 * @returns undefined for files of another kind
 * @throws `CLI.CANNOT_READ`, `IMAGING.BAD_DICOM`
 */
export function openRegionObject(path: string): RegionObject | undefined {
  const file = onlyFile(path);
  if (file === undefined) return undefined;
  const bytes = readBytes(file);
  if (!isDicom(bytes)) return undefined;
  const object = DicomObject.parse(bytes);
  const sopClass = object.text('x00080016') ?? '';
  const kind = segmentationClasses.has(sopClass) ? 'segmentation' : sopClass === structureSetClass ? 'structureSet' : undefined;
  return kind === undefined ? undefined : { kind, object, hash: sha256(bytes) };
}

function onlyFile(path: string): string | undefined {
  const state = statSync(path, { throwIfNoEntry: false });
  if (state?.isDirectory() !== true) return path;
  const names = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isFile() && !entry.name.startsWith('.'));
  return names.length === 1 ? join(path, (names[0] as { name: string }).name) : undefined;
}

/**
 * Reads a region, whatever holds it, onto the grid of its image where one is given.
 * @throws `CLI.CANNOT_READ`, `REGION.*`, `IMAGING.*`
 */
export function loadRegion(path: string, image: RegionImage | undefined, question: RegionQuestion): LoadedRegion {
  const opened = openRegionObject(path);
  if (opened === undefined) return loadMaskFile(path, image, question);
  if (opened.kind === 'structureSet') return { hash: opened.hash, ...fillContours(opened.object, image, question) };
  const own = ownSegment(opened.object, image && imageSource(image.path), question);
  return { hash: opened.hash, ...placed(own, image, question) };
}

function loadMaskFile(path: string, image: RegionImage | undefined, question: RegionQuestion): LoadedRegion {
  const { volume, hash } = loadImage(path);
  const mask = toRoiMask(volume, question.label);
  const facts: RegionFacts = {
    kind: 'mask',
    number: question.label ?? null,
    name: null,
    frameOfReference: null,
    threshold: null,
    placement: null,
    contours: null,
  };
  return { hash, ...placed({ mask, facts }, image, question) };
}

function placed(
  { mask, facts }: Pick<LoadedRegion, 'mask' | 'facts'>,
  image: RegionImage | undefined,
  { resample = 'none' }: RegionQuestion,
): Pick<LoadedRegion, 'mask' | 'facts'> {
  if (image === undefined) return { mask, facts };
  const { mask: onImage, ...placement } = placeMask(mask, image.geometry, resample);
  return { mask: onImage, facts: { ...facts, placement } };
}

/**
 * The asked segment on the grid of its segmentation.
 * @param source what is known about the image; undefined for images that are no DICOM, or for none
 */
export function ownSegment(
  object: DicomObject,
  source: SourceSeries | undefined,
  { label, name, threshold = 0.5, anyFrameOfReference = false }: RegionQuestion,
): Pick<LoadedRegion, 'mask' | 'facts'> {
  const segmentation = readSegmentation(object);
  const { kind, segments } = segmentation;
  const named = name === undefined ? undefined : segments.filter((segment) => segment.label === name);
  const numbers = segments.map((segment) => segment.number).join(', ') || 'none';
  if (named?.length === 0) throw regionErrors.error('REGION.ABSENT', { asked: '?', numbers });
  if (named !== undefined && named.length > 1) throw regionErrors.error('REGION.AMBIGUOUS', { numbers });
  const number = label ?? named?.[0]?.number ?? onlySegment(segmentation);
  const frameOfReference = compareFrameOfReference(source, segmentation);
  assertFrameOfReference(frameOfReference, anyFrameOfReference);
  const facts: RegionFacts = {
    kind,
    number,
    name: segments.find((segment) => segment.number === number)?.label ?? null,
    frameOfReference,
    threshold: kind === 'fractional' ? threshold : null,
    placement: null,
    contours: null,
  };
  return { mask: segmentMask(segmentation, number, threshold), facts };
}

function fillContours(
  object: DicomObject,
  image: RegionImage | undefined,
  { label, name, planeTolerance, anyFrameOfReference = false }: RegionQuestion,
): Pick<LoadedRegion, 'mask' | 'facts'> {
  // Contours have no grid of their own.
  if (image === undefined) throw regionErrors.error('REGION.BAD_OPTION', { option: '--image', problem: 'needed' });
  const set = readStructureSet(object);
  const region = structureRegion(set, label ?? name);
  const source = imageSource(image.path);
  const frameOfReference = compareFrameOfReference(source, {
    frameOfReferenceUid: region.frameOfReferenceUid,
    sourceSeriesUids: set.sourceSeriesUids,
    sourceInstanceUids: region.contours.flatMap(({ imageUids }) => imageUids),
  });
  assertFrameOfReference(frameOfReference, anyFrameOfReference);
  const { mask, contourCount, sliceCount, emptySlices, normalAxis, offsetMm } = rasterizeRegion(region, image.geometry, planeTolerance);
  const ignored = Object.values(region.ignored).reduce((sum, count) => sum + count, 0);
  return {
    mask,
    facts: {
      kind: 'structureSet',
      number: region.number,
      name: region.name,
      frameOfReference,
      threshold: null,
      placement: { method: 'contours', offsetVoxels: offsetMm / (image.geometry.spacingMm[normalAxis] as number), lostVoxels: 0 },
      contours: { count: contourCount, slices: sliceCount, emptySlices, ignored },
    },
  };
}

/**
 * The grid of an image. A series of several volumes (phases, b-values) has one where all of them lie on the same.
 * @returns the grid, and the fingerprint that `loadImage` gives
 * @throws `CLI.CANNOT_READ`, `IMAGING.*`
 */
export function loadImageGrid(path: string): { readonly geometry: Geometry; readonly hash: Sha256 } {
  try {
    const { volume, hash } = loadImage(path);
    return { geometry: volume.geometry, hash };
  } catch (error) {
    if (!isAppError(error) || error.code !== 'IMAGING.SEVERAL_VOLUMES') throw error;
    const files = imageFiles(path);
    const [first, ...others] = readDicomVolumes(files).volumes;
    if (first === undefined || others.some(({ geometry }) => !isSameGeometry(geometry, first.geometry))) throw error;
    const hashes = files.map(({ bytes }) => sha256(bytes)).sort();
    return { geometry: first.geometry, hash: hashes.length === 1 ? (hashes[0] as Sha256) : sha256(hashes.join('\n')) };
  }
}

/** What is known about a DICOM image; undefined for other formats. @throws `CLI.CANNOT_READ` */
export function imageSource(path: string | readonly string[]): SourceSeries | undefined {
  const paths = typeof path === 'string' ? [path] : path;
  return readSourceSeries(paths.flatMap(imageFiles));
}

/** The files of an image: one, or those of a folder at any depth; hidden ones are passed over. @throws `CLI.CANNOT_READ` */
export function imageFiles(path: string): readonly NamedBytes[] {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) {
    const bytes = readBytes(path);
    return [{ name: basename(path), bytes }];
  }
  return filesOf(path).map((file) => ({ name: relative(path, file), bytes: readBytes(file) }));
}

/** The region of an extraction; `facts` only for SEG and RTSTRUCT. */
export interface CaseRegion {
  readonly mask: RoiMask;
  readonly hash: Sha256;
  readonly facts: RegionFacts | null;
}

/**
 * Reads the region of a case. A segment that has no exact place on the image stays on its own grid: the settings of the extraction say whether
 * it is resampled or refused.
 * @param label asked for by the user
 * @param labelOfMask label of a mask file, where the settings name one
 * @throws `CLI.CANNOT_READ`, `REGION.*`, `IMAGING.*`
 */
export function loadCaseRegion(path: string, image: RegionImage, label: number | undefined, labelOfMask: number | undefined): CaseRegion {
  const opened = openRegionObject(path);
  if (opened === undefined) {
    const { volume, hash } = loadImage(path);
    return { mask: toRoiMask(volume, labelOfMask), hash, facts: null };
  }
  const { kind, object, hash } = opened;
  if (kind === 'structureSet') return { hash, ...fillContours(object, image, { label }) };
  const own = ownSegment(object, imageSource(image.path), { label });
  try {
    return { hash, ...placed(own, image, {}) };
  } catch (error) {
    if (!isAppError(error) || error.code !== 'REGION.OFF_GRID') throw error;
    return { hash, ...own };
  }
}
