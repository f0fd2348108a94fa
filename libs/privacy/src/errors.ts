import { defineErrors } from '@cohortium/kernel';

/** Errors of this library. */
export const privacyErrors = defineErrors({
  'PRIVACY.OPEN_ROSTER': {
    exit: 3,
    en: {
      what: 'The protocol of study {study} does not list its training sites, so the gate of {site} cannot tell whether a request covers them all; nothing may leave.',
      next: 'Submit the protocol again: submission writes the list of training sites into it.',
    },
    zh: {
      what: '研究 {study} 的方案未列出训练中心，{site} 的出口闸门无法判断请求是否覆盖全部中心；不允许任何内容外发。',
      next: '请重新提交方案：提交时会写入训练中心名单。',
    },
  },
  'PRIVACY.FORGED_RELEASE': {
    exit: 6,
    en: {
      what: 'Something other than the gate tried to make released content.',
      next: 'This is a defect or a tampered installation; reinstall the release and report it.',
    },
    zh: { what: '出口闸门以外的程序试图生成已放行内容。', next: '这是程序缺陷或安装被篡改；请重新安装本版本并报告。' },
  },
  'PRIVACY.BAD_NOISE': {
    exit: 2,
    en: {
      what: 'A clause asks for noise that cannot be made ({reason}).',
      next: 'Give sigma and l2Sensitivity as positive numbers and delta between 0 and 1; sigma and sensitivity must fit the words of the operation.',
    },
    zh: {
      what: '某条款要求的噪声无法生成（{reason}）。',
      next: '请将 sigma 和 l2Sensitivity 设为正数、delta 设在 0 与 1 之间；sigma 和灵敏度须在该操作的定点数范围内。',
    },
  },
  'PRIVACY.BUDGET_CONTRADICTED': {
    exit: 6,
    en: {
      what: 'The release budget of this site contradicts itself (study {study}): one release stands in it with two costs, or with none.',
      next: 'Stop the site node and compare the record with a backup; it is only ever appended to.',
    },
    zh: {
      what: '本中心的外发预算记录自相矛盾（研究 {study}）：同一次外发有两个成本，或成本无效。',
      next: '请停止中心程序并与备份核对；该记录只追加、不修改。',
    },
  },
});
