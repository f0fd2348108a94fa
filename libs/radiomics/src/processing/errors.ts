import { defineErrors } from '@cohortium/kernel';

/** Errors of image processing. */
export const processingErrors = defineErrors({
  'RADIOMICS.NOTHING_LEFT': {
    exit: 2,
    en: {
      what: 'No voxel of the region is left after {step, select, interpolation {interpolation} other {re-segmentation}} ({before, plural, one {# voxel} other {# voxels}} before).',
      next: '{step, select, interpolation {The region is smaller than the new voxels: use a finer spacing or a smaller roiPartialVolume} other {Check the range against the units of the image}}.',
    },
    zh: {
      what: '{step, select, interpolation {插值} other {重分割}}之后，感兴趣区没有剩余体素（之前有 {before} 个）。',
      next: '{step, select, interpolation {感兴趣区小于新体素：请使用更细的间距或更小的 roiPartialVolume} other {请核对范围与图像单位}}。',
    },
  },
  'RADIOMICS.BELOW_LOWER_BOUND': {
    exit: 2,
    en: {
      what: '{count, plural, one {# voxel} other {# voxels}} of the region lie below {lowerBound}, the lower bound of the first bin.',
      next: 'Use a lower bound that no voxel falls below, or re-segment the region to it.',
    },
    zh: { what: '感兴趣区有 {count} 个体素低于第一个分箱的下限 {lowerBound}。', next: '请使用不高于所有体素的下限，或按该下限重分割。' },
  },
  'RADIOMICS.TOO_MANY_LEVELS': {
    exit: 2,
    en: {
      what: 'The discretization gives {count} gray levels; at most {limit} are possible.',
      next: 'Use a larger bin size or a fixed bin number.',
    },
    zh: { what: '离散化产生 {count} 个灰度级；最多允许 {limit} 个。', next: '请使用更大的箱宽或固定箱数。' },
  },
  'RADIOMICS.NOT_GRAY_LEVELS': {
    exit: 2,
    en: {
      what: 'Discretization is off, yet {count, plural, one {# voxel} other {# voxels}} of the region hold no gray level (a whole number from 1).',
      next: 'Choose FBN or FBS as discretization.',
    },
    zh: { what: '未启用离散化，但感兴趣区有 {count} 个体素不是灰度级（从 1 起的整数）。', next: '请选择 FBN 或 FBS 离散化。' },
  },
  'RADIOMICS.NOT_FINITE_NEAR_ROI': {
    exit: 2,
    en: {
      what: '{count, plural, one {# voxel} other {# voxels}} of the region have no finite intensity{step, select, interpolation { after interpolation, which also reads the voxels around the region} other {}}.',
      next: 'Exclude these voxels from the mask, or repair the image.',
    },
    zh: {
      what: '感兴趣区有 {count} 个体素的强度不是有限数值{step, select, interpolation {（插值之后；插值也会读取周围体素）} other {}}。',
      next: '请从掩膜中排除这些体素或修复图像。',
    },
  },
});
