import { defineErrors } from '@cohortium/kernel';

/** Errors about the images of cases. */
export const casesErrors = defineErrors({
  'CASES.CANNOT_READ': {
    exit: 2,
    en: { what: 'The files of the case cannot be read ({reason}).', next: 'Check the permissions of the folder and of its files.' },
    zh: { what: '无法读取该病例的文件（{reason}）。', next: '请检查文件夹及其中文件的权限。' },
  },
  'CASES.SAME_PERSON': {
    exit: 2,
    en: {
      what: 'Another case of this hospital is of the same person (case {other}); neither is taken.',
      next: 'Keep one examination for each person in this folder, or join both in one folder if they are one examination.',
    },
    zh: {
      what: '本院另一病例（第 {other} 例）属于同一人；两者均未采纳。',
      next: '请为每人只保留一次检查；若属同一次检查，请合并到一个文件夹。',
    },
  },
  'CASES.NO_CLINICAL_ROW': {
    exit: 2,
    en: {
      what: 'None of the {count} cases of {site} has a row in its clinical table.',
      next: 'Identifiers of images and table differ: name the same site key with --key, and the issuer of the identifiers with --issuer where the images state one.',
    },
    zh: {
      what: '{site} 的 {count} 例病例在临床表中均无对应行。',
      next: '图像与表中的标识不一致：请用 --key 指定同一中心密钥；若图像注明了标识签发者，请用 --issuer 指定。',
    },
  },
  'CASES.INCOMPLETE': {
    exit: 1,
    en: {
      what: '{count} synthetic examinations gave no features; nothing was kept.',
      next: 'Run the demo again; with less memory, set --workers of "cohort build" to 1.',
    },
    zh: { what: '{count} 例合成检查未得到特征；未保留任何结果。', next: '请重新运行演示。' },
  },
  'CASES.NO_SITES': {
    exit: 2,
    en: {
      what: 'The folder holds no hospital: no subfolder has a folder "dicom".',
      next: 'Lay it out as docs/how-to/cohort-build.md says, or name the one hospital with --site.',
    },
    zh: {
      what: '文件夹中没有医院：没有任何子文件夹含有 "dicom" 文件夹。',
      next: '请按 docs/how-to/cohort-build.md 组织文件夹，或用 --site 指定唯一的医院。',
    },
  },
  'CASES.ALL_FAILED': {
    exit: 7,
    en: {
      what: 'No case of {site} gave features ({count} failed).',
      next: 'Look at the reasons above; "cohortium intake scan" shows the series.',
    },
    zh: { what: '{site} 没有任何病例得到特征（{count} 例失败）。', next: '请查看上面的原因；"cohortium intake scan" 可显示序列。' },
  },
});
