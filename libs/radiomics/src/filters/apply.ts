import type { Box, Triple, Volume } from '@cohortium/imaging';
import { finiteSource, responseVolume, volumeSource, wantedBox } from './block.js';
import type { FilterSource } from './block.js';
import { gaborResponse } from './gabor.js';
import { laplacianOfGaussianResponse } from './laplacian-of-gaussian.js';
import { lawsResponse } from './laws.js';
import { meanResponse } from './mean.js';
import { separableWaveletResponse } from './separable-wavelet.js';
import type { FilterSettings } from './settings.js';
import { rieszLaplacianResponse, simoncelliResponse } from './spectral.js';

/**
 * Response map of an image filter (IBSI 2, arXiv 2006.05470), in double precision.
 *
 * With a `box` the response is computed there only, to the same values as in the whole map; all filters but Simoncelli and Riesz read no
 * more of the image than that needs. The border that the boundary condition continues is always the border of `image`.
 * @param image any storage; voxels that the filter reads must be finite
 * @param box block of the image's grid; the whole image by default
 * @returns a volume on the image's grid, or on the block of it
 * @throws `RADIOMICS.FILTER_NOT_FINITE`, `RADIOMICS.FILTER_BAD_BOX`
 */
export function applyFilter(image: Volume, settings: FilterSettings, box?: Box): Volume {
  const wanted = wantedBox(image.geometry.dimensions, box);
  return responseVolume(image, wanted, filterResponse(volumeSource(image), image.geometry.spacingMm, settings, wanted));
}

/**
 * The same for an image that is read block by block, such as one that is interpolated where it is needed.
 * @param box block of the source's grid
 * @returns values of the block, i fastest
 * @throws `RADIOMICS.FILTER_NOT_FINITE`, `RADIOMICS.FILTER_BAD_BOX`
 */
export function filterResponse(source: FilterSource, spacingMm: Triple, settings: FilterSettings, box: Box): Float64Array {
  const wanted = wantedBox(source.dimensions, box);
  const image = finiteSource(source);
  switch (settings.name) {
    case 'mean':
      return meanResponse(image, settings, wanted);
    case 'laplacianOfGaussian': {
      const { rieszOrder } = settings;
      if (rieszOrder === null) return laplacianOfGaussianResponse(image, spacingMm, settings, wanted);
      return rieszLaplacianResponse(image, spacingMm, { ...settings, rieszOrder }, wanted);
    }
    case 'laws':
      return lawsResponse(image, settings, wanted);
    case 'gabor':
      return gaborResponse(image, spacingMm, settings, wanted);
    case 'separableWavelet':
      return separableWaveletResponse(image, settings, wanted);
    case 'simoncelli':
      return simoncelliResponse(image, settings, wanted);
  }
}
