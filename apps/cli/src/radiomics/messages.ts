import { translator } from '@cohortium/kernel';
import type { Language, MessageParams } from '@cohortium/kernel';

const en = {
  extractAbout: 'compute radiomic features of a region with the definitions of the IBSI or of PyRadiomics',
  extractImage: 'image: NIfTI, NRRD, or a folder with the DICOM slices of one series',
  extractMask: 'region on the image: label map (NIfTI, NRRD), DICOM segmentation (SEG) or structure set (RTSTRUCT)',
  extractLabel: 'label, segment number or ROI number of the region; needed where the mask holds several and the settings name none',
  extractSettings: 'settings file (YAML or JSON; a PyRadiomics parameter file too) or preset: {presets}',
  extractSequence: 'MR sequence whose rules in the settings apply',
  extractCsv: 'write CSV instead of JSON',
  extractOut: 'file to write; default: stdout',
  extractBatch:
    'CSV with the columns case, image, mask and, if needed, label: compute all of them, go on after a bad one, resume with the same --out',
  extractWorkers: 'threads of a batch (default: one per processor)',
  selftestAbout: 'compare our features with every reference value of the IBSI',
  selftestCertificate: 'write a certificate of the result, which the record of an extraction carries',
  certificateIn: 'Certificate: {path}',
  selftestData: 'folder that holds ibsi1 and ibsi2; without it, only the digital phantom that comes with the product',
  checkAbout: "compare another tool's features with the IBSI tables",
  checkCsv: 'CSV of the other tool: value, and ibsi_code with aggregation, or tag',
  checkDataset: 'data set: {datasets}',
  checkData: 'folder that holds ibsi1 (default: COHORTIUM_REFERENCE)',

  featureColumn: 'feature',
  codeColumn: 'IBSI code',
  familyColumn: 'family',
  aggregationColumn: 'aggregation',
  filterColumn: 'filter',
  valueColumn: 'value',
  unitColumn: 'unit',
  extracted:
    '{features, plural, one {# feature} other {# features}} of {voxels, plural, one {# voxel} other {# voxels}}. Settings {settings}, SHA-256 {hash}...',
  undefinedFeatures: '{count, plural, one {# feature has} other {# features have}} no value for this region:',
  written: 'Written: {path}',
  batchStatus: '{done} of {count} cases, {failed, plural, =0 {none failed} other {# failed}}, about {seconds} s left',
  batchDone: '{done} of {count}: {name}, {seconds} s',
  batchFailed: '{done} of {count}: {name} FAILED: {reason}',
  batchSummary:
    '{good, plural, one {# case has} other {# cases have}} features{resumed, plural, =0 {} other { (# of them from an earlier run)}}, {bad, plural, =0 {none failed} other {# failed}}.',
  batchFailedTitle: 'Cases without result; run the same command again when they are mended, only they will be computed:',

  checking: 'Checking {dataset}.',
  datasetColumn: 'data set',
  rowsColumn: 'rows',
  passedColumn: 'passed',
  failedColumn: 'failed',
  missingColumn: 'missing',
  openColumn: 'not standardized',
  allRows: 'all',
  failedRow:
    'FAIL {dataset}: {feature} ({code}{aggregation, select, none {} other {, {aggregation}}}): {value}, reference {reference} +- {tolerance}',
  noValue: 'no value',
  allPassed: 'Every row that has a reference value passes.',
  someFailed: '{count, plural, one {# row fails} other {# rows fail}}.',
  phantomOnly: 'Only the digital phantom was checked; name the IBSI reference data with --data to check the rest.',
} as const;

const zh: Readonly<Record<keyof typeof en, string>> = {
  extractAbout: '计算感兴趣区的影像组学特征：采用 IBSI 或 PyRadiomics 的定义',
  extractImage: '图像：NIfTI、NRRD，或含有一个 DICOM 序列各层的文件夹',
  extractMask: '图像上的区域：标签图（NIfTI、NRRD）、DICOM 分割（SEG）或结构集（RTSTRUCT）',
  extractLabel: '感兴趣区的标签、分割编号或 ROI 编号；含多个而设置未指明时必须给出',
  extractSettings: '设置文件（YAML 或 JSON，也可为 PyRadiomics 参数文件）或预设：{presets}',
  extractSequence: '按设置中该 MR 序列的规则处理',
  extractCsv: '输出 CSV 而非 JSON',
  extractOut: '输出文件；默认为标准输出',
  extractBatch: '含 case、image、mask 列（必要时加 label 列）的 CSV：计算全部病例，遇错继续，使用相同的 --out 可续算',
  extractWorkers: '批量计算的线程数（默认每个处理器一个）',
  selftestAbout: '将本软件的特征与 IBSI 的全部参考值比较',
  selftestCertificate: '写出结果证书，供特征提取记录引用',
  certificateIn: '证书：{path}',
  selftestData: '含有 ibsi1 和 ibsi2 的文件夹；未给出时仅检查随软件提供的数字体模',
  checkAbout: '将其他工具的特征与 IBSI 表格比较',
  checkCsv: '其他工具的 CSV：value，以及 ibsi_code 加 aggregation，或 tag',
  checkDataset: '数据集：{datasets}',
  checkData: '含有 ibsi1 的文件夹（默认：COHORTIUM_REFERENCE）',

  featureColumn: '特征',
  codeColumn: 'IBSI 代码',
  familyColumn: '族',
  aggregationColumn: '聚合方式',
  filterColumn: '滤波器',
  valueColumn: '数值',
  unitColumn: '单位',
  extracted: '{voxels} 个体素，{features} 个特征。设置 {settings}，SHA-256 {hash}...',
  undefinedFeatures: '有 {count} 个特征在该区域没有值：',
  written: '已写入：{path}',
  batchStatus: '{count} 个病例中已完成 {done} 个，失败 {failed} 个，约剩 {seconds} 秒',
  batchDone: '{done}/{count}：{name}，{seconds} 秒',
  batchFailed: '{done}/{count}：{name} 失败：{reason}',
  batchSummary: '{good} 个病例已有特征{resumed, plural, =0 {} other {（其中 # 个来自之前的运行）}}，失败 {bad} 个。',
  batchFailedTitle: '以下病例没有结果；修正后重新运行同一命令，将只计算这些病例：',

  checking: '正在检查 {dataset}。',
  datasetColumn: '数据集',
  rowsColumn: '行数',
  passedColumn: '通过',
  failedColumn: '失败',
  missingColumn: '缺失',
  openColumn: '未标准化',
  allRows: '全部',
  failedRow:
    '失败 {dataset}：{feature}（{code}{aggregation, select, none {} other {，{aggregation}}}）：{value}，参考值 {reference} +- {tolerance}',
  noValue: '无值',
  allPassed: '所有有参考值的行均通过。',
  someFailed: '有 {count} 行未通过。',
  phantomOnly: '仅检查了数字体模；用 --data 指定 IBSI 参考数据可检查其余部分。',
};

/** Key of a text of the radiomics commands. */
export type RadiomicsMessageKey = keyof typeof en;

/** The texts of the radiomics commands in one language. */
export const radiomicsWords = (language: Language): ((key: RadiomicsMessageKey, params?: MessageParams) => string) =>
  translator({ en, zh }, language);
