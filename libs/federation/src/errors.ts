import { defineErrors } from '@cohortium/kernel';

/** Errors of this library. */
export const federationErrors = defineErrors({
  'FEDERATION.OVERFLOW': {
    exit: 6,
    en: {
      what: 'A value of {operation} (element {index}) is too large for its {bits}-bit fixed-point word; nothing was sent.',
      next: 'Check the units of the feature; a value this large is almost always a data error.',
    },
    zh: {
      what: '{operation} 的数值（第 {index} 个）超出其 {bits} 位定点数范围；未发送任何内容。',
      next: '请检查该特征的单位；如此大的数值几乎总是数据错误。',
    },
  },
  'FEDERATION.NOT_FINITE': {
    exit: 6,
    en: {
      what: 'The local result of {operation} (element {index}) is not a finite number; nothing was sent.',
      next: 'This is a defect; report it with the operation name.',
    },
    zh: { what: '{operation} 的本地结果（第 {index} 个）不是有限数；未发送任何内容。', next: '这是程序缺陷，请附操作名称报告。' },
  },
  'FEDERATION.NOT_A_COUNT': {
    exit: 6,
    en: {
      what: 'The local result of {operation} (element {index}) is not a whole number, and this operation only counts; nothing was sent.',
      next: 'This is a defect; report it with the operation name.',
    },
    zh: {
      what: '{operation} 的本地结果（第 {index} 个）不是整数，而该操作只计数；未发送任何内容。',
      next: '这是程序缺陷，请附操作名称报告。',
    },
  },
  'FEDERATION.BAD_ANSWER': {
    exit: 6,
    en: {
      what: 'The answer of {site} to {operation} in round {round} does not have the form of this release at {path}.',
      next: 'Check that coordinator and sites run the same release.',
    },
    zh: { what: '{site} 在第 {round} 轮对 {operation} 的回复在 {path} 处不符合本版本的形式。', next: '请确认协调端和各中心运行同一版本。' },
  },
  'FEDERATION.BAD_LENGTH': {
    exit: 6,
    en: {
      what: 'A vector of {operation} from {site} has {actual} bytes, not {expected}.',
      next: 'Check that all sites run the same release.',
    },
    zh: { what: '{site} 的 {operation} 向量为 {actual} 字节，应为 {expected} 字节。', next: '请确认所有中心运行同一版本。' },
  },
  'FEDERATION.REPLAY_DIFFERS': {
    exit: 6,
    en: {
      what: 'Round {round} asks something else than the journal of this run recorded: the program is not deterministic or its release changed.',
      next: 'Finish the run with the release that began it, or start a new run.',
    },
    zh: {
      what: '第 {round} 轮的请求与本次运行日志的记录不同：程序不确定或版本已更改。',
      next: '请用开始时的版本完成本次运行，或新建运行。',
    },
  },
  'FEDERATION.IMPOSSIBLE_TOTAL': {
    exit: 6,
    en: {
      what: 'The published total of round {round} cannot be the result of its request ({flaw}).',
      next: 'Nothing is answered in this run any more. Ask the coordinator for the record of this round, and keep the ledger.',
    },
    zh: {
      what: '第 {round} 轮公布的合计不可能是该请求的结果（{flaw}）。',
      next: '本次运行不再回复任何请求。请向协调端索取该轮记录，并保留账本。',
    },
  },
  'FEDERATION.WITHHELD': {
    exit: 3,
    en: {
      what: 'Site {site} withheld {operation} in round {round}: {reason}.',
      next: "Read the reason in the site's egress record; the protocol or the data must change.",
    },
    zh: { what: '中心 {site} 在第 {round} 轮拒绝外发 {operation}：{reason}。', next: '请查看该中心的外发记录；需要修改方案或数据。' },
  },
  'FEDERATION.CONCURRENT_SUM': {
    exit: 6,
    en: {
      what: 'A program asked for a second sum before the first had ended.',
      next: 'Sums of a program are sequential; this is a defect.',
    },
    zh: { what: '程序在前一个求和结束之前请求了第二个求和。', next: '程序的求和必须依次进行；这是程序缺陷。' },
  },
  'FEDERATION.UNKNOWN_OPERATION': {
    exit: 6,
    en: {
      what: 'The operation {operation} is not in the catalogue of this release.',
      next: 'Install the release that the protocol names.',
    },
    zh: { what: '操作 {operation} 不在本版本的目录中。', next: '请安装方案所指定的版本。' },
  },
  'FEDERATION.BAD_PARAMS': {
    exit: 6,
    en: {
      what: 'The parameters of {operation} do not have the form of this release at {path}: {reason}.',
      next: 'Check that coordinator and sites run the same release.',
    },
    zh: { what: '{operation} 的参数在 {path} 处不符合本版本的形式：{reason}。', next: '请确认协调端和各中心运行同一版本。' },
  },
});
