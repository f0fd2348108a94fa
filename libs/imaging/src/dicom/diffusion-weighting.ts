import type { Triple } from '../geometry/geometry.js';
import { csaNumbers } from './csa-header.js';
import type { CsaHeader } from './csa-header.js';
import type { DicomObject } from './dicom-object.js';
import { privateNumber, privateTag } from './private-elements.js';

/** Diffusion weighting of a frame, with the attribute that told it. */
export interface DiffusionWeighting {
  /** s/mm2 */
  readonly bValue: number;
  /** Unit vector, where the weighting has one direction. */
  readonly direction?: Triple;
  /** Axes of the direction: the patient's (LPS), or, for GE's private elements, those of frequency, phase and slice encoding. */
  readonly directionAxes?: 'patient' | 'encoding';
  /** NONE, DIRECTIONAL, BMATRIX or ISOTROPIC (PS3.3, C.8.13.5.9), where stated. */
  readonly directionality?: string;
  readonly source: string;
}

/** GE adds 1e9 to b-values that the operator typed in; what counts are the last five digits (GE conformance statements, (0043,1039)). */
const geOffset = { from: 1e8, digits: 1e5 };

/**
 * The b-value of an image by the standard attribute, else by the vendors' private ones.
 * @param groups objects in which standard attributes are looked for: the diffusion sequence of a frame, then the object itself
 */
export function diffusionWeighting(
  object: DicomObject,
  groups: readonly DicomObject[],
  csa: CsaHeader | undefined,
): DiffusionWeighting | undefined {
  const directionality = groups.map((group) => group.text('x00189075')).find((text) => text !== undefined);
  const stated = groups.map((group) => group.number('x00189087', 'FD')).find((value) => value !== undefined);
  const found = stated !== undefined ? { bValue: stated, source: '(0018,9087)' } : privateWeighting(object, csa);
  if (found === undefined) {
    // An Enhanced MR frame without weighting says so instead of giving a zero.
    return directionality === 'NONE' && groups[0] !== object ? { bValue: 0, directionality, source: '(0018,9075)' } : undefined;
  }
  if (!(found.bValue >= 0) || found.bValue > 1e5) return undefined;
  return { ...found, ...directionOf(object, groups, csa), ...(directionality !== undefined && { directionality }) };
}

function privateWeighting(object: DicomObject, csa: CsaHeader | undefined): { bValue: number; source: string } | undefined {
  const siemens = privateNumber(object, [0x0019, 'SIEMENS MR HEADER', 0x0c], 'IS');
  if (siemens !== undefined) return { bValue: siemens, source: '(0019,100C)' };
  const ofHeader = csaNumbers(csa, 'B_value')?.[0];
  if (ofHeader !== undefined) return { bValue: ofHeader, source: 'CSA B_value' };
  const ge = geWeighting(object);
  if (ge !== undefined) return { bValue: ge, source: '(0043,1039)' };
  const united = privateNumber(object, [0x0065, 'Image Private Header', 0x09], 'FD');
  if (united !== undefined) return { bValue: united, source: '(0065,1009)' };
  const philips = privateNumber(object, [0x2001, 'Philips Imaging DD 001', 0x03], 'FL');
  if (philips !== undefined) return { bValue: philips, source: '(2001,1003)' };
  // Siemens names the sequence of each image after its weighting: `*ep_b800#1`, `ep_b1000t`.
  const [, digits] = /(?:^|[*_])b(\d{1,5})(?:[#t]|$)/.exec(object.text('x00180024') ?? '') ?? [];
  return digits === undefined ? undefined : { bValue: Number(digits), source: '(0018,0024)' };
}

/** First of four numbers; without the offset it is believed in an echo planar or a diffusion series only: other sequences use it for other things. */
function geWeighting(object: DicomObject): number | undefined {
  const tag = privateTag(object, 0x0043, 'GEMS_PARM_01', 0x39);
  const first = tag === undefined ? NaN : Number(object.texts(tag)[0] || NaN);
  if (!Number.isFinite(first) || first < 0) return undefined;
  if (first >= geOffset.from) return first % geOffset.digits;
  const words = ['x0008103e', 'x00181030', 'x00180024'].map((name) => object.text(name) ?? '').join(' ');
  const looksDiffusion = object.texts('x00180020').includes('EP') || /dwi|dti|diff|epi/i.test(words);
  return looksDiffusion ? first : undefined;
}

function directionOf(
  object: DicomObject,
  groups: readonly DicomObject[],
  csa: CsaHeader | undefined,
): Pick<DiffusionWeighting, 'direction' | 'directionAxes'> {
  for (const group of groups) {
    const nested = group.item('x00189076')?.numbers('x00189089', 'FD') ?? group.numbers('x00189089', 'FD');
    const unit = unitVector(nested);
    if (unit !== undefined) return { direction: unit, directionAxes: 'patient' };
  }
  const triple = (group: number, creator: string, element: number) => {
    const tag = privateTag(object, group, creator, element);
    return unitVector(tag === undefined ? undefined : object.numbers(tag, 'FD'));
  };
  const parts = (group: number, creator: string, elements: readonly number[], vr: string) =>
    unitVector(elements.map((element) => privateNumber(object, [group, creator, element], vr)));
  const patient =
    triple(0x0019, 'SIEMENS MR HEADER', 0x0e) ??
    unitVector(csaNumbers(csa, 'DiffusionGradientDirection')) ??
    fromImageAxes(object, triple(0x0065, 'Image Private Header', 0x37)) ??
    parts(0x2005, 'Philips MR Imaging DD 001', [0xb0, 0xb1, 0xb2], 'FL');
  if (patient !== undefined) return { direction: patient, directionAxes: 'patient' };
  const encoding = parts(0x0019, 'GEMS_ACQU_01', [0xbb, 0xbc, 0xbd], 'DS');
  return encoding === undefined ? {} : { direction: encoding, directionAxes: 'encoding' };
}

/** United Imaging states gradients along rows, columns and normal of the image. */
function fromImageAxes(object: DicomObject, vector: Triple | undefined): Triple | undefined {
  const axes = object.decimals('x00200037');
  if (vector === undefined || axes?.length !== 6) return undefined;
  const [ux, uy, uz, vx, vy, vz] = axes as unknown as [number, number, number, number, number, number];
  const normal: Triple = [uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx];
  return unitVector(
    [ux, uy, uz].map((u, at) => vector[0] * u + vector[1] * ([vx, vy, vz][at] as number) + vector[2] * (normal[at] as number)),
  );
}

function unitVector(values: readonly (number | undefined)[] | undefined): Triple | undefined {
  if (values?.length !== 3 || !values.every((value): value is number => value !== undefined)) return undefined;
  const [x, y, z] = values as unknown as Triple;
  const length = Math.sqrt(x * x + y * y + z * z);
  return length > 0.5 && length < 2 ? [x / length, y / length, z / length] : undefined;
}
