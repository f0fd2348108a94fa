import { parseCsaHeader } from '../dicom/csa-header.js';

/**
 * Elements of a Siemens CSA image header that hold numbers of physics only. Without them a mosaic loses the direction in which its slices are
 * stacked, and older diffusion images their weighting. Times of slices are not among them: some versions count them from midnight.
 */
const safeNames = [
  'B_matrix',
  'B_value',
  'BandwidthPerPixelPhaseEncode',
  'DiffusionGradientDirection',
  'NumberOfImagesInMosaic',
  'PhaseEncodingDirectionPositive',
  'ProtocolSliceNumber',
  'SliceMeasurementDuration',
  'SliceNormalVector',
];

/**
 * A CSA header of the second form ("SV10") with the safe elements of another, written anew; undefined where it has none.
 * Values that are no numbers are left out.
 */
export function safeCsaHeader(bytes: Uint8Array): Uint8Array | undefined {
  const header = parseCsaHeader(bytes);
  const kept = safeNames.flatMap((name) => {
    const values = header?.get(name)?.filter((value) => /^[-+]?\d+(\.\d+)?([eE][-+]?\d+)?$/.test(value)) ?? []; // prettier-ignore
    return values.length === 0 ? [] : [{ name, values }];
  });
  if (kept.length === 0) return undefined;
  const parts = [Buffer.from('SV10\x04\x03\x02\x01', 'latin1'), words(kept.length, 77)];
  for (const { name, values } of kept) {
    parts.push(Buffer.from(name.padEnd(64, '\0'), 'latin1'), words(values.length), Buffer.from('FD\0\0', 'latin1'), words(4, values.length, 77)); // prettier-ignore
    for (const value of values) {
      const text = Buffer.from(`${value}\0`, 'latin1');
      parts.push(words(text.length, text.length, 77, text.length), text, Buffer.alloc((4 - (text.length % 4)) % 4));
    }
  }
  return Buffer.concat(parts);
}

function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, at) => bytes.writeUInt32LE(value, 4 * at));
  return bytes;
}
