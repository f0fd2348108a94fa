import { defineErrors } from '@cohortium/kernel';

/** Errors of the commands on images: maps and preprocessing. */
export const mapErrors = defineErrors({
  'CLI.NO_TIMES': {
    exit: 2,
    en: {
      what: 'The times of the {count} phases are not known: neither the images nor the command line tell all of them.',
      next: 'Name them in seconds with --times, or their distance with --time-step. Nothing is guessed: wrong times make wrong parameters.',
    },
    zh: {
      what: '{count} 期图像的时间未知：图像和命令行均未给出全部时间。',
      next: '请用 --times 以秒为单位给出各期时间，或用 --time-step 给出间隔。系统不作猜测：时间错误会导致参数错误。',
    },
  },
  'CLI.NO_B_VALUES': {
    exit: 2,
    en: {
      what: 'The b-values of the {count} images are not known: neither the images nor the command line tell all of them.',
      next: 'Name them with --b, or put the .bval file beside the image.',
    },
    zh: { what: '{count} 幅图像的 b 值未知：图像和命令行均未给出全部 b 值。', next: '请用 --b 给出，或将 .bval 文件放在图像旁边。' },
  },
  'CLI.NO_ACQUISITION': {
    exit: 2,
    en: {
      what: 'The {parameter, select, tr {repetition time} flip {flip angle} aifT1 {T1 of blood} t1 {T1 of the tissue} aif {arterial input} other {{parameter}}} is not known: neither the images nor the command line tell it, or the images disagree.',
      next: 'Name it with {option}.',
    },
    zh: {
      what: '{parameter, select, tr {重复时间} flip {翻转角} aifT1 {血液 T1} t1 {组织 T1} aif {动脉输入} other {{parameter}}}未知：图像和命令行均未给出，或各图像不一致。',
      next: '请用 {option} 给出。',
    },
  },
  'CLI.COUNT_DIFFERS': {
    exit: 2,
    en: {
      what: '{option} names {found} values; there are {expected} images.',
      next: 'Give one value for each image, in the order of the images.',
    },
    zh: { what: '{option} 给出 {found} 个值，而图像有 {expected} 幅。', next: '请按图像顺序为每幅图像给出一个值。' },
  },
  'CLI.GRIDS_DIFFER': {
    exit: 2,
    en: {
      what: 'Image {image} lies on another grid than image 1. Image 1: {first}. Image {image}: {other}.',
      next: 'Put images of one series together, or bring them onto one grid first (preprocess register, preprocess resample).',
    },
    zh: {
      what: '第 {image} 幅图像与第 1 幅的网格不同。第 1 幅：{first}。第 {image} 幅：{other}。',
      next: '请只合并同一序列的图像，或先统一到同一网格（preprocess register、preprocess resample）。',
    },
  },
  'CLI.BAD_SIDECAR': {
    exit: 2,
    en: {
      what: '{path} cannot be used: {problem, select, json {it is not JSON} field {a value is not of the expected kind} bval {it is not a list of numbers} csv {it is not a table of numbers with the columns time and conc} other {{problem}}}.',
      next: 'Correct the file, or give the values on the command line.',
    },
    zh: {
      what: '无法使用 {path}：{problem, select, json {不是 JSON} field {某个值的类型不符} bval {不是数值列表} csv {不是含 time 和 conc 两列的数值表} other {{problem}}}。',
      next: '请改正文件，或在命令行给出这些值。',
    },
  },
  'CLI.MIXED_IMAGES': {
    exit: 2,
    en: {
      what: 'The {count} images are of several kinds, which are not computed with each other: {kinds}.',
      next: 'Name the kind with --kind (water, for contrast), or write the volumes with intake convert and name those of one kind.',
    },
    zh: {
      what: '{count} 幅图像分属多个类型，不能一起计算：{kinds}。',
      next: '请用 --kind 指定类型（增强用 water），或用 intake convert 写出各体数据后只给出同一类型的图像。',
    },
  },
  'CLI.KIND_ABSENT': {
    exit: 2,
    en: { what: 'No image is of the kind {kind}; there are: {found}.', next: 'Name one of these with --kind, or leave it out.' },
    zh: { what: '没有类型为 {kind} 的图像；现有：{found}。', next: '请用 --kind 给出其中之一，或省略该选项。' },
  },
  'CLI.TOO_FEW_IMAGES': {
    exit: 2,
    en: {
      what: '{found, plural, one {# image was} other {# images were}} found; this command needs {needed}.',
      next: 'Name all images of the series with --image: folders of DICOM, or NIfTI files with three or four dimensions.',
    },
    zh: {
      what: '找到 {found} 幅图像；该命令需要 {needed} 幅。',
      next: '请用 --image 给出序列的全部图像：DICOM 文件夹，或三维、四维 NIfTI 文件。',
    },
  },
});
