// What the benchmark says, in both languages. Data files hold the keys, never these words.

/** @type {Record<string, { en: string, zh: string }>} */
const words = {
  usage: {
    en: 'Usage: npm run bench -- federation [--quick] [--json FILE] [--markdown] [--only CASE,...]   cases: {cases}\n       npm run bench -- federation --median FILE ... [--markdown]   median of runs that --json wrote',
    zh: '用法：npm run bench -- federation [--quick] [--json 文件] [--markdown] [--only 项目,...]   项目：{cases}\n      npm run bench -- federation --median 文件 ... [--markdown]   由 --json 写出的多次运行的中位数',
  },
  begins: { en: '{name} ...', zh: '{name} ……' },
  failed: { en: '{name} failed: {reason}', zh: '{name} 失败：{reason}' },
  machine: {
    en: '{cpu}, {cores} cores, {memoryGib} GiB, {platform}, Node {node}; load {load}; {date}',
    zh: '{cpu}，{cores} 核，{memoryGib} GiB，{platform}，Node {node}；负载 {load}；{date}',
  },
  busy: {
    en: 'The machine was busy with other work (load {load} on {cores} cores before the start): times of these figures are too long.',
    zh: '机器当时忙于其他工作（开始前 {cores} 核上的负载为 {load}）：这些时间偏长。',
  },
  headings: { en: 'case|figure|value|unit|target|ratio', zh: '项目|指标|数值|单位|目标|比值' },
  met: { en: 'met', zh: '达到' },
  missed: { en: 'MISSED', zh: '未达到' },
  growth: { en: 'Seconds per round, by sites and length of the vector, in process', zh: '每轮秒数（按中心数与向量长度，进程内）' },
  length: { en: 'length', zh: '长度' },
  sites: { en: '{count} sites', zh: '{count} 个中心' },
  wordAddition: { en: 'Adding 10^6 words of 128 bits', zh: '10^6 个 128 位字相加' },
  rounds8InProcess: { en: '8 sites, 200 values, in process, real gate', zh: '8 个中心、200 个值，进程内，真实出口闸' },
  rounds100InProcess: { en: '100 sites, 200 values, in process, real gate', zh: '100 个中心、200 个值，进程内，真实出口闸' },
  millionInProcess: { en: '10 sites, {length} values, in process, real gate', zh: '10 个中心、{length} 个值，进程内，真实出口闸' },
  growthInProcess: { en: 'Growth', zh: '随规模增长' },
  rounds8OverNats: {
    en: '8 light sites, 200 values, NATS and PostgreSQL',
    zh: '8 个轻量中心、200 个值，NATS 与 PostgreSQL',
  },
  millionOverNats: {
    en: '10 light sites, {length} values, NATS and PostgreSQL, chunks',
    zh: '10 个轻量中心、{length} 个值，NATS 与 PostgreSQL，分块',
  },
  rounds8SiteNodes: { en: '8 real site nodes, 200 values, all on this machine', zh: '8 个真实中心节点、200 个值，全部在本机' },
  roundMedian: { en: 'one round, median', zh: '每轮，中位数' },
  roundP05: { en: 'one round, 5th percentile', zh: '每轮，第 5 百分位' },
  roundP95: { en: 'one round, 95th percentile', zh: '每轮，第 95 百分位' },
  roundSeconds: { en: 'one round, median', zh: '每轮，中位数' },
  roundCpu: { en: 'CPU per round', zh: '每轮 CPU' },
  roundsPerSecond: { en: 'rounds per second', zh: '每秒轮数' },
  coordinatorCpu: { en: 'CPU of the coordinator per round', zh: '每轮协调端 CPU' },
  sitesCpu: { en: 'CPU of all light sites per round', zh: '每轮全部轻量中心 CPU' },
  bareExchange: { en: 'the same bytes over the broker alone', zh: '仅经消息中间件传输相同字节' },
  up: { en: 'from the sites', zh: '来自各中心' },
  down: { en: 'to the sites', zh: '发往各中心' },
  throughput: { en: 'throughput', zh: '吞吐量' },
  'step.unpack': { en: '  unpack the parameters, all sites', zh: '  解包参数，全部中心' },
  'step.local': { en: '  local vector, all sites', zh: '  本地向量，全部中心' },
  'step.draft': { en: '  draft (local, encode, hashes), all sites', zh: '  草稿（本地、编码、哈希），全部中心' },
  'step.encode': { en: '  encode alone, all sites', zh: '  仅编码，全部中心' },
  'step.gate': { en: '  gate, all sites', zh: '  出口闸，全部中心' },
  'step.add': { en: '  copy and add, all sites', zh: '  复制与相加，全部中心' },
  'step.decode': { en: '  decode the total', zh: '  解码总和' },
  'addition.implemented': { en: '32-bit limbs, integers (implemented)', zh: '32 位肢，整数（现用）' },
  'addition.doubleLimbs': { en: '32-bit limbs, doubles', zh: '32 位肢，双精度' },
  'addition.bigUint64': { en: '64-bit limbs, BigUint64Array', zh: '64 位肢，BigUint64Array' },
  'addition.float64': { en: 'plain doubles (not exact)', zh: '普通双精度（不精确）' },
  'rss.thisProcess': { en: 'peak memory, this process', zh: '内存峰值，本进程' },
  'rss.thisProcess.sites': { en: 'peak memory, the light sites', zh: '内存峰值，轻量中心' },
  'rss.coordinator': { en: 'peak memory, coordinator', zh: '内存峰值，协调端' },
  'rss.broker': { en: 'peak memory, nats-server', zh: '内存峰值，nats-server' },
  'rss.siteNode': { en: 'peak memory, one site node (median)', zh: '内存峰值，单个中心节点（中位数）' },
  'to.pooled': { en: 'x the pooled twin', zh: '倍于汇总对照' },
  'to.bareExchange': { en: 'x the broker alone', zh: '倍于仅消息中间件' },
  'to.inProcess': { en: 'x in process', zh: '倍于进程内' },
  'to.float64': { en: 'x plain doubles', zh: '倍于普通双精度' },
};

function language() {
  const { COHORTIUM_LANG, LC_ALL, LC_MESSAGES, LANG } = process.env;
  return /^zh\b|^zh[_-]/i.test(COHORTIUM_LANG || LC_ALL || LC_MESSAGES || LANG || '') ? 'zh' : 'en';
}

/** A text in the language of the environment, with `{name}` replaced by the parameters. */
export function say(/** @type {string} */ key, /** @type {Record<string, string | number>} */ params = {}) {
  const text = words[key];
  if (text === undefined) throw new Error(`no words for ${key}`);
  return text[language()].replace(/\{(\w+)\}/g, (_, name) => String(params[name] ?? '?'));
}
