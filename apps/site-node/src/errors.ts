import { defineErrors } from '@cohortium/kernel';

/** Errors of this app. */
export const siteErrors = defineErrors({
  'SITE.BAD_CONFIG': {
    exit: 2,
    en: {
      what: 'The setting {variable} is missing or not of the form it needs ({reason}).',
      next: 'Set it as apps/site-node/README.md describes. Its value is not shown.',
    },
    zh: { what: '设置 {variable} 缺失或形式不符（{reason}）。', next: '请按 apps/site-node/README.md 的说明设置。此处不显示其值。' },
  },
  'SITE.USAGE': {
    exit: 2,
    en: { what: 'There is no command of this name.', next: 'Use `run` (the default), `identity` or `cohort`.' },
    zh: { what: '没有此名称的命令。', next: '请使用 run（默认）、identity 或 cohort。' },
  },
  'SITE.FILE_MISSING': {
    exit: 2,
    en: { what: 'The file {file} cannot be read ({reason}).', next: 'Put it there, readable for the user that runs the site node.' },
    zh: { what: '无法读取文件 {file}（{reason}）。', next: '请放置该文件，并确保运行中心节点的用户可读。' },
  },
  'SITE.TOO_OPEN': {
    exit: 2,
    en: {
      what: 'Others than its owner may use {file} (mode {mode}).',
      next: 'Run chmod {wanted} on it; it holds secrets or participant data.',
    },
    zh: { what: '{file} 对所有者以外的用户开放（权限 {mode}）。', next: '请执行 chmod {wanted}；其中含有密钥或参与者数据。' },
  },
  'SITE.BAD_IMAGES_FILE': {
    exit: 2,
    en: {
      what: 'The file of COHORTIUM_IMAGES_FILE is not valid at {path}: {reason}.',
      next: 'Correct it as docs/how-to/site-images.md shows. Its values are not shown.',
    },
    zh: {
      what: 'COHORTIUM_IMAGES_FILE 所指文件在 {path} 处无效：{reason}。',
      next: '请按 docs/how-to/site-images.md 改正。此处不显示其值。',
    },
  },
  'SITE.NO_IMAGES': {
    exit: 2,
    en: {
      what: 'This site extracts no features: {variable} names no file with a section "extraction".',
      next: 'See docs/how-to/site-images.md.',
    },
    zh: { what: '本中心未配置特征提取：{variable} 未指明含 "extraction" 的文件。', next: '请参阅 docs/how-to/site-images.md。' },
  },
  'SITE.NO_VECTORS': {
    exit: 7,
    en: {
      what: 'No case of this site has features under this plan and program ({cases} looked at).',
      next: 'See "cohortium site images" for what the cases wait for. After a new release they are extracted again first.',
    },
    zh: {
      what: '本中心没有任何病例具有该计划与程序下的特征（已查看 {cases} 例）。',
      next: '请用 "cohortium site images" 查看病例在等待什么。更新版本后会先重新提取。',
    },
  },
  'SITE.SAME_PERSON': {
    exit: 2,
    en: {
      what: '{count} participants have more than one case; no table was written.',
      next: 'Decide the conflicts of the tray ("cohortium intake tray list --key"), so that each person has one case.',
    },
    zh: {
      what: '{count} 名参与者有多个病例；未写出任何表。',
      next: '请处理托盘中的冲突（"cohortium intake tray list --key"），使每人只有一个病例。',
    },
  },
  'SITE.EXTRACTION_FAILED': {
    exit: 1,
    en: { what: 'The extraction thread ended ({reason}).', next: 'The case is tried again at the next start; more memory may be needed.' },
    zh: { what: '提取线程已结束（{reason}）。', next: '下次启动时会重试该病例；可能需要更多内存。' },
  },
  'SITE.BAD_POLICY': {
    exit: 2,
    en: {
      what: 'The operator policy policy.yaml is not valid at {path}: {reason}.',
      next: 'Correct it as deploy/site-node/README.md shows. Until then nothing new is approved.',
    },
    zh: {
      what: '操作员策略 policy.yaml 在 {path} 处无效：{reason}。',
      next: '请按 deploy/site-node/README.md 改正。在此之前不会批准任何新方案。',
    },
  },
  'SITE.COHORT_CHANGED': {
    exit: 6,
    en: {
      what: 'The cohort is not the one that was read when the protocol was approved.',
      next: 'Put the approved tables back, or ask for an amendment of the protocol; nothing leaves until then.',
    },
    zh: { what: '队列与批准方案时读取的不一致。', next: '请恢复批准时的数据表，或申请方案修订；在此之前不会外发任何内容。' },
  },
  'SITE.OTHER_LOG_KEY': {
    exit: 6,
    en: {
      what: 'The log {log} was shown under another key than the one that the roster lists or that signed it before; it is not witnessed.',
      next: 'Ask the owner of the log whether its key was replaced. A new key needs a new roster, signed by the coordinator and every PI.',
    },
    zh: {
      what: '日志 {log} 所用的密钥不是名册所列或此前签署它的密钥；不予见证。',
      next: '请向该日志的所有者核实密钥是否已更换。新密钥须有由协调者和每位 PI 签署的新名册。',
    },
  },
  'SITE.REQUEST_MISMATCH': {
    exit: 6,
    en: {
      what: 'A request for {operation} does not have the hash that it states; nothing was computed.',
      next: 'Check that coordinator and site run the same release.',
    },
    zh: { what: '对 {operation} 的请求与其声明的哈希不符；未进行计算。', next: '请确认协调端和中心运行相同版本。' },
  },
  'SITE.OTHER_STUDY': {
    exit: 6,
    en: {
      what: 'A request names another study than the protocol that it refers to; nothing leaves.',
      next: 'Check that coordinator and site run the same release.',
    },
    zh: { what: '请求所属的研究与其引用的方案不同；不会外发任何内容。', next: '请确认协调端和中心运行相同版本。' },
  },
  'SITE.NO_MODEL_LOCK': {
    exit: 3,
    en: {
      what: 'An external site was asked before a model was locked; nothing leaves.',
      next: 'The coordinator must commit to a model before it asks external sites; ask it why it did not.',
    },
    zh: {
      what: '在锁定模型之前向外部验证中心提出了请求；不会外发任何内容。',
      next: '协调端须先提交锁定的模型再请求外部中心；请向其核实原因。',
    },
  },
  'SITE.LOCK_MISMATCH': {
    exit: 6,
    en: {
      what: 'A request for {operation} carries another model than the one that it says was locked, or a run changed its locked model; nothing leaves.',
      next: 'Ask the coordinator which model was locked; the egress record shows the request.',
    },
    zh: {
      what: '对 {operation} 的请求所携带的模型与其声明的锁定模型不同，或运行更换了锁定模型；不会外发任何内容。',
      next: '请向协调端核实所锁定的模型；外发记录中可见该请求。',
    },
  },
  'SITE.NOT_DERIVED': {
    exit: 6,
    en: {
      what: 'A request for {operation} does not follow from the protocol and the totals of its run; nothing leaves.',
      next: 'Check that coordinator and site run the same release; if they do, ask the coordinator who changed the request.',
    },
    zh: {
      what: '对 {operation} 的请求不能由方案和本次运行的合计推出；不会外发任何内容。',
      next: '请确认协调端和中心运行相同版本；若版本相同，请向协调端查明是谁更改了请求。',
    },
  },
  'SITE.TOTALS_DIFFER': {
    exit: 6,
    en: {
      what: 'A run goes on from other totals than this site was told; nothing leaves.',
      next: 'Compare the heads of the chain with other sites: the egress record and the log name the round. Ask the coordinator why they differ.',
    },
    zh: {
      what: '运行所依据的合计与本中心被告知的不同；不会外发任何内容。',
      next: '请与其他中心比较合计链首：外发记录和日志中有轮次。请向协调端查明差异原因。',
    },
  },
  'SITE.COMPUTE_FAILED': {
    exit: 1,
    en: {
      what: 'The computation thread ended or failed unexpectedly ({reason}).',
      next: 'It is started again. If this repeats, check memory and report it with the log.',
    },
    zh: { what: '计算线程意外结束或失败（{reason}）。', next: '将自动重新启动。若反复发生，请检查内存并附日志报告。' },
  },
  'SITE.BAD_KEY': {
    exit: 2,
    en: {
      what: 'The key file {file} does not hold 32 bytes in base64url.',
      next: 'Restore it from a backup. If there is none, remove it and start again: new keys must be enrolled, since the roster lists the old ones; with a new privacy key, requests that were answered before would get other noise.',
    },
    zh: {
      what: '密钥文件 {file} 不是 base64url 形式的 32 字节。',
      next: '请从备份恢复。若无备份，请删除后重新启动：名册所列为旧密钥，须重新登记；隐私密钥更换后，已回答过的请求会得到不同的噪声。',
    },
  },
  'SITE.ROSTER_KEYS': {
    exit: 6,
    en: {
      what: 'The roster lists other keys for the site {site} than this node holds.',
      next: 'Do not use this roster. Compare the fingerprint of the key record with the coordinator by telephone.',
    },
    zh: { what: '名册中中心 {site} 的密钥与本节点不同。', next: '请勿使用此名册。请与协调端通过电话核对密钥记录的指纹。' },
  },
  'SITE.CLAUSE_EXPIRED': {
    exit: 3,
    en: { what: 'The clause for {operation} has expired; nothing leaves.', next: 'A signed amendment may extend it.' },
    zh: { what: '{operation} 所依据的条款已过期；不会外发任何内容。', next: '可通过已签署的修订延长。' },
  },
  'SITE.CLAUSE_NOT_YET': {
    exit: 3,
    en: { what: 'The clause for {operation} does not hold yet; nothing leaves.', next: 'Wait until the date that the protocol names.' },
    zh: { what: '{operation} 所依据的条款尚未生效；不会外发任何内容。', next: '请等到方案所列日期。' },
  },
  'SITE.STOPPED': {
    exit: 3,
    en: { what: 'The operator has stopped this node.', next: 'Run "cohortium site resume" before it is started again.' },
    zh: { what: '操作员已停止本节点。', next: '重新启动前请运行“cohortium site resume”。' },
  },
});
