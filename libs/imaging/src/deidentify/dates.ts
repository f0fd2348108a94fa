/** A participant's secret shift of all dates and times. */
export interface DateShift {
  /** Whole days, negative. */
  readonly days: number;
  /** Whole seconds, less than a day either way. */
  readonly seconds: number;
}

const daySeconds = 86_400;

/** Days from 1970-01-01 in the Gregorian calendar (Fliegel and Van Flandern, doi:10.1145/364096.364097); undefined for no date. */
function dayNumber(year: number, month: number, day: number): number | undefined {
  if (month < 1 || month > 12 || day < 1 || day > 31 || year < 1) return undefined;
  const a = Math.trunc((month - 14) / 12);
  const b = year + 4800 + a;
  return (
    day -
    32075 +
    Math.trunc((1461 * b) / 4) +
    Math.trunc((367 * (month - 2 - a * 12)) / 12) -
    Math.trunc((3 * Math.trunc((b + 100) / 100)) / 4) -
    2440588
  );
}

/** The inverse, `YYYYMMDD`. */
function dateText(days: number): string {
  let l = days + 2440588 + 68569;
  const n = Math.trunc((4 * l) / 146097);
  l -= Math.trunc((146097 * n + 3) / 4);
  const i = Math.trunc((4000 * (l + 1)) / 1461001);
  l -= Math.trunc((1461 * i) / 4) - 31;
  const j = Math.trunc((80 * l) / 2447);
  const day = l - Math.trunc((2447 * j) / 80);
  l = Math.trunc(j / 11);
  const pad = (value: number, width: number) => String(value).padStart(width, '0');
  return `${pad(100 * (n - 49) + i + l, 4)}${pad(j + 2 - 12 * l, 2)}${pad(day, 2)}`;
}

/** Days since 1970-01-01 of a DA value, `YYYYMMDD` or the older `YYYY.MM.DD`; undefined where it is none. */
export function daysOfDate(text: string): number | undefined {
  const [, year, month, day] = /^(\d{4})\.?(\d{2})\.?(\d{2})$/.exec(text.trim()) ?? [];
  return year === undefined ? undefined : dayNumber(Number(year), Number(month), Number(day));
}

/** Seconds since midnight of a TM value, `HHMMSS.FFFFFF` from the left or the older `HH:MM:SS`; undefined where it is none. */
export function secondsOfTime(text: string): number | undefined {
  const parts = timeParts(text);
  return parts === undefined ? undefined : parts.seconds + Number(`0${parts.fraction}`);
}

/** Seconds since 1970-01-01 of a DT value in its own time zone; undefined where it is none or holds no day. */
export function secondsOfDateTime(text: string): number | undefined {
  const [, date, time] = dateTimeParts(text);
  const days = date === undefined ? undefined : daysOfDate(date);
  const seconds = time === undefined ? 0 : secondsOfTime(time);
  return days === undefined || seconds === undefined ? undefined : days * daySeconds + seconds;
}

function timeParts(text: string): { seconds: number; fraction: string } | undefined {
  const [, hour, minute = '0', second = '0', fraction = ''] = /^(\d{2})(?::?(\d{2})(?::?(\d{2})(\.\d{1,6})?)?)?$/.exec(text.trim()) ?? [];
  if (hour === undefined || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return undefined;
  return { seconds: Number(hour) * 3600 + Number(minute) * 60 + Number(second), fraction };
}

function timeText(seconds: number, fraction: string): string {
  const pad = (value: number) => String(value).padStart(2, '0');
  return `${pad(Math.trunc(seconds / 3600))}${pad(Math.trunc(seconds / 60) % 60)}${pad(seconds % 60)}${fraction}`;
}

/**
 * A DA value, moved; with the time of the same event the day turns where the moved time passes midnight. Empty where the value is no date.
 * @param times of the event, the surest first: the first readable one counts
 */
export function shiftDate(text: string, shift: DateShift, ...times: readonly string[]): string {
  const days = daysOfDate(text);
  if (days === undefined) return '';
  const time = times.map(timeParts).find((parts) => parts !== undefined);
  const carry = time === undefined ? 0 : Math.floor((time.seconds + shift.seconds) / daySeconds);
  return dateText(days + shift.days + carry);
}

/** A TM value, moved within the day; its fraction stays as it is. Empty where the value is no time. */
export function shiftTime(text: string, shift: DateShift): string {
  const time = timeParts(text);
  return time === undefined ? '' : timeText((time.seconds + shift.seconds + daySeconds) % daySeconds, time.fraction);
}

/**
 * A DT value, moved; its zone is dropped, since it tells of the place. Empty where the value holds no day.
 * @param times of the event, for a value without a readable time of its own
 */
export function shiftDateTime(text: string, shift: DateShift, ...times: readonly string[]): string {
  const [, date, time] = dateTimeParts(text);
  if (date === undefined) return '';
  return time === undefined ? shiftDate(date, shift, ...times) : `${shiftDate(date, shift, time, ...times)}${shiftTime(time, shift)}`;
}

/** The time in a DT value as a TM value; undefined where it has none. */
export function timeOfDateTime(text: string): string | undefined {
  return dateTimeParts(text)[2];
}

function dateTimeParts(text: string): readonly (string | undefined)[] {
  return /^(\d{8})(\d{2,6}(?:\.\d{1,6})?)?(?:[+-]\d{4})?$/.exec(text.trim()) ?? [];
}
