// What the benchmark of secure aggregation says, in both languages.
import { speaker } from '../harness/words.mjs';

export const { say } = speaker({
  usage: {
    en: 'Usage: npm run bench -- secagg [--quick] [--json FILE] [--markdown] [--only CASE,...]   cases: {cases}',
    zh: '用法：npm run bench -- secagg [--quick] [--json 文件] [--markdown] [--only 项目,...]   项目：{cases}',
  },
  headings: { en: 'case|figure|value|unit|target', zh: '项目|指标|数值|单位|目标' },
  siteMillion: { en: '10 sites, {length} words of 64 bits, one site', zh: '10 个中心、{length} 个 64 位字，单个中心' },
  overBroker: {
    en: '10 sites, {length} words of 64 bits, over a broker, end to end',
    zh: '10 个中心、{length} 个 64 位字，经消息中间件，端到端',
  },
  oneProcess: { en: '10 sites, {length} words of 64 bits, whole round in one process', zh: '10 个中心、{length} 个 64 位字，单进程整轮' },
  hundredSites: {
    en: '100 sites, {length} words of 64 bits, whole round in one process',
    zh: '100 个中心、{length} 个 64 位字，单进程整轮',
  },
  smallRounds: { en: '8 sites, 200 words of 128 bits, whole round in one process', zh: '8 个中心、200 个 128 位字，单进程整轮' },
  growth: { en: 'Growth: CPU of one site per round', zh: '随规模增长：单个中心每轮 CPU' },
  'mask.cpu': { en: 'CPU to mask', zh: '加掩 CPU' },
  'unmask.cpu': { en: 'CPU to check and unmask', zh: '核对与解掩 CPU' },
  'keys.cpu': { en: 'CPU of keys and shares, per round (batch of {sets})', zh: '密钥与份额 CPU，每轮（每批 {sets} 组）' },
  'site.cpu': { en: 'CPU of one site per round', zh: '单个中心每轮 CPU' },
  'open.cpu': { en: 'CPU of the coordinator to open', zh: '协调端打开合计 CPU' },
  'stream.cpu': { en: 'AES-256-CTR of the same bytes alone', zh: '仅相同字节数的 AES-256-CTR' },
  'round.plain': { en: 'plain round, median', zh: '未加掩一轮，中位数' },
  'round.masked': { en: 'masked round, median', zh: '加掩一轮，中位数' },
  'round.ratio': { en: 'masked over plain', zh: '加掩/未加掩' },
  'round.perSite': { en: 'masked round, per site', zh: '加掩一轮，每中心' },
  'rss.thisProcess': { en: 'peak memory, this process', zh: '内存峰值，本进程' },
  'growth.at': { en: '{sites} sites, {length} words', zh: '{sites} 个中心、{length} 个字' },
  'growth.perSite': { en: 'per further site and 10^6 words', zh: '每增加一个中心、每 10^6 个字' },
});
