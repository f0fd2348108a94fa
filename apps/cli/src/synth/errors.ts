import { defineErrors } from '@cohortium/kernel';

/** Errors of `cohortium synth`. */
export const synthCliErrors = defineErrors({
  'CLI.OUT_NOT_EMPTY': {
    exit: 2,
    en: { what: 'The output folder {path} is not empty; it is left alone.', next: 'Name a new or empty folder with --out.' },
    zh: { what: '输出文件夹 {path} 不为空；未做任何改动。', next: '请用 --out 指定新的或空的文件夹。' },
  },
});
