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

/** What moves a cursor, clears a screen, begins a line or turns the direction of writing: values come from files of others. */
const unprintable = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/**
 * Formats one ICU message: `formatMessage('{n, plural, one {# site} other {# sites}}', 'en', { n: 2 })` is `2 sites`. Values are one line each:
 * characters that a terminal obeys instead of showing them become U+FFFD, so that no name in a file can rewrite what was said about it.
 */
export function formatMessage(pattern: string, language: Language, params: MessageParams = {}): string {
  const key = `${language}\u0000${pattern}`;
  let format = compiled.get(key);
  if (!format) {
    format = new IntlMessageFormat(pattern, language);
    compiled.set(key, format);
  }
  const shown = Object.entries(params).map(([name, value]) => [
    name,
    typeof value === 'string' ? value.replace(unprintable, '\ufffd') : value,
  ]);
  return String(format.format(Object.fromEntries(shown)));
}

/** A function that renders the keys of one catalog in one language. */
export function translator<Key extends string>(catalog: Catalog<Key>, language: Language): (key: Key, params?: MessageParams) => string {
  return (key, params) => formatMessage(catalog[language][key], language, params);
}

/** `zh` for any Chinese locale (`zh_CN.UTF-8`, `zh-TW`), else `en`. */
export function languageOf(locale: string | undefined): Language {
  return locale !== undefined && /^zh\b|^zh[_-]/i.test(locale) ? 'zh' : 'en';
}
