import { translator } from '@cohortium/kernel';
import type { Catalog, Language, MessageParams } from '@cohortium/kernel';

const en = {
  cohortAbout: 'from images and clinical tables to the cohort of a study',
  buildAbout: 'extract the features of all cases of a folder of DICOM and write the tables of a cohort',
  buildFolder: 'folder with SITE/dicom/CASE/... and SITE/clinical.csv; with --site, of one hospital',
  buildOut: 'folder for features.csv, clinical.csv, feature_dictionary.csv and, by hospital, the record of the extraction',
  planOption: 'extraction plan: images, regions, settings (default: that of the default study)',
  siteOption: 'code of the hospital',
  mappingOption: 'which column of the clinical table holds what (YAML or JSON); needed where columns have other names',
  keyOption: 'key of the site ("intake key"), from which pseudonyms follow',
  issuerOption: 'issuer of the identifiers in the clinical table, where the images state one',
  certificateOption: 'certificate of ibsi-selftest, for the record of the extraction',
  workersOption: 'threads (default: one per processor)',
  cacheOption: 'where results of cases are kept by their content',
  databaseOption: "file with the URL of the site's database, into which features are written with their lineage",
  importAbout: "take a hospital's clinical table: columns by a mapping, HER-2 from IHC and ISH, every row left out with its reason",
  importTable: 'CSV of the hospital',
  importOut: 'clinical.csv to write',
  tokensAbout: 'keyed hashes of the people of a hospital, for a count of those who are at two hospitals',
  tokensTable: 'CSV with what identifies a person everywhere; it stays here',
  identityOption: 'columns that identify a person, with commas between',
  tokensKey: 'file with the key that the hospitals agreed on; never give it to the coordinator',
  tokensOut: 'file of hashes to write',
  duplicatesAbout: 'count the people that two hospitals share, from their hashes',
  duplicatesFiles: 'files of "cohort tokens"',
  progress: '{done} of {all} cases',
  caseFailed: '{site}, case {number}: {reason}',
  built:
    '{cases, plural, one {# case} other {# cases}} of {sites, plural, one {# hospital} other {# hospitals}}, {features} features, {failed, plural, =0 {none failed} other {# failed}}, {kept} kept from before; {seconds} s.',
  clinical:
    '{site}: {accepted} clinical rows taken, {rejected} left out. HER-2: {positive} positive, {low} low, {zero} zero, {indeterminate} indeterminate{discordant, plural, =0 {} other {; # with IHC and ISH that contradict each other}}.',
  rejected:
    '  {site}, line {line}: {reason, select, noIdentifier {no identifier} duplicate {the same person again} notANumber {{column} is no number} outOfRange {{column} is out of range} unknownValue {{column} has a value that nobody declared} other {{reason}}}',
  where: 'Written: {path}',
  tokens:
    '{site}: hashes of {people, plural, one {# person} other {# people}}; {without} rows without complete identity, {repeated} repeated within the table.',
  shared: '{a} and {b} share {shared, plural, one {# person} other {# people}}.',
  noneShared: 'No two of the {count} hospitals share a person.',
};
const zh: Readonly<Record<keyof typeof en, string>> = {
  cohortAbout: '从图像和临床表到研究队列',
  buildAbout: '提取 DICOM 文件夹中所有病例的特征并写出队列表',
  buildFolder: '含 SITE/dicom/CASE/... 与 SITE/clinical.csv 的文件夹；使用 --site 时为单个医院',
  buildOut: '输出文件夹：features.csv、clinical.csv、feature_dictionary.csv，以及各医院的提取记录',
  planOption: '提取计划：图像、区域、设置（默认：默认研究的计划）',
  siteOption: '医院代码',
  mappingOption: '临床表各列的含义（YAML 或 JSON）；列名不同时需要',
  keyOption: '本中心密钥（"intake key"），假名由其生成',
  issuerOption: '临床表中标识的签发者（若图像中注明）',
  certificateOption: 'ibsi-selftest 的证书，用于提取记录',
  workersOption: '线程数（默认：每个处理器一个）',
  cacheOption: '按内容保存病例结果的位置',
  databaseOption: '本中心数据库 URL 所在文件；特征及其溯源写入该数据库',
  importAbout: '导入医院的临床表：按映射读取各列，由 IHC 和 ISH 得出 HER-2，逐行列出未采纳的原因',
  importTable: '医院的 CSV',
  importOut: '要写出的 clinical.csv',
  tokensAbout: '本院人员的带密钥哈希，用于统计同时出现在两家医院的人数',
  tokensTable: '含可在各处识别同一人的信息的 CSV；不会离开本院',
  identityOption: '识别一个人的列，以逗号分隔',
  tokensKey: '各医院商定的密钥文件；切勿交给协调端',
  tokensOut: '要写出的哈希文件',
  duplicatesAbout: '根据哈希统计两家医院共有的人数',
  duplicatesFiles: '"cohort tokens" 的文件',
  progress: '{done}/{all} 例',
  caseFailed: '{site}，第 {number} 例：{reason}',
  built: '{sites} 家医院 {cases} 例，{features} 个特征，失败 {failed} 例，沿用先前结果 {kept} 例；用时 {seconds} 秒。',
  clinical:
    '{site}：采纳临床数据 {accepted} 行，未采纳 {rejected} 行。HER-2：阳性 {positive}，低表达 {low}，零 {zero}，不确定 {indeterminate}{discordant, plural, =0 {} other {；IHC 与 ISH 不一致 # 例}}。',
  rejected:
    '  {site}，第 {line} 行：{reason, select, noIdentifier {没有标识} duplicate {同一人重复} notANumber {{column} 不是数值} outOfRange {{column} 超出范围} unknownValue {{column} 的值未声明} other {{reason}}}',
  where: '已写入：{path}',
  tokens: '{site}：{people} 人的哈希；身份不完整 {without} 行，表内重复 {repeated} 行。',
  shared: '{a} 与 {b} 共有 {shared} 人。',
  noneShared: '{count} 家医院两两之间没有共有的人。',
};

const catalog: Catalog<keyof typeof en> = { en, zh };

/** The words of `cohortium cohort` in one language. */
export function casesWords(language: Language): (key: keyof typeof en, params?: MessageParams) => string {
  return translator(catalog, language);
}
