import type { differencesEn } from './differences-messages.en.js';

/** Chinese texts of differences between sites before and after harmonization. */
export const differencesZh: Readonly<Record<keyof typeof differencesEn, string>> = {
  'differences.absent': '校正前后的中心间差异：{state}。',
  'differences.title': 'ComBat 前后训练中心之间的差异',
  'differences.titleBefore': '训练中心之间的差异（未作批次校正）',
  'differences.finding':
    '中心对特征方差的解释比例，中位数在 ComBat 前为 {before}，之后为 {after}。{total} 个特征中，均值在中心间有差异者之前 {countBefore} 个、之后 {countAfter} 个；离散程度有差异者之前 {spreadBefore} 个、之后 {spreadAfter} 个（F 检验，Benjamini-Hochberg 校正，0.05）。',
  'differences.findingBefore':
    '中心对特征方差的解释比例，中位数为 {before}。{total} 个特征中，均值在中心间有差异者 {countBefore} 个，离散程度有差异者 {spreadBefore} 个（F 检验，Benjamini-Hochberg 校正，0.05）。',
  'differences.howTo':
    '曲线表示中心解释的方差比例（eta 平方）不超过横轴数值的特征所占比例；上升越早，中心间差异越小。离散程度取与本中心中位数的距离。中心效应由同一批参与者估计，因此校正后的结果只是描述，不能说明新医院的情况。受检人群本身的差异未作控制。',
  'differences.axis': '中心间方差所占比例',
  'differences.features': '特征比例',
  'differences.locationBefore': '均值，校正前',
  'differences.locationAfter': '均值，校正后',
  'differences.spreadBefore': '离散程度，校正前',
  'differences.spreadAfter': '离散程度，校正后',
  'differences.caption': '特征方差中属于训练中心之间的比例',
  'differences.stage': '对象',
  'differences.median': '中位数',
  'differences.upper': '第 90 百分位',
  'differences.largest': '最大',
  'differences.different': '有差异的特征数',
  'differences.byFeature': '中心间差异最大的 {count} 个特征',
};
