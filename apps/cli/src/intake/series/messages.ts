import { translator } from '@cohortium/kernel';
import type { Catalog, Language, MessageParams } from '@cohortium/kernel';

const en = {
  scanAbout: 'list imaging studies and series of a folder: roles, facts, volumes, what the acquisition rules say; nothing is changed',
  convertAbout: 'write each volume of DICOM series as NIfTI, with its facts in a JSON file beside it',
  folderArgument: 'folder with DICOM files, in any order and mixture',
  pathArgument: 'folder with DICOM files, or one file',
  rulesOption: 'acquisition rules (YAML or JSON): pass, warn or refuse for each series',
  roleOption: 'correct the role of a series, by number or UID: 3=t2w; may be repeated',
  seriesOption: 'only this series, by its number in "intake scan" or by UID; may be repeated',
  outOption: 'folder to write',
  reading: 'Reading file {done} of {of} ...',
  summary:
    '{files, plural, one {# file} other {# files}}: {dicom} DICOM, {passedOver} passed over; {participants, plural, one {# participant} other {# participants}}, {studies, plural, one {# imaging study} other {# imaging studies}}, {series} series.',
  unreadableFolders: '{count, plural, one {# folder} other {# folders}} below could not be read.',
  studyTitle: 'Imaging study {ordinal}, participant {participant}',
  others: 'Other objects: {list}',
  seriesColumn: 'series',
  roleColumn: 'role',
  confidenceColumn: 'sure',
  descriptionColumn: 'description',
  imagesColumn: 'images',
  volumesColumn: 'volumes',
  gridColumn: 'grid',
  contentColumn: 'b / phases',
  decidedColumn: 'decided by',
  verdictColumn: 'rules',
  volumeProblem: 'Series {series}, volume {volume}: {message}',
  corrected: 'corrected by hand',
  phasesAt: '{count} at {times} s',
  problemsTitle: 'Files that cannot be used, by their place in the order of paths',
  problemLine: '{file}: {message}',
  findingsTitle: 'Acquisition rules',
  findingLine:
    'Series {series} ({role}): {verdict, select, warn {warning} refuse {refused} other {passed}}: {rule} is {value} at {tag}; allowed: {allowed}',
  studyFinding:
    'Imaging study {study}: {verdict, select, warn {warning} refuse {refused} other {passed}}: {role} {value, select, none {is missing} other {has no series that passes ({value})}}',
  noValue: 'not stated',
  scannersTitle: 'Scanners',
  makerColumn: 'maker',
  modelColumn: 'model',
  fieldColumn: 'field (T)',
  seriesCountColumn: 'series',
  trColumn: 'TR (ms)',
  teColumn: 'TE (ms)',
  thicknessColumn: 'thickness (mm)',
  verdictAll: 'Acquisition rules: {passed} passed, {warned} warned of, {refused} refused.',
  converted: '{volumes, plural, one {# volume} other {# volumes}} of {series} series written to {path}.',
  skippedVolume: 'Not written: series {series}, volume {volume}: {message}',
} as const;
const zh: Readonly<Record<keyof typeof en, string>> = {
  scanAbout: '列出文件夹中的影像检查与序列：角色、事实、体数据以及采集规则的判定；不作任何更改',
  convertAbout: '将 DICOM 序列中的每个体数据写成 NIfTI，并在旁边的 JSON 文件中附上其事实',
  folderArgument: '含有 DICOM 文件的文件夹，顺序与混合方式不限',
  pathArgument: '含有 DICOM 文件的文件夹，或单个文件',
  rulesOption: '采集规则（YAML 或 JSON）：对每个序列判定通过、警告或拒绝',
  roleOption: '按编号或 UID 更正序列的角色：3=t2w；可重复使用',
  seriesOption: '仅处理此序列，以“intake scan”中的编号或 UID 指定；可重复使用',
  outOption: '要写入的文件夹',
  reading: '正在读取第 {done} 个文件（共 {of} 个）……',
  summary: '{files} 个文件：{dicom} 个 DICOM，跳过 {passedOver} 个；{participants} 名参与者，{studies} 次影像检查，{series} 个序列。',
  unreadableFolders: '有 {count} 个下级文件夹无法读取。',
  studyTitle: '影像检查 {ordinal}，参与者 {participant}',
  others: '其他对象：{list}',
  seriesColumn: '序列',
  roleColumn: '角色',
  confidenceColumn: '把握',
  descriptionColumn: '描述',
  imagesColumn: '图像数',
  volumesColumn: '体数据',
  gridColumn: '网格',
  contentColumn: 'b 值/期相',
  decidedColumn: '判定依据',
  verdictColumn: '规则',
  volumeProblem: '序列 {series}，体数据 {volume}：{message}',
  corrected: '人工更正',
  phasesAt: '{count} 个，位于 {times} 秒',
  problemsTitle: '无法使用的文件（按路径排序的序号）',
  problemLine: '{file}：{message}',
  findingsTitle: '采集规则',
  findingLine:
    '序列 {series}（{role}）：{verdict, select, warn {警告} refuse {拒绝} other {通过}}：{tag} 处的 {rule} 为 {value}；允许范围：{allowed}',
  studyFinding:
    '影像检查 {study}：{verdict, select, warn {警告} refuse {拒绝} other {通过}}：{role} {value, select, none {缺失} other {没有通过的序列（{value}）}}',
  noValue: '未说明',
  scannersTitle: '扫描仪',
  makerColumn: '厂商',
  modelColumn: '型号',
  fieldColumn: '场强 (T)',
  seriesCountColumn: '序列数',
  trColumn: 'TR (ms)',
  teColumn: 'TE (ms)',
  thicknessColumn: '层厚 (mm)',
  verdictAll: '采集规则：通过 {passed} 个，警告 {warned} 个，拒绝 {refused} 个。',
  converted: '已将 {series} 个序列的 {volumes} 个体数据写入 {path}。',
  skippedVolume: '未写入：序列 {series}，体数据 {volume}：{message}',
};

const catalog: Catalog<keyof typeof en> = { en, zh };

/** The words of `cohortium intake scan` and `convert`. */
export type SeriesWords = (key: keyof typeof en, params?: MessageParams) => string;

/** These words in one language. */
export function seriesWords(language: Language): SeriesWords {
  return translator(catalog, language);
}
