import { parseCsaHeader } from '../dicom/csa-header.js';
import type { DicomObject } from '../dicom/dicom-object.js';
import { diffusionWeighting } from '../dicom/diffusion-weighting.js';
import { privateTag } from '../dicom/private-elements.js';

/** A b-value in s/mm^2 and what told it. */
export interface BValue {
  readonly value: number;
  /** As the reader of images names it: `(0018,9087)` for the standard attribute. */
  readonly source: string;
}

/**
 * b-value of a single-frame image: by the standard attribute and the private ones of the makers, as images are read; else by the name that
 * Siemens gives its sequences (`ep_b800#1`). Undefined where none is stated.
 */
export function bValueOf(object: DicomObject): BValue | undefined {
  const tag = privateTag(object, 0x0029, 'SIEMENS CSA HEADER', 0x10);
  const header = tag === undefined ? undefined : object.bytes(tag);
  const found = diffusionWeighting(object, [object], header === undefined ? undefined : parseCsaHeader(header));
  if (found !== undefined) return { value: found.bValue, source: found.source };
  const [, digits] = /(?:^|[*_])b(\d{1,5})(?:[#t]|$)/.exec(object.text('x00180024') ?? '') ?? [];
  return digits === undefined ? undefined : { value: Number(digits), source: '(0018,0024)' };
}
