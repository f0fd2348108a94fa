import { translator } from '@cohortium/kernel';
import type { Language, MessageParams } from '@cohortium/kernel';

const en = {
  preprocessAbout: 'images before maps and features: bias field, intensities, grids, motion',
  imageOption: 'images, in order: folders with the DICOM files of a series, or NIfTI files with three or four dimensions',
  outOption: 'folder for images (NIfTI) and their records (JSON)',
  anyFrameOption: 'take a region that was drawn in another frame of reference',
  regionMaskOption: 'region (default: the body): NIfTI, NRRD, DICOM SEG, RTSTRUCT; FILE#2 or FILE#NAME for one of several',

  n4About: 'bias-field correction (N4); the field of the first image divides all of them',
  shrinkOption: 'every how many voxels the field is estimated',
  iterationsOption: 'most iterations of each level, separated by commas',
  convergenceOption: 'change of the field below which a level ends',
  fwhmOption: 'full width at half maximum of the sharpening, in log intensity',
  noiseOption: 'noise of the Wiener deconvolution',
  binsOption: 'bins of the histogram',
  spansOption: 'spans of the spline along each axis at the first level',
  fieldFound: 'The field goes from {least} to {most}.',

  normalizeAbout: 'intensities onto a common scale; figures are taken from the first image',
  methodOption: 'z-score, median of a reference tissue, percentile window, or landmarks of a learned scale',
  regionOption: 'without a mask: the body or the whole image',
  percentilesOption: 'percentiles that become 0 and 1',
  landmarksOption: 'learned scale (preprocess landmarks)',
  landmarksAbout: 'learn a common scale from several images',
  landmarksOut: 'file for the scale (JSON)',
  scaleWritten: 'Scale of {count, plural, one {# image} other {# images}} written to {path}',

  resampleAbout: 'images on a grid of another spacing, or on the grid of another image',
  spacingOption: 'spacing along i, j, k in mm; 0 keeps an axis',
  likeOption: 'image whose grid is taken',
  interpolationOption: 'interpolation',

  registerAbout: 'one image onto another (DWI or T2 onto DCE), and with it further images and masks',
  fixedOption: 'image that stays',
  movingOption: 'image that moves',
  applyOption: 'further images of the moving grid, carried along (linear)',
  applyMaskOption: 'label maps of the moving grid, carried along (nearest neighbor)',
  kindOption: 'rigid, or rigid and then deformable (B-spline)',
  resolutionsOption: 'levels from coarse to fine',
  stepsOption: 'steps of each level',
  samplesOption: 'random places at which images are compared in each step',
  gridSpacingOption: 'distance of the control points of the B-spline, mm',
  bendingOption: 'weight of the bending energy; 0 leaves it out and is much faster',
  seedOption: 'seed of the random places: the same seed gives the same transform',
  similarityMaskOption: 'region (as for n4) over which similarity is told',
  motionAbout: 'every phase of a dynamic series onto one of them',
  referenceOption: 'number of the phase that stays, from 1',
  registering: 'Registering: {done} of {count} done',
  similarity:
    '{name}: correlation {correlationBefore} -> {correlationAfter}, mutual information {informationBefore} -> {informationAfter}, moved by {mm} mm on average{folded, select, none {} other {; space folds in {folded} % of the voxels}}.',
  badNumber: 'a number is needed',
  badList: 'numbers separated by commas are needed',
} as const;

const zh: Readonly<Record<keyof typeof en, string>> = {
  preprocessAbout: '参数图与特征之前的图像处理：偏置场、强度、网格、运动',
  imageOption: '按顺序给出的图像：含一个序列 DICOM 文件的文件夹，或三维、四维 NIfTI 文件',
  outOption: '存放图像（NIfTI）及其记录（JSON）的文件夹',
  anyFrameOption: '接受在另一参考坐标系中勾画的区域',
  regionMaskOption: '区域（默认：身体）：NIfTI、NRRD、DICOM SEG、RTSTRUCT；含多个区域时用 FILE#2 或 FILE#名称',

  n4About: '偏置场校正（N4）；由第一幅图像估计的场用于全部图像',
  shrinkOption: '每隔多少体素估计一次场',
  iterationsOption: '各级的最多迭代次数，以逗号分隔',
  convergenceOption: '场的变化低于此值时该级结束',
  fwhmOption: '锐化的半高全宽（对数强度）',
  noiseOption: '维纳反卷积的噪声项',
  binsOption: '直方图的箱数',
  spansOption: '第一级样条沿各轴的段数',
  fieldFound: '场的范围为 {least} 至 {most}。',

  normalizeAbout: '将强度归一到共同尺度；数值取自第一幅图像',
  methodOption: 'z 分数、参考组织的中位数、百分位窗口，或学习所得尺度的标志点',
  regionOption: '无掩膜时：身体或整幅图像',
  percentilesOption: '映射为 0 和 1 的百分位数',
  landmarksOption: '学习所得的尺度（preprocess landmarks）',
  landmarksAbout: '由多幅图像学习共同尺度',
  landmarksOut: '存放尺度的文件（JSON）',
  scaleWritten: '由 {count} 幅图像得到的尺度已写入 {path}',

  resampleAbout: '将图像置于另一间距的网格，或另一图像的网格',
  spacingOption: '沿 i、j、k 的间距（毫米）；0 表示保持不变',
  likeOption: '采用其网格的图像',
  interpolationOption: '插值方法',

  registerAbout: '将一幅图像配准到另一幅（DWI 或 T2 到 DCE），并同样变换其他图像和掩膜',
  fixedOption: '保持不动的图像',
  movingOption: '移动的图像',
  applyOption: '随之变换的、位于移动网格上的其他图像（线性）',
  applyMaskOption: '随之变换的、位于移动网格上的标签图（最近邻）',
  kindOption: '刚性，或先刚性再可变形（B 样条）',
  resolutionsOption: '由粗到细的级数',
  stepsOption: '每级的步数',
  samplesOption: '每步比较图像的随机位置数',
  gridSpacingOption: 'B 样条控制点的间距（毫米）',
  bendingOption: '弯曲能的权重；0 表示不用，速度快得多',
  seedOption: '随机位置的种子：相同种子得到相同变换',
  similarityMaskOption: '计算相似度所用的区域（同 n4）',
  motionAbout: '将动态序列的各期配准到其中一期',
  referenceOption: '保持不动的期号，从 1 开始',
  registering: '正在配准：已完成 {done}/{count}',
  similarity:
    '{name}：相关系数 {correlationBefore} -> {correlationAfter}，互信息 {informationBefore} -> {informationAfter}，平均移动 {mm} 毫米{folded, select, none {} other {；{folded} % 的体素处空间折叠}}。',
  badNumber: '需要数值',
  badList: '需要以逗号分隔的数值',
};

/** The texts of the commands on images in one language. */
export const preprocessWords = (language: Language): ((key: keyof typeof en, params?: MessageParams) => string) =>
  translator({ en, zh }, language);
