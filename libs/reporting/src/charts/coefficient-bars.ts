import { fitWidth, signed } from '../format.js';
import type { Html } from '../html.js';
import { printable } from '../html.js';
import type { Page } from '../page.js';
import { drawSvg, ink } from './svg.js';

/** One term of a model, with its number in the full table. */
export interface CoefficientBar {
  readonly rank: number;
  readonly feature: string;
  readonly coefficient: number;
}

const widthPx = 860;
const rowHeightPx = 22;
const labelSizePx = 12;
const grid = { left: 380, right: 95, top: 16, bottom: 52 };

/** Horizontal bars around zero: filled to the right, hollow to the left, so that the sign does not hang on color. */
export function coefficientBars(page: Page, id: string, bars: readonly CoefficientBar[], alternative: string): Html {
  const label = { color: ink, fontSize: labelSizePx, interval: 0 };
  const categories = { type: 'category', inverse: true, axisTick: { show: false }, axisLine: { show: false } };
  const raises = { color: '#0072B2', borderColor: '#0072B2', borderWidth: 1.5 };
  const lowers = { color: '#ffffff', borderColor: '#D55E00', borderWidth: 2 };
  return drawSvg({
    id: page.anchor(`${id}-svg`),
    widthPx,
    heightPx: grid.top + grid.bottom + rowHeightPx * bars.length,
    alternative,
    stamp: page.stamp,
    option: {
      grid,
      xAxis: {
        type: 'value',
        name: page.t('models.coefficientsAxis'),
        nameLocation: 'middle',
        nameGap: 28,
        nameTextStyle: { color: ink, fontSize: 13 },
        axisLabel: { color: ink, fontSize: 12, hideOverlap: true, formatter: (value: number) => signed(value, 3) },
        splitLine: { lineStyle: { color: '#e3e3e3' } },
      },
      yAxis: [
        {
          ...categories,
          position: 'left',
          data: bars.map(({ rank, feature }) => `${fitWidth(printable(feature), labelSizePx, grid.left - 50)}  ${rank}`),
          axisLabel: label,
        },
        { ...categories, position: 'right', data: bars.map(({ coefficient }) => signed(coefficient, 3)), axisLabel: label },
      ],
      series: [
        {
          type: 'bar',
          barWidth: '62%',
          data: bars.map(({ coefficient }) => ({ value: coefficient, itemStyle: coefficient > 0 ? raises : lowers })),
        },
      ],
    },
  });
}
