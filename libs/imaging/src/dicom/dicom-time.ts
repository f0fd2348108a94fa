/** Seconds of a day; DICOM knows no leap seconds beyond the 60 that a time may say. */
export const daySeconds = 86_400;

/** Days since 1970-01-01 of a DA value, `YYYYMMDD` or the older `YYYY.MM.DD`; undefined where it is none. */
export function daysOfDate(text: string): number | undefined {
  const [, year, month, day] = /^(\d{4})\.?(\d{2})\.?(\d{2})$/.exec(text.trim()) ?? [];
  const [y, m, d] = [Number(year), Number(month), Number(day)];
  return year === undefined || y < 1 || m < 1 || m > 12 || d < 1 || d > 31 ? undefined : daysSince1970(y, m, d);
}

/** The inverse of {@link daysOfDate}, `YYYYMMDD` (H. Hinnant, "civil_from_days"). */
export function dateOfDays(days: number): string {
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const ofEra = z - era * 146_097;
  const yearOfEra = Math.floor((ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365);
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * ofYear + 2) / 153);
  const [day, month] = [ofYear - Math.floor((153 * shifted + 2) / 5) + 1, shifted < 10 ? shifted + 3 : shifted - 9];
  const pad = (value: number, width: number) => String(value).padStart(width, '0');
  return `${pad(yearOfEra + era * 400 + (month <= 2 ? 1 : 0), 4)}${pad(month, 2)}${pad(day, 2)}`;
}

/** Whole seconds since midnight and the fraction as it is written, `.25`, of a TM value; digits beyond microseconds are dropped. */
export function timeParts(text: string): { readonly seconds: number; readonly fraction: string } | undefined {
  const [, hour, minute = '0', second = '0', fraction = ''] = /^(\d{2})(?::?(\d{2})(?::?(\d{2})(\.\d*)?)?)?$/.exec(text.trim()) ?? [];
  if (hour === undefined || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return undefined;
  return { seconds: Number(hour) * 3600 + Number(minute) * 60 + Number(second), fraction: fraction.slice(0, 7) };
}

/** Seconds since midnight of a TM value, `HHMMSS.FFFFFF` from the left or the older `HH:MM:SS`; undefined where it is none. */
export function secondsOfTime(text: string): number | undefined {
  const parts = timeParts(text);
  return parts === undefined ? undefined : parts.seconds + Number(`0${parts.fraction}`);
}

/**
 * Seconds of a DICOM date and time (DA, TM; PS3.5, 6.2).
 * @returns since 1970 where the date is whole, else since midnight; undefined without a time
 */
export function secondsOfDay(date: string | undefined, time: string | undefined): number | undefined {
  const seconds = secondsOfTime(time ?? '');
  return seconds === undefined ? undefined : (daysOfDate(date ?? '') ?? 0) * daySeconds + seconds;
}

/** Longest time between moments of one examination, s: seven days. */
const longest = 7 * daySeconds;

/** False for seconds since midnight, with a day before it and one after it. */
export function hasDate(seconds: number): boolean {
  return Math.abs(seconds) >= 2 * daySeconds;
}

/**
 * Seconds from one moment to another, to the microsecond that DICOM's times can say. Nothing where only one of them has a date, and nothing
 * beyond seven days: that difference would be a date.
 */
export function secondsBetween(earlier: number | undefined, later: number | undefined): number | undefined {
  if (earlier === undefined || later === undefined || hasDate(earlier) !== hasDate(later)) return undefined;
  return Math.abs(later - earlier) > longest ? undefined : Math.round((later - earlier) * 1e6) / 1e6;
}

/** The first of some moments; those without a date count only where none has one. */
export function firstMoment(moments: readonly (number | undefined)[]): number | undefined {
  return moments.reduce(sooner, undefined);
}

function sooner(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  if (hasDate(a) !== hasDate(b)) return hasDate(a) ? a : b;
  return b < a ? b : a;
}

/** Date and time of a DT value as DA and TM values, undefined where it has none; the offset from UTC is left out. */
export function dateTimeParts(text: string): { readonly date?: string; readonly time?: string } {
  const [, date, time] = /^(\d{8})(\d{2,6}(?:\.\d*)?)?(?:[+-]\d{4})?$/.exec(text.trim()) ?? [];
  return { ...(date !== undefined && { date }), ...(time !== undefined && { time }) };
}

/**
 * Seconds since 1970-01-01 of a DT value in its own time zone, since only differences within a study count; undefined where it holds no day or no
 * time: midnight would be a guess.
 */
export function secondsOfDateTime(text: string | undefined): number | undefined {
  const { date, time } = dateTimeParts(text ?? '');
  return date === undefined || daysOfDate(date) === undefined ? undefined : secondsOfDay(date, time);
}

/** Days of the proleptic Gregorian calendar (H. Hinnant, "days_from_civil"). */
function daysSince1970(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const ofEra = y - era * 400;
  const ofYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return era * 146_097 + ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear - 719_468;
}
