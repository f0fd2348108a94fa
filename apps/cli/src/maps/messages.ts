import { translator } from '@cohortium/kernel';
import type { Language, MessageParams } from '@cohortium/kernel';

const en = {
  mapAbout: 'parameter maps: enhancement, kinetics, T1, diffusion',
  imageOption: 'images, in order: folders with the DICOM files of a series, or NIfTI files with three or four dimensions',
  kindOption: 'of series that hold several kinds of image (Dixon, complex images): the kind that is taken',
  timesOption: 'time of each image in seconds, separated by commas; default: from the images',
  timeStepOption: 'seconds from one image to the next',
  outOption: 'folder for maps (NIfTI) and their records (JSON)',
  maskOption: 'region: only its voxels are fitted (NIfTI, NRRD, DICOM SEG, RTSTRUCT; FILE#2 or FILE#NAME for one of several)',
  anyFrameOption: 'take a region that was drawn in another frame of reference',
  preOption: 'images before contrast; their mean is the baseline',

  dceAbout: 'subtraction, percent enhancement, wash-in, wash-out, time to peak, signal enhancement ratio, functional tumor volume',
  earlyOption: 'number of the early phase, from 1 (default: the first after contrast)',
  lateOption: 'number of the late phase, from 1 (default: the last)',
  voiOption: 'box of the tumor: first and last voxel, i,j,k,i,j,k from 0, both inside',
  voiMmOption: 'box of the tumor: two corners x,y,z,x,y,z in LPS millimeters',
  voiFromOption: 'DICOM map of UCSF whose private attributes state the box of the tumor',
  voiMaskOption:
    'region (NIfTI, NRRD, DICOM SEG, RTSTRUCT; FILE#2 or FILE#NAME for one of several) whose bounding box is the box of the tumor',
  peThresholdOption: 'percent enhancement of tumor, at least',
  backgroundOption: 'share of the 95th percentile before contrast above which a voxel is tissue',
  minNeighborsOption: 'fewest of the 26 neighbors that pass as well',
  minSerOption: 'signal enhancement ratio of tumor, at least (default: above 0)',
  noCourse: 'The times of the phases are not known, so there are no maps of the course ({maps}); name them with --times.',
  tumorFound: 'Functional tumor volume: {voxels} voxels, {ml} ml.',

  ftvAbout: 'functional tumor volume from a map of the signal enhancement ratio',
  serOption: 'map of the signal enhancement ratio, 0 where a voxel did not pass',

  kineticAbout: 'Ktrans, kep, ve and vp of a dynamic series',
  modelOption: 'model: {models}',
  aifOption: 'arterial input: {names}, or a CSV file with the columns time (s) and conc (mM)',
  aifMaskOption: 'region, as --mask: the arterial input is the mean of its voxels',
  aifT1Option: 'T1 of blood in ms, for --aif-mask',
  aifBloodOption: 'the CSV file holds concentrations in whole blood, not in plasma',
  hematocritOption: 'hematocrit by which blood becomes plasma (default: 0.42)',
  arrivalOption: 'second at which a population input begins (default: that of the last image before contrast)',
  doseOption: 'dose in mmol/kg, for weinmann-tofts',
  t1Option: 'T1 of the tissue before contrast: milliseconds, or a map',
  r1Option: 'relaxivity in 1/(mM s)',
  flipAngleOption: 'flip angle in degrees (default: from the images)',
  trOption: 'repetition time in ms (default: from the images)',
  concentrationOption: 'the images hold concentrations in mM',
  minSignalOption:
    'without a mask: share of the 95th percentile before contrast above which a voxel is fitted (default: the body; 0 fits all)',
  delayOption: 'seconds by which the input arrives later in the tissue, or auto',
  fillOption: 'value of voxels whose fit failed (default: NaN)',
  fitting: 'Fitting {voxels} voxels ...',
  fitted:
    '{fitted} voxels fitted, {percent} % failed (no concentration: {notFinite}, no uptake: {noUptake}, washout at the end of its range: {atBound}).',

  t1About: 'T1 from spoiled gradient echoes at several flip angles',
  flipAnglesOption: 'flip angle of each image in degrees, separated by commas (default: from the images)',
  t1MethodOption: 'least squares of the signal, or of its straight line',
  b1Option: 'transmitted over nominal flip angle: a number, or a map (default: 1)',

  adcAbout: 'apparent diffusion coefficient in 10^-6 mm^2/s, from images with b-values or from a map of the scanner',
  bOption: 'b-value of each image in s/mm^2, separated by commas (default: from the images)',
  adcMethodOption: 'weighted or ordinary least squares of the logarithm',
  minBOption: 'least b-value that is used',
  vendorMapOption: 'map of the scanner: its unit is decided, or it is refused',
  unitOption: 'unit of the map of the scanner: {units}',
  vendorUnit:
    'The map of the scanner is in {unit} ({basis, select, stated {its header says so} range {the only unit in which its median, {median}, fits tissue} other {named on the command line}}).',
  ivimAbout: 'diffusion, perfusion fraction and pseudo-diffusion (intravoxel incoherent motion)',

  fileColumn: 'file',
  unitColumn: 'unit',
  writtenTo: 'Written to {path}',
  badNumber: 'a number is needed',
  badList: 'numbers separated by commas are needed',
} as const;

const zh: Readonly<Record<keyof typeof en, string>> = {
  mapAbout: '参数图：增强、动力学、T1、弥散',
  imageOption: '按顺序给出的图像：含一个序列 DICOM 文件的文件夹，或三维、四维 NIfTI 文件',
  kindOption: '序列含多种图像（Dixon、复数图像）时采用的类型',
  timesOption: '每幅图像的时间（秒），以逗号分隔；默认取自图像',
  timeStepOption: '相邻图像的时间间隔（秒）',
  outOption: '存放参数图（NIfTI）及其记录（JSON）的文件夹',
  maskOption: '区域：仅拟合其中的体素（NIfTI、NRRD、DICOM SEG、RTSTRUCT；含多个区域时用 FILE#2 或 FILE#名称）',
  anyFrameOption: '接受在另一参考坐标系中勾画的区域',
  preOption: '注射造影剂之前的图像数，其均值为基线',

  dceAbout: '减影、增强百分比、流入、流出、达峰时间、信号增强比、功能性肿瘤体积',
  earlyOption: '早期的期号，从 1 开始（默认：注射后第一期）',
  lateOption: '晚期的期号，从 1 开始（默认：最后一期）',
  voiOption: '肿瘤所在长方体：首末体素 i,j,k,i,j,k，从 0 开始，均包含在内',
  voiMmOption: '肿瘤所在长方体：两个角点 x,y,z,x,y,z（LPS 毫米）',
  voiFromOption: 'UCSF 的 DICOM 参数图，其私有属性给出肿瘤所在长方体',
  voiMaskOption: '区域（NIfTI、NRRD、DICOM SEG、RTSTRUCT；含多个区域时用 FILE#2 或 FILE#名称），其外接长方体即肿瘤所在长方体',
  peThresholdOption: '肿瘤的最低增强百分比',
  backgroundOption: '体素视为组织所需超过的、注射前信号第 95 百分位数的比例',
  minNeighborsOption: '26 个邻点中同样合格者的最少个数',
  minSerOption: '肿瘤的最低信号增强比（默认：大于 0）',
  noCourse: '各期时间未知，因此不生成时程图（{maps}）；请用 --times 给出。',
  tumorFound: '功能性肿瘤体积：{voxels} 个体素，{ml} 毫升。',

  ftvAbout: '由信号增强比图计算功能性肿瘤体积',
  serOption: '信号增强比图，不合格的体素为 0',

  kineticAbout: '动态序列的 Ktrans、kep、ve 和 vp',
  modelOption: '模型：{models}',
  aifOption: '动脉输入：{names}，或含 time（秒）和 conc（mM）两列的 CSV 文件',
  aifMaskOption: '区域，同 --mask：动脉输入为其体素的均值',
  aifT1Option: '血液 T1（毫秒），用于 --aif-mask',
  aifBloodOption: 'CSV 文件中为全血浓度而非血浆浓度',
  hematocritOption: '由全血换算血浆所用的血细胞比容（默认：0.42）',
  arrivalOption: '群体输入开始的时刻（秒）（默认：注射前最后一幅图像的时刻）',
  doseOption: '剂量（mmol/kg），用于 weinmann-tofts',
  t1Option: '注射前组织的 T1：毫秒数或参数图',
  r1Option: '弛豫率，1/(mM s)',
  flipAngleOption: '翻转角（度）（默认取自图像）',
  trOption: '重复时间（毫秒）（默认取自图像）',
  concentrationOption: '图像中为浓度（mM）',
  minSignalOption: '无掩膜时：体素参与拟合所需超过的、注射前信号第 95 百分位数的比例（默认：身体；0 表示全部）',
  delayOption: '输入到达组织的延迟（秒），或 auto',
  fillOption: '拟合失败体素的值（默认：NaN）',
  fitting: '正在拟合 {voxels} 个体素……',
  fitted: '已拟合 {fitted} 个体素，失败 {percent} %（无浓度：{notFinite}，无摄取：{noUptake}，流出速率位于范围端点：{atBound}）。',

  t1About: '由多个翻转角的扰相梯度回波计算 T1',
  flipAnglesOption: '每幅图像的翻转角（度），以逗号分隔（默认取自图像）',
  t1MethodOption: '对信号或对其直线形式做最小二乘',
  b1Option: '实际与标称翻转角之比：数值或参数图（默认：1）',

  adcAbout: '表观弥散系数（10^-6 mm^2/s），由各 b 值图像或扫描仪的参数图得出',
  bOption: '每幅图像的 b 值（s/mm^2），以逗号分隔（默认取自图像）',
  adcMethodOption: '对数的加权或普通最小二乘',
  minBOption: '所用的最小 b 值',
  vendorMapOption: '扫描仪的参数图：判定其单位，否则拒绝',
  unitOption: '扫描仪参数图的单位：{units}',
  vendorUnit:
    '扫描仪参数图的单位为 {unit}（{basis, select, stated {文件头声明} range {唯一使其中位数 {median} 符合组织的单位} other {由命令行指定}}）。',
  ivimAbout: '弥散、灌注分数和伪弥散（体素内不相干运动）',

  fileColumn: '文件',
  unitColumn: '单位',
  writtenTo: '已写入 {path}',
  badNumber: '需要数值',
  badList: '需要以逗号分隔的数值',
};

/** The texts of the commands on maps in one language. */
export const mapWords = (language: Language): ((key: keyof typeof en, params?: MessageParams) => string) =>
  translator({ en, zh }, language);
