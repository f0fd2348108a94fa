/** Text that is HTML already. Only {@link markup} and {@link trusted} make it, so nothing from a results file reaches a page unescaped. */
export class Html {
  /** @param figure what a table cell shows, for its CSV file */
  constructor(
    readonly text: string,
    readonly figure?: CellFigure,
  ) {}
}

/** A value of a table in full precision, or why it is absent. */
export interface CellFigure {
  readonly state: string;
  readonly value?: number;
  readonly low?: number | undefined;
  readonly high?: number | undefined;
  readonly reason?: string | undefined;
}

/** What may stand in a `${}` of {@link markup}. */
export type HtmlValue = Html | string | number | readonly HtmlValue[];

// Control characters are invalid in HTML and steer terminals; bidirectional overrides reorder what follows them; lone surrogates
// have no UTF-8 form.
const unprintable = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]/g;
const loneSurrogate = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** A name as it may be printed anywhere: control and bidirectional characters become spaces, lone surrogates U+FFFD. */
export function printable(text: string): string {
  return text.replace(unprintable, ' ').replace(loneSurrogate, '\ufffd');
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text for an HTML element or a quoted attribute. */
export function escapeHtml(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => entities[character] as string);
}

/** What a person reads of some markup: no tags, nothing that is hidden from readers, single spaces. */
export function plainText(value: HtmlValue): string {
  const characters: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
  return toMarkup(value)
    .replace(/<span aria-hidden="true">[^<]*<\/span>/g, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => characters[name] as string)
    .replace(/\s+/g, ' ')
    .trim();
}

/** Markup that this library wrote itself (style sheet, finished charts); never a value from a results file. */
export function trusted(text: string): Html {
  return new Html(text);
}

function toMarkup(value: HtmlValue): string {
  if (value instanceof Html) return value.text;
  if (typeof value === 'string') return escapeHtml(value);
  if (typeof value === 'number') return String(value);
  return value.map(toMarkup).join('');
}

/**
 * Template tag: literal parts are markup, every `${}` is escaped unless it is {@link Html}. Lists are joined without a separator. The tag is not
 * called `html`, since formatters rewrite the white space of templates of that name.
 */
export function markup(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return new Html(parts.map((part, i) => part + (i < values.length ? toMarkup(values[i] as HtmlValue) : '')).join(''));
}

/** Nothing. */
export const nothing = new Html('');
