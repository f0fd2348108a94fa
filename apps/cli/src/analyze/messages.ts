import { translator } from '@cohortium/kernel';
import type { Language, MessageParams } from '@cohortium/kernel';

const en = {
  analyzeAbout: 'run one operation of the catalogue on a table: federated over its sites, or pooled',
  analyzeOperation: 'operation; "cohortium operations" lists them',
  analyzeTable: 'CSV file (not for operations on parameters alone)',
  analyzeId: 'column that names participants',
  analyzeSite: 'column that names sites',
  analyzeSplit: 'deal participants to K made-up sites, by a seed',
  analyzeOrient: 'rows: a participant is a row; cols: a participant is a column (features in rows)',
  analyzeParams: 'parameters: a YAML or JSON file, or JSON in place',
  analyzePooled: 'compute in plain doubles on the stacked table: the pooled twin',
  analyzeRows: 'write what stays at the sites (adjusted values, predictions) to this CSV file',
  operationsAbout: 'list the operations with their parameters, and what leaves a site',
  operationsName: 'show one operation with all of its parameters',
  oneSource: '--site and --split exclude each other',
  badSplit: 'not K:SEED with K from 1 to 1024: {text}',
  badOrient: 'rows | cols',
  leavesTitle: 'What left each site (of {sites, plural, one {# site} other {# sites}}):',
  siteCode: 'Site {code} of the results: {name}',
  leavesNothing: 'Nothing left a site: the table was analyzed as a whole.',
  leavesNone: 'Nothing left a site: the operation needs no participants.',
  needsTable: 'this operation needs --table and --id',
  leafLine: '{operation}: {messages, plural, one {# message} other {# messages}}, {bytes} bytes at most in one',
  rowsWritten: 'What stays at the sites: {path}',
  paramsTitle: 'Parameters (JSON Schema):',
  leavesAre: 'What may leave a site:',
} as const;

const zh: Readonly<Record<keyof typeof en, string>> = {
  analyzeAbout: '在一张表上运行目录中的一项操作：按中心联邦计算，或汇集计算',
  analyzeOperation: '操作名称；“cohortium operations”可列出',
  analyzeTable: 'CSV 文件（仅用参数的操作不需要）',
  analyzeId: '标识参与者的列',
  analyzeSite: '标识中心的列',
  analyzeSplit: '按种子将参与者分到 K 个虚拟中心',
  analyzeOrient: 'rows：每行一名参与者；cols：每列一名参与者（特征在行中）',
  analyzeParams: '参数：YAML 或 JSON 文件，或直接给出 JSON',
  analyzePooled: '在汇集表上以普通双精度计算：汇集对照',
  analyzeRows: '将留在中心的内容（调整后的值、预测值）写入此 CSV 文件',
  operationsAbout: '列出各项操作、参数以及离开中心的内容',
  operationsName: '显示一项操作及其全部参数',
  oneSource: '--site 与 --split 不能同时使用',
  badSplit: '不是 K:SEED（K 为 1 到 1024）：{text}',
  badOrient: 'rows | cols',
  leavesTitle: '离开每个中心的内容（共 {sites} 个中心）：',
  siteCode: '结果中的中心 {code}：{name}',
  leavesNothing: '没有内容离开中心：该表作为整体分析。',
  leavesNone: '没有内容离开中心：该操作不需要参与者数据。',
  needsTable: '该操作需要 --table 和 --id',
  leafLine: '{operation}：{messages} 条消息，单条最多 {bytes} 字节',
  rowsWritten: '留在中心的内容：{path}',
  paramsTitle: '参数（JSON Schema）：',
  leavesAre: '可能离开中心的内容：',
};

/** Key of a text of `analyze` and `operations`. */
export type AnalyzeKey = keyof typeof en;

/** The texts of `analyze` and `operations` in one language. */
export const analyzeWords = (language: Language): ((key: AnalyzeKey, params?: MessageParams) => string) => translator({ en, zh }, language);
