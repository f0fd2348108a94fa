import { defineErrors } from '@cohortium/kernel';

/** Errors of image filters. */
export const filterErrors = defineErrors({
  'RADIOMICS.BAD_FILTER': {
    exit: 2,
    en: {
      what: 'The filter settings do not follow their schema at {path}: {reason}.',
      next: 'Correct the setting; docs/radiomics.md lists the parameters of every filter.',
    },
    zh: { what: '滤波器设置在 {path} 处不符合模式：{reason}。', next: '请改正该设置；docs/radiomics.md 列出了每种滤波器的参数。' },
  },
  'RADIOMICS.FILTER_NOT_FINITE': {
    exit: 2,
    en: {
      what: 'The image holds {count, plural, one {# voxel} other {# voxels}} that the filter reads and whose intensity is not a finite number.',
      next: 'Repair the image, or crop it so that these voxels lie farther from the region than the filter reaches.',
    },
    zh: {
      what: '滤波器所读取的图像中有 {count} 个体素的强度不是有限数值。',
      next: '请修复图像，或裁剪图像，使这些体素与感兴趣区的距离超过滤波器的作用范围。',
    },
  },
  'RADIOMICS.FILTER_TOO_SMALL': {
    exit: 2,
    en: {
      what: 'The image has {count} voxels along axis {axis}; the filter {filter} needs at least {needed}.',
      next: 'Use a larger image, or leave this filter out for this image.',
    },
    zh: {
      what: '图像沿第 {axis} 轴有 {count} 个体素；滤波器 {filter} 至少需要 {needed} 个。',
      next: '请使用更大的图像，或对该图像略去此滤波器。',
    },
  },
  'RADIOMICS.FILTER_BAD_BOX': {
    exit: 2,
    en: {
      what: 'The block {box} is empty or does not lie inside the image ({dimensions} voxels).',
      next: 'Ask for a block of the image that is to be filtered.',
    },
    zh: { what: '数据块 {box} 为空，或不在图像内（{dimensions} 个体素）。', next: '请指定待滤波图像内部的数据块。' },
  },
});
