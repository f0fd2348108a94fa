import { describe, expect, it } from 'vitest';
import { DicomObject } from '../dicom/dicom-object.js';
import { FrameAttributes, frameAttributes } from '../dicom/frame-attributes.js';
import type { FrameInfo, ImageHeader } from '../dicom/frame-info.js';
import { earliestSeconds, seriesFacts } from '../dicom/series-facts.js';
import { observeTimes, relateTimes } from './derived-values.js';
import { textElement } from './rewrite.js';
import { writeElements } from './write-elements.js';

const encoding = { explicit: true, littleEndian: true, deflated: false };

function image(values: Readonly<Record<string, string>>): DicomObject {
  const meta = [textElement('00020010', 'UI', '1.2.840.10008.1.2.1')];
  const all: Record<string, string> = { '00080016': '1.2.3', '0020000d': '1.2.1', '0020000e': '1.2.2', ...values };
  const vr = (tag: string) => (tag.startsWith('0020') || tag === '00080016' ? 'UI' : /00[23][0-9]$/.test(tag) && tag[6] === '2' ? 'DA' : 'TM'); // prettier-ignore
  const elements = Object.keys(all).sort().map((tag) => textElement(tag, vr(tag), all[tag] as string)); // prettier-ignore
  return DicomObject.parse(writeElements({ meta, encoding, elements }));
}

function headerOf(object: DicomObject): ImageHeader {
  const info = { frame: 0, rows: 1, columns: 1, ...frameAttributes(new FrameAttributes(object, undefined, undefined), undefined) };
  return { frames: [info as FrameInfo], facts: {}, format: {} } as unknown as ImageHeader;
}

const bare = { '00080032': '101500' };
const dated = { '00080022': '20240102', '00080032': '101530' };
const later = { '00080022': '20240102', '00080032': '101600' };
const elsewhen = { '00080022': '20140102', '00080032': '101530' };

describe('times as differences', () => {
  it('tells nothing where one moment has a date and the other none, or where they are years apart', () => {
    const related = relateTimes([bare, dated, later].map((values) => observeTimes(image(values))));
    expect(related.map(({ secondsFromSeriesStart }) => secondsFromSeriesStart)).toEqual([null, 0, 30]);
    expect(related.map(({ secondsFromStudyStart }) => secondsFromStudyStart)).toEqual([null, 0, 30]);
    const apart = relateTimes([elsewhen, dated].map((values) => observeTimes(image(values))));
    expect(apart.map(({ secondsFromSeriesStart }) => secondsFromSeriesStart)).toEqual([0, null]);
    const undated = relateTimes([bare, { '00080032': '101510' }].map((values) => observeTimes(image(values))));
    expect(undated.map(({ secondsFromSeriesStart }) => secondsFromSeriesStart)).toEqual([0, 10]);
  });

  it('counts the start of a series from the study in the same way', () => {
    const headers = [bare, dated, later].map((values) => headerOf(image(values)));
    const zero = earliestSeconds(headers);
    expect(headers.map((header) => seriesFacts([header], [], zero).startSeconds)).toEqual([undefined, 0, 30]);
    expect(seriesFacts([headerOf(image(dated))], [], earliestSeconds([headerOf(image(elsewhen))])).startSeconds).toBeUndefined();
  });

  it('takes the date of the series, then of the study, where an acquisition has none', () => {
    const zero = earliestSeconds([headerOf(image(dated))]);
    const start = (date: Readonly<Record<string, string>>) => seriesFacts([headerOf(image({ ...bare, ...date }))], [], zero).startSeconds;
    expect([start({ '00080021': '20240102' }), start({ '00080020': '20240102', '00080021': '' })]).toEqual([-30, -30]);
  });
});
