import type { Catalog, Language, MessageParams } from '@cohortium/kernel';
import { translator } from '@cohortium/kernel';
import { differencesEn } from './differences-messages.en.js';
import { differencesZh } from './differences-messages.zh.js';
import { disclosureEn } from './disclosure-messages.en.js';
import { disclosureZh } from './disclosure-messages.zh.js';
import { evaluationEn } from './evaluation-messages.en.js';
import { evaluationZh } from './evaluation-messages.zh.js';
import { en as mainEn } from './messages.en.js';
import { zh as mainZh } from './messages.zh.js';
import { termsEn } from './terms-messages.en.js';
import { termsZh } from './terms-messages.zh.js';

const en = { ...mainEn, ...differencesEn, ...disclosureEn, ...evaluationEn, ...termsEn };
const zh = { ...mainZh, ...differencesZh, ...disclosureZh, ...evaluationZh, ...termsZh };

/** Keys of the texts of this library. */
export type MessageKey = keyof typeof en;

/** Every text of reports and summaries. */
export const reportingMessages: Catalog<MessageKey> = { en, zh };

/** Renders one text in one language. */
export type Translate = (key: MessageKey, params?: MessageParams) => string;

const translators: Readonly<Record<Language, Translate>> = {
  en: translator(reportingMessages, 'en'),
  zh: translator(reportingMessages, 'zh'),
};

/** The translator of a language. */
export function translate(language: Language): Translate {
  return translators[language];
}
