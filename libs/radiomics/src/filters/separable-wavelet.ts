import type { Box } from '@cohortium/imaging';
import { convolutionKernel } from './axis-kernel.js';
import type { AxisKernel } from './axis-kernel.js';
import type { FilterSource } from './block.js';
import type { Boundary } from './boundary.js';
import { pooledResponse } from './rotation.js';
import type { RotationPooling } from './rotation.js';
import { analysisPair } from './wavelets.js';
import type { WaveletName } from './wavelets.js';

/** Parameters of {@link separableWaveletResponse}. */
export interface SeparableWaveletFilter {
  readonly wavelet: WaveletName;
  /** j: decomposition level from 1; level j reads every 2^(j-1)-th voxel. */
  readonly level: number;
  /** One letter for i, j (and k): L low-pass, H high-pass. Two letters filter by slice. */
  readonly subband: string;
  readonly rotationInvariance: RotationPooling;
  readonly boundary: Boundary;
}

/**
 * One sub-band of an undecimated separable wavelet decomposition by the a trous algorithm (IBSI 2, section 3.5, 25BO; Shensa 1992,
 * doi 10.1109/78.157290). Levels below the last are low-pass along every axis.
 */
export function separableWaveletResponse(source: FilterSource, filter: SeparableWaveletFilter, box: Box): Float64Array {
  const chains = Array.from(filter.subband, (band) => waveletChain(filter.wavelet, filter.level, band as 'L' | 'H'));
  return pooledResponse(source, chains, filter.rotationInvariance, box, filter.boundary);
}

/** The names of all sub-bands of a level: LL, LH, HL, HH or LLL to HHH. */
export function waveletSubbands(dimensions: '2D' | '3D'): readonly string[] {
  const letters = dimensions === '2D' ? 2 : 3;
  return Array.from({ length: 2 ** letters }, (_, n) =>
    Array.from({ length: letters }, (_, axis) => ((n >> (letters - 1 - axis)) & 1 ? 'H' : 'L')).join(''),
  );
}

function waveletChain(wavelet: WaveletName, level: number, band: 'L' | 'H'): readonly AxisKernel[] {
  const { low, high } = analysisPair(wavelet);
  return Array.from({ length: level }, (_, n) => convolutionKernel(band === 'H' && n === level - 1 ? high : low, 2 ** n));
}
