import { defineErrors } from '@cohortium/kernel';

/** Errors of the commands about keys and signatures. */
export const trustErrors = defineErrors({
  'CLI.BAD_KEY_FILE': {
    exit: 2,
    en: { what: '{path} is not a key file: {reason}.', next: 'Name a file that "cohortium key create" wrote, unchanged.' },
    zh: { what: '{path} 不是密钥文件：{reason}。', next: '请指定由“cohortium key create”写出且未经更改的文件。' },
  },
  'CLI.BAD_KEY_RECORD': {
    exit: 2,
    en: {
      what: '{path} is not the record of the keys of a site node: {reason}.',
      next: 'Name the file into which the command `identity` of the site node was printed, unchanged.',
    },
    zh: { what: '{path} 不是中心节点的密钥记录：{reason}。', next: '请指定由中心节点的 identity 命令输出且未经更改的文件。' },
  },
  'CLI.NOT_SIGNED': {
    exit: 2,
    en: {
      what: '{path} is not a signed protocol.',
      next: 'Sign it first ("cohortium protocol sign"), or check it with "cohortium protocol lint".',
    },
    zh: { what: '{path} 不是已签署的方案。', next: '请先签署（“cohortium protocol sign”），或用“cohortium protocol lint”检查。' },
  },
  'CLI.NOT_A_SITE': {
    exit: 2,
    en: {
      what: '{path} is not the data folder of a site node; no node was told anything.',
      next: 'Name the folder in COHORTIUM_DATA_DIR of the node, which holds policy.yaml and identity/.',
    },
    zh: {
      what: '{path} 不是中心节点的数据文件夹；未向任何节点下达命令。',
      next: '请指定该节点 COHORTIUM_DATA_DIR 所指、含 policy.yaml 和 identity/ 的文件夹。',
    },
  },
  'CLI.KEY_TOO_OPEN': {
    exit: 2,
    en: { what: 'Others than its owner may read {path} (mode {mode}).', next: 'Run chmod 600 on it.' },
    zh: { what: '{path} 可被所有者以外的人读取（权限 {mode}）。', next: '请对其执行 chmod 600。' },
  },
  'CLI.WRONG_PASSPHRASE': {
    exit: 3,
    en: { what: 'The passphrase does not open {path}.', next: 'Try again; a lost passphrase cannot be recovered, only a new key made.' },
    zh: { what: '口令无法打开 {path}。', next: '请重试；遗失的口令无法找回，只能生成新密钥。' },
  },
  'CLI.NO_PASSPHRASE': {
    exit: 2,
    en: {
      what: 'No usable passphrase: {reason}.',
      next: 'Type it when asked, or name a file of mode 0600 with --passphrase-file or a variable with --passphrase-env. At least 12 characters.',
    },
    zh: {
      what: '没有可用的口令：{reason}。',
      next: '请在提示时输入，或用 --passphrase-file 指定权限 0600 的文件，或用 --passphrase-env 指定环境变量。至少 12 个字符。',
    },
  },
  'CLI.FILE_EXISTS': {
    exit: 2,
    en: { what: '{path} exists already and is not overwritten.', next: 'Name another file, or move the old one away yourself.' },
    zh: { what: '{path} 已存在，不会被覆盖。', next: '请指定其他文件，或自行移走旧文件。' },
  },
  'CLI.ROLE_MISMATCH': {
    exit: 2,
    en: {
      what: 'The key was made for {made}, and cannot sign as {asked}.',
      next: 'Sign with the role and site of the key, or make a key for the other role.',
    },
    zh: { what: '该密钥为 {made} 生成，不能以 {asked} 身份签署。', next: '请使用密钥本身的角色和中心签署，或为另一角色生成密钥。' },
  },
  'CLI.NOT_APPROVED': {
    exit: 4,
    en: {
      what: 'The protocol is not fully signed: {reason}.',
      next: 'Send the file to those who are named. No site acts under it before.',
    },
    zh: { what: '方案签署不完整：{reason}。', next: '请将文件交给所列人员签署。在此之前任何中心都不会据此行事。' },
  },
});
