import { defineErrors } from '@cohortium/kernel';

/** Errors of this library. */
export const learningErrors = defineErrors({
  'LEARNING.UNKNOWN_FEATURE': {
    exit: 2,
    en: {
      what: 'The model needs the feature "{feature}", which this cohort does not have.',
      next: 'Extract it, or check that the feature table belongs to this study.',
    },
    zh: { what: '模型需要特征“{feature}”，而该队列没有。', next: '请提取该特征，或确认特征表属于本研究。' },
  },
  'LEARNING.NO_COLUMN': {
    exit: 2,
    en: { what: 'The table has no column "{column}".', next: 'Correct the name; names are compared letter by letter.' },
    zh: { what: '表中没有“{column}”列。', next: '请改正列名；列名逐字符比较。' },
  },
  'LEARNING.ONE_CLASS': {
    exit: 7,
    en: {
      what: 'All rows have the same outcome in "{column}", so there is nothing to learn.',
      next: 'Check the outcome column and which value counts as positive.',
    },
    zh: { what: '“{column}”列中所有行的结局相同，无法学习。', next: '请检查结局列以及视为阳性的取值。' },
  },
  'LEARNING.NO_INPUT_VARIES': {
    exit: 7,
    en: { what: 'None of the {inputs} inputs varies over the rows.', next: 'Check the columns that trees are to learn from.' },
    zh: { what: '{inputs} 个输入在所有行中均无变化。', next: '请检查用于学习的列。' },
  },
  'LEARNING.BAD_MODEL': {
    exit: 6,
    en: {
      what: 'The locked model cannot be written as an ONNX file: {reason}.',
      next: 'This is a defect or a corrupted model; report it with this text.',
    },
    zh: { what: '锁定的模型无法写成 ONNX 文件：{reason}。', next: '这是程序缺陷或模型损坏，请附上本段文字报告。' },
  },
  'LEARNING.ONNX_UNREADABLE': {
    exit: 6,
    en: {
      what: 'The ONNX file is not a model of this platform that ONNX Runtime can run.',
      next: 'Compare its SHA-256 with the locked model of the study and fetch it again.',
    },
    zh: { what: '该 ONNX 文件不是 ONNX Runtime 可以运行的本平台模型。', next: '请将其 SHA-256 与研究中锁定的模型比对，并重新获取。' },
  },
  'LEARNING.ONNX_INPUT': {
    exit: 6,
    en: {
      what: 'The input "{input}" of the ONNX model cannot be used: {reason}.',
      next: 'Check that rows, covariates and site effects belong to this model.',
    },
    zh: { what: 'ONNX 模型的输入“{input}”不可用：{reason}。', next: '请确认数据行、协变量和中心效应属于该模型。' },
  },
  'LEARNING.ONNX_TELEMETRY': {
    exit: 6,
    en: {
      what: 'A thread was to score with ONNX Runtime, which would report to its maker: {variable} was not set when the process began to work.',
      next: 'Nothing was scored. Set {variable}=1 in the environment of the process, and report this with the release number.',
    },
    zh: {
      what: '线程将使用 ONNX Runtime 评分，但进程启动时未设置 {variable}，该运行库会向其厂商上报信息。',
      next: '未进行评分。请在进程环境中设置 {variable}=1，并附版本号报告。',
    },
  },
});
