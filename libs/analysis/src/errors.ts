import { defineErrors } from '@cohortium/kernel';

/** Errors of this library. */
export const analysisErrors = defineErrors({
  'COHORT.MALFORMED_CSV': {
    exit: 2,
    en: {
      what: 'The table {file} is not a well-formed CSV at line {line}: {reason}.',
      next: 'Correct the line; fields with commas or quotes must be quoted.',
    },
    zh: { what: '表 {file} 第 {line} 行不是规范的 CSV：{reason}。', next: '请改正该行；含逗号或引号的字段必须加引号。' },
  },
  'COHORT.NOT_UTF8': {
    exit: 2,
    en: {
      what: 'The table {file} is not UTF-8 text (first at line {line}).',
      next: 'Save it as "CSV UTF-8", or convert it with iconv.',
    },
    zh: { what: '表 {file} 不是 UTF-8 文本（首个位置在第 {line} 行）。', next: '请另存为“CSV UTF-8”，或用 iconv 转换。' },
  },
  'COHORT.EMPTY': {
    exit: 7,
    en: { what: 'The table {file} holds no participant.', next: 'Check that the right file was given.' },
    zh: { what: '表 {file} 中没有参与者。', next: '请检查是否给出了正确的文件。' },
  },
  'COHORT.NO_COLUMN': {
    exit: 2,
    en: {
      what: 'The table {file} has no column "{column}".',
      next: 'Correct the name; names are compared letter by letter. A cohort folder needs patient_id and site: docs/how-to/cohort-folder.md.',
    },
    zh: {
      what: '表 {file} 没有“{column}”列。',
      next: '请改正列名；列名逐字符比较。队列文件夹的表需要 patient_id 和 site 列：docs/how-to/cohort-folder.md。',
    },
  },
  'COHORT.BAD_EXTRACTION_RECORD': {
    exit: 2,
    en: {
      what: 'The record of how the features were extracted cannot be read: {path} ({reason}).',
      next: 'Extract the features again; the record is written beside them.',
    },
    zh: { what: '无法读取特征提取记录：{path}（{reason}）。', next: '请重新提取特征；记录会写在特征旁边。' },
  },
  'COHORT.BAD_MAPPING': {
    exit: 2,
    en: {
      what: 'The mapping of the clinical table cannot be used: {path} ({reason}).',
      next: 'Name columns of the table under the fields that docs/how-to/clinical-table.md lists.',
    },
    zh: { what: '临床表的列映射无法使用：{path}（{reason}）。', next: '请按 docs/how-to/clinical-table.md 所列字段填写表中的列名。' },
  },
  'COHORT.DUPLICATE_COLUMN': {
    exit: 2,
    en: {
      what: 'Columns {first} and {second} of {file} have the same name.',
      next: 'Rename one of them; the first line must hold column names.',
    },
    zh: { what: '{file} 的第 {first} 列与第 {second} 列同名。', next: '请重命名其中之一；第一行必须是列名。' },
  },
  'COHORT.DUPLICATE_PARTICIPANT': {
    exit: 2,
    en: { what: 'A participant stands twice in {file} (lines {first} and {second}).', next: 'Keep one row per participant.' },
    zh: { what: '{file} 中有参与者重复（第 {first} 行和第 {second} 行）。', next: '每位参与者只保留一行。' },
  },
  'COHORT.NOT_A_NUMBER': {
    exit: 2,
    en: {
      what: 'Column "{column}" of {file} holds something that is not a finite number at line {line}.',
      next: 'Use plain decimal numbers; leave missing cells empty.',
    },
    zh: { what: '{file} 的“{column}”列第 {line} 行不是有限数值。', next: '请使用普通十进制数；缺失单元格留空。' },
  },
  'COHORT.BAD_ENDPOINT': {
    exit: 2,
    en: {
      what: 'Column "{column}" of {file} holds a value at line {line} that the protocol counts neither as positive nor as negative.',
      next: 'Correct the cell, leave it empty, or list the value in the protocol.',
    },
    zh: { what: '{file} 的“{column}”列第 {line} 行的值在方案中既非阳性也非阴性。', next: '请改正该单元格、留空，或在方案中列出该值。' },
  },
  'COHORT.BAD_CATEGORY': {
    exit: 2,
    en: {
      what: 'Column "{column}" of {file} holds a value at line {line} that is not among the levels of the protocol.',
      next: 'Correct the cell, leave it empty, or list the value under analysis.clinical in the protocol.',
    },
    zh: {
      what: '{file} 的“{column}”列第 {line} 行的值不在方案列出的类别中。',
      next: '请改正该单元格、留空，或在方案 analysis.clinical 中列出该值。',
    },
  },
  'COHORT.SITE_COLUMNS': {
    exit: 2,
    en: {
      what: 'The table {file} has no column like column {position} of {other}.',
      next: 'Give every site the same columns, and leave the cells of what was not measured empty.',
    },
    zh: {
      what: '表 {file} 中没有与 {other} 第 {position} 列同名的列。',
      next: '各中心的列必须相同；未测量的单元格请留空。',
    },
  },
  'COHORT.SITE_MISMATCH': {
    exit: 2,
    en: {
      what: 'Line {line} of {file} names another site than the rest of the cohort says.',
      next: 'features.csv and clinical.csv must agree, and a site folder holds only its own participants.',
    },
    zh: {
      what: '{file} 第 {line} 行的中心与队列其余部分不一致。',
      next: 'features.csv 与 clinical.csv 必须一致，且每个中心文件夹只含本中心参与者。',
    },
  },
  'STUDY.TOO_FEW_SITES': {
    exit: 7,
    en: {
      what: '{eligible, plural, one {# hospital is} other {# hospitals are}} eligible for training, and the protocol needs {needed}. Excluded: {excluded}.',
      next: 'Enroll more hospitals or participants; the rules stand in the protocol under sites and clauses.',
    },
    zh: {
      what: '符合训练条件的医院有 {eligible} 家，方案要求 {needed} 家。被排除：{excluded}。',
      next: '请增加医院或参与者；规则见方案的 sites 与 clauses。',
    },
  },
  'STUDY.NO_FEATURES_LEFT': {
    exit: 7,
    en: {
      what: 'No feature is left: {missing} are missing too often and {constant} are constant in training.',
      next: 'Check the feature tables, or raise analysis.missingness.maxShare in the protocol.',
    },
    zh: {
      what: '没有剩余特征：{missing} 个缺失过多，{constant} 个在训练中为常数。',
      next: '请检查特征表，或在方案中提高 analysis.missingness.maxShare。',
    },
  },
  'STUDY.NOTHING_SELECTED': {
    exit: 7,
    en: {
      what: 'Feature selection ({rule}) leaves no feature.',
      next: 'Use a milder rule under analysis.selection, or none: a penalty selects too.',
    },
    zh: {
      what: '特征选择（{rule}）后没有剩余特征。',
      next: '请在 analysis.selection 中使用更宽松的规则或不用规则：惩罚本身也会选择特征。',
    },
  },
  'STUDY.NO_INPUTS_LEFT': {
    exit: 7,
    en: {
      what: 'No input of the model {model} is left: all of them are constant or missing too often in training.',
      next: 'Give the model other inputs in the protocol, or leave it out.',
    },
    zh: { what: '模型 {model} 没有剩余输入：在训练中均为常数或缺失过多。', next: '请在方案中为该模型指定其他输入，或去掉该模型。' },
  },
  'STUDY.LOSO_TOO_FEW_SITES': {
    exit: 7,
    en: {
      what: 'Leave-one-site-out ({rule}) needs {needed} training hospitals; {eligible} are eligible.',
      next: 'Disable it in the protocol, choose the rule finalModel, or enroll more hospitals.',
    },
    zh: {
      what: '留一中心验证（{rule}）需要 {needed} 家训练医院，现有 {eligible} 家。',
      next: '请在方案中停用、改用 finalModel 规则，或增加医院。',
    },
  },
  'STUDY.ONNX_DIFFERS': {
    exit: 6,
    en: {
      what: "The ONNX model and the built-in prediction differ by {difference} on this site's participants (allowed: {allowed}).",
      next: 'Do not use the model; report this with the release number.',
    },
    zh: { what: 'ONNX 模型与内置预测在本中心参与者上的差异为 {difference}（允许 {allowed}）。', next: '请勿使用该模型，并附版本号报告。' },
  },
  'STUDY.MODEL_HASH': {
    exit: 6,
    en: {
      what: 'The model sent for validation is not the one that was locked.',
      next: 'Nothing was computed. Report this to the study coordinator.',
    },
    zh: { what: '送来验证的模型不是已锁定的模型。', next: '未进行任何计算，请报告研究协调员。' },
  },
  'METHOD.UNKNOWN': {
    exit: 2,
    en: { what: 'There is no operation {name}; there are: {known}.', next: 'Run "cohortium operations" to see what each of them does.' },
    zh: { what: '没有操作 {name}；现有：{known}。', next: '请运行“cohortium operations”查看各操作说明。' },
  },
  'METHOD.BAD_PARAMS': {
    exit: 2,
    en: {
      what: 'The parameters of {name} do not fit at {path}: {reason}.',
      next: 'Run "cohortium operations {name}" to see every parameter with its default.',
    },
    zh: { what: '{name} 的参数在 {path} 处不符合要求：{reason}。', next: '请运行“cohortium operations {name}”查看全部参数及默认值。' },
  },
  'METHOD.NO_COLUMN': {
    exit: 2,
    en: { what: 'The table has no column "{column}".', next: 'Correct the name in the parameters; names are compared letter by letter.' },
    zh: { what: '表中没有“{column}”列。', next: '请在参数中改正列名；列名逐字符比较。' },
  },
  'METHOD.NOT_NUMERIC': {
    exit: 2,
    en: {
      what: 'The column "{column}" holds text where numbers are needed.',
      next: 'Use plain decimal numbers and empty cells, or name the column where categories are allowed.',
    },
    zh: { what: '“{column}”列为文本，此处需要数值。', next: '请使用普通十进制数和空单元格，或在允许分类变量处使用该列。' },
  },
  'METHOD.TOO_MANY_SITES': {
    exit: 2,
    en: { what: '{participants} participants cannot be dealt to {sites} sites.', next: 'Give a smaller number in --split.' },
    zh: { what: '{participants} 名参与者无法分到 {sites} 个中心。', next: '请在 --split 中给出更小的数。' },
  },
  'METHOD.NO_NAME': {
    exit: 2,
    en: {
      what: '{file}, line {line}: the column "{column}", which names sites or participants, is empty.',
      next: 'Fill in the cell, or remove the row.',
    },
    zh: { what: '{file} 第 {line} 行：标识中心或参与者的“{column}”列为空。', next: '请填写该单元格，或删除该行。' },
  },
  'METHOD.REFUSED': {
    exit: 7,
    en: { what: '{name} cannot be computed: {reason}.', next: 'Read the reason; parameters or data have to change.' },
    zh: { what: '{name} 无法计算：{reason}。', next: '请查看原因；需要修改参数或数据。' },
  },
});
