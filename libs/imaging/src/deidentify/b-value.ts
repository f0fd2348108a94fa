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

/** b-value of a single-frame image, as readers of images find it: by the standard attribute, by private ones, by the name of the sequence. */
export function bValueOf(object: DicomObject): BValue | undefined {
  const tag = privateTag(object, 0x0029, 'SIEMENS CSA HEADER', 0x10);
  const header = tag === undefined ? undefined : object.bytes(tag);
  const found = diffusionWeighting(object, [object], header === undefined ? undefined : parseCsaHeader(header));
  return found && { value: found.bValue, source: found.source };
}
