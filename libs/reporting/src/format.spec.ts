import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { okabeIto, siteMark } from './charts/site-marks.js';
import { csvText } from './csv.js';
import { byteSize, decimal, duration, fitWidth, instant, middleEllipsis, significant, textWidthPx, wholeNumber } from './format.js';
import { escapeHtml, markup } from './html.js';

describe('numbers', () => {
  it('have a true minus sign and no negative zero', () => {
    expect(decimal(-0.0004, 3)).toBe('0.000');
    expect(decimal(-0.5, 2)).toBe('−0.50');
    expect(significant(-0, 3)).toBe('0');
    expect(significant(0.00001234, 3)).toBe('1.23e−5');
    expect(significant(1.5e9, 3)).toBe('1.50e9');
    expect(wholeNumber(1234567)).toBe('1,234,567');
    expect([byteSize(999), byteSize(14_200), byteSize(1.25e6), byteSize(2.5e9)]).toEqual(['999 B', '14.2 kB', '1.3 MB', '2.50 GB']);
    expect([duration(850), duration(12_340), duration(245_000)]).toEqual(['850 ms', '12.3 s', '4 min 05 s']);
  });
});

describe('instant', () => {
  it('agrees with the clock of Shanghai', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('1992-01-01T00:00:00Z'), max: new Date('2100-01-01T00:00:00Z'), noInvalidDate: true }),
        (date) => {
          const { utc, shanghai } = instant(date.toISOString()) ?? { utc: '', shanghai: '' };
          expect(utc).toBe(date.toISOString().slice(0, 19).replace('T', ' '));
          expect(shanghai).toBe(
            new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai', dateStyle: 'short', timeStyle: 'medium' }).format(date),
          );
        },
      ),
    );
    expect(instant('yesterday')).toBeUndefined();
  });
});

describe('middleEllipsis', () => {
  it('keeps short names, cuts long ones to the limit, and never splits a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), fc.integer({ min: 5, max: 50 }), (name, limit) => {
        const short = middleEllipsis(name, limit);
        expect([...short].length).toBe(Math.min([...name].length, limit));
        expect(Buffer.from(short).toString()).toBe(short);
      }),
    );
  });
});

describe('fitWidth', () => {
  it('keeps what fits and cuts the rest to the width, in any script', () => {
    expect(fitWidth('glcm_contrast', 12, 300)).toBe('glcm_contrast');
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('特', 'W', 'i', '_'), minLength: 6, maxLength: 90 }),
        fc.integer({ min: 80, max: 400 }),
        (name, widthPx) => {
          const fitted = fitWidth(name, 12, widthPx);
          expect(textWidthPx(fitted, 12)).toBeLessThanOrEqual(widthPx);
          expect(fitted === name).toBe(textWidthPx(name, 12) <= widthPx);
        },
      ),
    );
  });
});

describe('escaping', () => {
  it('is undone by a reader of HTML', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii' }), (text) => {
        const escaped = escapeHtml(text);
        expect(escaped).not.toMatch(/[<>"']/);
        const read = escaped
          .replaceAll('&lt;', '<')
          .replaceAll('&gt;', '>')
          .replaceAll('&quot;', '"')
          .replaceAll('&#39;', "'")
          .replaceAll('&amp;', '&');
        expect(read).toBe(text);
      }),
    );
    expect(markup`<p>${'<b>'}${markup`<i>${'&'}</i>`}${['a', 1]}</p>`.text).toBe('<p>&lt;b&gt;<i>&amp;</i>a1</p>');
  });

  it('writes CSV that a spreadsheet neither splits nor computes', () => {
    expect(
      csvText(
        ['a', 'b'],
        [
          ['x,"y"', -1.5],
          ['=1+1', '@x'],
          ['a\nb', 'c d'],
        ],
      ),
    ).toBe('\ufeffa,b\r\n"x,""y""",-1.5\r\n\'=1+1,\'@x\r\n"a b","c d"\r\n');
  });
});

/** Relative luminance of WCAG 2.2. */
function luminance(color: string): number {
  const [r, g, b] = [1, 3, 5].map((i) => {
    const channel = parseInt(color.slice(i, i + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
const contrastOnWhite = (color: string): number => 1.05 / (luminance(color) + 0.05);

describe('colors', () => {
  it('of text and marks without an outline keep their contrast on white', () => {
    for (const text of ['#1a1a1a', '#222222', '#4d4d4d', '#555555', '#00508c']) expect(contrastOnWhite(text), text).toBeGreaterThan(7);
    for (const mark of ['#0072B2', '#D55E00', '#B34700', '#8a8a8a', '#8c8c8c', '#8a5a00'])
      expect(contrastOnWhite(mark), mark).toBeGreaterThan(3);
  });

  it('of sites never stand alone: 140 sites differ in color, marker or dash', () => {
    const marks = Array.from({ length: 140 }, (_, i) => JSON.stringify(siteMark(i)));
    expect(new Set(marks).size).toBe(140);
    expect(okabeIto.every((color) => /^#[0-9A-F]{6}$/.test(color))).toBe(true);
  });
});
