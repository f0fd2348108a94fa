import { defineErrors } from '@cohortium/kernel';

/** Errors of this library. */
export const contractsErrors = defineErrors({
  'CONTRACTS.TOO_LARGE': {
    exit: 6,
    en: {
      what: 'A {what} of {bytes} bytes is larger than the limit of {limit} bytes.',
      next: 'Content above 256 KiB travels in chunks; anything else of this size is a defect or an attack: report it.',
    },
    zh: {
      what: '{what} 为 {bytes} 字节，超过上限 {limit} 字节。',
      next: '超过 256 KiB 的内容须分块传送；其他情况属程序缺陷或攻击，请报告。',
    },
  },
  'CONTRACTS.BAD_FRAME': {
    exit: 6,
    en: {
      what: 'A message is not framed as the wire demands: {reason}.',
      next: 'The message is dropped. Check that both sides run releases of the same wire version.',
    },
    zh: { what: '消息帧不符合线上格式：{reason}。', next: '该消息已丢弃。请确认双方版本的线上协议一致。' },
  },
  'CONTRACTS.BAD_HEADER': {
    exit: 6,
    en: {
      what: 'The header of a message does not follow its schema at {path}: {reason}.',
      next: 'The message is dropped. Check that both sides run releases of the same wire version.',
    },
    zh: { what: '消息头在 {path} 处不符合模式：{reason}。', next: '该消息已丢弃。请确认双方版本的线上协议一致。' },
  },
  'CONTRACTS.NOT_CANONICAL': {
    exit: 6,
    en: {
      what: 'A message carries another form of its value than the one form the wire allows.',
      next: 'The message is dropped. Only releases of this project write this wire; find out who sent it.',
    },
    zh: { what: '消息的编码不是线上协议允许的唯一形式。', next: '该消息已丢弃。只有本项目的程序使用此协议，请查明发送者。' },
  },
  'CONTRACTS.BODY_MISMATCH': {
    exit: 6,
    en: {
      what: 'The body of a "{type}" message has {bytes} bytes where its header announces {expected}.',
      next: 'The message is dropped; the sender repeats it.',
    },
    zh: { what: '“{type}”消息的正文为 {bytes} 字节，而消息头声明为 {expected} 字节。', next: '该消息已丢弃；发送方会重发。' },
  },
  'CONTRACTS.HASH_MISMATCH': {
    exit: 6,
    en: {
      what: 'Content of {bytes} bytes does not have the SHA-256 that names it ({sha256}).',
      next: 'The content is dropped; the sender repeats it. If it happens again, check the disks of the broker.',
    },
    zh: {
      what: '{bytes} 字节的内容与其 SHA-256（{sha256}）不符。',
      next: '该内容已丢弃，发送方会重发。若再次出现，请检查消息服务器的磁盘。',
    },
  },
  'CONTRACTS.CHUNK_CONFLICT': {
    exit: 6,
    en: {
      what: 'A chunk contradicts what is known of its payload {sha256}: {reason}.',
      next: 'The chunk is dropped. Check that both sides run the same release.',
    },
    zh: { what: '分块与其内容 {sha256} 的已知信息矛盾：{reason}。', next: '该分块已丢弃。请确认双方运行相同版本。' },
  },
  'CONTRACTS.WRONG_ADDRESS': {
    exit: 6,
    en: {
      what: 'A message on {subject} claims to belong to study {study} and site {site}.',
      next: 'The message is dropped. Only the site named by a subject can send on it: ask that site which software sent this.',
    },
    zh: {
      what: '主题 {subject} 上的消息自称属于研究 {study}、中心 {site}。',
      next: '该消息已丢弃。只有主题所指的中心才能在其上发送：请向该中心查明发送软件。',
    },
  },
});
