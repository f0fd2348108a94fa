import { defineErrors } from '@cohortium/kernel';

/** Errors of one case, from its objects to its features. */
export const caseErrors = defineErrors({
  'CASES.NO_IMAGES': {
    exit: 2,
    en: { what: 'None of the {count} files of the case is a DICOM object.', next: 'Check that the export is complete.' },
    zh: { what: '该病例的 {count} 个文件中没有 DICOM 对象。', next: '请检查导出是否完整。' },
  },
  'CASES.SEVERAL_PEOPLE': {
    exit: 2,
    en: {
      what: 'The folder of one case holds images of {count} people.',
      next: 'Put the images of each person into a folder of their own.',
    },
    zh: { what: '同一病例文件夹中含有 {count} 个人的图像。', next: '请将每个人的图像分别放入各自的文件夹。' },
  },
  'CASES.NO_IDENTITY': {
    exit: 2,
    en: {
      what: 'The images of the case state no PatientID.',
      next: 'De-identify them with "cohortium intake deidentify", which writes the pseudonym there.',
    },
    zh: { what: '该病例的图像没有 PatientID。', next: '请使用 "cohortium intake deidentify" 去标识化，假名会写入该字段。' },
  },
  'CASES.NO_FEATURES': {
    exit: 2,
    en: {
      what: 'No feature of the plan could be extracted from the case: {reasons}.',
      next: 'See "cohortium intake scan" for its series and their roles, and check that a segmentation is there.',
    },
    zh: {
      what: '无法从该病例提取计划中的任何特征：{reasons}。',
      next: '请用 "cohortium intake scan" 查看其序列与角色，并检查是否有分割。',
    },
  },
  'CASES.ACQUISITION_REFUSED': {
    exit: 3,
    en: {
      what: 'The images of the case are not as the acquisition rules want them: {rules}.',
      next: 'See "cohortium intake scan --rules" for attributes and values. The case stays out, or the rules are changed for everybody.',
    },
    zh: {
      what: '该病例的图像不符合采集规则：{rules}。',
      next: '请用 "cohortium intake scan --rules" 查看属性与数值。该病例不纳入，或为所有中心修改规则。',
    },
  },
});
