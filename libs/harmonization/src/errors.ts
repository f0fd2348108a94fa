import { defineErrors } from '@cohortium/kernel';

/** Errors of this library. */
export const harmonizationErrors = defineErrors({
  'HARMONIZATION.CONFOUNDED': {
    exit: 2,
    en: {
      what: 'Harmonization cannot separate {covariates} from the sites: within the sites it does not vary, or only together with another covariate.',
      next: 'Remove the covariate from `harmonization.covariates` of the protocol.',
    },
    zh: {
      what: '协调无法将 {covariates} 与中心区分开：它在各中心内部不变化，或仅随另一个协变量变化。',
      next: '请从方案的 `harmonization.covariates` 中删除该协变量。',
    },
  },
  'HARMONIZATION.BATCH_TOO_SMALL': {
    exit: 7,
    en: {
      what: 'Site {site} has {n, plural, one {# participant} other {# participants}} for harmonization; the protocol needs {needed}.',
      next: 'Leave the site out, enroll more participants, or lower `harmonization.minBatch` visibly in the protocol.',
    },
    zh: {
      what: '中心 {site} 可用于协调的参与者为 {n} 名，方案要求 {needed} 名。',
      next: '请排除该中心、增加参与者，或在方案中明确降低 `harmonization.minBatch`。',
    },
  },
  'HARMONIZATION.ONE_BATCH': {
    exit: 7,
    en: {
      what: 'Harmonization needs at least two sites; {sites, plural, =0 {none takes} one {# takes} other {# take}} part.',
      next: 'Enroll another site, or set `harmonization.method` to none.',
    },
    zh: { what: '协调至少需要两个中心；当前参与的有 {sites} 个。', next: '请增加中心，或将 `harmonization.method` 设为 none。' },
  },
  'HARMONIZATION.TOO_FEW_FEATURES': {
    exit: 7,
    en: {
      what: 'Only {features, plural, one {# feature varies} other {# features vary}} in every site; the empirical Bayes priors are estimated over features and need two.',
      next: 'Add features, or set `harmonization.method` to none.',
    },
    zh: {
      what: '在所有中心内均有变化的特征只有 {features} 个；经验贝叶斯先验由多个特征估计，至少需要两个。',
      next: '请增加特征，或将 `harmonization.method` 设为 none。',
    },
  },
  'HARMONIZATION.TOO_FEW_BATCHES': {
    exit: 7,
    en: {
      what: 'Harmonization needs at least two batches; {batches, plural, =0 {none has} one {# has} other {# have}} rows.',
      next: 'Check the batch column and the rows that are selected; with one batch there is nothing to harmonize.',
    },
    zh: { what: '协调至少需要两个批次；当前有数据行的批次为 {batches} 个。', next: '请检查批次列和所选行；只有一个批次时无需协调。' },
  },
  'HARMONIZATION.SMALL_BATCHES': {
    exit: 7,
    en: {
      what: 'Batches {batches} have fewer than {needed} rows.',
      next: 'Leave these batches out, merge them, or lower the smallest batch.',
    },
    zh: { what: '批次 {batches} 的数据行少于 {needed} 行。', next: '请排除或合并这些批次，或降低最小批次要求。' },
  },
  'HARMONIZATION.BATCH_OF_ONE': {
    exit: 7,
    en: {
      what: 'Batches {batches} have a single row, which has no variance.',
      next: 'Leave these batches out, harmonize means only (mean_only), or allow it for all (batch_of_one: meanOnlyAll).',
    },
    zh: {
      what: '批次 {batches} 只有一行数据，无法估计方差。',
      next: '请排除这些批次、仅协调均值（mean_only），或允许全部仅协调均值（batch_of_one: meanOnlyAll）。',
    },
  },
  'HARMONIZATION.UNKNOWN_REFERENCE': {
    exit: 2,
    en: { what: 'There is no reference batch "{batch}"; there are {known}.', next: 'Correct ref_batch.' },
    zh: { what: '没有参考批次“{batch}”；现有：{known}。', next: '请改正 ref_batch。' },
  },
  'HARMONIZATION.UNTRAINED_BATCH': {
    exit: 7,
    en: {
      what: 'Batches {batches} have rows to harmonize but none among the training rows.',
      next: 'Add training rows of these batches, or leave their rows out.',
    },
    zh: { what: '批次 {batches} 有待协调的数据行，但训练行中没有该批次。', next: '请补充这些批次的训练行，或排除其数据行。' },
  },
  'HARMONIZATION.NO_REPEATS': {
    exit: 7,
    en: {
      what: 'None of the {participants} participants has several rows, so that the spread between participants cannot be told from the spread within.',
      next: 'Check the column that names participants, or use combat.',
    },
    zh: { what: '{participants} 名参与者均无重复测量，无法区分参与者间与参与者内的变异。', next: '请检查参与者列，或使用 combat。' },
  },
  'HARMONIZATION.TOO_MANY_FEATURES': {
    exit: 2,
    en: {
      what: 'CovBat was asked for {features} features; sums of their products are formed for at most {most}.',
      next: 'Name fewer features.',
    },
    zh: { what: 'CovBat 请求了 {features} 个特征；最多可对 {most} 个特征计算乘积和。', next: '请减少特征数量。' },
  },
  'HARMONIZATION.NOT_CONVERGED': {
    exit: 1,
    en: {
      what: 'The empirical Bayes iteration of site {site} did not settle within {limit} steps.',
      next: 'Look for features with extreme values at this site.',
    },
    zh: { what: '中心 {site} 的经验贝叶斯迭代在 {limit} 步内未收敛。', next: '请检查该中心是否有数值极端的特征。' },
  },
  'HARMONIZATION.UNKNOWN_COVARIATE': {
    exit: 2,
    en: {
      what: 'The table has no covariate "{covariate}", which harmonization is asked to keep.',
      next: 'Correct the name in `harmonization.covariates`, or add the column.',
    },
    zh: { what: '表中没有协调所需保留的协变量“{covariate}”。', next: '请改正 `harmonization.covariates` 中的列名，或补充该列。' },
  },
  'HARMONIZATION.BAD_SHAPE': {
    exit: 6,
    en: {
      what: 'Harmonization got {actual} elements as {part}, not {expected}.',
      next: 'Check that all sites run the same release; otherwise this is a defect.',
    },
    zh: { what: '协调收到的 {part} 有 {actual} 个元素，应为 {expected} 个。', next: '请确认各中心运行同一版本；否则这是程序缺陷。' },
  },
  'HARMONIZATION.NOT_FINITE': {
    exit: 6,
    en: {
      what: 'Feature {column} (position in the prepared matrix) has a missing or infinite value at harmonization.',
      next: 'Impute before harmonization; if the protocol does, this is a defect.',
    },
    zh: { what: '准备好的矩阵中第 {column} 个特征在协调时含有缺失或无穷值。', next: '请在协调前进行插补；若方案已插补，则为程序缺陷。' },
  },
  'HARMONIZATION.SITE_FOLDS_REFUSED': {
    exit: 3,
    en: {
      what: 'The operation {operation} was asked to leave out a site, which only a leave-one-site-out clause allows.',
      next: 'This is a defect of the coordinator or an attack; nothing was computed.',
    },
    zh: { what: '操作 {operation} 被要求排除一个中心，只有留一中心条款允许这样做。', next: '这是协调端缺陷或攻击；未进行任何计算。' },
  },
});
