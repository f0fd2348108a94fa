import { defineErrors } from '@cohortium/kernel';

/** Errors of this library. */
export const protocolErrors = defineErrors({
  'PROTOCOL.NOT_YAML': {
    exit: 2,
    en: { what: 'The protocol file {file} is not valid YAML: {reason}.', next: 'Correct the line named above and submit again.' },
    zh: { what: '方案文件 {file} 不是有效的 YAML：{reason}。', next: '请改正上述行后重新提交。' },
  },
  'PROTOCOL.BAD_SCHEMA': {
    exit: 2,
    en: {
      what: 'The protocol does not follow its schema at {path}: {reason}.',
      next: 'Compare with protocols/schema/protocol.schema.json; every key is described there.',
    },
    zh: { what: '方案在 {path} 处不符合模式：{reason}。', next: '请对照 protocols/schema/protocol.schema.json，其中说明了每个键。' },
  },
  'PROTOCOL.LINT': {
    exit: 2,
    en: {
      what: 'The protocol contradicts itself ({rule}): {reason}.',
      next: 'Change the protocol; sites refuse one that fails this check.',
    },
    zh: { what: '方案自相矛盾（{rule}）：{reason}。', next: '请修改方案；各中心会拒绝未通过此检查的方案。' },
  },
  'PROTOCOL.UNKNOWN_COLUMN': {
    exit: 2,
    en: {
      what: 'The protocol names the column "{column}" ({role}), which {where} does not have.',
      next: 'Correct the name in the protocol, or add the column to the table.',
    },
    zh: { what: '方案中的列“{column}”（{role}）在 {where} 中不存在。', next: '请在方案中改正列名，或在表中补充该列。' },
  },
  'PROTOCOL.NO_FEATURES': {
    exit: 2,
    en: {
      what: 'The feature selector of the protocol matches no column of {where}.',
      next: 'Check the selector and the feature dictionary.',
    },
    zh: { what: '方案的特征选择器在 {where} 中没有匹配到任何列。', next: '请检查选择器和特征字典。' },
  },
  'PROTOCOL.UNKNOWN_SITE': {
    exit: 2,
    en: {
      what: 'The protocol or --external names the site {site}, which the cohort does not have (it has: {known}).',
      next: 'Use one of the site codes listed.',
    },
    zh: { what: '方案或 --external 指定的中心 {site} 不在队列中（现有：{known}）。', next: '请使用所列的中心代码。' },
  },
  'PROTOCOL.BAD_SIGNATURE': {
    exit: 6,
    en: {
      what: 'A signature cannot be accepted: {reason}.',
      next: 'Do not act on this document. Ask its signer for the file as it was signed, and compare fingerprints by telephone.',
    },
    zh: { what: '签名不可接受：{reason}。', next: '请勿依据此文件行事。请向签署者索取签署时的原文件，并通过电话核对指纹。' },
  },
  'PROTOCOL.BAD_AMENDMENT': {
    exit: 2,
    en: {
      what: 'This is no amendment of the signed protocol: {reason}.',
      next: 'An amendment keeps the code of the study and has a higher version; earlier versions and signatures stay in the file.',
    },
    zh: { what: '这不是已签署方案的修订：{reason}。', next: '修订须保留研究代码并提高版本号；先前的版本和签名保留在文件中。' },
  },
  'PROTOCOL.BAD_ROSTER': {
    exit: 6,
    en: {
      what: 'The roster cannot be accepted: {reason}.',
      next: 'Get the roster again from the coordinator and compare its fingerprint with another hospital by telephone.',
    },
    zh: { what: '名册不可接受：{reason}。', next: '请向协调端重新索取名册，并与另一家医院通过电话核对其指纹。' },
  },
  'PROTOCOL.BAD_ENROLLMENT': {
    exit: 6,
    en: {
      what: 'The enrollment cannot be accepted: {reason}.',
      next: 'Read code and fingerprint aloud once more. If they agree and it still fails, give a new code: the files were changed on their way.',
    },
    zh: { what: '登记不可接受：{reason}。', next: '请再次朗读核对代码和指纹。若一致但仍失败，请发放新代码：文件在途中被更改。' },
  },
});
