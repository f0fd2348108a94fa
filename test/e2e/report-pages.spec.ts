import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { smallStudyFiles } from '../fixtures/small-study.js';
import { CommandLine } from './command-line.js';
import { pdfFacts } from './pdf-facts.js';
import { faultsOf, titleFonts } from './report-audit.js';

/** `npm test` names a Chromium where there is one. */
const executablePath = process.env['CHROMIUM_BIN'];
const files = smallStudyFiles({ study: 'report-pages', trainingCount: 4, leaveOneSiteOut: true });
const languages = ['en', 'zh'] as const;
type Language = (typeof languages)[number];
const widths = [1280, 390] as const;
const nothingWrong = { overflowing: [], nameless: [], faint: [], untranslated: [], cut: [] };
/** Width of a printed page between its margins, A4 less 14 mm on both sides, at 96 dots per inch. */
const printedWidthPx = Math.floor(((210 - 2 * 14) / 25.4) * 96);

describe.skipIf(!executablePath)('the report in a browser (needs CHROMIUM_BIN)', () => {
  const commandLine = new CommandLine();
  const results = commandLine.path('out/results.json');
  const html = commandLine.path('out/report.html');
  let browser: Browser;

  beforeAll(async () => {
    const cohort = commandLine.cohort('cohort', files);
    const protocol = commandLine.path('protocol.json', JSON.stringify(files.protocol));
    const args = ['simulate', protocol, '--cohort', cohort, '--external', files.external, '--out', commandLine.path('out')];
    const { code, stderr } = await commandLine.run(args);
    expect(code, stderr).toBe(0);
    const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    browser = await chromium.launch({ executablePath: executablePath as string, args: ['--disable-quic', ...sandbox] });
  });
  afterAll(async () => {
    await browser?.close();
    await commandLine.remove();
  });

  /** Opens the report in one language; what it logs, and what it asks for beside its own file, is written down. */
  async function opened(language: Language, width: number): Promise<{ page: Page; said: string[]; asked: string[] }> {
    const context = await browser.newContext({ viewport: { width, height: 900 }, locale: language === 'zh' ? 'zh-CN' : 'en-US' });
    const page = await context.newPage();
    const said: string[] = [];
    const asked: string[] = [];
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(error.message));
    page.on('request', (request) => asked.push(request.url()));
    await page.goto(`${pathToFileURL(html).href}#${language}`);
    return { page, said, asked: asked.filter((url) => !url.startsWith(pathToFileURL(html).href)) };
  }

  describe.each(languages)('in %s', (language) => {
    it.each(widths)('says nothing on the console, asks for nothing, and has no fault at %i pixels, all of it open', async (width) => {
      const { page, said, asked } = await opened(language, width);
      expect(await page.title()).toBe(files.protocol.title[language]);
      await page.evaluate(() => document.querySelectorAll('details').forEach((part) => (part.open = true)));
      expect(await faultsOf(page, language)).toEqual(nothingWrong);
      const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
      expect(content).toBeLessThanOrEqual(window as number);
      expect([said, asked]).toEqual([[], []]);
      await page.context().close();
    });

    it('shows only its own language, and says whether the model meets the release rule', async () => {
      const { page } = await opened(language, 1280);
      const other = language === 'en' ? 'zh' : 'en';
      expect(await page.locator(`#${other}`).isVisible()).toBe(false);
      const summary = await page.locator(`#${language}-summary`).innerText();
      expect(summary).toMatch(language === 'en' ? /does not meet the study's release rule/ : /不符合本研究的发布规则/);
      await page.click(`#switch-${other}`);
      expect(await page.locator(`#${other}`).isVisible()).toBe(true);
      expect(await page.locator(`#${language}`).isVisible()).toBe(false);
      expect(await page.evaluate(() => document.documentElement.lang)).toBe(other === 'zh' ? 'zh-CN' : 'en');
      await page.context().close();
    });

    it('has every figure of a study, each with run, model and protocol', async () => {
      const { page } = await opened(language, 1280);
      const figures = await page.locator(`#${language} figure`).evaluateAll((found) => found.map(({ id }) => id.replace(/^\w+-/, '')));
      expect(figures).toEqual(
        expect.arrayContaining(
          'flow missing-figure differences coefficients path-1 external-auc external-roc external-decision loso-auc loso-strip loso-roc loso-pr loso-calibration loso-decision'.split(
            ' ',
          ),
        ),
      );
      const { science, run } = JSON.parse(readFileSync(results, 'utf8'));
      const drawn = await page.locator(`#${language} svg.chart`).evaluateAll((found) => found.map(({ textContent }) => textContent ?? ''));
      expect(drawn.length).toBe(figures.length);
      for (const text of drawn)
        for (const part of [run.run, science.lock.modelSha256.slice(0, 12), `${science.study.id} ${science.study.version}`])
          expect(text).toContain(part);
      await page.context().close();
    });

    it('saves a table as CSV', async () => {
      const { page } = await opened(language, 1280);
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.click(`#${language} a[download="participants-table.csv"]`),
      ]);
      expect(download.suggestedFilename()).toBe('participants-table.csv');
      expect(readFileSync(await download.path(), 'utf8')).toContain('S1,');
      await page.context().close();
    });

    it('fits a printed page: no table or figure is wider', async () => {
      const { page } = await opened(language, printedWidthPx);
      await page.emulateMedia({ media: 'print' });
      const wide = await page
        .locator(`#${language} :is(table, figure, svg, p)`)
        .evaluateAll((found) =>
          found
            .filter(
              (element) => element.checkVisibility() && element.getBoundingClientRect().right > document.documentElement.clientWidth + 1,
            )
            .map((element) => `${element.tagName} ${element.id || element.closest('[id]')?.id}`),
        );
      expect(wide).toEqual([]);
      await page.context().close();
    });

    it('prints as PDF: title, pages, tags, language, and characters that can be copied', async () => {
      const file = commandLine.path(`${language}.pdf`);
      const env = { CHROMIUM_BIN: executablePath as string };
      const { code, stderr } = await commandLine.run(['--lang', language, 'report', results, '--out', file], { env });
      expect(code, stderr).toBe(0);
      const facts = pdfFacts(readFileSync(file));
      expect(facts).toMatchObject({ title: files.protocol.title[language], isTagged: true, language: language === 'zh' ? 'zh-CN' : 'en' });
      expect(facts.pages).toBeGreaterThanOrEqual(8);
      expect(facts.pages).toBeLessThanOrEqual(60);
      const missing = [...files.protocol.title[language].replaceAll(' ', '')].filter((character) => !facts.characters.has(character));
      expect(missing).toEqual([]);
    });
  });

  it('draws Chinese with a font that has it', async () => {
    const { page } = await opened('zh', 1280);
    expect((await titleFonts(page, 'zh')).join()).toMatch(
      /CJK|Noto Sans SC|Source Han|YaHei|PingFang|WenQuanYi|Droid Sans Fallback|SimSun/,
    );
    await page.context().close();
  });
});
