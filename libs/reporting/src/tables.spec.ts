import { describe, expect, it } from 'vitest';
import { valueText } from './figures.js';
import { renderReport, reportTables } from './index.js';
import { fixtureResults } from './results.fixture.js';

const report = renderReport(fixtureResults());

/** Cells of the body of a table, row by row, as text. */
function tableCells(id: string): string[][] {
  const at = report.indexOf(`<table id="${id}">`);
  const rows = report.slice(report.indexOf('<tbody>', at), report.indexOf('</table>', at)).split('<tr>').slice(1);
  return rows.map((row) =>
    row
      .split(/<t[hd][^>]*>/)
      .slice(1)
      .map((cell) => cell.replace(/<[^>]*>/g, ' ').trim()),
  );
}

describe('tables of the report', () => {
  it('put cut-offs of a site at which nothing is shown on one line; the file keeps each of them', () => {
    const rows = tableCells('en-external-cuts-table');
    const hidden = rows.filter((row) => row.slice(2).every((cell) => cell.includes('withheld')));
    expect(new Set(hidden.map(([site]) => site)).size).toBe(hidden.length);
    expect(hidden.some(([, thresholds]) => (thresholds ?? '').split(', ').length > 1)).toBe(true);
    const file = reportTables(fixtureResults(), 'en').get('external-cuts-table.csv') ?? '';
    const thresholds = rows.reduce((count, [, cell]) => count + (cell ?? '').split(', ').length, 0);
    expect(thresholds).toBeGreaterThan(rows.length);
    expect(file.trim().split('\r\n').length - 1).toBe(thresholds);
  });

  it('name the section of every item of a checklist', () => {
    expect(report).toContain('<a href="#en-missing">Missing data</a>');
    expect(report).toContain('<a href="#zh-missing">缺失数据</a>');
  });

  it('write no p value as 0.000', () => {
    expect(valueText(6e-10, 'probability')).toBe('< 0.001');
    expect(valueText(0.001, 'probability')).toBe('0.001');
  });
});
