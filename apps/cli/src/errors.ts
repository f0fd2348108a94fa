import { defineErrors } from '@cohortium/kernel';

/** Errors of the command line. */
export const cliErrors = defineErrors({
  'CLI.USAGE': {
    exit: 2,
    en: { what: '{problem}', next: 'Run the same command with --help to see what it takes.' },
    zh: { what: '{problem}', next: '在同一命令后加 --help 查看用法。' },
  },
  'CLI.CANNOT_READ': {
    exit: 2,
    en: { what: '{path} cannot be read: {reason}.', next: 'Check the path and its permissions.' },
    zh: { what: '无法读取 {path}：{reason}。', next: '请检查路径及其权限。' },
  },
  'CLI.CANNOT_WRITE': {
    exit: 2,
    en: { what: '{path} cannot be written: {reason}.', next: 'Check the path and its permissions, or name another folder with --out.' },
    zh: { what: '无法写入 {path}：{reason}。', next: '请检查路径及其权限，或用 --out 指定其他文件夹。' },
  },
  'CLI.DISK_FULL': {
    exit: 1,
    en: {
      what: 'No space left while writing {path}; nothing half-written was left behind.',
      next: 'Free some space and run the command again.',
    },
    zh: { what: '写入 {path} 时磁盘空间不足；未留下不完整的文件。', next: '请释放空间后重新运行该命令。' },
  },
  'CLI.OUT_NOT_OURS': {
    exit: 2,
    en: {
      what: 'The output folder {path} holds files that this command did not write ({example}); it is left alone.',
      next: 'Name an empty or new folder with --out.',
    },
    zh: { what: '输出文件夹 {path} 中有并非本命令写入的文件（{example}）；未做任何改动。', next: '请用 --out 指定空的或新的文件夹。' },
  },
  'CLI.PORT_TAKEN': {
    exit: 2,
    en: {
      what: 'Port {port} on 127.0.0.1 is taken or may not be used.',
      next: 'End the program that listens there, or leave --port out to use free ports.',
    },
    zh: { what: '127.0.0.1 的端口 {port} 已被占用或不可使用。', next: '请结束占用该端口的程序，或不使用 --port 以自动选择空闲端口。' },
  },
  'CLI.BROKER_ABSENT': {
    exit: 5,
    en: {
      what: 'nats-server, the message broker, cannot be used: {reason}.',
      next: 'Install it (Debian, Ubuntu: apt-get install nats-server) or name it in NATS_SERVER_BIN; "npm run demo" fetches it by itself.',
    },
    zh: {
      what: '无法使用消息中间件 nats-server：{reason}。',
      next: '请安装（Debian、Ubuntu：apt-get install nats-server），或用 NATS_SERVER_BIN 指定；“npm run demo”会自动获取。',
    },
  },
  'CLI.DATABASE_FAILED': {
    exit: 5,
    en: {
      what: 'PostgreSQL could not be prepared: {reason}.',
      next: 'Run "cohortium doctor"; with DATABASE_URL, check that the server answers and that its user may create databases and roles.',
    },
    zh: {
      what: '无法准备 PostgreSQL：{reason}。',
      next: '请运行“cohortium doctor”；使用 DATABASE_URL 时，请确认服务器可访问且用户有权创建数据库和角色。',
    },
  },
  'CLI.PROCESS_FAILED': {
    exit: 5,
    en: {
      what: 'The process {name} cannot be kept running ({how}).',
      next: 'Read its log {log}; run with --keep so that it stays after the command has ended.',
    },
    zh: { what: '进程 {name} 无法保持运行（{how}）。', next: '请查看其日志 {log}；加上 --keep 可在命令结束后保留日志。' },
  },
  'CLI.NOT_READY': {
    exit: 5,
    en: { what: '{what} did not become ready within {seconds} s.', next: 'Run the command with --keep and read the logs it names.' },
    zh: { what: '{what} 未能在 {seconds} 秒内就绪。', next: '请加上 --keep 运行，并查看所列日志。' },
  },
  'CLI.COORDINATOR_REFUSED': {
    exit: 3,
    en: { what: 'The coordinator refused {request} (HTTP {status}): {reason}', next: 'Read the reason; it names what has to change.' },
    zh: { what: '协调端拒绝了 {request}（HTTP {status}）：{reason}', next: '请按原因进行修改。' },
  },
  'CLI.RUN_ABORTED': {
    exit: 3,
    en: { what: 'The run {run} ended without a result: {reason}', next: 'Read the reason; nothing was written to the output folder.' },
    zh: { what: '运行 {run} 未得出结果即结束：{reason}', next: '请查看原因；输出文件夹未写入任何内容。' },
  },
  'CLI.WAITING_FOR_APPROVAL': {
    exit: 4,
    en: {
      what: 'The protocol waits for the operators of {sites}, and nobody is there to decide.',
      next: 'Change the protocol so that it lies within their policy (policy.yaml of each site), and run again.',
    },
    zh: {
      what: '方案在等待 {sites} 的操作员批准，而此处无人可决定。',
      next: '请修改方案使其符合各中心的策略（各中心的 policy.yaml），然后重新运行。',
    },
  },
  'CLI.MODEL_DIFFERS': {
    exit: 6,
    en: {
      what: 'The {file} of the coordinator is not the model that the results name.',
      next: 'Do not use it. Run the study again, and report this if it repeats.',
    },
    zh: { what: '协调端的 {file} 不是结果中所指的模型。', next: '请勿使用。请重新运行研究；若再次出现请报告。' },
  },
  'CLI.BAD_RESULTS': {
    exit: 2,
    en: {
      what: '{path} is not a results.json of this release, at {where}: {reason}.',
      next: 'Use a results.json written by cohortium demo or simulate of this release.',
    },
    zh: {
      what: '{path} 在 {where} 处不符合本版本的 results.json：{reason}。',
      next: '请使用本版本 cohortium demo 或 simulate 写出的 results.json。',
    },
  },
  'CLI.BROWSER_ABSENT': {
    exit: 5,
    en: {
      what: 'Chromium, which prints the PDF, was not found: {reason}.',
      next: 'Install it (Debian, Ubuntu: apt-get install chromium; for Chinese also fonts-noto-cjk) or name it in CHROMIUM_BIN; the HTML report needs none.',
    },
    zh: {
      what: '未找到用于打印 PDF 的 Chromium：{reason}。',
      next: '请安装（Debian、Ubuntu：apt-get install chromium；中文另需 fonts-noto-cjk），或用 CHROMIUM_BIN 指定；HTML 报告不需要它。',
    },
  },
  'CLI.PRINT_FAILED': {
    exit: 5,
    en: {
      what: 'Chromium could not print the report: {reason}.',
      next: 'Try the browser by hand, or print the HTML report from any browser.',
    },
    zh: { what: 'Chromium 无法打印报告：{reason}。', next: '请手动试用该浏览器，或用任意浏览器打印 HTML 报告。' },
  },
  'CLI.INTERRUPTED': {
    exit: 1,
    en: { what: 'Stopped on request; nothing was written.', next: 'Run the command again when you like.' },
    zh: { what: '已按要求停止；未写入任何内容。', next: '可随时重新运行该命令。' },
  },
  'CLI.NO_COORDINATOR': {
    exit: 5,
    en: {
      what: 'No coordinator runs from the folder {path} ({missing} is missing).',
      next: 'Name the folder in COHORTIUM_DATA_DIR of the coordinator, on its machine and as its user, and start the coordinator.',
    },
    zh: {
      what: '没有以文件夹 {path} 运行的协调端（缺少 {missing}）。',
      next: '请在协调端所在机器上、以其用户身份，指定其 COHORTIUM_DATA_DIR 所指的文件夹，并启动协调端。',
    },
  },
  'CLI.BAD_CHECKPOINT': {
    exit: 2,
    en: {
      what: 'The file {path} that --at-least names is not a signed checkpoint: {reason}.',
      next: 'Copy a file from the folder `ledger` of a site node, byte for byte. Nothing was said about the bundle.',
    },
    zh: {
      what: '--at-least 所指的文件 {path} 不是已签名的检查点：{reason}。',
      next: '请逐字节复制某个中心节点 ledger 文件夹中的文件。尚未对证据包作出任何判断。',
    },
  },
  'CLI.BAD_ROSTER_OPTION': {
    exit: 2,
    en: {
      what: 'What --roster names is neither a file with a signed roster nor a fingerprint of 64 hexadecimal digits.',
      next: 'Give the file roster.json of a site. The 30 digits that are read aloud belong to that file and are shown when it is used.',
    },
    zh: {
      what: '--roster 所指的既不是签名名册文件，也不是 64 位十六进制指纹。',
      next: '请提供某个中心的 roster.json 文件。朗读核对的 30 位数字属于该文件，使用时会显示。',
    },
  },
  'CLI.BUNDLE_LIGHT': {
    exit: 2,
    en: {
      what: 'The bundle {path} holds hashes only, so totals cannot be computed again.',
      next: 'Verify it without --full, or ask for a bundle that was written with --full.',
    },
    zh: { what: '证据包 {path} 只含哈希，无法重新计算合计。', next: '请不带 --full 核验，或索取用 --full 写出的证据包。' },
  },
});
