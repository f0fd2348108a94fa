import { defineErrors } from '@cohortium/kernel';

/** Errors of this library. */
export const statisticsErrors = defineErrors({
  'STATISTICS.SITE_FOLDS_REFUSED': {
    exit: 3,
    en: {
      what: 'The operation {operation} was asked to leave out a site, which only a leave-one-site-out clause allows.',
      next: 'This is a defect of the coordinator or an attack; nothing was computed.',
    },
    zh: { what: '操作 {operation} 被要求排除一个中心，只有留一中心条款允许这样做。', next: '这是协调端缺陷或攻击；未进行任何计算。' },
  },
  'STATISTICS.NOT_CONVERGED': {
    exit: 7,
    en: {
      what: 'The model {model} has not converged after {rounds} rounds (last step {step}).',
      next: 'Raise analysis.convergence.maxRounds, or use a larger penalty.',
    },
    zh: {
      what: '模型 {model} 在 {rounds} 轮后未收敛（最后步长 {step}）。',
      next: '请增大 analysis.convergence.maxRounds，或使用更大的惩罚。',
    },
  },
  'STATISTICS.MODEL_ENDED': {
    exit: 7,
    en: {
      what: 'The model {model} cannot be released: {reason, select, parameters {it needs more coefficients than the protocol allows per participant} other {a linear predictor exceeds 12, which points to separation}}.',
      next: 'Use a larger penalty or more participants.',
    },
    zh: {
      what: '模型 {model} 无法发布：{reason, select, parameters {系数数量超过方案允许的每名参与者上限} other {线性预测值超过 12，提示完全分离}}。',
      next: '请使用更大的惩罚或更多参与者。',
    },
  },
  'STATISTICS.ONE_CLASS': {
    exit: 7,
    en: {
      what: 'The training participants of {model} all have the same outcome.',
      next: 'A classifier needs both; check the endpoint and the sites.',
    },
    zh: { what: '{model} 的训练参与者结局全部相同。', next: '分类器需要两类结局；请检查终点和中心。' },
  },
  'STATISTICS.NO_COLUMN': {
    exit: 2,
    en: { what: 'The rows have no column "{column}".', next: 'Correct the name in the parameters, or add the column to the table.' },
    zh: { what: '数据中没有“{column}”列。', next: '请在参数中改正列名，或在表中补充该列。' },
  },
  'STATISTICS.BAD_FORMULA': {
    exit: 2,
    en: {
      what: 'The formula "{formula}" cannot be read at position {at}: {reason}.',
      next: 'Write it as in R: outcome ~ x1 + x2 + x1:x2 + site; names with blanks, commas or brackets stand in backticks.',
    },
    zh: {
      what: '公式“{formula}”在第 {at} 个字符处无法读取：{reason}。',
      next: '请按 R 的写法：outcome ~ x1 + x2 + x1:x2 + site；含空格、逗号或括号的列名须用反引号括起。',
    },
  },
  'STATISTICS.CANNOT_FIT': {
    exit: 7,
    en: {
      what: 'The model of {model} cannot be fitted: {reason, select, noRows {no row has all of its columns} badOutcome {some outcome or weight is not of its kind, for example below 0 or, for a binomial model, above 1} beyondLimit {the offset alone gives a linear predictor beyond the limit} noEvents {there is no event} other {its columns do not allow it}}.',
      next: 'Check the columns that the model names, their missing cells and their units.',
    },
    zh: {
      what: '{model} 的模型无法拟合：{reason, select, noRows {没有任何一行具备全部列} badOutcome {某个结局或权重取值不符合其类型，例如小于 0，或二项模型中大于 1} beyondLimit {仅偏移量就使线性预测值超过上限} noEvents {没有事件} other {所给的列不允许拟合}}。',
      next: '请检查模型所用的列、缺失单元格及单位。',
    },
  },
});
