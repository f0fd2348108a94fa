import { daysOfDate, daySeconds, secondsOfTime } from './dicom-time.js';
import type { DicomObject } from './dicom-object.js';

/**
 * Seconds of an event that an object states by a date and a time. Some devices state the date of the series or of the study alone, which stand in.
 * @param timeOf where the time stands, if not beside the date
 * @returns since 1970, or since midnight where no date is stated; undefined without a time
 */
export function momentOf(
  object: DicomObject,
  dateTag: string,
  timeTag: string,
  timeOf: DicomObject | undefined = object,
): number | undefined {
  const seconds = secondsOfTime(timeOf?.text(timeTag) ?? '');
  if (seconds === undefined) return undefined;
  const days = [dateTag, 'x00080021', 'x00080020'].map((tag) => daysOfDate(object.text(tag) ?? '')).find((day) => day !== undefined);
  return (days ?? 0) * daySeconds + seconds;
}
