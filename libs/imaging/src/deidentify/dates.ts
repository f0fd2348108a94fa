import { dateOfDays, dateTimeParts, daySeconds, daysOfDate, timeParts } from '../dicom/dicom-time.js';

/** A participant's secret shift of all dates and times. */
export interface DateShift {
  /** Whole days, negative. */
  readonly days: number;
  /** Whole seconds, less than a day either way. */
  readonly seconds: number;
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
  return dateOfDays(days + shift.days + carry);
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
  const { date, time } = dateTimeParts(text);
  if (date === undefined) return '';
  return time === undefined ? shiftDate(date, shift, ...times) : `${shiftDate(date, shift, time, ...times)}${shiftTime(time, shift)}`;
}
