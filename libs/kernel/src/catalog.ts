import { IntlMessageFormat } from 'intl-messageformat';

/** Languages in which everything a person reads exists. */
export const languages = ['en', 'zh'] as const;
/** One of {@link languages}. */
export type Language = (typeof languages)[number];

/** Values that a message may show. Never participant data. */
export type MessageParams = Readonly<Record<string, string | number>>;

/** Messages of one language by key, in ICU MessageFormat. */
export type Messages<Key extends string> = Readonly<Record<Key, string>>;

/** Both languages of one catalog; the compiler holds them to the same keys. */
export interface Catalog<Key extends string> {
  readonly en: Messages<Key>;
  readonly zh: Messages<Key>;
}

const compiled = new Map<string, IntlMessageFormat>();

/** Formats one ICU message: `formatMessage('{n, plural, one {# site} other {# sites}}', 'en', { n: 2 })` is `2 sites`. */
export function formatMessage(pattern: string, language: Language, params: MessageParams = {}): string {
  const key = `${language}\u0000${pattern}`;
  let format = compiled.get(key);
  if (!format) {
    format = new IntlMessageFormat(pattern, language);
    compiled.set(key, format);
  }
  return String(format.format(params));
}

/** A function that renders the keys of one catalog in one language. */
export function translator<Key extends string>(catalog: Catalog<Key>, language: Language): (key: Key, params?: MessageParams) => string {
  return (key, params) => formatMessage(catalog[language][key], language, params);
}

/** `zh` for any Chinese locale (`zh_CN.UTF-8`, `zh-TW`), else `en`. */
export function languageOf(locale: string | undefined): Language {
  return locale !== undefined && /^zh\b|^zh[_-]/i.test(locale) ? 'zh' : 'en';
}
