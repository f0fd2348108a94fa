import { defineErrors } from '@cohortium/kernel';

/** Errors of the conformance checks. */
export const ibsiErrors = defineErrors({
  'RADIOMICS.BAD_REFERENCE_TABLE': {
    exit: 2,
    en: {
      what: 'The table cannot be read: {problem, select, column {the column "{column}" is missing} number {line {line} has no number in the column "{column}"} other {{problem}}}.',
      next: 'Use a table with the columns that docs/radiomics.md lists.',
    },
    zh: {
      what: '无法读取表格：{problem, select, column {缺少“{column}”列} number {第 {line} 行的“{column}”列不是数值} other {{problem}}}。',
      next: '请使用 docs/radiomics.md 所列列名的表格。',
    },
  },
});
