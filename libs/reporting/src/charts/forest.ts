import type { Html } from '../html.js';
import { printable } from '../html.js';
import type { Figure } from '../figures.js';
import { hasInterval, stateGlyphs, stateWord, valueText } from '../figures.js';
import { fitWidth, textWidthPx } from '../format.js';
import type { Page } from '../page.js';
import type { CustomApi } from './custom.js';
import { line, verticalRule } from './custom.js';
import type { SiteMark } from './site-marks.js';
import { siteMark } from './site-marks.js';
import { drawSvg, ink } from './svg.js';

/** One row of a forest plot. */
export interface ForestRow {
  readonly label: string;
  readonly figure: Figure;
  /** Position of the site in the study; left out for a row over all sites, which is drawn as a diamond. */
  readonly siteIndex?: number;
  /** Drawn as a bar from limit to limit: where the AUC of a new hospital is expected. */
  readonly bar?: boolean;
}

const plotWidthPx = 400;
const rowHeightPx = 30;
const labelSizePx = 13;
const maxLabelPx = 380;
const grid = { right: 215, top: 30, bottom: 50 };

/** Forest plot of AUCs on one axis, with a dashed rule at 0.5; absent values keep their row and say their state. */
export function forestPlot(page: Page, id: string, rows: readonly ForestRow[], alternative: string): Html {
  const marks = rows.map(({ siteIndex }) => (siteIndex === undefined ? undefined : siteMark(siteIndex)));
  const labels = rows.map((row) => fitWidth(printable(row.label), labelSizePx, maxLabelPx));
  const left = 20 + Math.max(150, ...labels.map((text) => textWidthPx(text, labelSizePx)));
  const label = { color: ink, fontSize: labelSizePx, interval: 0 };
  const categories = { type: 'category', inverse: true, axisTick: { show: false }, axisLine: { show: false } };
  return drawSvg({
    id: page.anchor(`${id}-svg`),
    widthPx: Math.ceil(left + plotWidthPx + grid.right),
    heightPx: grid.top + grid.bottom + rowHeightPx * rows.length,
    alternative,
    stamp: page.stamp,
    option: {
      grid: { ...grid, left },
      xAxis: {
        type: 'value',
        ...axisLimits(rows),
        interval: 0.1,
        name: page.t('forest.axis'),
        nameLocation: 'middle',
        nameGap: 28,
        nameTextStyle: { color: ink, fontSize: 13 },
        axisLabel: { color: ink, fontSize: 12, formatter: (value: number) => value.toFixed(1) },
        axisLine: { show: true, lineStyle: { color: '#555555' } },
        axisTick: { show: true },
        splitLine: { lineStyle: { color: '#e3e3e3' } },
      },
      yAxis: [
        { ...categories, position: 'left', data: labels, axisLabel: label },
        { ...categories, position: 'right', data: rows.map((row) => rowText(page, row.figure)), axisLabel: label },
      ],
      series: [{ ...verticalRule(0.5, 0, { label: page.t('forest.chance') }), z: 1 }, whiskers(rows, marks), points(rows, marks)],
    },
  });
}

function rowText(page: Page, figure: Figure): string {
  if (figure.state !== 'ok') return `${stateGlyphs[figure.state]} ${stateWord(figure.state, page.language)}`;
  const value = valueText(figure.value);
  return hasInterval(figure) ? `${value} (${page.t('figure.range', { low: valueText(figure.low), high: valueText(figure.high) })})` : value;
}

/** Whole tenths around every interval, never tighter than 0.4 to 0.8, so that a small spread does not look large. */
function axisLimits(rows: readonly ForestRow[]): { min: number; max: number } {
  const ends = rows.flatMap(({ figure }) =>
    figure.state === 'ok' ? [figure.value, figure.low ?? figure.value, figure.high ?? figure.value] : [],
  );
  const min = Math.floor(Math.min(0.4, ...ends) * 10) / 10;
  const max = Math.ceil(Math.max(0.8, ...ends) * 10) / 10;
  return { min: Math.max(0, min), max: Math.min(1, max) };
}

/** Intervals: a dashed line with caps for a site, a diamond from limit to limit for all sites. */
function whiskers(rows: readonly ForestRow[], marks: readonly (SiteMark | undefined)[]): object {
  const data = rows.flatMap(({ figure }, row) => (hasInterval(figure) ? [[figure.value, row, figure.low, figure.high]] : []));
  return {
    type: 'custom',
    data,
    renderItem: (_: unknown, api: CustomApi) => {
      const row = api.value(1);
      const [x, y] = api.coord([api.value(0), row]);
      const [low] = api.coord([api.value(2), row]);
      const [high] = api.coord([api.value(3), row]);
      const mark = marks[row];
      if (rows[row]?.bar)
        return {
          type: 'rect',
          shape: { x: low, y: y - 4, width: high - low, height: 8 },
          style: { fill: '#c9c9c9', stroke: ink, lineWidth: 1 },
        };
      if (!mark)
        return {
          type: 'polygon',
          shape: {
            points: [
              [low, y],
              [x, y - 9],
              [high, y],
              [x, y + 9],
            ],
          },
          style: { fill: '#8a8a8a', stroke: ink, lineWidth: 1.5 },
        };
      const stroke = { stroke: ink, lineWidth: 1.8 };
      const caps = [low, high].map((end) => line(end, y - 5, end, y + 5, stroke));
      return { type: 'group', children: [line(low, y, high, y, { ...stroke, lineDash: [...mark.dash] }), ...caps] };
    },
  };
}

/** Markers of single sites, and of rows over all sites that have no interval. */
function points(rows: readonly ForestRow[], marks: readonly (SiteMark | undefined)[]): object {
  const data = rows.flatMap(({ figure }, row) => {
    const mark = marks[row];
    if (figure.state !== 'ok' || (!mark && hasInterval(figure))) return [];
    const { color, symbol, rotate } = mark ?? { color: '#8a8a8a', symbol: 'diamond', rotate: 0 };
    return [
      {
        value: [figure.value, row],
        symbol,
        symbolRotate: rotate,
        symbolSize: symbol === 'rect' ? 11 : 13,
        itemStyle: { color, borderColor: ink, borderWidth: 1.5, opacity: 1 },
      },
    ];
  });
  return { type: 'scatter', data, z: 3 };
}
