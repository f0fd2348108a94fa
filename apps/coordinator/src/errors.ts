import { defineErrors } from '@cohortium/kernel';

/** Errors of this app. */
export const coordinatorErrors = defineErrors({
  'COORDINATOR.BAD_SETTING': {
    exit: 2,
    en: {
      what: 'The setting {name} is missing or not valid: {reason}.',
      next: 'Correct the environment variable; apps/coordinator/README.md lists all settings.',
    },
    zh: { what: '设置 {name} 缺失或无效：{reason}。', next: '请改正该环境变量；全部设置见 apps/coordinator/README.md。' },
  },
  'COORDINATOR.BAD_SECRET_FILE': {
    exit: 2,
    en: {
      what: 'The file named by {name} cannot be used: {reason}.',
      next: 'It must exist, be readable by this user only (mode 0600) and hold nothing but the secret.',
    },
    zh: { what: '{name} 所指的文件无法使用：{reason}。', next: '该文件必须存在、仅本用户可读（权限 0600），且只含密钥内容。' },
  },
  'COORDINATOR.BAD_DATA_DIR': {
    exit: 2,
    en: {
      what: 'The data folder named by COHORTIUM_DATA_DIR cannot be used: {reason}.',
      next: 'Give the coordinator a folder of its own that it may write to; check free disk space.',
    },
    zh: {
      what: 'COHORTIUM_DATA_DIR 所指的数据文件夹无法使用：{reason}。',
      next: '请为协调端提供一个可写的独立文件夹，并检查磁盘剩余空间。',
    },
  },
  'COORDINATOR.PORT_TAKEN': {
    exit: 2,
    en: {
      what: 'Port {port} on 127.0.0.1 is taken or may not be used.',
      next: 'Stop the program that listens there, or set COHORTIUM_HTTP_PORT to another port (0: any free one).',
    },
    zh: {
      what: '127.0.0.1 的端口 {port} 已被占用或不允许使用。',
      next: '请停止占用该端口的程序，或将 COHORTIUM_HTTP_PORT 设为其他端口（0 表示任意空闲端口）。',
    },
  },
  'COORDINATOR.UNAUTHORIZED': {
    exit: 3,
    en: {
      what: 'The request carries no valid token.',
      next: 'Send "Authorization: Bearer TOKEN" with the content of the file api-token in the data folder.',
    },
    zh: { what: '请求未携带有效令牌。', next: '请发送 "Authorization: Bearer 令牌"，令牌为数据文件夹中 api-token 文件的内容。' },
  },
  'COORDINATOR.BAD_REQUEST': {
    exit: 2,
    en: { what: 'The request is not valid at {path}: {reason}.', next: 'Compare with GET /openapi.json.' },
    zh: { what: '请求在 {path} 处无效：{reason}。', next: '请对照 GET /openapi.json。' },
  },
  'COORDINATOR.NOT_FOUND': {
    exit: 2,
    en: { what: 'There is no {what} of this name here.', next: 'List what exists, or check the address against GET /openapi.json.' },
    zh: { what: '此处没有该名称的 {what}。', next: '请先列出现有项目，或对照 GET /openapi.json 检查地址。' },
  },
  'COORDINATOR.UNAVAILABLE': {
    exit: 5,
    en: {
      what: 'The database or the broker does not answer at the moment.',
      next: 'Try again; the coordinator reconnects by itself. GET /health/ready tells which one is missing.',
    },
    zh: { what: '数据库或消息服务器暂时没有应答。', next: '请重试；协调端会自动重新连接。GET /health/ready 会指出缺少哪一个。' },
  },
  'COORDINATOR.UNEXPECTED': {
    exit: 1,
    en: { what: 'An unexpected fault ({reason}).', next: 'This is a defect; report it with the log lines of this moment.' },
    zh: { what: '意外故障（{reason}）。', next: '这是程序缺陷，请附上此刻的日志报告。' },
  },
  'COORDINATOR.SITE_KEY_DIFFERS': {
    exit: 3,
    en: {
      what: 'Site {site} is enrolled with another key, or this key belongs to another site.',
      next: 'Enroll the site under a new code, or use the key it was enrolled with.',
    },
    zh: { what: '中心 {site} 已用另一密钥登记，或该密钥属于其他中心。', next: '请以新代码登记该中心，或使用其登记时的密钥。' },
  },
  'COORDINATOR.LOG_KEY_DIFFERS': {
    exit: 3,
    en: {
      what: 'The roster lists another key for the logs of the coordinator than the one in its data folder.',
      next: 'Put the right ledger.key back, or have a new roster signed with the key that `identity` prints; sites witness no other.',
    },
    zh: {
      what: '名册所列的协调端日志密钥与其数据文件夹中的不同。',
      next: '请放回正确的 ledger.key，或以 identity 命令给出的密钥签署新名册；各中心不见证其他密钥。',
    },
  },
  'COORDINATOR.USAGE': {
    exit: 2,
    en: { what: 'There is no command of this name.', next: 'Use `run` (the default) or `identity`.' },
    zh: { what: '没有此名称的命令。', next: '请使用 run（默认）或 identity。' },
  },
  'COORDINATOR.PROTOCOL_UNRESOLVED': {
    exit: 2,
    en: {
      what: 'The protocol does not state {missing}.',
      next: 'Submit it with the command line, which resolves features and sites against the cohort.',
    },
    zh: { what: '方案未写明 {missing}。', next: '请通过命令行提交；它会根据队列确定特征和中心。' },
  },
  'COORDINATOR.SITES_NOT_ENROLLED': {
    exit: 2,
    en: { what: 'The protocol names sites that are not enrolled: {sites}.', next: 'Enroll them first (POST /api/sites).' },
    zh: { what: '方案中的以下中心尚未登记：{sites}。', next: '请先登记这些中心（POST /api/sites）。' },
  },
  'COORDINATOR.VERSION_DIFFERS': {
    exit: 3,
    en: {
      what: 'Study {study} version {version} was submitted with another content.',
      next: 'Give the changed protocol a new version: what sites approved never changes under its name.',
    },
    zh: {
      what: '研究 {study} 的版本 {version} 已以其他内容提交。',
      next: '请为修改后的方案使用新版本号：已获各中心批准的内容不得在原名下更改。',
    },
  },
  'RUN.ALREADY_ACTIVE': {
    exit: 3,
    en: { what: 'Run {run} of study {study} has not ended.', next: 'Follow that run; a study has one run at a time.' },
    zh: { what: '研究 {study} 的运行 {run} 尚未结束。', next: '请关注该运行；一项研究同时只有一次运行。' },
  },
  'RUN.REFUSED': {
    exit: 3,
    en: {
      what: 'Site {site} refused the protocol: {reason}.',
      next: 'Speak with the site; the protocol or its policy must change, under a new version.',
    },
    zh: { what: '中心 {site} 拒绝了方案：{reason}。', next: '请与该中心沟通；须修改方案或其策略，并使用新版本。' },
  },
  'RUN.SITE_LATE': {
    exit: 5,
    en: {
      what: 'No answer to {operation} in round {round} from {sites} until the deadline of its clause ({hours, number} h).',
      next: 'Find out what keeps the site from answering, then start a new run.',
    },
    zh: {
      what: '在条款期限（{hours, number} 小时）内，{sites} 未回答第 {round} 轮的 {operation}。',
      next: '请查明该中心未应答的原因，然后新建运行。',
    },
  },
  'RUN.MASKING_REFUSED': {
    exit: 6,
    en: {
      what: 'Site {site} refused the leg {leg} of secure aggregation: {reason}.',
      next: "Read the site's log; docs/errors has a page for the reason. Then start a new run.",
    },
    zh: {
      what: '中心 {site} 拒绝了安全聚合的步骤 {leg}：{reason}。',
      next: '请查看该中心的日志（docs/errors 中有该原因的说明），然后新建运行。',
    },
  },
  'RUN.NO_ROSTER': {
    exit: 3,
    en: {
      what: 'The study {study} masks its sums, and the coordinator has no roster with the keys of its sites.',
      next: 'Admit the sites first: the signed roster belongs into the data folder of the coordinator.',
    },
    zh: { what: '研究 {study} 需要加掩求和，但协调端没有含各中心密钥的名册。', next: '请先接纳各中心：签名名册应放入协调端的数据文件夹。' },
  },
  'RUN.EQUIVOCATION': {
    exit: 6,
    en: {
      what: 'Site {site} gave two different answers to one request in round {round}; both are kept as evidence.',
      next: 'Have the site checked: a released answer never changes. Then start a new run.',
    },
    zh: {
      what: '中心 {site} 在第 {round} 轮对同一请求给出了两个不同的回答；两者均已留作证据。',
      next: '请检查该中心：已外发的回答不得更改。之后再新建运行。',
    },
  },
  'RUN.OTHER_TOTALS': {
    exit: 6,
    en: {
      what: 'Site {site} answered round {round} under other totals than this run goes on from; its answer joins nothing.',
      next: 'Find out who told the site other totals: compare the heads in the ledgers of the sites. Then start a new run.',
    },
    zh: {
      what: '中心 {site} 在第 {round} 轮依据的合计与本次运行的不同；其回答不参与求和。',
      next: '请查明是谁向该中心告知了不同的合计：比较各中心账本中的链首。之后再新建运行。',
    },
  },
  'RUN.NO_CLAUSE': {
    exit: 3,
    en: {
      what: 'No clause of the protocol allows {operation} in the scope {scope}; no site was asked.',
      next: 'Add the clause under a new version of the protocol, or leave the step out.',
    },
    zh: {
      what: '方案中没有条款允许在范围 {scope} 内执行 {operation}；未向任何中心发出请求。',
      next: '请在方案新版本中加入该条款，或省略该步骤。',
    },
  },
  'RUN.MODEL_NOT_LOCKED': {
    exit: 6,
    en: {
      what: 'Round {round} asks external sites for {operation} before the model is locked; no site was asked.',
      next: 'External sites open only after the lock; this is a defect of the program.',
    },
    zh: {
      what: '第 {round} 轮在模型锁定之前向外部中心请求 {operation}；未向任何中心发出请求。',
      next: '外部中心只在模型锁定之后开放；这是程序缺陷。',
    },
  },
  'RUN.LOCK_DIFFERS': {
    exit: 6,
    en: {
      what: 'Run {run} has locked another model than the one it would lock now.',
      next: 'The program is not deterministic or its release changed; start a new run.',
    },
    zh: { what: '运行 {run} 已锁定的模型与当前要锁定的模型不同。', next: '程序不确定或版本已更改；请新建运行。' },
  },
  'RUN.NOT_FINISHED': {
    exit: 4,
    en: {
      what: 'Run {run} has no results: its state is {state}.',
      next: 'Wait until it has finished (GET /api/runs/RUN), or read there why it was aborted.',
    },
    zh: { what: '运行 {run} 没有结果：状态为 {state}。', next: '请等待其完成（GET /api/runs/RUN），或在该处查看中止原因。' },
  },
  'RUN.NO_MODEL': {
    exit: 4,
    en: { what: 'Run {run} has not locked a model.', next: 'The model exists from the step "lock" on; follow the events of the run.' },
    zh: { what: '运行 {run} 尚未锁定模型。', next: '模型自“锁定”步骤起存在；请关注该运行的事件。' },
  },
});
