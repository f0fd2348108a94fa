import { translator } from '@cohortium/kernel';
import type { Catalog, Language, MessageParams } from '@cohortium/kernel';
import { en } from './messages.en.js';
import { zh } from './messages.zh.js';

/** Key of a text of the command line. */
export type MessageKey = keyof typeof en;
/** Renders a text in the chosen language. */
export type Translate = (key: MessageKey, params?: MessageParams) => string;

/** Both languages of the command line. */
export const messages: Catalog<MessageKey> = { en, zh };

/** The texts of the command line in one language. */
export const translate = (language: Language): Translate => translator(messages, language);
