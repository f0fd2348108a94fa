import { translator } from '@cohortium/kernel';
import type { Catalog, Language, MessageParams } from '@cohortium/kernel';

const en = {
  synthAbout: 'make a multi-center breast MRI cohort in DICOM with known truth: no patient, no measurement',
  sitesOption: 'number of hospitals, 1 to 200',
  casesOption: 'participants of each hospital',
  seedOption: 'seed; the same seed and options give the same bytes',
  outOption: 'new or empty folder to write',
  sizeOption: 'columns x rows x slices of T2 and dynamic series',
  formOption: 'MR objects: one image each, many frames each, or as each vendor prefers',
  idealOption: 'no noise, no coil, exact flip angles and gradients, 16 bits',
  perfusionOption: 'share of blood that perfuses in diffusion series, 0 to 0.5',
  workersOption: 'threads (default: one per processor); they do not change what is made',
  badSize: 'not of the form 64x64x16',
  badShare: 'not between 0 and 0.5',
  notice: 'SYNTHETIC DATA: made by a program, not measured. No figure says anything about patients.',
  plan: '{sites, plural, one {# hospital} other {# hospitals}}, {participants, plural, one {# participant} other {# participants}}, {size} voxels, seed {seed}, {workers, plural, one {# thread} other {# threads}}.',
  status: '{done} of {count} participants, about {seconds} s left',
  done: '{files, plural, one {# file} other {# files}}, {megabytes} MB in {seconds} s.',
  achievable: 'Expected AUC of the true HER-2 probabilities within hospitals: {auc}.',
  where: 'Written: {path}. Each hospital has dicom/ and clinical.csv; truth/ is for whoever checks an analysis, not for the hospitals.',
  interrupted: 'Stopping; nothing will stay behind.',
} as const;
const zh: Readonly<Record<keyof typeof en, string>> = {
  synthAbout: '生成真值已知的多中心乳腺 MRI 队列（DICOM）：没有患者，也没有测量',
  sitesOption: '医院数，1 至 200',
  casesOption: '每家医院的参与者数',
  seedOption: '随机种子；相同的种子和选项生成相同的字节',
  outOption: '要写入的新文件夹或空文件夹',
  sizeOption: 'T2 和动态序列的列 x 行 x 层',
  formOption: 'MR 对象形式：单帧（classic）、多帧（enhanced），或按各厂商习惯（mixed）',
  idealOption: '无噪声、无线圈影响，翻转角和梯度精确，16 位',
  perfusionOption: '弥散序列中灌注血液所占比例，0 至 0.5',
  workersOption: '线程数（默认：每个处理器一个）；不影响生成内容',
  badSize: '不是 64x64x16 的形式',
  badShare: '不在 0 与 0.5 之间',
  notice: '合成数据：由程序生成，并非测量所得。任何数字都与患者无关。',
  plan: '{sites} 家医院，{participants} 名参与者，{size} 体素，种子 {seed}，{workers} 个线程。',
  status: '已完成 {done}/{count} 名参与者，预计还需 {seconds} 秒',
  done: '{files} 个文件，{megabytes} MB，用时 {seconds} 秒。',
  achievable: '各医院内真实 HER-2 概率的期望 AUC：{auc}。',
  where: '已写入：{path}。每家医院有 dicom/ 和 clinical.csv；truth/ 供核查分析者使用，不属于医院。',
  interrupted: '正在停止；不会留下任何文件。',
};

const catalog: Catalog<keyof typeof en> = { en, zh };

/** The words of `cohortium synth` in one language. */
export function synthWords(language: Language): (key: keyof typeof en, params?: MessageParams) => string {
  return translator(catalog, language);
}
