import { defineErrors } from '@cohortium/kernel';

/** Errors of the PyRadiomics profile. */
export const pyradiomicsErrors = defineErrors({
  'RADIOMICS.REGION_TOO_SMALL': {
    exit: 2,
    en: {
      what: 'The region is too small{stage, select, resegmentation { after re-segmentation} other {}}: {rule, select, oneVoxel {it has a single voxel} voxels {it has {found} voxels, and minimumROISize asks for more than {needed}} other {it has more than one voxel along {found, plural, one {# axis} other {# axes}}, and minimumROIDimensions asks for {needed}}}.',
      next: '{stage, select, resegmentation {Check resegmentRange against the units of the image, or} other {Check the mask, or}} lower the limit in the settings; a single voxel has no features.',
    },
    zh: {
      what: '感兴趣区过小{stage, select, resegmentation {（重分割之后）} other {}}：{rule, select, oneVoxel {只有一个体素} voxels {有 {found} 个体素，而 minimumROISize 要求多于 {needed} 个} other {仅沿 {found} 个轴有多于一个体素，而 minimumROIDimensions 要求 {needed} 个}}。',
      next: '{stage, select, resegmentation {请核对 resegmentRange 与图像单位，或} other {请检查掩膜，或}}在设置中降低下限；单个体素没有特征。',
    },
  },
  'RADIOMICS.REGION_OUTSIDE_IMAGE': {
    exit: 2,
    en: {
      what: 'The region reaches beyond the image by up to {voxels} voxels along axis {axis}.',
      next: 'Check that mask and image belong together; cut the mask to the image.',
    },
    zh: { what: '感兴趣区沿 {axis} 轴超出图像最多 {voxels} 个体素。', next: '请确认掩膜与图像对应，并将掩膜裁剪到图像范围内。' },
  },
  'RADIOMICS.SLICE_SHAPE_UNDEFINED': {
    exit: 2,
    en: {
      what: 'The feature {feature} has no value: the shape of a slice needs force2D and a region of one slice across force2Ddimension; this one has {slices, plural, one {# slice} other {# slices}} and force2D is {force2D, select, on {on} other {off}}.',
      next: 'Give a mask of one slice and set force2D, or leave the class shape2D out.',
    },
    zh: {
      what: '特征 {feature} 没有值：切片形状要求启用 force2D，且感兴趣区沿 force2Ddimension 只占一层；当前占 {slices} 层，force2D {force2D, select, on {已启用} other {未启用}}。',
      next: '请提供只占一层的掩膜并启用 force2D，或去掉 shape2D 类。',
    },
  },
  'RADIOMICS.NOTHING_TO_NORMALIZE': {
    exit: 2,
    en: {
      what: 'The image cannot be normalized: {reason, select, constant {all its voxels have the same intensity} other {it holds voxels without finite intensity}}.',
      next: 'Repair the image, or set normalize to false.',
    },
    zh: {
      what: '图像无法归一化：{reason, select, constant {所有体素强度相同} other {存在非有限强度的体素}}。',
      next: '请修复图像，或将 normalize 设为 false。',
    },
  },
});
