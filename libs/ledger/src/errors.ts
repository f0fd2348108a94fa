import { defineErrors } from '@cohortium/kernel';

/** Errors of this library. */
export const ledgerErrors = defineErrors({
  'LEDGER.BAD_NOTE': {
    exit: 6,
    en: {
      what: 'A signed note of the ledger is not written as it must be: {reason}.',
      next: 'Ask for the file again from where it came; if it stays so, it was altered.',
    },
    zh: { what: '账本中的一份签名记录格式不正确：{reason}。', next: '请向来源重新索取该文件；若仍如此，说明它被改动过。' },
  },
  'LEDGER.BAD_KEY': {
    exit: 2,
    en: {
      what: 'A key of the ledger is not of the form name+id+key, or its id does not belong to it: {reason}.',
      next: 'Copy the key again, the whole line.',
    },
    zh: { what: '账本密钥不是“名称+编号+密钥”的形式，或编号与密钥不符：{reason}。', next: '请重新完整复制该密钥行。' },
  },
  'LEDGER.BAD_LEAF': {
    exit: 6,
    en: {
      what: 'A leaf of the ledger does not follow its form at {path}: {reason}.',
      next: 'Check that the release is as new as the one that wrote it; otherwise it was altered.',
    },
    zh: { what: '账本的一条记录在 {path} 处不符合格式：{reason}。', next: '请确认本程序版本不旧于写入它的版本；否则说明它被改动过。' },
  },
  'LEDGER.BAD_TILE': {
    exit: 6,
    en: {
      what: 'The tile {path} of a log does not have the length that its place demands.',
      next: 'Fetch it again; if it stays so, the log is damaged.',
    },
    zh: { what: '日志分片 {path} 的长度与其位置不符。', next: '请重新获取；若仍如此，说明日志已损坏。' },
  },
  'LEDGER.ENTRY_TOO_LONG': {
    exit: 6,
    en: {
      what: 'An entry of {bytes} bytes is longer than a log can hold ({limit}).',
      next: 'This is a defect; report it with this text.',
    },
    zh: { what: '一条 {bytes} 字节的记录超过日志上限（{limit}）。', next: '这是程序缺陷，请附上本段文字报告。' },
  },
  'LEDGER.ROLLED_BACK': {
    exit: 6,
    en: {
      what: 'The log {log} has {size} leaves in the database, but {signed} were signed before: the database is older than what this node has said.',
      next: 'Nothing leaves until this is settled. Restore the newest backup, or close the study here and tell its coordinator and ethics board.',
    },
    zh: {
      what: '日志 {log} 在数据库中有 {size} 条记录，但此前已签署 {signed} 条：数据库比本节点已作出的声明更旧。',
      next: '解决之前不会有任何内容离开。请恢复最新备份，或在此结束研究并通知协调端和伦理委员会。',
    },
  },
  'LEDGER.FORKED': {
    exit: 6,
    en: {
      what: 'The log {log} holds other leaves than those that were signed at {size} leaves.',
      next: 'Nothing leaves until this is settled. The leaves were altered: keep the database as evidence and tell coordinator and ethics board.',
    },
    zh: {
      what: '日志 {log} 的内容与其在 {size} 条记录时签署的不同。',
      next: '解决之前不会有任何内容离开。记录被改动：请保留数据库作为证据，并通知协调端和伦理委员会。',
    },
  },
  'LEDGER.CORRUPT': {
    exit: 6,
    en: {
      what: 'Leaf {index} of the log {log} does not fit what the log says of itself.',
      next: 'Nothing leaves until this is settled. Check the disk; restore the newest backup.',
    },
    zh: { what: '日志 {log} 的第 {index} 条记录与日志自身不符。', next: '解决之前不会有任何内容离开。请检查磁盘并恢复最新备份。' },
  },
  'LEDGER.NOT_A_BUNDLE': {
    exit: 2,
    en: {
      what: 'The file is not a study bundle of a known version: {reason}.',
      next: 'Name the file that `cohortium bundle` wrote, and use a release that is not older than the one that wrote it.',
    },
    zh: { what: '该文件不是已知版本的研究证据包：{reason}。', next: '请指定 `cohortium bundle` 写出的文件，并使用不旧于写出版本的程序。' },
  },
});
