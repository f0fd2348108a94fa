/**
 * Seconds of a DICOM date and time (DA, TM; PS3.5, 6.2).
 * @returns since 1970 where the date is whole, else since midnight; undefined without a time
 */
export function secondsOfDay(date: string | undefined, time: string | undefined): number | undefined {
  const match = /^(\d{2}):?(\d{2})?:?(\d{2}(?:\.\d{1,6})?)?/.exec(time ?? '');
  if (match === null) return undefined;
  const [hours, minutes, seconds] = [Number(match[1]), Number(match[2] ?? 0), Number(match[3] ?? 0)];
  if (hours > 23 || minutes > 59 || seconds >= 61) return undefined;
  const days = /^(\d{4})\.?(\d{2})\.?(\d{2})$/.exec(date ?? '');
  const day = days === null ? 0 : daysSince1970(Number(days[1]), Number(days[2]), Number(days[3]));
  return day * 86_400 + hours * 3600 + minutes * 60 + seconds;
}

/** Longest time between moments of one examination, s: seven days. */
const longest = 7 * 86_400;

/** False for seconds since midnight, with a day before it and one after it. */
export function hasDate(seconds: number): boolean {
  return Math.abs(seconds) >= 2 * 86_400;
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

/** Seconds of a DICOM date time (DT); an offset from UTC is left out, since only differences within a study count. */
export function secondsOfDateTime(text: string | undefined): number | undefined {
  const match = /^(\d{8})(\d{2,6}(?:\.\d{1,6})?)/.exec(text ?? '');
  return match === null ? undefined : secondsOfDay(match[1], match[2]);
}

/** Days of the proleptic Gregorian calendar (H. Hinnant, "days_from_civil"). */
function daysSince1970(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const ofEra = y - era * 400;
  const ofYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return era * 146_097 + ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear - 719_468;
}
