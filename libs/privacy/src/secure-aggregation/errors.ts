import { defineErrors } from '@cohortium/kernel';

/** Errors of secure aggregation. A reason is one of a closed list of words; no secret and no participant data stands in it. */
export const secureAggregationErrors = defineErrors({
  'SECAGG.SCOPE': {
    exit: 3,
    en: {
      what: 'A sum over {count} sites cannot be masked: {reason}.',
      next: 'Masked sums need at least three sites, each once, all of them in the signed roster.',
    },
    zh: { what: '对 {count} 个中心的求和无法加掩：{reason}。', next: '安全求和至少需要三个中心，每个中心一次，且均在签名名册中。' },
  },
  'SECAGG.BAD_KEYS': {
    exit: 6,
    en: {
      what: 'The mask keys of {site} were refused: {reason}.',
      next: 'Somebody between the sites changed keys, or releases differ. Compare the roster fingerprint with the other hospitals before going on.',
    },
    zh: {
      what: '中心 {site} 的掩码密钥被拒绝：{reason}。',
      next: '可能有人在各中心之间更改了密钥，或版本不同。继续之前请与其他医院核对名册指纹。',
    },
  },
  'SECAGG.BAD_SHARE': {
    exit: 6,
    en: {
      what: 'A secret share of {site} was refused: {reason}.',
      next: 'The run can go on only with a new key batch; if it happens again, ask that hospital to check its installation.',
    },
    zh: { what: '中心 {site} 的秘密份额被拒绝：{reason}。', next: '需要新的密钥批次才能继续；若再次出现，请该医院检查其安装。' },
  },
  'SECAGG.KEY_SET_USED': {
    exit: 6,
    en: {
      what: 'Key set {set} cannot mask this vector: {reason}.',
      next: 'A key set masks one vector of one attempt; the coordinator must take the next one.',
    },
    zh: { what: '密钥组 {set} 不能用于该向量：{reason}。', next: '一个密钥组只能用于一次尝试的一个向量；协调端须使用下一组。' },
  },
  'SECAGG.UNMASK_REFUSED': {
    exit: 6,
    en: {
      what: 'The request to unmask round {round} was refused: {reason}.',
      next: 'Nothing was revealed. A coordinator of this release does not send such a request; keep the record and report it.',
    },
    zh: { what: '第 {round} 轮的解掩请求被拒绝：{reason}。', next: '未泄露任何内容。本版本的协调端不会发送此类请求；请保留记录并报告。' },
  },
  'SECAGG.NOT_OPENED': {
    exit: 6,
    en: {
      what: 'The masked sum of round {round} could not be opened: {reason} ({site}).',
      next: 'Run the round again under a new attempt; if it happens again, ask the named site to check its installation.',
    },
    zh: { what: '第 {round} 轮的加掩求和无法打开：{reason}（{site}）。', next: '请以新的尝试重做该轮；若再次出现，请所指中心检查其安装。' },
  },
});
