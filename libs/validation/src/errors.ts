import { defineErrors } from '@cohortium/kernel';

/** Errors of this library. */
export const validationErrors = defineErrors({
  'VALIDATION.BAD_SCORES': {
    exit: 6,
    en: {
      what: 'Scores or outcomes cannot be evaluated in {operation}: {reason}.',
      next: 'This is a defect of the scoring step or a corrupted table; report it with this text.',
    },
    zh: { what: '{operation} 无法评估得分或结局：{reason}。', next: '这是评分步骤的缺陷或数据表损坏，请附上本段文字报告。' },
  },
  'VALIDATION.NO_COLUMN': {
    exit: 2,
    en: {
      what: 'A site has no column "{column}".',
      next: 'Correct the name of the score, outcome or subgroup column, or add the column at every site.',
    },
    zh: { what: '某中心没有“{column}”列。', next: '请改正得分、结局或亚组列的名称，或在每个中心补上该列。' },
  },
  'VALIDATION.NOT_BINARY': {
    exit: 2,
    en: {
      what: 'The outcome column "{column}" holds other values than 0 and 1.',
      next: 'Name the value that counts as an event with the parameter "event", or correct the column.',
    },
    zh: { what: '结局列“{column}”含有 0 和 1 以外的值。', next: '请用参数“event”指明哪个值表示事件，或改正该列。' },
  },
  'VALIDATION.NOT_PROBABILITIES': {
    exit: 2,
    en: {
      what: 'A score that should be a probability lies outside 0 to 1.',
      next: 'Calibration and decision curves need probabilities. For linear predictors set "scale" to "logit".',
    },
    zh: { what: '应为概率的得分超出 0 到 1。', next: '校准与决策曲线需要概率。若为线性预测值，请将“scale”设为“logit”。' },
  },
  'VALIDATION.OUTSIDE_GRID': {
    exit: 2,
    en: {
      what: 'Some scores lie outside of the declared grid.',
      next: 'Widen the range of rounded scores, or complete the list of values. Nothing says which scores they are.',
    },
    zh: { what: '部分得分不在声明的网格内。', next: '请扩大取整得分的范围，或补全取值列表。不会指明是哪些得分。' },
  },
  'VALIDATION.BAD_REQUEST': {
    exit: 2,
    en: { what: 'This cannot be computed: {reason}.', next: 'Change the parameters as the reason says.' },
    zh: { what: '无法计算：{reason}。', next: '请按原因修改参数。' },
  },
});
