import { translator } from '@cohortium/kernel';
import type { Catalog, Language, MessageParams } from '@cohortium/kernel';

const en = {
  previewAbout: 'what would leave? A dry run at one site: every message of a study with its exact values, before approval; nothing is sent',
  previewProtocol: 'protocol file (YAML or JSON)',
  previewCohort: 'folder with the tables of this site (or of all)',
  previewSite: 'code of this site',
  previewExternal: 'codes of the hospitals that take no part in training, with commas between',
  standIns: 'Standing in for {sites}: the rows of {site} under their codes. Totals, and so later values, are not those of the study.',
  noSite: 'Site {site} has no rows in this folder.',
  clauseLine: '{clause}: {purpose}',
  operationLine:
    '  {operation} ({kind, select, sum {joins a sum} other {summary of this site}}, {scope}): {messages, plural, one {# message} other {# messages}}, {bytes} bytes, largest {largest}, smallest count {smallest}',
  withheldLine: '  withheld: {operation}, {reason} ({count})',
  valuesLine: '    round {round}: {values}',
  more: '... and {count} more',
  totalLine:
    '{messages, plural, one {# message} other {# messages}}, {bytes} bytes would leave {site}; {withheld} withheld. Nothing was sent.',
  endedBy: 'The program ended early: {code}. What is listed is what would leave until then.',
  allValues: 'Every value: --json.',
};
const zh: Readonly<Record<keyof typeof en, string>> = {
  previewAbout: '将外发什么？在单个中心试运行：批准之前列出研究的每条消息及其确切数值；不发送任何内容',
  previewProtocol: '方案文件（YAML 或 JSON）',
  previewCohort: '本中心（或全部中心）数据表所在文件夹',
  previewSite: '本中心代码',
  previewExternal: '不参与训练的中心代码，以逗号分隔',
  standIns: '以 {site} 的数据行代替 {sites}。因此合计及后续数值并非研究的真实数值。',
  noSite: '该文件夹中没有中心 {site} 的数据行。',
  clauseLine: '{clause}：{purpose}',
  operationLine:
    '  {operation}（{kind, select, sum {参与求和} other {本中心汇总}}，{scope}）：{messages} 条消息，{bytes} 字节，最大 {largest} 字节，最小计数 {smallest}',
  withheldLine: '  拒绝外发：{operation}，{reason}（{count}）',
  valuesLine: '    第 {round} 轮：{values}',
  more: '……另有 {count} 个',
  totalLine: '{site} 将外发 {messages} 条消息，共 {bytes} 字节；拒绝 {withheld} 条。未发送任何内容。',
  endedBy: '程序提前结束：{code}。以上为此前将外发的内容。',
  allValues: '查看全部数值：--json。',
};

const catalog: Catalog<keyof typeof en> = { en, zh };

/** The words of `cohortium preview` in one language. */
export function previewWords(language: Language): (key: keyof typeof en, params?: MessageParams) => string {
  return translator(catalog, language);
}
