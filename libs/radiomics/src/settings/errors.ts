import { defineErrors } from '@cohortium/kernel';

/** Errors of settings. */
export const settingsErrors = defineErrors({
  'RADIOMICS.BAD_PLAN': {
    exit: 2,
    en: {
      what: 'The extraction plan cannot be used: {path}: {reason}.',
      next: 'Correct the plan; docs/how-to/extraction-plan.md shows its form.',
    },
    zh: { what: '提取计划无法使用：{path}：{reason}。', next: '请更正计划；格式见 docs/how-to/extraction-plan.md。' },
  },
  'RADIOMICS.BAD_SETTINGS': {
    exit: 2,
    en: {
      what: 'The settings do not follow their schema at {path}: {reason}.',
      next: 'Compare with docs/schemas/radiomics-settings.schema.json; every key is described there.',
    },
    zh: { what: '设置在 {path} 处不符合模式：{reason}。', next: '请对照 docs/schemas/radiomics-settings.schema.json，其中说明了每个键。' },
  },
  'RADIOMICS.SETTINGS_CONFLICT': {
    exit: 2,
    en: {
      what: 'The settings contradict themselves: {rule, select, arbitraryRange {arbitrary intensity units allow no re-segmentation range} fbsWithoutRange {fixed bin size starts at the lower bound of a re-segmentation range that is not given} emptyRange {the re-segmentation range is empty} acrossSlices {a 2D approach does not interpolate across slices} noAggregation {no texture aggregation is left for {family}} sameFilterTwice {two filters are called {family}} other {{rule}}}.',
      next: '{rule, select, arbitraryRange {Use calibrated units, or outlierSigma instead of a range} fbsWithoutRange {Give the range, an explicit lowerBound, or use FBN} emptyRange {Give the lower bound first} acrossSlices {Set the third spacing to null, or use the 3D approach} noAggregation {Add an aggregation of this family or leave the family out} sameFilterTwice {Give one of them another id} other {Change the settings}}.',
    },
    zh: {
      what: '设置自相矛盾：{rule, select, arbitraryRange {任意强度单位不允许设置重分割范围} fbsWithoutRange {固定箱宽离散化应从重分割范围的下限开始，但未给出该范围} emptyRange {重分割范围为空} acrossSlices {2D 方式不在层间插值} noAggregation {没有适用于 {family} 的纹理聚合方式} sameFilterTwice {有两个滤波器名为 {family}} other {{rule}}}。',
      next: '{rule, select, arbitraryRange {请使用校准单位，或以 outlierSigma 代替范围} fbsWithoutRange {请给出范围、明确的 lowerBound，或改用 FBN} emptyRange {请先给出下限} acrossSlices {请将第三个间距设为 null，或使用 3D 方式} noAggregation {请添加适用的聚合方式或去掉该族} sameFilterTwice {请为其中之一指定其他 id} other {请修改设置}}。',
    },
  },
  'RADIOMICS.UNKNOWN_SEQUENCE': {
    exit: 2,
    en: {
      what: '{given, select, none {These settings need a sequence} other {The settings know no sequence {given}}}; they know {known, select, none {none} other {{known}}}.',
      next: 'Name one of them with --sequence, or leave the option out where it is not needed.',
    },
    zh: {
      what: '{given, select, none {此设置需要指定序列} other {设置中没有序列 {given}}}；可用：{known, select, none {无} other {{known}}}。',
      next: '请用 --sequence 指定其中之一；不需要时请省略该选项。',
    },
  },
});
