import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { daysOfDate } from '../dicom/dicom-time.js';
import { shiftDate, shiftDateTime, shiftTime } from './dates.js';

describe('dates', () => {
  it('counts days as the calendar does, and moves every moment by the same step', () => {
    const shift = { days: -400, seconds: -9000 };
    const moment = fc.integer({ min: -2_208_988_800, max: 4_102_444_800 });
    fc.assert(
      fc.property(moment, (seconds) => {
        const iso = (value: number) => new Date(value * 1000).toISOString().replace(/[-:T]|\.\d+Z/g, '');
        const [before, after] = [iso(seconds), iso(seconds + shift.days * 86_400 + shift.seconds)];
        expect(daysOfDate(before.slice(0, 8))).toBe(Math.floor(seconds / 86_400));
        expect(shiftDate(before.slice(0, 8), shift, before.slice(8)) + shiftTime(before.slice(8), shift)).toBe(after);
        expect(shiftDateTime(`${before}.25+0800`, shift)).toBe(`${after}.25`);
      }),
    );
    expect([shiftDate('20241301', shift), shiftTime('2561', shift), shiftDateTime('2024', shift)]).toEqual(['', '', '']);
    expect([shiftDate('2024.03.01', { days: -2, seconds: 0 }), shiftTime('10:20:30.5', { days: 0, seconds: -60 })]).toEqual([
      '20240228',
      '101930.5',
    ]);
  });
});
