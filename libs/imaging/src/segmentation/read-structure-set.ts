import { DicomObject } from '../dicom/dicom-object.js';
import { regionErrors } from '../region/errors.js';
import { dicomText } from './dicom-text.js';

/** SOP class RT Structure Set Storage. */
export const structureSetClass = '1.2.840.10008.5.1.4.1.1.481.3';

/** Geometric types that enclose an area; the others are counted and left out. */
const closedTypes: ReadonlySet<string> = new Set(['CLOSED_PLANAR', 'CLOSEDPLANAR_XOR', 'CLOSED_PLANAR_XOR']);

/** One closed contour. */
export interface Contour {
  /** Place in its region, from 1. */
  readonly number: number;
  /** x, y, z of each point in turn, LPS millimeters. */
  readonly points: Float64Array;
  /** Images that it was drawn on, where stated. */
  readonly imageUids: readonly string[];
}

/** A region of a structure set. */
export interface StructureRegion {
  readonly number: number;
  readonly name: string | null;
  readonly algorithm: string | null;
  readonly interpretedType: string | null;
  readonly frameOfReferenceUid: string | undefined;
  readonly contours: readonly Contour[];
  /** Contours that enclose no area, by geometric type: points and open lines. */
  readonly ignored: Readonly<Record<string, number>>;
  /** Numbers of closed contours whose points cannot be used; asking for the region's mask is refused then. */
  readonly malformed: readonly number[];
}

/** A structure set as received. */
export interface StructureSet {
  readonly regions: readonly StructureRegion[];
  readonly sourceSeriesUids: readonly string[];
}

/**
 * Reads the regions of an RT structure set with their closed contours.
 * @param object a parsed file or its bytes
 * @throws `REGION.NOT_A_SEGMENTATION`, `IMAGING.BAD_DICOM`
 * @see PS3.3, C.8.8.5 and C.8.8.6
 */
export function readStructureSet(object: Uint8Array | DicomObject): StructureSet {
  const data = object instanceof DicomObject ? object : DicomObject.parse(object);
  const sopClass = data.text('x00080016');
  if (sopClass !== structureSetClass) throw regionErrors.error('REGION.NOT_A_SEGMENTATION', { found: sopClass ?? 'none' });
  const contoursOf = new Map<number, DicomObject>();
  for (const item of data.items('x30060039')) contoursOf.set(item.decimal('x30060084') ?? NaN, item);
  const typeOf = new Map<number, string | undefined>();
  for (const item of data.items('x30060080')) typeOf.set(item.decimal('x30060084') ?? NaN, item.text('x300600a4'));
  const frames = data.items('x30060010');
  const only = frames.length === 1 ? frames[0]?.text('x00200052') : undefined;
  const regions = data.items('x30060020').map((item): StructureRegion => {
    const number = item.decimal('x30060022') ?? NaN;
    return {
      number,
      name: dicomText(item, 'x30060026', data) ?? null,
      algorithm: item.text('x30060036') ?? null,
      interpretedType: typeOf.get(number) ?? null,
      frameOfReferenceUid: item.text('x30060024') ?? only ?? data.text('x00200052'),
      ...readContours(contoursOf.get(number)?.items('x30060040') ?? []),
    };
  });
  const series = frames.flatMap((frame) => frame.items('x30060012')).flatMap((study) => study.items('x30060014'));
  const uids = series.map((item) => item.text('x0020000e')).filter((uid) => uid !== undefined);
  return { regions, sourceSeriesUids: [...new Set(uids)] };
}

function readContours(items: readonly DicomObject[]): Pick<StructureRegion, 'contours' | 'ignored' | 'malformed'> {
  const contours: Contour[] = [];
  const ignored: Record<string, number> = {};
  const malformed: number[] = [];
  items.forEach((item, at) => {
    const type = item.text('x30060042') ?? 'CLOSED_PLANAR';
    if (!closedTypes.has(type)) {
      ignored[type] = (ignored[type] ?? 0) + 1;
      return;
    }
    const numbers = item.decimals('x30060050');
    const stated = item.decimal('x30060046');
    if (numbers === undefined || numbers.length % 3 !== 0 || (stated !== undefined && stated !== numbers.length / 3))
      malformed.push(at + 1);
    // One or two points enclose nothing; programs leave them behind where a contour was erased.
    else if (numbers.length < 9) ignored[`${type}<3`] = (ignored[`${type}<3`] ?? 0) + 1;
    else {
      const imageUids = item.items('x30060016').flatMap((image) => image.text('x00081155') ?? []);
      contours.push({ number: at + 1, points: Float64Array.from(numbers), imageUids });
    }
  });
  return { contours, ignored, malformed };
}

/**
 * A region by number or by name.
 * @param asked undefined for the only one
 * @throws `REGION.ABSENT`, `REGION.AMBIGUOUS`
 */
export function structureRegion({ regions }: StructureSet, asked?: number | string): StructureRegion {
  const numbers = regions.map(({ number }) => number).join(', ') || 'none';
  const found =
    asked === undefined ? regions : regions.filter(({ number, name }) => (typeof asked === 'number' ? number === asked : name === asked));
  if (found.length > 1) throw regionErrors.error('REGION.AMBIGUOUS', { numbers });
  // A name may tell of the participant, so that it is not repeated.
  if (found.length === 0) throw regionErrors.error('REGION.ABSENT', { asked: typeof asked === 'number' ? asked : '?', numbers });
  return found[0] as StructureRegion;
}
