import type { Html } from '../html.js';
import { printable } from '../html.js';
import { fitWidth, textWidthPx } from '../format.js';
import type { Page } from '../page.js';
import { verticalRule } from './custom.js';
import { siteMark } from './site-marks.js';
import { drawSvg, ink } from './svg.js';

/** One mark of a {@link stripPlot}. */
export interface StripMark {
  readonly row: number;
  readonly site: string;
  readonly value: number;
}

const labelSizePx = 13;
const rowHeightPx = 46;
const plotWidthPx = 460;
const legendWidthPx = 210;
const legendLinePx = 22;

/** One row per model, one mark per site, along the axis of the AUC. */
export function stripPlot(page: Page, id: string, models: readonly string[], marks: readonly StripMark[], alternative: string): Html {
  const labels = models.map((model) => fitWidth(printable(model), labelSizePx, 260));
  const left = 24 + Math.max(90, ...labels.map((label) => textWidthPx(label, labelSizePx)));
  const values = marks.map(({ value }) => value);
  const sites = [...new Set(marks.map(({ site }) => site))].map((site) => ({
    site,
    name: fitWidth(printable(site), 12.5, legendWidthPx - 60),
  }));
  const grid = { left, top: 30, width: plotWidthPx, height: Math.max(rowHeightPx * models.length, legendLinePx * sites.length - 20) };
  return drawSvg({
    id: page.anchor(`${id}-svg`),
    widthPx: Math.ceil(left + plotWidthPx + 28 + legendWidthPx),
    heightPx: grid.top + grid.height + 50,
    alternative,
    stamp: page.stamp,
    option: {
      grid,
      legend: {
        orient: 'vertical',
        left: left + plotWidthPx + 28,
        top: grid.top - 8,
        itemGap: 6,
        itemWidth: 14,
        itemHeight: 14,
        selectedMode: false,
        textStyle: { color: ink, fontSize: 12.5, lineHeight: 16 },
        data: sites.map(({ site, name }) => ({ name, symbolRotate: siteMark(page.siteIndex(site)).rotate })),
      },
      xAxis: {
        type: 'value',
        min: Math.floor(Math.min(0.4, ...values) * 10) / 10,
        max: Math.ceil(Math.max(0.8, ...values) * 10) / 10,
        interval: 0.1,
        name: page.t('word.auc'),
        nameLocation: 'middle',
        nameGap: 28,
        nameTextStyle: { color: ink, fontSize: 13 },
        axisLabel: { color: ink, fontSize: 12, formatter: (value: number) => value.toFixed(1) },
        axisLine: { show: true, lineStyle: { color: '#555555' } },
        axisTick: { show: true },
        splitLine: { lineStyle: { color: '#e3e3e3' } },
      },
      yAxis: {
        type: 'category',
        inverse: true,
        data: labels,
        axisTick: { show: false },
        axisLine: { show: false },
        splitLine: { show: true, lineStyle: { color: '#e3e3e3' } },
        axisLabel: { color: ink, fontSize: labelSizePx, interval: 0 },
      },
      series: [
        { ...verticalRule(0.5, 0, { label: page.t('forest.chance') }), z: 1 },
        ...sites.map(({ site, name }) => siteSeries(page, site, name, marks)),
      ],
    },
  });
}

function siteSeries(page: Page, site: string, name: string, marks: readonly StripMark[]): object {
  const { color, symbol, rotate } = siteMark(page.siteIndex(site));
  return {
    type: 'scatter',
    name,
    data: marks.filter((mark) => mark.site === site).map(({ value, row }) => [value, row]),
    symbol,
    symbolRotate: rotate,
    symbolSize: symbol === 'rect' ? 12 : 14,
    itemStyle: { color, borderColor: ink, borderWidth: 1.5, opacity: 1 },
    z: 3,
  };
}
