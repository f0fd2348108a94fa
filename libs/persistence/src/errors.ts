import { defineErrors } from '@cohortium/kernel';

/** Errors of this library. */
export const persistenceErrors = defineErrors({
  'PERSISTENCE.BAD_URL': {
    exit: 2,
    en: {
      what: 'The database URL is not of the form postgres://ROLE:PASSWORD@HOST:PORT/DATABASE.',
      next: 'Correct the setting or file that holds it; its value is not shown, since it holds a password.',
    },
    zh: {
      what: '数据库 URL 不是 postgres://角色:密码@主机:端口/数据库 的形式。',
      next: '请改正保存它的设置或文件；因其中含有密码，此处不显示其值。',
    },
  },
  'PERSISTENCE.UNREACHABLE': {
    exit: 5,
    en: {
      what: 'The database at {host} did not answer within {seconds, number} s: {reason}.',
      next: 'Start PostgreSQL, or correct host and port in the database URL.',
    },
    zh: {
      what: '数据库 {host} 在 {seconds, number} 秒内没有应答：{reason}。',
      next: '请启动 PostgreSQL，或改正数据库 URL 中的主机和端口。',
    },
  },
  'PERSISTENCE.REFUSED': {
    exit: 3,
    en: {
      what: 'The database at {host} refused the role, its password or the database name ({reason}).',
      next: 'Correct the database URL, or create the role and its database.',
    },
    zh: { what: '数据库 {host} 拒绝了该角色、密码或数据库名（{reason}）。', next: '请改正数据库 URL，或创建该角色及其数据库。' },
  },
  'PERSISTENCE.MIGRATION_FAILED': {
    exit: 6,
    en: {
      what: 'The tables of the database at {host} could not be brought to this release: {reason}.',
      next: 'Nothing was changed. Check that the role owns its database and that no newer release has used it.',
    },
    zh: {
      what: '无法将数据库 {host} 的表升级到本版本：{reason}。',
      next: '未作任何更改。请确认该角色拥有其数据库，且该数据库未被更新的版本使用过。',
    },
  },
  'PERSISTENCE.RELEASE_DIFFERS': {
    exit: 6,
    en: {
      what: 'The answer to round {round} of run {run} differs from what was released under the same key; nothing was stored or sent.',
      next: 'The same request must have the same content. Check whether the release or the machine changed, and report it.',
    },
    zh: {
      what: '运行 {run} 第 {round} 轮的答复与同一键下已放行的内容不同；未存储也未发送任何内容。',
      next: '相同请求的内容必须相同。请检查版本或机器是否变更，并报告此问题。',
    },
  },
});
