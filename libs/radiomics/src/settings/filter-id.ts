import type { FilterSettings } from '../filters/settings.js';

/** A short name of a filter from the parameters that usually tell filters of one study apart: `log-3mm`, `wavelet-db3-1-LLH`. */
export function filterId(filter: FilterSettings): string {
  switch (filter.name) {
    case 'mean':
      return `mean-${filter.supportVoxels}`;
    case 'laplacianOfGaussian':
      return `log-${filter.sigmaMm}mm${riesz(filter.rieszOrder)}`;
    case 'laws':
      return `laws-${filter.kernels}${filter.energyDistanceVoxels === null ? '' : `-energy-${filter.energyDistanceVoxels}`}`;
    case 'gabor':
      return `gabor-${filter.sigmaMm}mm-${filter.wavelengthMm}mm`;
    case 'separableWavelet':
      return `wavelet-${filter.wavelet}-${filter.level}-${filter.subband}`;
    case 'simoncelli':
      return `simoncelli-${filter.level}${riesz(filter.rieszOrder)}`;
  }
}

function riesz(order: readonly number[] | null): string {
  return order === null ? '' : `-riesz-${order.join('')}`;
}
