import { isDicom } from '../dicom/data-elements.js';
import { imagingErrors } from '../errors.js';
import type { Volume } from '../volume.js';
import { gunzipStart, isGzip } from './bytes.js';
import type { ReadOptions } from './bytes.js';
import { readDicomSlices } from './dicom-series.js';
import { readNifti } from './nifti.js';
import { isNifti } from './nifti-header.js';
import { readNrrd } from './nrrd.js';
import { isNrrd } from './nrrd-header.js';
import type { LoadDetached } from './nrrd.js';

/** File formats that are told apart by their first bytes. */
export type ImageFormat = 'nifti' | 'nrrd' | 'dicom';

/** The format of a file by its content, whatever its name. @throws `IMAGING.UNKNOWN_FORMAT` */
export function imageFormatOf(bytes: Uint8Array): ImageFormat {
  if (isNrrd(bytes)) return 'nrrd';
  if (isNifti(bytes)) return 'nifti';
  if (isDicom(bytes)) return 'dicom';
  if (isGzip(bytes) && isNifti(gunzipStart(bytes))) return 'nifti';
  throw imagingErrors.error('IMAGING.UNKNOWN_FORMAT');
}

/**
 * Reads a volume from one file, told by its content: NIfTI, NRRD, or one DICOM object. A folder of DICOM files is for `readDicomSlices`; `loadCodecs` comes before compressed ones.
 * @throws `IMAGING.UNKNOWN_FORMAT` and what the reader of the format throws
 */
export function readVolume(bytes: Uint8Array, loadDetached?: LoadDetached, options: ReadOptions = {}): Volume {
  const format = imageFormatOf(bytes);
  if (format === 'nifti') return readNifti(bytes, options);
  if (format === 'nrrd') return readNrrd(bytes, loadDetached, options);
  return readDicomSlices([{ name: '', bytes }], options);
}
