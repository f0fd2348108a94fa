import type { Triple } from '../geometry/geometry.js';
import type { CsaHeader } from './csa-header.js';
import { secondsOfDateTime } from './dicom-time.js';
import type { DicomObject } from './dicom-object.js';
import { diffusionWeighting } from './diffusion-weighting.js';
import type { FrameInfo, FramePlane, FrameTimes } from './frame-info.js';
import { momentOf } from './moment.js';
import { privateNumber } from './private-elements.js';
import { waterFatOf } from './water-fat.js';

/** Looks up attributes of one frame: in its functional group, in the shared one, in the object, in a vendor's copy of a classic header. */
export class FrameAttributes {
  constructor(
    readonly object: DicomObject,
    private readonly perFrame: DicomObject | undefined,
    private readonly shared: DicomObject | undefined,
  ) {}

  /** Objects that may hold attributes of a functional group, the nearest first. */
  places(group: string): readonly DicomObject[] {
    const candidates = [this.perFrame?.item(group), this.shared?.item(group), this.object, this.perFrame?.item('x2005140f')];
    return candidates.filter((place) => place !== undefined);
  }

  text(group: string, tag: string): string | undefined {
    return this.first(group, (place) => place.text(tag));
  }

  texts(group: string, tag: string): readonly string[] {
    return this.places(group).find((place) => place.text(tag) !== undefined)?.texts(tag) ?? []; // prettier-ignore
  }

  number(group: string, tag: string, assumed: string): number | undefined {
    return this.first(group, (place) => place.number(tag, assumed));
  }

  numbers(group: string, tag: string, count: number): readonly number[] | undefined {
    return this.first(group, (place) => {
      const values = place.decimals(tag);
      return values?.length === count ? values : undefined;
    });
  }

  /** The functional group itself, where there is one. */
  group(tag: string): DicomObject | undefined {
    return this.perFrame?.item(tag) ?? this.shared?.item(tag);
  }

  private first<T>(group: string, read: (place: DicomObject) => T | undefined): T | undefined {
    for (const place of this.places(group)) {
      const value = read(place);
      if (value !== undefined) return value;
    }
    return undefined;
  }
}

const groups = {
  position: 'x00209113',
  orientation: 'x00209116',
  measures: 'x00289110',
  transformation: 'x00289145',
  content: 'x00209111',
  temporal: 'x00209310',
  cardiac: 'x00189118',
  echo: 'x00189114',
  timing: 'x00189112',
  modifier: 'x00189006',
  diffusion: 'x00189117',
  realWorld: 'x00409096',
} as const;
/** Frame type sequences of MR, CT, PET, parametric maps and MR spectroscopy maps. */
const frameTypes = ['x00189226', 'x00189329', 'x00189751', 'x00409092'];

/** The plane of a frame, or the attribute that is missing for one. */
export function planeOf(attributes: FrameAttributes): { readonly plane: FramePlane } | { readonly missing: string } {
  const position = attributes.numbers(groups.position, 'x00200032', 3);
  const orientation = attributes.numbers(groups.orientation, 'x00200037', 6);
  const spacing = attributes.numbers(groups.measures, 'x00280030', 2);
  if (orientation === undefined) return { missing: 'ImageOrientationPatient' };
  if (position === undefined) return { missing: 'ImagePositionPatient' };
  if (spacing === undefined || !spacing.every((value) => value > 0)) return { missing: 'PixelSpacing' };
  const rowAxis = unit(orientation.slice(0, 3) as unknown as Triple);
  const columnAxis = unit(orientation.slice(3) as unknown as Triple);
  if (rowAxis === undefined || columnAxis === undefined) return { missing: 'ImageOrientationPatient' };
  return {
    plane: {
      position: position as unknown as Triple,
      rowAxis,
      columnAxis,
      // The attribute gives the distance between rows first (PS3.3, 10.7.1.1).
      pixelSpacingMm: [spacing[1] as number, spacing[0] as number],
    },
  };
}

function unit([x, y, z]: Triple): Triple | undefined {
  const length = Math.sqrt(x * x + y * y + z * z);
  // Vectors as they are written stay as they are: dividing by 0.9999999 would move positions by less than is written.
  if (Math.abs(length - 1) <= 1e-4) return [x, y, z];
  return length > 0.5 && length < 2 ? [x / length, y / length, z / length] : undefined;
}

/** Everything about a frame but its place in the object. */
export function frameAttributes(
  attributes: FrameAttributes,
  csa: CsaHeader | undefined,
): Omit<FrameInfo, 'frame' | 'rows' | 'columns' | 'plane' | 'missing'> {
  const number = (group: string, tag: string, assumed = 'DS') => attributes.number(group, tag, assumed);
  const imageType =
    frameTypes.map((tag) => attributes.group(tag)?.texts('x00089007') ?? []).find(({ length }) => length > 0) ??
    attributes.object.texts('x00080008');
  const { object } = attributes;
  return {
    ...defined({
      sliceThicknessMm: number(groups.measures, 'x00180050'),
      spacingBetweenSlicesMm: number(groups.measures, 'x00180088'),
      instanceNumber: object.decimal('x00200013'),
      acquisitionNumber: number(groups.content, 'x00209156', 'US') ?? object.decimal('x00200012'),
      temporalPosition: number(groups.content, 'x00209128', 'UL') ?? number(groups.content, 'x00200100', 'IS'),
      stackId: attributes.text(groups.content, 'x00209056'),
      component: componentOf(attributes, imageType),
      waterFat: waterFatOf(object, imageType),
      echoTimeMs: number(groups.echo, 'x00189082', 'FD') ?? number(groups.echo, 'x00180081'),
      echoNumber: number(groups.echo, 'x00180086', 'IS'),
      repetitionTimeMs: number(groups.timing, 'x00180080'),
      flipAngleDegrees: number(groups.timing, 'x00181314'),
      inversionTimeMs: number(groups.modifier, 'x00189079', 'FD') ?? number(groups.modifier, 'x00180082'),
      diffusion: diffusionWeighting(object, attributes.places(groups.diffusion), csa),
    }),
    ...outputValues(attributes),
    imageType,
    times: timesOf(attributes),
  };
}

function outputValues(attributes: FrameAttributes) {
  const slope = attributes.number(groups.transformation, 'x00281053', 'DS');
  const intercept = attributes.number(groups.transformation, 'x00281052', 'DS');
  const mapping = attributes.group(groups.realWorld) ?? attributes.object.item(groups.realWorld);
  const unitCode = mapping?.item('x004008ea')?.text('x00080100');
  const [realSlope, realIntercept] = [mapping?.number('x00409225', 'FD'), mapping?.number('x00409224', 'FD')];
  const [usedSlope, usedIntercept] = [slope || 1, intercept ?? 0];
  const differs = realSlope !== undefined && realIntercept !== undefined && (realSlope !== usedSlope || realIntercept !== usedIntercept);
  return {
    slope: usedSlope,
    intercept: usedIntercept,
    hasLookupTable: slope === undefined && attributes.object.has('x00283000'),
    ...defined({
      displayScale: displayScale(attributes, slope),
      unit: attributes.text(groups.transformation, 'x00281054') ?? unitCode ?? attributes.object.text('x00541001'),
      realWorld: differs ? { slope: realSlope, intercept: realIntercept, ...defined({ unit: unitCode }) } : undefined,
    }),
  };
}

/** Undefined without both slopes, or where they make no sense. */
function displayScale(attributes: FrameAttributes, rescaleSlope: number | undefined): number | undefined {
  // In a copied classic header the creator of the block may be missing; the block is the usual one then.
  const found = attributes
    .places(groups.transformation)
    .map((place) => privateNumber(place, [0x2005, 'Philips MR Imaging DD 001', 0x0e], 'FL'));
  const scale = (rescaleSlope ?? NaN) * (found.find((value) => value !== undefined) ?? NaN);
  return scale > 0 && scale < Infinity ? scale : undefined;
}

/** Terms of one component, in the order of GE's numbers. */
const components: readonly string[] = ['MAGNITUDE', 'PHASE', 'REAL', 'IMAGINARY'];

/** Complex Image Component, else what GE and others code in the third or fourth value of the image type. */
function componentOf(attributes: FrameAttributes, imageType: readonly string[]): string | undefined {
  const stated =
    frameTypes.map((tag) => attributes.group(tag)?.text('x00089208')).find((text) => text !== undefined) ??
    attributes.object.text('x00089208');
  // Of the defined terms only (PS3.3, C.8.13.3.1.3): what is returned becomes part of a file name.
  if (stated !== undefined && components.includes(stated)) return stated;
  const raw = privateNumber(attributes.object, [0x0043, 'GEMS_PARM_01', 0x2f], 'SS');
  if (raw !== undefined && raw >= 0 && raw <= 3) return components[raw];
  const words: Readonly<Record<string, string>> = { M: 'MAGNITUDE', P: 'PHASE', R: 'REAL', I: 'IMAGINARY' };
  for (const part of imageType.slice(2)) {
    const word = words[part] ?? Object.values(words).find((name) => name === part) ?? /^([MPRI])_(?:SE|FFE|IR|TSE|B0|B1)/.exec(part)?.[1];
    if (word !== undefined) return words[word] ?? word;
  }
  return undefined;
}

function timesOf(attributes: FrameAttributes): FrameTimes {
  const { object } = attributes;
  const content = attributes.group(groups.content);
  return defined({
    frameSeconds: secondsOfDateTime(content?.text('x00189074')) ?? secondsOfDateTime(content?.text('x00189151')),
    acquisitionSeconds: secondsOfDateTime(object.text('x0008002a')) ?? momentOf(object, 'x00080022', 'x00080032'),
    contentSeconds: momentOf(object, 'x00080023', 'x00080033'),
    triggerMs: attributes.number(groups.cardiac, 'x00209153', 'FD') ?? attributes.number(groups.cardiac, 'x00181060', 'DS'),
    offsetSeconds:
      attributes.number(groups.temporal, 'x0020930d', 'FD') ?? privateNumber(object, [0x2005, 'Philips MR Imaging DD 001', 0xa0], 'FL'),
    frameDurationMs: content?.number('x00189220', 'FD') ?? object.decimal('x00181242'),
  });
}

/** Without what is undefined, so that records are the same after a turn through JSON. */
export function defined<T extends object>(record: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
