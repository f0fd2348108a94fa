import { defineErrors } from './app-error.js';

/** Errors of this library. */
export const kernelErrors = defineErrors({
  'KERNEL.BAD_CODE': {
    exit: 2,
    en: {
      what: 'The code given for a {what} ({length} characters) is not made of 1 to 32 letters, digits, "_" or "-".',
      next: 'Rename it; display names may be free text, codes may not.',
    },
    zh: {
      what: '{what} 的代码（{length} 个字符）不是由 1 至 32 个字母、数字、“_”或“-”组成。',
      next: '请改名；显示名称可以是任意文字，代码不可以。',
    },
  },
  'KERNEL.NOT_CANONICAL': {
    exit: 6,
    en: {
      what: 'A value cannot be written in canonical form: {reason}.',
      next: 'This is a defect or a corrupted message; report it with this text.',
    },
    zh: { what: '数值无法写成规范形式：{reason}。', next: '这是程序缺陷或消息损坏，请附上本段文字报告。' },
  },
  'KERNEL.BAD_SIGNING_KEY': {
    exit: 2,
    en: {
      what: 'A signing key cannot be used: it has {bytes} bytes instead of 32.',
      next: 'Use the key file as it was written; never edit or paste it.',
    },
    zh: { what: '签名密钥不可用：长度为 {bytes} 字节，应为 32 字节。', next: '请使用原样的密钥文件，不要编辑或粘贴。' },
  },
});
