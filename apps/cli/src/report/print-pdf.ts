import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Language } from '@cohortium/kernel';
import { chromium } from 'playwright-core';
import { cliErrors } from '../errors.js';
import { reasonOf } from '../outputs/files.js';

/** What is printed at the foot of each page, beside its number. */
export interface PrintOptions {
  readonly language: Language;
  readonly footer: string;
}

/** The browser speaks to nobody: the page is a file whose policy allows no request, and it is offline besides. */
const flags = [
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-extensions',
  // Root may not use Chromium's sandbox; what is opened is our own file, without a network.
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
];

/** A longer table, such as that of every feature, stays in the HTML and its CSV file. */
const maxPrintedRows = 80;
/** Runs in the page: opens parts whose tables are short enough for paper. */
const openShortParts = `document.querySelectorAll('details').forEach((part) => (part.open = part.querySelectorAll('tr').length <= ${maxPrintedRows}))`;

/**
 * Prints a report as PDF: A4, tagged, with an outline, page numbers and the stamp of the run on every page.
 * @throws `CLI.PRINT_FAILED`
 */
export async function printPdf(html: string, executablePath: string, { language, footer }: PrintOptions): Promise<Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), 'cohortium-print-'));
  try {
    const file = join(folder, 'report.html');
    writeFileSync(file, html, { mode: 0o600 });
    const browser = await chromium.launch({ executablePath, args: flags, timeout: 60_000 });
    try {
      const context = await browser.newContext({ offline: true, locale: language === 'zh' ? 'zh-CN' : 'en' });
      const page = await context.newPage();
      await page.goto(`${pathToFileURL(file).href}#${language}`);
      await page.evaluate(openShortParts);
      return await page.pdf({
        format: 'A4',
        printBackground: true,
        tagged: true,
        outline: true,
        displayHeaderFooter: true,
        headerTemplate: '<span></span>',
        footerTemplate: footerTemplate(footer),
        margin: { top: '15mm', bottom: '18mm', left: '14mm', right: '14mm' },
      });
    } finally {
      await browser.close();
    }
  } catch (cause) {
    throw cliErrors.error('CLI.PRINT_FAILED', { reason: reasonOf(cause).split('\n')[0] as string }, { cause });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function footerTemplate(text: string): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const style = 'font: 7pt sans-serif; color: #444; width: 100%; padding: 0 14mm; display: flex; justify-content: space-between';
  return `<div style="${style}"><span>${escaped}</span><span><span class="pageNumber"></span> / <span class="totalPages"></span></span></div>`;
}
