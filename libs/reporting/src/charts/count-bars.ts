import { wholeNumber } from '../format.js';
import type { Html } from '../html.js';
import { printable } from '../html.js';
import type { Page } from '../page.js';
import { drawSvg, ink } from './svg.js';

/** A named count. */
export interface CountBar {
  readonly label: string;
  readonly count: number;
}

const grid = { left: 150, right: 80, top: 14, bottom: 50 };
const rowHeightPx = 28;

/** Horizontal bars of counts, each with its number. */
export function countBars(page: Page, id: string, bars: readonly CountBar[], axisName: string, alternative: string): Html {
  const label = { color: ink, fontSize: 12.5, interval: 0 };
  const categories = { type: 'category', inverse: true, axisTick: { show: false }, axisLine: { show: false }, axisLabel: label };
  return drawSvg({
    id: page.anchor(`${id}-svg`),
    widthPx: 760,
    heightPx: grid.top + grid.bottom + rowHeightPx * bars.length,
    alternative,
    stamp: page.stamp,
    option: {
      grid,
      xAxis: {
        type: 'value',
        min: 0,
        minInterval: 1,
        name: axisName,
        nameLocation: 'middle',
        nameGap: 28,
        nameTextStyle: { color: ink, fontSize: 13 },
        axisLabel: { color: ink, fontSize: 12, hideOverlap: true, formatter: wholeNumber },
        splitLine: { lineStyle: { color: '#e3e3e3' } },
      },
      yAxis: [
        { ...categories, position: 'left', data: bars.map((bar) => printable(bar.label)) },
        { ...categories, position: 'right', data: bars.map(({ count }) => wholeNumber(count)) },
      ],
      series: [
        {
          type: 'bar',
          barWidth: '62%',
          data: bars.map(({ count }) => count),
          itemStyle: { color: '#0072B2' },
        },
      ],
    },
  });
}
