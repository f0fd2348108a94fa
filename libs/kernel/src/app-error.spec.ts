import { describe, expect, it } from 'vitest';
import { AppError, defineErrors, isAppError } from './app-error.js';
import { formatMessage, languageOf, translator } from './catalog.js';
import { kernelErrors } from './errors.js';

const errors = defineErrors({
  'TEST.TOO_FEW': {
    exit: 7,
    en: { what: '{n, plural, one {# site is} other {# sites are}} in {study}.', next: 'Enroll more than {n}.' },
    zh: { what: '{study} 中有 {n} 个中心。', next: '请招募多于 {n} 个。' },
  },
});

describe('AppError', () => {
  const error = errors.error('TEST.TOO_FEW', { n: 1, study: '{her2}' }, { cause: new Error('why') });

  it('reads in both languages: what, next step and page', () => {
    expect(error.render('en')).toBe(
      'TEST.TOO_FEW: 1 site is in {her2}.\nWhat to do: Enroll more than 1.\nMore: docs/errors/TEST.TOO_FEW.md',
    );
    expect(error.render('zh')).toBe('TEST.TOO_FEW: {her2} 中有 1 个中心。\n处理办法: 请招募多于 1 个。\n说明: docs/errors/TEST.TOO_FEW.md');
  });

  it('has code, exit code, cause, and an English message', () => {
    expect(error).toBeInstanceOf(Error);
    expect({ code: error.code, exit: error.exit, message: error.message }).toEqual({
      code: 'TEST.TOO_FEW',
      exit: 7,
      message: 'TEST.TOO_FEW: 1 site is in {her2}.',
    });
    expect((error.cause as Error).message).toBe('why');
  });

  it('crosses process borders without stack and cause', () => {
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      code: 'TEST.TOO_FEW',
      params: { n: 1, study: '{her2}' },
      message: 'TEST.TOO_FEW: 1 site is in {her2}.',
    });
  });

  it('is told from other errors, and by its code', () => {
    expect(isAppError(error)).toBe(true);
    expect(isAppError(error, 'TEST.TOO_FEW')).toBe(true);
    expect(isAppError(error, 'TEST.OTHER')).toBe(false);
    expect(isAppError(new Error('TEST.TOO_FEW'))).toBe(false);
    expect(isAppError({ code: 'TEST.TOO_FEW' })).toBe(false);
    expect(isAppError(undefined)).toBe(false);
  });

  it('renders every error of this library in both languages, no parameter left open', () => {
    const params = { what: 'site', length: 40, reason: 'because', bytes: 31 };
    for (const [code, entry] of Object.entries(kernelErrors.entries)) {
      const rendered = new AppError(code, entry, params);
      for (const language of ['en', 'zh'] as const) expect(rendered.render(language)).not.toMatch(/[{}]|undefined/);
      expect(rendered.render('zh')).toMatch(/[\u4e00-\u9fff]/);
    }
  });
});

describe('messages', () => {
  it('format plurals and selections by ICU rules', () => {
    const pattern = '{n, plural, one {# site} other {# sites}}, {mode, select, pooled {pooled} other {federated}}';
    expect(formatMessage(pattern, 'en', { n: 2, mode: 'pooled' })).toBe('2 sites, pooled');
    expect(formatMessage(pattern, 'en', { n: 1, mode: '' })).toBe('1 site, federated');
  });

  it('do not take parameters for patterns', () => {
    expect(formatMessage('{x}', 'en', { x: "{y, plural, other {'#'}}" })).toBe("{y, plural, other {'#'}}");
  });

  it('shows values as one line that a terminal does not obey', () => {
    const name = 'Board\x1b[2J\r\u009b1A\nStudy s: nothing was altered.\u202etxt\u2066\u2028\t';
    const shown = formatMessage('Signed by {name}.', 'en', { name });
    expect(shown).toBe('Signed by Board\ufffd[2J\ufffd\ufffd1A\ufffdStudy s: nothing was altered.\ufffdtxt\ufffd\ufffd\ufffd.');
    expect(formatMessage('{name}', 'zh', { name: '第一医院 – Łódź 😀' })).toBe('第一医院 – Łódź 😀');
  });

  it('fail when a parameter is missing, instead of showing a hole', () => {
    expect(() => formatMessage('{x}', 'en')).toThrow();
  });

  it('come from one catalog by key', () => {
    const t = translator({ en: { hello: 'Hello {name}' }, zh: { hello: '你好，{name}' } }, 'zh');
    expect(t('hello', { name: 'X' })).toBe('你好，X');
  });

  it.each([
    ['zh', 'zh'],
    ['zh_CN.UTF-8', 'zh'],
    ['zh-TW', 'zh'],
    ['ZH-hans', 'zh'],
    ['en_US.UTF-8', 'en'],
    ['C', 'en'],
    ['', 'en'],
    [undefined, 'en'],
    ['zhx', 'en'],
    ['de_zh', 'en'],
  ])('language of the locale %s is %s', (locale, language) => {
    expect(languageOf(locale)).toBe(language);
  });
});
