// What the tools say, in both languages. Plain templates: this must run before any package is installed.

/** `zh` for any Chinese locale, else `en`; `COHORTIUM_LANG` wins over the usual variables. */
export function languageOfEnvironment(env = process.env) {
  const locale = env.COHORTIUM_LANG || env.LC_ALL || env.LC_MESSAGES || env.LANG || '';
  return /^zh\b|^zh[_-]/i.test(locale) ? 'zh' : 'en';
}

/** Every text by key; `{name}` is replaced by the parameter of that name. */
export const words = {
  oldNode: {
    en: 'Cohortium needs Node.js {needed} or newer; this is {actual} ({path}). Install a newer one, for example from your distribution or nodejs.org.',
    zh: 'Cohortium 需要 Node.js {needed} 或更新版本；当前为 {actual}（{path}）。请从发行版仓库或 nodejs.org 安装更新的版本。',
  },
  usage: {
    en: 'Usage: node tools/bootstrap.mjs demo|test|fault|bench|setup [arguments]',
    zh: '用法：node tools/bootstrap.mjs demo|test|fault|bench|setup [参数]',
  },
  waitLock: {
    en: 'Set-up: another set-up is running here (process {pid}); waiting for it.',
    zh: '准备：另一个准备过程正在此处运行（进程 {pid}）；等待其结束。',
  },
  packages: {
    en: 'Set-up: installing the npm packages of package-lock.json (a minute or two, once).',
    zh: '准备：按 package-lock.json 安装 npm 软件包（约一两分钟，仅一次）。',
  },
  packagesFailed: {
    en: 'npm ci failed (exit code {code}). Check that the npm registry can be reached, then run the same command again. The first lines above say why.',
    zh: 'npm ci 失败（退出码 {code}）。请确认可以访问 npm 仓库，然后重新运行同一命令。原因见上文。',
  },
  noNpm: {
    en: 'npm was not found. It comes with Node.js; on Debian and Ubuntu: apt-get install npm.',
    zh: '未找到 npm。它随 Node.js 提供；Debian 与 Ubuntu 上可执行 apt-get install npm。',
  },
  build: { en: 'Set-up: compiling TypeScript.', zh: '准备：编译 TypeScript。' },
  buildFailed: { en: 'The TypeScript build failed; its messages are above.', zh: 'TypeScript 编译失败；信息见上文。' },
  nats: {
    en: 'Set-up: fetching nats-server, the message broker, as a Debian package into .cache/nats (no service is installed).',
    zh: '准备：以 Debian 软件包形式下载消息中间件 nats-server 到 .cache/nats（不安装任何服务）。',
  },
  natsLists: {
    en: 'Set-up: reading the package lists of this machine into .cache/apt (the system lists are left alone).',
    zh: '准备：将本机的软件包列表读入 .cache/apt（不改动系统列表）。',
  },
  natsBadSetting: {
    en: 'NATS_SERVER_BIN names {path}, which does not run as nats-server: {reason}. Correct or unset the variable.',
    zh: 'NATS_SERVER_BIN 指向的 {path} 不能作为 nats-server 运行：{reason}。请改正或取消该变量。',
  },
  natsNone: {
    en: 'nats-server was not found and could not be fetched ({reason}). Install it (Debian, Ubuntu: apt-get install nats-server; others: github.com/nats-io/nats-server/releases) and put it on the PATH, or name it in NATS_SERVER_BIN.',
    zh: '未找到 nats-server，也无法下载（{reason}）。请安装（Debian、Ubuntu：apt-get install nats-server；其他系统：github.com/nats-io/nats-server/releases）并加入 PATH，或用 NATS_SERVER_BIN 指定其位置。',
  },
  chromium: {
    en: 'Set-up: installing Chromium and a Chinese font (Debian packages chromium, fonts-noto-cjk) for the tests of pages; no service comes with them.',
    zh: '准备：安装 Chromium 和中文字体（Debian 软件包 chromium、fonts-noto-cjk），用于页面测试；不附带任何服务。',
  },
  chromiumNotRoot: {
    en: 'Set-up: no Chromium on the PATH, and only root may install it (apt-get install chromium fonts-noto-cjk); the tests of pages are skipped.',
    zh: '准备：PATH 中没有 Chromium，且只有 root 可安装（apt-get install chromium fonts-noto-cjk）；页面测试将跳过。',
  },
  chromiumNone: {
    en: 'Set-up: Chromium could not be installed ({reason}); the tests of pages are skipped.',
    zh: '准备：无法安装 Chromium（{reason}）；页面测试将跳过。',
  },
  dicom: {
    en: 'Set-up: installing peers for the tests of DICOM (Debian packages {names}); no service is started.',
    zh: '准备：安装 DICOM 测试所需的对端程序（Debian 软件包 {names}）；不启动任何服务。',
  },
  dicomNotRoot: {
    en: 'Set-up: not installed: {names}, and only root may install them (apt-get install {names}); the tests of real DICOM peers are skipped.',
    zh: '准备：未安装 {names}，且只有 root 可安装（apt-get install {names}）；与真实 DICOM 对端的测试将跳过。',
  },
  dicomNone: {
    en: 'Set-up: {names} could not be installed ({reason}); the tests of real DICOM peers are skipped.',
    zh: '准备：无法安装 {names}（{reason}）；与真实 DICOM 对端的测试将跳过。',
  },
  ready: { en: 'Set-up: done in {seconds} s.', zh: '准备：完成，用时 {seconds} 秒。' },
  reference: { en: 'Reference data: {path}', zh: '参考数据：{path}' },
  noReference: {
    en: 'Reference data: none (COHORTIUM_REFERENCE is not set and ../shared/reference does not exist); tests that need them are skipped and say so.',
    zh: '参考数据：无（未设置 COHORTIUM_REFERENCE，且 ../shared/reference 不存在）；需要它们的测试将跳过并说明。',
  },
  scale: { en: 'Sample sizes: x{scale} (COHORTIUM_TEST_SCALE)', zh: '样本量倍数：{scale}（COHORTIUM_TEST_SCALE）' },
  step: { en: '--- {name}', zh: '--- {name}' },
  stepPassed: { en: '{name}: passed ({seconds} s)', zh: '{name}：通过（{seconds} 秒）' },
  stepFailed: { en: '{name}: FAILED ({seconds} s)', zh: '{name}：失败（{seconds} 秒）' },
  failedSteps: { en: 'Failed: {names}', zh: '失败的步骤：{names}' },
  skippedIn: { en: 'Skipped in {file}: {count} ({names})', zh: '{file} 中跳过：{count} 项（{names}）' },
  whySkipped: { en: 'Why each was skipped is printed by the test itself above.', zh: '各项跳过的原因由测试本身在上文给出。' },
  noBench: { en: 'There is no benchmark called {name}. There are: {known}.', zh: '没有名为 {name} 的基准测试。现有：{known}。' },
};

/** @param {keyof typeof words} key @param {Record<string, string | number>} [params] */
export function say(key, params = {}, language = languageOfEnvironment()) {
  return words[key][language].replace(/\{(\w+)\}/g, (_, name) => String(params[name] ?? ''));
}

/** An expected failure of a tool: shown as one line, without a stack. */
export class ToolError extends Error {
  /** @param {keyof typeof words} key @param {Record<string, string | number>} [params] */
  constructor(key, params = {}, exitCode = 1) {
    super(say(key, params));
    this.name = 'ToolError';
    this.key = key;
    this.exitCode = exitCode;
  }
}
