import { defineErrors } from '@cohortium/kernel';

/** Errors of this library. Reasons are chosen by a word (`problem`), so that both languages say them in their own terms. */
export const imagingErrors = defineErrors({
  'IMAGING.UNKNOWN_FORMAT': {
    exit: 2,
    en: {
      what: 'The bytes are neither NIfTI (.nii, .nii.gz) nor NRRD (.nrrd, .nhdr) nor DICOM.',
      next: 'Convert the image to one of these formats, or check that the file is whole.',
    },
    zh: {
      what: '数据既不是 NIfTI（.nii、.nii.gz），也不是 NRRD（.nrrd、.nhdr）或 DICOM。',
      next: '请将图像转换为上述格式之一，或检查文件是否完整。',
    },
  },
  'IMAGING.BAD_NIFTI': {
    exit: 2,
    en: {
      what: 'The NIfTI header cannot be used: {problem, select, magic {it has no NIfTI-1 or NIfTI-2 signature} pair {it is one half of a .hdr/.img pair} dimensions {its dimensions are not whole positive numbers} offset {its data offset lies inside the header or outside the file} other {{problem}}}.',
      next: 'Write the image again as a single .nii or .nii.gz file.',
    },
    zh: {
      what: 'NIfTI 文件头无法使用：{problem, select, magic {没有 NIfTI-1 或 NIfTI-2 标识} pair {这只是 .hdr/.img 文件对中的一个} dimensions {维度不是正整数} offset {数据偏移位于文件头之内或文件之外} other {{problem}}}。',
      next: '请将图像重新保存为单个 .nii 或 .nii.gz 文件。',
    },
  },
  'IMAGING.BAD_NRRD': {
    exit: 2,
    en: {
      what: 'The NRRD header cannot be used: {problem, select, magic {it does not begin with NRRD} field {a line is not of the form "field: value"} missing {the field "{field}" is missing} value {the field "{field}" cannot be understood} detached {its data file was not given} other {{problem}}}.',
      next: 'Write the image again as .nrrd, or put the data file named in the .nhdr beside it.',
    },
    zh: {
      what: 'NRRD 文件头无法使用：{problem, select, magic {文件不以 NRRD 开头} field {有一行不是“字段: 值”的形式} missing {缺少字段“{field}”} value {无法理解字段“{field}”} detached {未提供其数据文件} other {{problem}}}。',
      next: '请将图像重新保存为 .nrrd，或将 .nhdr 所指的数据文件放在其旁边。',
    },
  },
  'IMAGING.BAD_DICOM': {
    exit: 2,
    en: {
      what: 'DICOM file {file} of {count}, in the order of names, cannot be used: {problem, select, parse {it is not a readable DICOM file} missing {the attribute {attribute} is missing or malformed} pixels {its pixel data are shorter than its rows and columns say} frames {its compressed pixel data hold another number of frames than it states} compressed {its compressed pixel data are damaged} size {its compressed image has another size than its attributes state} other {{problem}}}.',
      next: 'Remove the file if it does not belong to the series, or export the series again.',
    },
    zh: {
      what: '按名称排序的第 {file} 个 DICOM 文件（共 {count} 个）无法使用：{problem, select, parse {不是可读取的 DICOM 文件} missing {属性 {attribute} 缺失或格式错误} pixels {像素数据少于行列数所要求的} frames {压缩像素数据中的帧数与其声明不符} compressed {压缩像素数据已损坏} size {压缩图像的大小与其属性不符} other {{problem}}}。',
      next: '如果该文件不属于此序列，请将其移除；否则请重新导出序列。',
    },
  },
  'IMAGING.UNSUPPORTED': {
    exit: 2,
    en: {
      what: 'This reader does not take {kind, select, datatype {voxels of the type {found}} encoding {the encoding {found}} space {the patient space {found}} transferSyntax {pixel data in the DICOM transfer syntax {found}} codec {pixel data compressed as {found}} color {color images ({found})} lookup {a modality look-up table instead of a rescale slope} list {image data in several files} other {{found}}}.',
      next: 'Convert it to uncompressed gray-scale data of 8 to 64 bits.',
    },
    zh: {
      what: '本读取器不支持{kind, select, datatype {类型为 {found} 的体素} encoding {编码 {found}} space {患者坐标系 {found}} transferSyntax {采用 DICOM 传输语法 {found} 的像素数据} codec {以 {found} 压缩的像素数据} color {彩色图像（{found}）} lookup {以模态查找表代替重缩放斜率的图像} list {分布于多个文件的图像数据} other {{found}}}。',
      next: '请转换为未压缩的 8 至 64 位灰度数据。',
    },
  },
  'IMAGING.NOT_THREE_DIMENSIONAL': {
    exit: 2,
    en: {
      what: 'The image has {count} dimensions ({sizes}); a volume has three.',
      next: 'Split it and name one volume: one time point, one b-value or one component.',
    },
    zh: { what: '图像有 {count} 维（{sizes}）；体数据应为三维。', next: '请拆分并指定其中一个体数据：一个时间点、一个 b 值或一个分量。' },
  },
  'IMAGING.TOO_LARGE': {
    exit: 2,
    en: {
      what: 'The image needs {needed} bytes; the limit is {limit}.',
      next: 'Crop the image around the region, or raise the limit if the machine has the memory.',
    },
    zh: { what: '图像需要 {needed} 字节；上限为 {limit}。', next: '请围绕感兴趣区裁剪图像；若内存足够，也可提高上限。' },
  },
  'IMAGING.TRUNCATED': {
    exit: 2,
    en: { what: 'The image data end early: {needed} bytes are needed, {found} are there.', next: 'Copy the file again from its source.' },
    zh: { what: '图像数据不完整：需要 {needed} 字节，只有 {found} 字节。', next: '请从来源重新复制该文件。' },
  },
  'IMAGING.BAD_GZIP': {
    exit: 2,
    en: { what: 'The compressed data are damaged ({reason}).', next: 'Copy the file again from its source.' },
    zh: { what: '压缩数据已损坏（{reason}）。', next: '请从来源重新复制该文件。' },
  },
  'IMAGING.BAD_GEOMETRY': {
    exit: 2,
    en: {
      what: 'The grid of the image cannot be used: {problem, select, spacing {a voxel spacing is zero, negative or not a number} finite {an origin or direction is not a number} sheared {its axes are not at right angles} other {{problem}}}.',
      next: 'Resample the image onto a rectangular grid and set its spacing.',
    },
    zh: {
      what: '图像网格无法使用：{problem, select, spacing {体素间距为零、为负或不是数值} finite {原点或方向不是数值} sheared {坐标轴不互相垂直} other {{problem}}}。',
      next: '请将图像重采样到矩形网格并设置间距。',
    },
  },
  'IMAGING.BAD_PERFUSION': {
    exit: 2,
    en: {
      what: 'The map cannot be computed: {problem, select, positive {{name} must be a positive number} ascending {the {name} must ascend} few {there are too few {name}} lengths {times and values of the {name} differ in number} phases {of {name} phases at least one must lie before contrast and one after it} order {the early phase must follow contrast, the late one must not come before it, and both must be among the {name} phases} arrival {the arterial input never rises} other {{problem}}}.',
      next: 'Check the acquisition parameters and the times that were read from the series.',
    },
    zh: {
      what: '无法计算参数图：{problem, select, positive {{name} 必须为正数} ascending {{name} 必须递增} few {{name} 过少} lengths {{name} 的时间与数值个数不同} phases {共 {name} 期，其中至少一期须在注射造影剂之前、一期在其之后} order {早期须在注射之后，晚期不得早于早期，且均须在 {name} 期之内} arrival {动脉输入没有上升} other {{problem}}}。',
      next: '请检查采集参数以及从序列读取的时间。',
    },
  },
  'IMAGING.BAD_DIFFUSION': {
    exit: 2,
    en: {
      what: 'The diffusion map cannot be computed: {problem, select, few {fewer than two different b-values are given} ivim {fewer than four different b-values are given} negative {a b-value is negative or not a number} lengths {images and b-values differ in number} other {{problem}}}.',
      next: 'Check which images belong to the diffusion series, and their b-values.',
    },
    zh: {
      what: '无法计算弥散参数图：{problem, select, few {不同的 b 值少于两个} ivim {不同的 b 值少于四个} negative {某个 b 值为负或不是数值} lengths {图像与 b 值的个数不同} other {{problem}}}。',
      next: '请检查哪些图像属于弥散序列及其 b 值。',
    },
  },
  'IMAGING.FLAT_REGION': {
    exit: 2,
    en: {
      what: 'The intensities cannot be normalized: those of the region are all alike, or their median is not positive.',
      next: 'Check the mask: it should lie on tissue of this image.',
    },
    zh: { what: '无法归一化强度：区域内的强度全部相同，或其中位数不为正。', next: '请检查掩膜：它应位于该图像的组织上。' },
  },
  'IMAGING.REGISTRATION_FAILED': {
    exit: 2,
    en: {
      what: 'The images could not be registered: {problem, select, samples {too few voxels of them lie on each other} flat {one of them has no contrast} other {the search ended without a transform}}.',
      next: 'Check that both show the same part of the same body; give a mask of it, or a rigid registration first.',
    },
    zh: {
      what: '图像配准失败：{problem, select, samples {两者重叠的体素过少} flat {其中一幅没有对比度} other {搜索未得到变换}}。',
      next: '请确认两幅图像显示同一人的同一部位；可给出该部位的掩膜，或先做刚性配准。',
    },
  },
  'IMAGING.UNIT_UNDECIDED': {
    exit: 3,
    en: {
      what: 'The unit of the diffusion map cannot be decided: {problem, select, empty {it has no voxel above 0} median {the median of its voxels ({median}) fits tissue in none of the known units} contradiction {its header states {stated}, but then the median of its voxels would be {median} x 10^-6 mm^2/s} unknown {its header states a unit that is not known} other {{problem}}}.',
      next: 'Look up the unit in the documentation of the scanner and name it (--unit), or compute the map from the images with b-values.',
    },
    zh: {
      what: '无法确定弥散参数图的单位：{problem, select, empty {没有大于 0 的体素} median {体素中位数（{median}）在任何已知单位下都不符合组织} contradiction {文件头声明的单位为 {stated}，但体素中位数将为 {median} x 10^-6 mm^2/s} unknown {文件头声明了未知的单位} other {{problem}}}。',
      next: '请查阅扫描仪文档并指明单位（--unit），或由各 b 值图像重新计算。',
    },
  },
  'IMAGING.BAD_RULES': {
    exit: 2,
    en: {
      what: 'The acquisition rules cannot be used: {problem, select, object {{field} is not a set of fields} unknown {{field} is not known} number {{field} is not a number} boolean {{field} is neither true nor false} verdict {{field} is none of pass, warn, refuse} numbers {{field} is not a list of numbers} order {in {field} the least value is above the greatest} other {{field}}}.',
      next: 'Correct the rules; docs/how-to/dicom-intake.md lists their fields.',
    },
    zh: {
      what: '采集规则无法使用：{problem, select, object {{field} 不是字段集合} unknown {未知字段 {field}} number {{field} 不是数值} boolean {{field} 既不是 true 也不是 false} verdict {{field} 不是 pass、warn、refuse 之一} numbers {{field} 不是数值列表} order {{field} 中最小值大于最大值} other {{field}}}。',
      next: '请更正规则；其字段见 docs/how-to/dicom-intake.md。',
    },
  },
  'IMAGING.GEOMETRY_DIFFERS': {
    exit: 2,
    en: {
      what: 'Image and mask lie on different grids (a corner is {distance} mm apart). Image: {image}. Mask: {mask}.',
      next: 'Draw the mask on this image, or ask for resampling of the mask explicitly (maskResampling: nearest); it is recorded with the result.',
    },
    zh: {
      what: '图像与掩膜的网格不同（角点相距 {distance} mm）。图像：{image}。掩膜：{mask}。',
      next: '请在此图像上勾画掩膜，或明确要求重采样掩膜（maskResampling: nearest）；结果中会记录此操作。',
    },
  },
  'IMAGING.LABEL_ABSENT': {
    exit: 2,
    en: {
      what: 'No voxel of the mask has the label {label}; it has {labels, select, none {none} other {{labels}}}.',
      next: 'Name a label of the mask with --label.',
    },
    zh: {
      what: '掩膜中没有标签为 {label} 的体素；现有标签：{labels, select, none {无} other {{labels}}}。',
      next: '请用 --label 指定掩膜中的标签。',
    },
  },
  'IMAGING.AMBIGUOUS_LABEL': {
    exit: 2,
    en: { what: 'The mask holds several labels ({labels}) and none was chosen.', next: 'Name one with --label.' },
    zh: { what: '掩膜含有多个标签（{labels}），但未选择其中之一。', next: '请用 --label 指定一个标签。' },
  },
  'IMAGING.NOT_A_MASK': {
    exit: 2,
    en: {
      what: 'The mask holds values that are not whole numbers, so it is no label map.',
      next: 'Threshold the probabilities first, then use the resulting label map.',
    },
    zh: { what: '掩膜含有非整数值，不是标签图。', next: '请先对概率图进行阈值化，再使用所得的标签图。' },
  },
  'IMAGING.EMPTY_MASK': {
    exit: 2,
    en: {
      what: 'The mask has no voxel of the region{stage, select, resampled { after it was resampled onto the image} other {}}.',
      next: 'Check the segmentation of this case.',
    },
    zh: { what: '掩膜中没有感兴趣区体素{stage, select, resampled {（重采样到图像之后）} other {}}。', next: '请检查该病例的分割。' },
  },
  'IMAGING.NO_SLICES': {
    exit: 2,
    en: { what: 'None of the {count} files is a DICOM image.', next: 'Name the folder that holds the slices of one series.' },
    zh: { what: '{count} 个文件中没有 DICOM 图像。', next: '请指定含有一个序列各层图像的文件夹。' },
  },
  'IMAGING.SEVERAL_SERIES': {
    exit: 2,
    en: { what: 'The files belong to {count} series, with {sizes} images.', next: 'Put one series into a folder of its own.' },
    zh: { what: '这些文件属于 {count} 个序列，图像数分别为 {sizes}。', next: '请将一个序列单独放入一个文件夹。' },
  },
  'IMAGING.SEVERAL_VOLUMES': {
    exit: 2,
    en: {
      what: 'The series holds {count} volumes that differ in {reason, select, bValue {b-value} direction {the direction of diffusion weighting} echo {echo time} kind {the kind of image (magnitude, phase, derived)} settings {flip angle, inversion time or stack} time {time} other {{reason}}}; one was asked for.',
      next: 'Split it with "cohortium intake convert" and name one of its volumes.',
    },
    zh: {
      what: '该序列含有 {count} 个体数据，它们的{reason, select, bValue { b 值} direction {弥散加权方向} echo {回波时间} kind {图像类别（幅值、相位、派生）} settings {翻转角、反转时间或层组} time {时间} other {{reason}}}不同；此处只需要一个。',
      next: '请用“cohortium intake convert”拆分该序列，并指定其中一个体数据。',
    },
  },
  'IMAGING.SLICES_DIFFER': {
    exit: 2,
    en: {
      what: 'The slices do not form one volume: file {file} of {count}, in the order of names, differs in {attribute}.',
      next: 'Keep the slices of one acquisition only.',
    },
    zh: {
      what: '各层图像不构成一个体数据：按名称排序的第 {file} 个文件（共 {count} 个）的 {attribute} 不同。',
      next: '请仅保留同一次采集的各层图像。',
    },
  },
  'IMAGING.UNEVEN_SLICES': {
    exit: 2,
    en: {
      what: 'The slices are not evenly spaced: {problem, select, duplicate {two lie at the same position (several time points or b-values?)} shifted {one is shifted sideways by {shift} mm (gantry tilt?)} gap {gaps range from {least} to {most} mm} unknown {a single slice without thickness} other {{problem}}}. Slice {slice} of {slices} along the normal, at {position} mm{instance, select, none {} other {, InstanceNumber {instance}}}.',
      next: 'Add the missing slices, or keep the slices of one time point only.',
    },
    zh: {
      what: '各层间距不均匀：{problem, select, duplicate {有两层位于同一位置（多个时间点或 b 值？）} shifted {有一层横向偏移 {shift} mm（机架倾斜？）} gap {层距范围为 {least} 至 {most} mm} unknown {单层图像且没有层厚} other {{problem}}}。沿法线方向第 {slice} 层（共 {slices} 层），位置 {position} mm{instance, select, none {} other {，InstanceNumber {instance}}}。',
      next: '请补全缺失的层，或仅保留一个时间点的各层。',
    },
  },
  'IMAGING.SHORT_KEY': {
    exit: 2,
    en: {
      what: 'The key of the site has {found} bytes; it needs {needed}.',
      next: 'Make a key with "cohortium intake key" and keep it at the site.',
    },
    zh: { what: '中心密钥只有 {found} 字节，至少需要 {needed} 字节。', next: '请用 "cohortium intake key" 生成密钥，并保存在本中心。' },
  },
  'IMAGING.DEIDENTIFICATION_OPTIONS': {
    exit: 2,
    en: { what: 'Dates cannot be kept and moved at once.', next: 'Choose one of retainFullDates and retainModifiedDates.' },
    zh: { what: '日期不能既保留又平移。', next: '请在 retainFullDates 与 retainModifiedDates 中选择其一。' },
  },
  'IMAGING.CANNOT_DEIDENTIFY': {
    exit: 3,
    en: {
      what: 'DICOM file {file} of {count} is not handed on: {problem, select, burnedIn {it says that identifying text is burned into its pixels} recognizable {it says that a person can be recognized in it} kind {objects of its kind may show a person in ways that attributes do not tell} overlayInPixels {an overlay is stored in unused bits of its pixels} noPatientId {it names no participant} noUid {it lacks one of its UIDs} other {{problem}}}.',
      next: 'Leave the file out. If a person has looked at the images and found nothing, name the risk with --accept.',
    },
    zh: {
      what: '第 {file} 个 DICOM 文件（共 {count} 个）未予转交：{problem, select, burnedIn {文件声明像素中印有识别性文字} recognizable {文件声明其中可辨认出个人} kind {此类对象可能以属性无法体现的方式显示个人信息} overlayInPixels {像素的未用位中存有叠加层} noPatientId {文件未指明参与者} noUid {文件缺少某个 UID} other {{problem}}}。',
      next: '请排除该文件。若已有人查看图像且未发现问题，可用 --accept 指明该风险。',
    },
  },
  'IMAGING.IDENTITY_LEFT': {
    exit: 6,
    en: {
      what: 'After de-identification, attribute {attribute} of DICOM file {file} of {count} still held an identifier of the original; nothing was written.',
      next: 'Leave the file out and report the attribute.',
    },
    zh: {
      what: '去标识化之后，第 {file} 个 DICOM 文件（共 {count} 个）的属性 {attribute} 仍含有原始标识；未写出任何内容。',
      next: '请排除该文件并报告该属性。',
    },
  },
});
