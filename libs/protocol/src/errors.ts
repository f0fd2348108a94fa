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
});
