import { defineErrors } from '@cohortium/kernel';

/** Errors of the radiomics commands. */
export const radiomicsCliErrors = defineErrors({
  'CLI.UNKNOWN_SETTINGS': {
    exit: 2,
    en: {
      what: '{name} is neither a settings file nor a preset ({presets}).',
      next: 'Name a YAML or JSON file that exists, or one of the presets.',
    },
    zh: { what: '{name} 既不是设置文件，也不是预设（{presets}）。', next: '请指定存在的 YAML 或 JSON 文件，或使用其中一个预设。' },
  },
  'CLI.NOT_YAML': {
    exit: 2,
    en: { what: '{path} is not valid YAML or JSON: {reason}.', next: 'Correct the line named above.' },
    zh: { what: '{path} 不是有效的 YAML 或 JSON：{reason}。', next: '请改正上述行。' },
  },
  'CLI.BAD_CASES': {
    exit: 2,
    en: {
      what: '{path} is no list of cases: {problem, select, column {the column "{detail}" is missing} empty {it has no rows} cell {line {line} has no "{detail}"} twice {the case "{detail}" is listed twice} label {line {line} has a label that is not a whole number} other {{problem}}}.',
      next: 'Use a CSV file with the columns case, image, mask and, if needed, label.',
    },
    zh: {
      what: '{path} 不是病例列表：{problem, select, column {缺少“{detail}”列} empty {没有数据行} cell {第 {line} 行缺少“{detail}”} twice {病例“{detail}”重复出现} label {第 {line} 行的标签不是整数} other {{problem}}}。',
      next: '请使用含有 case、image、mask 列（必要时加 label 列）的 CSV 文件。',
    },
  },
  'CLI.CASE_FAILED': {
    exit: 1,
    en: {
      what: 'A case ended unexpectedly ({reason}).',
      next: 'This is a defect or the machine ran out of memory; run the case alone with COHORTIUM_DEBUG=1 and report it.',
    },
    zh: { what: '某个病例意外终止（{reason}）。', next: '这是程序缺陷或内存不足；请设置 COHORTIUM_DEBUG=1 单独运行该病例并报告。' },
  },
  'CLI.NO_REFERENCE': {
    exit: 2,
    en: {
      what: 'The folder {path} holds no IBSI reference data: {file} is not there.',
      next: 'Name with --data the folder that holds ibsi1 and ibsi2, or set COHORTIUM_REFERENCE to it.',
    },
    zh: {
      what: '文件夹 {path} 中没有 IBSI 参考数据：缺少 {file}。',
      next: '请用 --data 指定含有 ibsi1 和 ibsi2 的文件夹，或将 COHORTIUM_REFERENCE 设为该文件夹。',
    },
  },
  'CLI.NOTHING_MATCHED': {
    exit: 2,
    en: {
      what: 'No row of {path} belongs to the data set {dataset}.',
      next: 'Give each value its IBSI code and aggregation, or the tag of the compliance table; docs/radiomics.md shows how.',
    },
    zh: {
      what: '{path} 中没有属于数据集 {dataset} 的行。',
      next: '请为每个值给出 IBSI 代码和聚合方式，或合规表的标签；参见 docs/radiomics.md。',
    },
  },
});
