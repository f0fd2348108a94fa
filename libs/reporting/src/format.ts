const minus = '\u2212';

/** A number with a fixed count of decimals and a true minus sign; never "-0.00". */
export function decimal(value: number, digits: number): string {
  const text = Math.abs(value).toFixed(digits);
  return value < 0 && Number(text) !== 0 ? minus + text : text;
}

/** A number with a count of significant digits; powers of ten outside 1e-4 to 1e6. */
export function significant(value: number, digits: number): string {
  const size = Math.abs(value);
  const plain = size === 0 || (size >= 1e-4 && size < 1e6);
  const text = plain
    ? size === 0
      ? '0'
      : String(Number(size.toPrecision(digits)))
    : size
        .toExponential(digits - 1)
        .replace('e-', `e${minus}`)
        .replace('e+', 'e');
  return value < 0 ? minus + text : text;
}

/** A number with its sign, also when positive. */
export function signed(value: number, digits: number): string {
  return value > 0 ? `+${significant(value, digits)}` : significant(value, digits);
}

/** A count with thousands separators. */
export function wholeNumber(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** A proportion as a percentage with one decimal. */
export function percent(value: number): string {
  return `${decimal(100 * value, 1)}%`;
}

/** A count of bytes in the largest fitting decimal unit: `14.2 kB`. */
export function byteSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1e6) return `${decimal(bytes / 1e3, 1)} kB`;
  return bytes < 1e9 ? `${decimal(bytes / 1e6, 1)} MB` : `${decimal(bytes / 1e9, 2)} GB`;
}

/** A duration: `850 ms`, `12.3 s`, `4 min 05 s`. */
export function duration(durationMs: number): string {
  if (durationMs < 1000) return `${Math.round(durationMs)} ms`;
  if (durationMs < 60_000) return `${decimal(durationMs / 1000, 1)} s`;
  const seconds = Math.round(durationMs / 1000);
  return `${wholeNumber(Math.floor(seconds / 60))} min ${String(seconds % 60).padStart(2, '0')} s`;
}

/** First twelve digits of a hash: enough to tell two models apart, short enough for a footer. */
export function shortHash(hash: string): string {
  return hash.slice(0, 12);
}

const isoInstant = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?Z$/;

/** An ISO 8601 instant in UTC as `2026-07-01 18:30:05`, and the same in China Standard Time (UTC+8, no summer time since 1991). */
export function instant(iso: string): { readonly utc: string; readonly shanghai: string } | undefined {
  const match = isoInstant.exec(iso);
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const time = (hours: number) => [hours, minute, second].map((part) => String(part).padStart(2, '0')).join(':');
  const date = (y: number, m: number, d: number) =>
    `${String(y).padStart(4, '0')}-${String(m).padStart(2, '0')}-${String(d).padStart(2, '0')}`;
  const utc = `${date(year, month, day)} ${time(hour)}`;
  if (hour + 8 < 24) return { utc, shanghai: `${date(year, month, day)} ${time(hour + 8)}` };
  const lastOfMonth = day === daysInMonth(year, month);
  const [nextYear, nextMonth, nextDay] = lastOfMonth ? (month === 12 ? [year + 1, 1, 1] : [year, month + 1, 1]) : [year, month, day + 1];
  return { utc, shanghai: `${date(nextYear, nextMonth, nextDay)} ${time(hour - 16)}` };
}

function daysInMonth(year: number, month: number): number {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 31;
}

/** Width of a text, estimated: wide scripts take a full em, others at most two thirds of one in a sans-serif face. */
export function textWidthPx(text: string, fontSizePx: number): number {
  return [...text].reduce((width, character) => width + fontSizePx * ((character.codePointAt(0) as number) >= 0x2e80 ? 1 : 0.64), 0);
}

/** The name, cut in its middle as far as the width asks. */
export function fitWidth(name: string, fontSizePx: number, widthPx: number): string {
  let limit = [...name].length;
  let fitted = name;
  while (limit > 5 && textWidthPx(fitted, fontSizePx) > widthPx) fitted = middleEllipsis(name, --limit);
  return fitted;
}

/** Lines of a text no wider than asked, broken at spaces, and between characters of wide scripts. */
export function wrapText(text: string, fontSizePx: number, widthPx: number): string[] {
  const lines = [''];
  for (const part of text.match(/[\u2e80-\uffef]|[^\s\u2e80-\uffef]+\s*|\s+/gu) ?? []) {
    const last = lines[lines.length - 1] as string;
    if (last !== '' && textWidthPx((last + part).trimEnd(), fontSizePx) > widthPx) lines.push(part.trimStart());
    else lines[lines.length - 1] = last + part;
  }
  return lines.map((line) => line.trimEnd());
}

/** A long name cut in its middle, where radiomic feature names differ least; counts code points. */
export function middleEllipsis(name: string, limit: number): string {
  const characters = [...name];
  if (characters.length <= limit) return name;
  const head = Math.ceil((limit - 1) / 2);
  return `${characters.slice(0, head).join('')}\u2026${characters.slice(characters.length - (limit - 1 - head)).join('')}`;
}
