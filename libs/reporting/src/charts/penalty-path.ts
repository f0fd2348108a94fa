import { significant } from '../format.js';
import type { Html } from '../html.js';
import type { ModelResult, Page } from '../page.js';
import type { CustomApi } from './custom.js';
import { line, verticalRule } from './custom.js';
import { drawSvg, ink } from './svg.js';

/** A point of a cross-validation path. */
export type PathPoint = ModelResult['path'][number];

const widthPx = 820;
const heightPx = 430;
const upper = { left: 90, right: 30, top: 24, height: 230 };
const lower = { left: 90, right: 30, top: 284, height: 84 };
const ticks = 8;

/** Deviance with its standard error above, number of non-zero terms below, both against the penalty on a decreasing log scale. */
export function penaltyPath(page: Page, id: string, path: readonly PathPoint[], chosenLambda: number, alternative: string): Html {
  const { t } = page;
  const lambdas = path.map(({ lambda }) => lambda);
  const step = Math.max(1, Math.ceil(lambdas.length / ticks));
  const labeled = lambdas.filter((_, i) => i % step === 0);
  const limits = { min: Math.min(...lambdas) * 0.94, max: Math.max(...lambdas) * 1.06 };
  const xAxis = {
    type: 'log',
    inverse: true,
    ...limits,
    axisTick: { show: true, customValues: labeled },
    splitLine: { show: false },
    minorTick: { show: false },
  };
  const name = { nameLocation: 'middle', nameTextStyle: { color: ink, fontSize: 13 } };
  const yAxis = {
    type: 'value',
    axisLabel: { color: ink, fontSize: 12 },
    splitLine: { lineStyle: { color: '#e3e3e3' } },
    ...name,
    nameGap: 58,
  };
  const lambdaLabel = { color: ink, fontSize: 12, customValues: labeled, formatter: (value: number) => significant(value, 2) };
  const devianceLabel = {
    color: ink,
    fontSize: 12,
    showMinLabel: false,
    showMaxLabel: false,
    formatter: (value: number) => significant(value, 4),
  };
  return drawSvg({
    id: page.anchor(`${id}-svg`),
    widthPx,
    heightPx,
    alternative,
    stamp: page.stamp,
    option: {
      grid: [upper, lower],
      xAxis: [
        { ...xAxis, gridIndex: 0, axisLabel: { show: false }, axisLine: { onZero: false } },
        { ...xAxis, gridIndex: 1, axisLabel: lambdaLabel, axisLine: { onZero: false }, ...name, name: t('models.pathAxis'), nameGap: 30 },
      ],
      yAxis: [
        { ...yAxis, gridIndex: 0, ...devianceLimits(path), axisLabel: devianceLabel, name: t('models.pathDeviance') },
        { ...yAxis, gridIndex: 1, min: 0, minInterval: 1, splitNumber: 3, name: t('word.nonZero') },
      ],
      series: [
        verticalRule(chosenLambda, (path[0] as PathPoint).deviance),
        verticalRule(chosenLambda, 0, { xAxisIndex: 1, yAxisIndex: 1 }),
        errorBars(path),
        {
          type: 'line',
          data: path.map(({ lambda, deviance }) => [lambda, deviance]),
          symbol: 'circle',
          symbolSize: 7,
          color: '#0072B2',
          lineStyle: { width: 1.5 },
          itemStyle: { opacity: 1 },
        },
        {
          type: 'line',
          xAxisIndex: 1,
          yAxisIndex: 1,
          data: path.map(({ lambda, nonZero }) => [lambda, nonZero]),
          symbol: 'rect',
          symbolSize: 6,
          color: '#B34700',
          lineStyle: { width: 1.5, type: 'dashed' },
        },
      ],
    },
  });
}

/** The error bars and a margin of a tenth on both sides. */
function devianceLimits(path: readonly PathPoint[]): { min: number; max: number } {
  const low = Math.min(...path.map(({ deviance, standardError }) => deviance - standardError));
  const high = Math.max(...path.map(({ deviance, standardError }) => deviance + standardError));
  const margin = high > low ? (high - low) / 10 : 0.01;
  return { min: low - margin, max: high + margin };
}

function errorBars(path: readonly PathPoint[]): object {
  return {
    type: 'custom',
    data: path.map(({ lambda, deviance, standardError }) => [lambda, deviance - standardError, deviance + standardError]),
    renderItem: (_: unknown, api: CustomApi) => {
      const [x, low] = api.coord([api.value(0), api.value(1)]);
      const [, high] = api.coord([api.value(0), api.value(2)]);
      const stroke = { stroke: '#555555', lineWidth: 1.2 };
      return {
        type: 'group',
        children: [line(x, low, x, high, stroke), line(x - 4, low, x + 4, low, stroke), line(x - 4, high, x + 4, high, stroke)],
      };
    },
  };
}
