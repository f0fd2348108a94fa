import type { Box, Triple, Volume } from '@cohortium/imaging';
import { boxSize } from '@cohortium/imaging';
import { finiteVolumeSource, readExtended, responseVolume, wantedBox } from '../block.js';
import type { Axis, FilterSource } from '../block.js';
import { analysisPair } from '../wavelets.js';
import type { WaveletName } from '../wavelets.js';
import { periodicPass } from './periodic-pass.js';
import type { PeriodicBlock } from './periodic-pass.js';

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
 * by repeating its first voxel at the end. Letters stand for i, j, k: L low-pass, H high-pass. Sums are taken in PyWavelets' order and
 * images in single precision stay so, since a coefficient of 0 lies on the edge of a gray level.
 * @param box block of the image's grid to compute the sub-bands on; the whole image by default
 * @returns the sub-bands of each level with a high-pass letter, then the approximation of the last level, in PyRadiomics' order
 * @throws `RADIOMICS.FILTER_NOT_FINITE`, `RADIOMICS.FILTER_BAD_BOX`
 */
export function pyradiomicsWavelets(image: Volume, settings: PyradiomicsWaveletSettings = {}, box?: Box): readonly WaveletImage[] {
  const { wavelet = 'coif1', startLevel = 0, level = 1, sliceAxis } = settings;
  const wanted = wantedBox(image.geometry.dimensions, box);
  const axes = ([0, 1, 2] as const).filter((axis) => axis !== sliceAxis);
  const isSingle = image.values instanceof Float32Array;
  const filters = filtersOf(wavelet, isSingle);
  const levels = startLevel + level;
  const images: WaveletImage[] = [];
  let block = readPeriodic(evenSource(finiteVolumeSource(image)), widened(wanted, axes, filters, levels), isSingle);
  for (let n = 1; n <= levels; n++) {
    const bands = subbandNames(axes.length);
    const approximation = bands.at(-1) as string;
    if (n > startLevel) {
      const asked = bands.filter((band) => band !== approximation || n === levels);
      const found = analyze(block, axes, filters, asked, wanted);
      for (const band of asked)
        images.push({
          name: waveletName(n - startLevel, band),
          image: responseVolume(image, wanted, (found.get(band) as PeriodicBlock).values),
        });
    }
    if (n === levels) break;
    block = analyze(block, axes, filters, [approximation], widened(wanted, axes, filters, levels - n)).get(approximation) as PeriodicBlock;
  }
  return images;
}

type Filters = Readonly<Record<'L' | 'H', Float64Array>>;

/** Taps in the precision of the image. PyWavelets scales its table of coiflets by the root of 2, in single precision too. */
function filtersOf(wavelet: WaveletName, isSingle: boolean): Filters {
  const pair = analysisPair(wavelet);
  const single = wavelet.startsWith('coif')
    ? (tap: number) => Math.fround(Math.fround(tap / Math.SQRT2) * Math.fround(Math.SQRT2))
    : (tap: number) => Math.fround(tap);
  const taps = (filter: readonly number[]) => Float64Array.from(filter, (tap) => (isSingle ? single(tap) : tap));
  return { L: taps(pair.low), H: taps(pair.high) };
}

/** The box that some levels of a transform read, beyond the image where it goes on periodically. */
function widened({ from, to }: Box, axes: readonly Axis[], { L }: Filters, levels: number): Box {
  const half = L.length / 2;
  const along = (corner: Triple, by: number) => corner.map((place, axis) => place + (axes.includes(axis as Axis) ? by * levels : 0));
  return { from: along(from, 1 - half) as unknown as Triple, to: along(to, half) as unknown as Triple };
}

/** The sub-bands with some names on a box: along the first axis, each result along the second, and so on. */
function analyze(
  block: PeriodicBlock,
  axes: readonly Axis[],
  filters: Filters,
  names: readonly string[],
  box: Box,
): Map<string, PeriodicBlock> {
  let found = new Map<string, PeriodicBlock>([['', block]]);
  for (const axis of axes) {
    const next = new Map<string, PeriodicBlock>();
    for (const [word, part] of found)
      for (const letter of ['L', 'H'] as const)
        if (names.some((name) => name.startsWith(word + letter)))
          next.set(word + letter, periodicPass(part, axis, filters[letter], [box.from[axis], box.to[axis]]));
    found = next;
  }
  return found;
}

/** What PyRadiomics calls the images of {@link pyradiomicsWavelets}. @param axes axes that are transformed: 3, or 2 by slice */
export function pyradiomicsWaveletNames({ level, axes }: { readonly level: number; readonly axes: 2 | 3 }): readonly string[] {
  const bands = subbandNames(axes);
  return Array.from({ length: level }, (_, at) => at + 1).flatMap((place) =>
    (place === level ? bands : bands.slice(0, -1)).map((band) => waveletName(place, band)),
  );
}

function waveletName(place: number, band: string): string {
  return `wavelet${place === 1 ? '' : place}-${band}`;
}

/** All words of L and H, the approximation last. */
function subbandNames(letters: number): readonly string[] {
  const words = Array.from({ length: 2 ** letters }, (_, n) =>
    Array.from({ length: letters }, (_, place) => ((n >> (letters - 1 - place)) & 1 ? 'H' : 'L')).join(''),
  );
  return [...words.slice(1), words[0] as string];
}

/** The image with even numbers of voxels. */
function evenSource(source: FilterSource): FilterSource {
  const dimensions = source.dimensions.map((count) => count + (count % 2)) as unknown as Triple;
  if (dimensions.every((count, axis) => count === source.dimensions[axis])) return source;
  // One voxel beyond the end of a periodic image is its first one.
  return { dimensions, read: (box) => readExtended(source, box, 'periodic') };
}

function readPeriodic(source: FilterSource, box: Box, isSingle: boolean): PeriodicBlock {
  const values = readExtended(source, box, 'periodic');
  return { from: box.from, size: boxSize(box), period: source.dimensions, values: isSingle ? Float32Array.from(values) : values };
}
