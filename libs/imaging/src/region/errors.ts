import { defineErrors } from '@cohortium/kernel';

/** Errors about regions: segmentations as received, their place on an image, what is derived from them. */
export const regionErrors = defineErrors({
  'REGION.NOT_A_SEGMENTATION': {
    exit: 2,
    en: {
      what: 'The DICOM object is neither a segmentation (SEG) nor a structure set (RTSTRUCT); its SOP class is {found, select, none {not stated} other {{found}}}.',
      next: 'Name the SEG or RTSTRUCT file, or a mask as NIfTI or NRRD.',
    },
    zh: {
      what: '该 DICOM 对象既不是分割（SEG）也不是结构集（RTSTRUCT）；其 SOP 类为 {found, select, none {未注明} other {{found}}}。',
      next: '请指定 SEG 或 RTSTRUCT 文件，或 NIfTI、NRRD 格式的掩膜。',
    },
  },
  'REGION.BAD_SEGMENTATION': {
    exit: 2,
    en: {
      what: 'The DICOM segmentation cannot be used: {problem, select, missing {the attribute {attribute} is missing or malformed{frame, plural, =0 {} other { in frame #}}} type {the segmentation type {attribute} is unknown} frames {it has {count} frames, but functional groups for {frame}} segment {frame {frame} belongs to segment {count}, which is not listed} orientation {frame {frame} is tilted against the first, or its pixels have another size} shifted {frame {frame} is shifted sideways against the first} gaps {its frames are not at multiples of one distance} duplicate {frames {count} and {frame} hold the same segment at the same place} spacing {a single plane without slice thickness} other {{problem}}}.',
      next: 'Export the segmentation again from the program that made it.',
    },
    zh: {
      what: '无法使用该 DICOM 分割：{problem, select, missing {属性 {attribute} 缺失或格式错误{frame, plural, =0 {} other {（第 # 帧）}}} type {未知的分割类型 {attribute}} frames {有 {count} 帧，但功能组只有 {frame} 个} segment {第 {frame} 帧属于未列出的分割 {count}} orientation {第 {frame} 帧与首帧方向不同或像素大小不同} shifted {第 {frame} 帧相对首帧有横向偏移} gaps {各帧的位置不是同一距离的整数倍} duplicate {第 {count} 帧与第 {frame} 帧在同一位置包含同一分割} spacing {单一平面且没有层厚} other {{problem}}}。',
      next: '请从生成该分割的程序重新导出。',
    },
  },
  'REGION.BAD_STRUCTURE': {
    exit: 2,
    en: {
      what: 'The contours of region {roi} cannot be used: {problem, select, points {contour {contour} has fewer than three points, or numbers that are missing or malformed} plane {contour {contour} is not parallel to the slices of the image} between {contour {contour} lies {distance} mm from the nearest slice} outside {contour {contour} reaches beyond the image} none {it has no closed contour} other {{problem}}}.',
      next: 'Name the image that the contours were drawn on, or export the structure set again.',
    },
    zh: {
      what: '无法使用区域 {roi} 的轮廓：{problem, select, points {轮廓 {contour} 少于三个点，或数值缺失、格式错误} plane {轮廓 {contour} 与图像层面不平行} between {轮廓 {contour} 距最近的层面 {distance} mm} outside {轮廓 {contour} 超出图像} none {没有闭合轮廓} other {{problem}}}。',
      next: '请指定勾画轮廓所用的图像，或重新导出结构集。',
    },
  },
  'REGION.ABSENT': {
    exit: 2,
    en: {
      what: 'The segmentation has no region {asked}; it has the numbers {numbers, select, none {none} other {{numbers}}}.',
      next: 'See "cohortium region list" for its regions, and name one by number or name.',
    },
    zh: {
      what: '分割中没有区域 {asked}；现有编号：{numbers, select, none {无} other {{numbers}}}。',
      next: '请用 "cohortium region list" 查看，并按编号或名称指定一个区域。',
    },
  },
  'REGION.AMBIGUOUS': {
    exit: 2,
    en: {
      what: 'The segmentation holds several regions (numbers {numbers}) and none, or a name that several have, was chosen.',
      next: 'See "cohortium region list", and name one by its number.',
    },
    zh: {
      what: '分割含有多个区域（编号 {numbers}），但未选择其中之一，或所选名称不唯一。',
      next: '请用 "cohortium region list" 查看，并按编号指定一个区域。',
    },
  },
  'REGION.OFF_GRID': {
    exit: 2,
    en: {
      what: 'The region does not lie on the grid of the image: {problem, select, axes {its axes are tilted against those of the image, or its pixels have another size} offset {its voxels lie up to {distance} voxels beside those of the image} outside {{count} of its voxels lie beyond the image} other {{problem}}}. Image: {image}. Region: {region}.',
      next: 'Name the image that it was drawn on, or ask for resampling explicitly (--resample nearest); it is recorded with the result.',
    },
    zh: {
      what: '区域不在图像网格上：{problem, select, axes {其坐标轴与图像不同，或像素大小不同} offset {其体素与图像体素最多相差 {distance} 个体素} outside {有 {count} 个体素超出图像} other {{problem}}}。图像：{image}。区域：{region}。',
      next: '请指定勾画所用的图像，或明确要求重采样（--resample nearest）；结果中会记录此操作。',
    },
  },
  'REGION.OTHER_FRAME_OF_REFERENCE': {
    exit: 2,
    en: {
      what: 'The region was drawn in another frame of reference than that of the image, so positions of the two cannot be compared.',
      next: 'Name the image that it was drawn on. If the two are known to be registered, say so with --any-frame-of-reference; it is recorded with the result.',
    },
    zh: {
      what: '区域所用的参考坐标系与图像不同，两者的位置无法比较。',
      next: '请指定勾画所用的图像。若已知两者已配准，请加 --any-frame-of-reference；结果中会记录此操作。',
    },
  },
  'REGION.BAD_OPTION': {
    exit: 2,
    en: {
      what: 'The option {option} cannot be used: {problem, select, positive {it must be a positive number} share {it must lie between 0 and 1} order {widths must ascend} needed {it is needed here} seed {the seed lies outside the image} box {the box is empty or lies outside the image} count {there must be as many values as voxels} other {{problem}}}.',
      next: 'Correct the value; "--help" shows an example.',
    },
    zh: {
      what: '选项 {option} 不可用：{problem, select, positive {必须为正数} share {必须介于 0 和 1 之间} order {宽度必须递增} needed {此处必须给出} seed {种子点位于图像之外} box {方框为空或位于图像之外} count {数值个数必须与体素个数相同} other {{problem}}}。',
      next: '请改正该值；"--help" 中有示例。',
    },
  },
  'REGION.EMPTY': {
    exit: 2,
    en: {
      what: 'No voxel is left: {stage, select, mask {the mask has no voxel of the region} grow {nothing at the seed or in the box stands out from what surrounds it} body {no body was found in the image} perturb {the perturbed region is empty} model {the model marks no voxel} ring {the ring lies outside the body} other {{stage}}}.',
      next: 'Check the image and the region of this case.',
    },
    zh: {
      what: '没有剩余体素：{stage, select, mask {掩膜中没有该区域的体素} grow {种子点处或方框内没有高于周围的部分} body {图像中未找到人体} perturb {扰动后的区域为空} model {模型未标记任何体素} ring {环形区位于人体之外} other {{stage}}}。',
      next: '请检查该病例的图像和区域。',
    },
  },
  'REGION.BAD_MODEL': {
    exit: 2,
    en: {
      what: 'The segmentation model cannot be used: {problem, select, unreadable {it is no ONNX file that ONNX Runtime can run} spec {its input description is missing or malformed ({field})} input {it needs one input of floats with five dimensions} output {its output does not have the shape of its input} channel {its output has no channel {field}} finite {its output holds values that are not numbers} other {{problem}}}.',
      next: 'See docs/how-to/regions.md for what a model has to state.',
    },
    zh: {
      what: '无法使用该分割模型：{problem, select, unreadable {不是 ONNX Runtime 可以运行的 ONNX 文件} spec {其输入说明缺失或格式错误（{field}）} input {需要一个五维浮点输入} output {输出的形状与输入不同} channel {输出中没有通道 {field}} finite {输出含有非数值} other {{problem}}}。',
      next: '模型须注明的内容见 docs/how-to/regions.md。',
    },
  },
});
