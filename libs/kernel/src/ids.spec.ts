import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAppError } from './app-error.js';
import { parseRunId, parseSiteId, parseStudyId } from './ids.js';

describe.each([
  ['site', parseSiteId],
  ['study', parseStudyId],
  ['run', parseRunId],
])('code of a %s', (what, parse) => {
  it('is 1 to 32 letters, digits, underscores and hyphens', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[A-Za-z0-9_-]{1,32}$/).filter((text) => text !== '__proto__'),
        (text) => {
          expect(parse(text)).toBe(text);
        },
      ),
    );
  });

  it.each(['', 'a'.repeat(33), 'a b', 'a.b', 'a/b', '../x', 'é', 'Ａ', 'a\n', 'a*', 'a>', '\u0000', '__proto__'])('is not %j', (text) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'KERNEL.BAD_CODE', params: { what, length: text.length } }));
  });

  it('is refused without being shown, since it may be anything', () => {
    fc.assert(
      fc.property(
        // Between signs that no message has, so that it cannot occur by chance.
        fc.string({ unit: 'grapheme' }).map((text) => `§${text}§`),
        (text) => {
          try {
            parse(text);
          } catch (error) {
            if (!isAppError(error)) throw error;
            expect(error.render('en') + error.render('zh') + JSON.stringify(error)).not.toContain(text);
            return;
          }
          throw new Error('accepted');
        },
      ),
    );
  });
});
