import { defineErrors } from '@cohortium/kernel';

/** Errors of the way from a PACS or a folder into the tray. */
export const intakeErrors = defineErrors({
  'INTAKE.NO_FILES': {
    exit: 2,
    en: { what: 'The folder holds no file.', next: 'Name the folder into which the images were exported.' },
    zh: { what: '文件夹中没有任何文件。', next: '请指定图像导出所在的文件夹。' },
  },
});
