import { fitWidth, percent } from '../format.js';
import type { Html } from '../html.js';
import { printable } from '../html.js';
import type { Page } from '../page.js';
import { drawSvg, ink } from './svg.js';

/** One feature, and in which share of the fits of each kind it was chosen. */
export interface FrequencyBar {
  readonly label: string;
  /** By kind of fit, from 0 to 1. */
  readonly shares: readonly number[];
}

const grid = { left: 380, right: 40, top: 44, bottom: 50 };
const rowHeightPx = 26;
const labelSizePx = 12;
/** Filled, and hollow: kinds do not hang on color. */
const fills = [
  { color: '#0072B2', borderColor: '#0072B2', borderWidth: 1.5 },
  { color: '#ffffff', borderColor: '#D55E00', borderWidth: 2 },
] as const;

/** Horizontal bars of shares, one bar per kind of fit under each other. */
export function frequencyBars(page: Page, id: string, kinds: readonly string[], bars: readonly FrequencyBar[], alternative: string): Html {
  return drawSvg({
    id: page.anchor(`${id}-svg`),
    widthPx: 860,
    heightPx: grid.top + grid.bottom + rowHeightPx * bars.length,
    alternative,
    stamp: page.stamp,
    option: {
      grid,
      legend: { top: 8, left: grid.left, itemGap: 60, selectedMode: false, textStyle: { color: ink, fontSize: 12.5 }, data: [...kinds] },
      xAxis: {
        type: 'value',
        min: 0,
        max: 1,
        name: page.t('terms.frequencyAxis'),
        nameLocation: 'middle',
        nameGap: 28,
        nameTextStyle: { color: ink, fontSize: 13 },
        axisLabel: { color: ink, fontSize: 12, formatter: (value: number) => percent(value) },
        splitLine: { lineStyle: { color: '#e3e3e3' } },
      },
      yAxis: {
        type: 'category',
        inverse: true,
        axisTick: { show: false },
        axisLine: { show: false },
        data: bars.map(({ label }, k) => `${fitWidth(printable(label), labelSizePx, grid.left - 60)}  ${k + 1}`),
        axisLabel: { color: ink, fontSize: labelSizePx, interval: 0 },
      },
      series: kinds.map((name, kind) => ({
        type: 'bar',
        name,
        barWidth: kinds.length > 1 ? '34%' : '60%',
        barGap: '12%',
        // A bar of no length would still show its outline.
        data: bars.map(({ shares }) => (shares[kind] === 0 ? null : (shares[kind] as number))),
        itemStyle: fills[kind % fills.length],
      })),
    },
  });
}
