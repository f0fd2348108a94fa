import type { DicomObject } from '../dicom/dicom-object.js';

/** A b-value in s/mm^2 and the attribute that it was read from. */
export interface BValue {
  readonly value: number;
  readonly tag: string;
}

/**
 * b-value of an image or frame: the standard attribute, then those of Siemens, GE, Philips and United Imaging, then the protocol's name of the
 * sequence at Siemens (`ep_b800#1`). GE adds multiples of 10^9 to tell apart derived images. Undefined where none is stated.
 */
export function bValueOf(object: DicomObject): BValue | undefined {
  return standardBValue(object) ?? siemensBValue(object) ?? gradientBValue(object) ?? namedBValue(object);
}

function plausible(value: number | undefined, tag: string): BValue | undefined {
  return value !== undefined && Number.isFinite(value) && value >= 0 && value <= 100_000 ? { value, tag } : undefined;
}

function standardBValue(object: DicomObject): BValue | undefined {
  return plausible(object.float64('x00189087'), '00189087');
}

function siemensBValue(object: DicomObject): BValue | undefined {
  const tag = privateTag(object, '0019', 'SIEMENS MR HEADER', '0c');
  return tag === undefined ? undefined : plausible(numberOf(object, tag), tag);
}

function gradientBValue(object: DicomObject): BValue | undefined {
  const ge = privateTag(object, '0043', 'GEMS_PARM_01', '39');
  const geValue = ge === undefined ? undefined : numberOf(object, ge);
  const philips = privateTag(object, '2001', 'PHILIPS IMAGING DD 001', '03');
  const uih = privateTag(object, '0065', 'IMAGE PRIVATE HEADER', '09');
  return (
    (ge === undefined ? undefined : plausible(geValue === undefined ? undefined : geValue % 1_000_000_000, ge)) ??
    (philips === undefined ? undefined : plausible(binaryOrText(object, philips, 'FL'), philips)) ??
    (uih === undefined ? undefined : plausible(binaryOrText(object, uih, 'FD'), uih))
  );
}

function namedBValue(object: DicomObject): BValue | undefined {
  const [, digits] = /(?:^|[*_])b(\d{1,5})(?:[#t]|$)/.exec(object.text('x00180024') ?? '') ?? [];
  return digits === undefined ? undefined : plausible(Number(digits), '00180024');
}

/** Tag of a private element by its creator: the creator stands in one of the elements 10 to FF of the group (PS3.5, 7.8.1). */
function privateTag(object: DicomObject, group: string, creator: string, element: string): string | undefined {
  for (const tag of object.tags()) {
    const [, block] = new RegExp(`^x${group}00([1-9a-f][0-9a-f])$`).exec(tag) ?? [];
    if (block === undefined || object.text(tag)?.toUpperCase() !== creator) continue;
    const found = `x${group}${block}${element}`;
    if (object.has(found)) return found;
  }
  return undefined;
}

function numberOf(object: DicomObject, tag: string): number | undefined {
  const text = object.text(tag)?.split('\\')[0]?.trim();
  return text !== undefined && /^[-+.\deE]+$/.test(text) ? Number(text) : undefined;
}

/** Some archives change the representation of private elements to UN; four or eight bytes that are no number in digits are then the number itself. */
function binaryOrText(object: DicomObject, tag: string, vr: 'FL' | 'FD'): number | undefined {
  const stated = object.element(tag)?.vr;
  const length = object.bytes(tag)?.length;
  if (stated === 'FD' || (stated !== 'FL' && vr === 'FD' && length === 8)) return object.float64(tag);
  if (stated === 'FL' || (vr === 'FL' && length === 4)) return object.float32(tag);
  return numberOf(object, tag);
}
