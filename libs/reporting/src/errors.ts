import { defineErrors } from '@cohortium/kernel';

/** Errors of this library. */
export const reportingErrors = defineErrors({
  'REPORTING.NO_PRIMARY_MODEL': {
    exit: 6,
    en: {
      what: 'The results name {model} as their primary model, but hold no model of that name.',
      next: 'The file was cut or edited; take results.json from the run again.',
    },
    zh: {
      what: '结果文件将 {model} 列为主要模型，但其中没有该名称的模型。',
      next: '文件可能被截断或改动过；请从该次运行重新取得 results.json。',
    },
  },
});
