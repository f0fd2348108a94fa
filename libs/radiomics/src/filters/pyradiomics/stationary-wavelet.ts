import type { Box, Triple, Volume } from '@cohortium/imaging';
import { convolutionKernel } from '../axis-kernel.js';
import type { AxisMap } from '../axis-map.js';
import { chainMap } from '../axis-map.js';
import { finiteSource, readExtended, responseVolume, volumeSource, wantedBox } from '../block.js';
import type { Axis, FilterSource } from '../block.js';
import type { AxisMaps } from '../separable.js';
import { applySeparable } from '../separable.js';
import { analysisPair } from '../wavelets.js';
import type { WaveletName } from '../wavelets.js';

/** Settings of {@link pyradiomicsWavelets}, with the names and defaults of a PyRadiomics parameter file. */
export interface PyradiomicsWaveletSettings {
  /** By default `coif1`. */
  readonly wavelet?: WaveletName;
  /** Levels that are decomposed before the first one that is given out; by default 0. */
  readonly startLevel?: number;
  /** Levels that are given out; by default 1. */
  readonly level?: number;
  /** Axis across slices where features are extracted by slice (`force2D`); by default none. */
  readonly sliceAxis?: Axis;
}

/** One sub-band. */
export interface WaveletImage {
  /** What PyRadiomics calls the image: `wavelet-LLH`, from the second level on `wavelet2-LLH`. */
  readonly name: string;
  readonly image: Volume;
}

/**
 * Sub-bands as PyRadiomics has them: PyWavelets' stationary transform of one level, periodic, applied again to its approximation for
 * each further level (without holes between taps, unlike the a trous algorithm). An axis with an odd number of voxels is first made even
 * by repeating its first voxel at the end. Letters stand for i, j, k: L low-pass, H high-pass.
 * @param box block of the image's grid to compute the sub-bands on; the whole image by default
 * @returns the sub-bands of each level with a high-pass letter, then the approximation of the last level, in PyRadiomics' order
 * @throws `RADIOMICS.FILTER_NOT_FINITE`, `RADIOMICS.FILTER_BAD_BOX`
 */
export function pyradiomicsWavelets(image: Volume, settings: PyradiomicsWaveletSettings = {}, box?: Box): readonly WaveletImage[] {
  const { wavelet = 'coif1', startLevel = 0, level = 1, sliceAxis } = settings;
  const wanted = wantedBox(image.geometry.dimensions, box);
  const axes = ([0, 1, 2] as const).filter((axis) => axis !== sliceAxis);
  const pair = analysisPair(wavelet);
  const low = convolutionKernel(pair.low);
  const high = convolutionKernel(pair.high);
  const images: WaveletImage[] = [];
  const source = evenSource(finiteSource(volumeSource(image)));
  for (let n = 1; n <= level; n++) {
    const before = Array.from({ length: startLevel + n - 1 }, () => low);
    const maps = { L: chainMap(...before, low), H: chainMap(...before, high) };
    const bands = subbandNames(axes.length).filter((name) => name.includes('H') || n === level);
    const found: WaveletImage[] = [];
    applySeparable(
      source,
      bands.map((band) => mapsOf(band, axes, maps)),
      wanted,
      'periodic',
      (values, which) => {
        const name = `wavelet${n === 1 ? '' : n}-${bands[which] as string}`;
        found[which] = { name, image: responseVolume(image, wanted, values) };
      },
    );
    images.push(...found);
  }
  return images;
}

/** All words of L and H, the approximation last. */
function subbandNames(letters: number): readonly string[] {
  const words = Array.from({ length: 2 ** letters }, (_, n) =>
    Array.from({ length: letters }, (_, place) => ((n >> (letters - 1 - place)) & 1 ? 'H' : 'L')).join(''),
  );
  return [...words.slice(1), words[0] as string];
}

function mapsOf(band: string, axes: readonly Axis[], maps: Readonly<Record<'L' | 'H', AxisMap>>): AxisMaps {
  const along = (axis: Axis) => {
    const letter = axes.indexOf(axis);
    return letter < 0 ? null : maps[band[letter] as 'L' | 'H'];
  };
  return [along(0), along(1), along(2)];
}

/** The image with even numbers of voxels. */
function evenSource(source: FilterSource): FilterSource {
  const dimensions = source.dimensions.map((count) => count + (count % 2)) as unknown as Triple;
  if (dimensions.every((count, axis) => count === source.dimensions[axis])) return source;
  // One voxel beyond the end of a periodic image is its first one.
  return { dimensions, read: (box) => readExtended(source, box, 'periodic') };
}
