import { ihcScores, ishResults } from './her2.js';

/** What a column of a clinical table may hold. */
export type ClinicalField =
  | { readonly kind: 'number'; readonly least: number; readonly most: number }
  | { readonly kind: 'code'; readonly codes: readonly string[]; readonly words: Readonly<Record<string, string>> }
  | { readonly kind: 'receptor' };

const yesNo = words({ '1': ['1', 'yes', 'y', 'true', '是', '有'], '0': ['0', 'no', 'n', 'false', '否', '无'] });
/** Share of stained nuclei from which a hormone receptor counts as positive, in percent (ASCO/CAP 2020, doi:10.1200/JCO.19.02309). */
const receptorPositivePercent = 1;
const positiveWords = ['positive', 'pos', '阳性', '+', '++', '+++', '1+', '2+', '3+'];
const negativeWords = ['negative', 'neg', '阴性', '-', '0%'];

/** Fields that a clinical table can be mapped to, by the column they get in clinical.csv. */
export const clinicalFields = {
  age_years: { kind: 'number', least: 18, most: 120 },
  her2_ihc: code(ihcScores, {
    '0': ['0', '-', '(-)', '（-）', 'score 0'],
    '1+': ['1+', '1', '+', '(+)', '（+）'],
    '2+': ['2+', '2', '++', '(++)', '（++）', 'equivocal'],
    '3+': ['3+', '3', '+++', '(+++)', '（+++）'],
  }),
  her2_ish: code(ishResults, {
    negative: ['negative', 'neg', 'not amplified', 'non-amplified', '0', '阴性', '无扩增', '未扩增'],
    positive: ['positive', 'pos', 'amplified', '+', '1', '阳性', '扩增', '有扩增'],
  }),
  er: { kind: 'receptor' },
  pr: { kind: 'receptor' },
  ki67_percent: { kind: 'number', least: 0, most: 100 },
  grade: code(['1', '2', '3'], { '1': ['1', 'i', 'g1', 'Ⅰ'], '2': ['2', 'ii', 'g2', 'Ⅱ'], '3': ['3', 'iii', 'g3', 'Ⅲ'] }),
  stage: code(['0', 'I', 'II', 'III', 'IV'], {
    '0': ['0', 'tis'],
    I: ['i', 'ia', 'ib', '1', 'Ⅰ', 'ⅰ', 'Ⅰa', 'Ⅰb'],
    II: ['ii', 'iia', 'iib', '2', 'Ⅱ', 'ⅱ', 'Ⅱa', 'Ⅱb'],
    III: ['iii', 'iiia', 'iiib', 'iiic', '3', 'Ⅲ', 'ⅲ', 'Ⅲa', 'Ⅲb', 'Ⅲc'],
    IV: ['iv', '4', 'Ⅳ', 'ⅳ'],
  }),
  menopausal: { kind: 'code', codes: ['0', '1'], words: { ...yesNo, ...words({ '1': ['post', '绝经'], '0': ['pre', '未绝经'] }) } },
  pcr: { kind: 'code', codes: ['0', '1'], words: yesNo },
  followup_months: { kind: 'number', least: 0, most: 600 },
  event: { kind: 'code', codes: ['0', '1'], words: yesNo },
} as const satisfies Readonly<Record<string, ClinicalField>>;

/** See {@link clinicalFields}. */
export type ClinicalFieldName = keyof typeof clinicalFields;
/** Names of {@link clinicalFields}. */
export const clinicalFieldNames = Object.keys(clinicalFields) as ClinicalFieldName[];

function code(codes: readonly string[], forms: Readonly<Record<string, readonly string[]>>): ClinicalField {
  return { kind: 'code', codes, words: words(forms) };
}

/** Code by written form. */
function words(forms: Readonly<Record<string, readonly string[]>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(forms).flatMap(([value, written]) => written.map((form) => [form.toLowerCase(), value])));
}

/** Why a cell cannot be taken. */
export type CellProblem = 'notANumber' | 'outOfRange' | 'unknownValue';

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)$/;
/** Full-width signs and digits of Chinese input methods as ASCII. */
const narrow = (text: string): string => text.normalize('NFKC').trim();

/**
 * The value of a cell in the form of clinical.csv.
 * @param known further written forms of this column, as the mapping declares them
 */
export function readCell(
  field: ClinicalField,
  cell: string,
  known: Readonly<Record<string, string>> = {},
): { readonly value: string } | { readonly problem: CellProblem } {
  const declared = known[cell.trim()];
  const text = narrow(declared ?? cell);
  if (field.kind === 'number') return numberCell(text, field.least, field.most);
  if (field.kind === 'receptor') return receptorCell(text);
  const value = field.codes.includes(text) ? text : field.words[text.toLowerCase()];
  return value === undefined ? { problem: 'unknownValue' } : { value };
}

function numberCell(text: string, least: number, most: number): ReturnType<typeof readCell> {
  const bare = text.replace(/\s*%$/, '');
  if (!decimal.test(bare)) return { problem: 'notANumber' };
  const value = Number(bare);
  return value < least || value > most ? { problem: 'outOfRange' } : { value: String(value) };
}

/** A hormone receptor: a word, or the percentage of stained nuclei. */
function receptorCell(text: string): ReturnType<typeof readCell> {
  const word = text.toLowerCase();
  if (positiveWords.includes(word)) return { value: '1' };
  if (negativeWords.includes(word)) return { value: '0' };
  const share = numberCell(text, 0, 100);
  if ('problem' in share) return share.problem === 'notANumber' ? { problem: 'unknownValue' } : share;
  return { value: Number(share.value) >= receptorPositivePercent ? '1' : '0' };
}
