// Regions that are measured: two cases of PyRadiomics' own data, and regions made here, the same on every machine.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readVolume, toRoiMask, writeNifti } from '@cohortium/imaging';

/**
 * @typedef {import('@cohortium/imaging').Volume} Volume
 * @typedef {{ image: Volume, mask: import('@cohortium/imaging').RoiMask }} Region
 * @typedef {{ image: string, mask: string }} RegionFiles
 */

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

/** Folder of the reference data, of which nothing is in the repository. */
export const referenceFolder = process.env.COHORTIUM_REFERENCE || join(root, '..', 'shared', 'reference');

/** Files of a case of PyRadiomics' baseline, or undefined where the reference data are absent. @returns {RegionFiles | undefined} */
export function baselineFiles(/** @type {string} */ name) {
  const [image, mask] = ['image', 'label'].map((kind) => join(referenceFolder, 'pyradiomics', `${name}_${kind}.nrrd`));
  return image && mask && existsSync(image) && existsSync(mask) ? { image, mask } : undefined;
}

/** @returns {Region} */
export function readRegion(/** @type {RegionFiles} */ { image, mask }) {
  return { image: readVolume(readFileSync(image)), mask: toRoiMask(readVolume(readFileSync(mask)), 1) };
}

/** A volume on a plain grid. @returns {Volume} */
function volume(/** @type {readonly [number, number, number]} */ dimensions, /** @type {Float32Array | Uint8Array} */ values, spacing = 1) {
  const direction = /** @type {any} */ ([1, 0, 0, 0, 1, 0, 0, 0, 1]);
  return { geometry: { dimensions, spacingMm: [spacing, spacing, spacing], originMm: [0, 0, 0], direction }, values };
}

/** Uniform numbers from 0 to 1 (a linear congruential generator; speed is all that depends on them). */
function generator(seed = 7) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 0) / 2 ** 32;
  };
}

/**
 * A lesion: a ball with bumps that fills a cube of `side` voxels, a smooth texture with noise, whole intensities from 1 to 64. The image
 * goes `around` voxels beyond the cube.
 * @returns {Region}
 */
export function lesion(/** @type {number} */ side, around = 8) {
  const size = side + 2 * around;
  const values = new Float32Array(size ** 3);
  const voxels = new Uint8Array(size ** 3);
  const random = generator();
  const scale = 64 / side;
  for (let k = 0, at = 0; k < size; k++)
    for (let j = 0; j < size; j++)
      for (let i = 0; i < size; i++, at++) {
        const [x, y, z] = [i - around, j - around, k - around];
        const wave = 18 * Math.sin((x * scale) / 6) * Math.cos((y * scale) / 8) + 8 * Math.sin((z * scale) / 5);
        values[at] = Math.min(64, Math.max(1, Math.round(32.5 + wave + 12 * (random() - 0.5))));
        const [a, b, c] = [(2 * x + 1) / side - 1, (2 * y + 1) / side - 1, (2 * z + 1) / side - 1];
        const bumps = 0.93 + 0.07 * Math.cos(9 * a) * Math.cos(7 * b + 1) * Math.cos(8 * c + 2);
        if (a * a + b * b + c * c <= bumps * bumps) voxels[at] = 1;
      }
  const dimensions = /** @type {const} */ ([size, size, size]);
  return { image: volume(dimensions, values), mask: { geometry: volume(dimensions, voxels).geometry, voxels } };
}

/** A lesion of about so many voxels. @returns {Region} */
export function lesionOf(/** @type {number} */ voxels) {
  // The bumpy ball fills 43 % of its cube.
  return lesion(Math.max(4, Math.round(Math.cbrt(voxels / 0.43))), 8);
}

/** A float volume with a lesion in its middle, for peaks of memory. @returns {Region} */
export function largeRegion(/** @type {readonly [number, number, number]} */ [ni, nj, nk], /** @type {number} */ voxels) {
  const small = lesionOf(voxels);
  const [si, sj, sk] = small.image.geometry.dimensions;
  const values = new Float32Array(ni * nj * nk);
  const random = generator(3);
  for (let at = 0; at < values.length; at++) values[at] = 32 + 10 * random();
  const mask = new Uint8Array(values.length);
  const [oi, oj, ok] = [(ni - si) >> 1, (nj - sj) >> 1, (nk - sk) >> 1];
  for (let k = 0, from = 0; k < sk; k++)
    for (let j = 0; j < sj; j++, from += si) {
      const to = oi + ni * (j + oj + nj * (k + ok));
      values.set(/** @type {Float32Array} */ (small.image.values).subarray(from, from + si), to);
      mask.set(small.mask.voxels.subarray(from, from + si), to);
    }
  const image = volume([ni, nj, nk], values);
  return { image, mask: { geometry: image.geometry, voxels: mask } };
}

/** Writes a region for programs that read files. @returns {RegionFiles} */
export function writeRegion(/** @type {string} */ folder, /** @type {string} */ name, /** @type {Region} */ { image, mask }) {
  mkdirSync(folder, { recursive: true });
  const files = { image: join(folder, `${name}_image.nii`), mask: join(folder, `${name}_mask.nii`) };
  writeFileSync(files.image, writeNifti(image));
  writeFileSync(files.mask, writeNifti({ geometry: mask.geometry, values: mask.voxels }));
  return files;
}
