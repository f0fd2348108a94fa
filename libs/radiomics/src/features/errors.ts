import { defineErrors } from '@cohortium/kernel';

/** Errors of feature computation. */
export const featureErrors = defineErrors({
  'RADIOMICS.FEATURE_UNDEFINED': {
    exit: 2,
    en: {
      what: 'The feature {feature} ({code}, {family}{aggregation, select, none {} other {, {aggregation}}}) has no value for this region: {reason, select, oneVoxel {it has only one voxel} oneLevel {it has only one gray level} oneBin {its histogram has only one bin} flat {its voxel centers lie in one plane, on one line or at one point} constantIntensity {all its voxels have the same intensity} zeroMean {its mean intensity is zero} zeroQuartileSum {its first and third quartile add up to zero} zeroIntensitySum {its intensities add up to zero} noNeighbors {no two of its voxels are neighbors} noSuchIntensity {no intensity of the histogram range is found in so small a part of the volume} other {the definition divides by zero}}.',
      next: 'Leave this feature out for this region, or check the mask and the discretization. The other features are not affected.',
    },
    zh: {
      what: '特征 {feature}（{code}，{family}{aggregation, select, none {} other {，{aggregation}}}）在该区域没有定义：{reason, select, oneVoxel {区域只有一个体素} oneLevel {区域只有一个灰度级} oneBin {直方图只有一个分箱} flat {体素中心位于同一平面、同一直线或同一点} constantIntensity {所有体素强度相同} zeroMean {平均强度为零} zeroQuartileSum {第一与第三四分位数之和为零} zeroIntensitySum {强度之和为零} noNeighbors {没有相邻的体素} noSuchIntensity {直方图范围内没有强度对应如此小的体积比例} other {定义中除数为零}}。',
      next: '请对该区域略去此特征，或检查掩膜和离散化设置。其他特征不受影响。',
    },
  },
  'RADIOMICS.EMPTY_ROI': {
    exit: 2,
    en: {
      what: 'The region has no voxel in its {mask, select, intensity {intensity mask} morphological {morphological mask} other {discretized form}}.',
      next: 'Check that the mask covers the image, that the label exists, and that re-segmentation leaves voxels.',
    },
    zh: {
      what: '区域的{mask, select, intensity {强度掩膜} morphological {形态掩膜} other {离散化结果}}中没有体素。',
      next: '请检查掩膜是否与图像重合、标签是否存在，以及重分割后是否仍有体素。',
    },
  },
  'RADIOMICS.NOT_FINITE': {
    exit: 2,
    en: {
      what: 'The region holds {count, plural, one {# voxel} other {# voxels}} whose intensity is not a finite number.',
      next: 'Exclude these voxels from the mask, or repair the image, and run again.',
    },
    zh: { what: '区域中有 {count} 个体素的强度不是有限数值。', next: '请从掩膜中排除这些体素或修复图像后重新运行。' },
  },
  'RADIOMICS.BAD_ROI': {
    exit: 2,
    en: {
      what: 'The region cannot be used: {reason, select, length {an array does not fit its dimensions} spacing {a voxel spacing is not a positive number} level {a gray level is above the number of levels} levels {its gray levels do not cover its intensity mask} masks {its intensity mask reaches beyond its morphological mask} dimensions {region and discretized region have different dimensions} other {{reason}}}.',
      next: 'Build the region with the processing functions of this library.',
    },
    zh: {
      what: '区域无法使用：{reason, select, length {数组长度与尺寸不符} spacing {体素间距不是正数} level {灰度级超出级数} levels {灰度级与强度掩膜不一致} masks {强度掩膜超出形态掩膜} dimensions {区域与离散化区域尺寸不同} other {{reason}}}。',
      next: '请使用本库的处理函数构建区域。',
    },
  },
  'RADIOMICS.BAD_FEATURE_OPTION': {
    exit: 2,
    en: {
      what: 'The feature option {option} cannot be used: {reason, select, positive {it is not a positive whole number} width {it is not a positive number} range {its lower bound is not below its upper bound} bins {the histogram would have more than 16 million bins} aggregation {none of the aggregations asked for exists for the family {family}} other {{reason}}}.',
      next: 'Correct the option in the settings.',
    },
    zh: {
      what: '特征选项 {option} 无法使用：{reason, select, positive {不是正整数} width {不是正数} range {下限不低于上限} bins {直方图的分箱数将超过一千六百万} aggregation {所要求的聚合方式均不适用于 {family} 族} other {{reason}}}。',
      next: '请在设置中改正该选项。',
    },
  },
});
