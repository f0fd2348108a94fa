import { translator } from '@cohortium/kernel';
import type { Language, MessageParams } from '@cohortium/kernel';
import { findingsEn, findingsZh } from './finding-words.js';

const en = {
  verifyAbout: 'check a study bundle offline: what left, under which clause, and that nobody changed the record',
  verifyArgument: 'bundle file (the demo writes study.bundle)',
  verifyFull: 'demand a full bundle and recompute every total and the results from what left; a full bundle is recomputed in any case',
  verifyRoster: 'signed roster (file), or the fingerprint that verify printed elsewhere: fixes who signed',
  verifyAtLeast: 'file with a signed checkpoint that you know from elsewhere: the bundle may not be older',
  bundleAbout: 'write the bundle of a study, which a board verifies offline',
  bundleStudy: 'study',
  bundleFull: 'with what left and what each round learned, where the coordinator kept it',
  bundleOut: 'bundle file to write',
  bundleCoordinator: 'data folder of the coordinator',
  bundleWritten: 'Bundle: {path} ({bytes, number} bytes)',
  bundleIn: 'Bundle for the ethics board: {path}',
  verified: 'Study {study}: nothing was altered, dropped, reordered or rolled back.',
  altered: 'Study {study}: {count, plural, one {# thing is} other {# things are}} wrong. First: {first}',
  further: 'Then: {finding}',
  more: '... and {count, number} more.',
  logLine:
    '{log}: {leaves, plural, one {# leaf} other {# leaves}}, {released, number} released ({bytes, number} bytes), {withheld, number} withheld; last checkpoint witnessed by {by, number} of {of, number}',
  scopeLine: '{protocols, plural, one {# protocol version} other {# protocol versions}}, {rounds, plural, one {# round} other {# rounds}}.',
  protocolIs:
    'Protocol {version}: SHA-256 {hash}, to be compared with what "cohortium protocol verify" shows of the version that you signed.',
  rosterIs: 'Roster fingerprint: {fingerprint}',
  signersUnchecked: 'Not checked: who signed. Ask a site for the signed roster of the study, and repeat with --roster FILE.',
  signersChecked: 'Checked: the signers are those of the roster that you named.',
  signedRosterIs: 'Signed roster: {consortium} {version}. Fingerprint, to be compared by telephone: {fingerprint}',
  freshnessUnchecked: 'Not checked: whether this is the newest state. Ask a site for its checkpoint, and repeat with --at-least.',
  freshnessChecked: 'Checked: the bundle is at least as new as the checkpoint that you named.',
  totalsUnchecked: 'Not checked: that totals follow from what left. A light bundle holds hashes only.',
  totalsChecked: 'Checked: every total follows from what left, and model and results follow from the totals.',
  atLeaf: '{what} Log {log}, leaf {index, number}{type, select, none {} other { ({type})}}.',
  inLog: '{what} Log {log}.',
} as const;

const zh: Readonly<Record<keyof typeof en, string>> = {
  verifyAbout: '离线核验研究证据包：有哪些内容离开、依据哪条条款，以及记录未被更改',
  verifyArgument: '证据包文件（演示写出 study.bundle）',
  verifyFull: '要求完整证据包，并由离开的内容重新计算每个合计和结果；完整证据包总会重新计算',
  verifyRoster: '签名名册（文件），或别处 verify 显示的指纹：确定签名者',
  verifyAtLeast: '您从其他途径得到的已签名检查点文件：证据包不得比它更旧',
  bundleAbout: '写出研究的证据包，供伦理委员会离线核验',
  bundleStudy: '研究',
  bundleFull: '包含离开的内容及每轮的合计（若协调端保留了它们）',
  bundleOut: '要写出的证据包文件',
  bundleCoordinator: '协调端的数据文件夹',
  bundleWritten: '证据包：{path}（{bytes, number} 字节）',
  bundleIn: '供伦理委员会使用的证据包：{path}',
  verified: '研究 {study}：没有内容被更改、删除、调换顺序或回退。',
  altered: '研究 {study}：发现 {count, number} 处问题。首先：{first}',
  further: '其次：{finding}',
  more: '……另有 {count, number} 处。',
  logLine:
    '{log}：{leaves, number} 条记录，放行 {released, number} 条（{bytes, number} 字节），扣留 {withheld, number} 条；最后检查点由 {of, number} 个中心中的 {by, number} 个见证',
  scopeLine: '{protocols, number} 个方案版本，{rounds, number} 轮。',
  protocolIs: '方案 {version}：SHA-256 {hash}，请与“cohortium protocol verify”对您所签版本的显示比较。',
  rosterIs: '名册指纹：{fingerprint}',
  signersUnchecked: '未核验：签名者是谁。请向某个中心索取该研究的签名名册，并用 --roster 文件 重新运行。',
  signersChecked: '已核验：签名者与您指定的名册一致。',
  signedRosterIs: '签名名册：{consortium} {version}。指纹（请电话核对）：{fingerprint}',
  freshnessUnchecked: '未核验：是否为最新状态。请向某个中心索取检查点，并用 --at-least 重新运行。',
  freshnessChecked: '已核验：证据包不旧于您指定的检查点。',
  totalsUnchecked: '未核验：合计是否由离开的内容得出。轻量证据包只含哈希。',
  totalsChecked: '已核验：每个合计均由离开的内容得出，模型和结果均由合计得出。',
  atLeaf: '{what}日志 {log}，第 {index, number} 条记录{type, select, none {} other {（{type}）}}。',
  inLog: '{what}日志 {log}。',
};

/** A key of the words of `verify` and `bundle`. */
export type BundleKey = keyof typeof en | keyof typeof findingsEn;

/** Words of `verify` and `bundle` in one language. */
export function bundleWords(language: Language): (key: BundleKey, params?: MessageParams) => string {
  return translator<BundleKey>({ en: { ...en, ...findingsEn }, zh: { ...zh, ...findingsZh } }, language);
}
