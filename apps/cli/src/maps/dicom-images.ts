import type { Sha256 } from '@cohortium/kernel';
import { loadImage } from '../radiomics/load-image.js';
import type { ListedImage } from './image-list.js';

/** The images of a DICOM file or of a folder of DICOM files, in the order of kind, b-value and time. @throws `CLI.CANNOT_READ`, `IMAGING.*` */
export function loadDicom(path: string): { readonly images: readonly ListedImage[]; readonly hash: Sha256 } {
  const { volume, hash } = loadImage(path);
  return { images: [volume], hash };
}
