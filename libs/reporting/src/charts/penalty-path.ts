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

const axisName = { nameLocation: 'middle', nameTextStyle: { color: ink, fontSize: 13 } };
const axisText = { color: ink, fontSize: 12 };

/** Deviance with its standard error above, number of non-zero terms below, both against the penalty on a decreasing log scale. */
export function penaltyPath(page: Page, id: string, path: readonly PathPoint[], chosenLambda: number, alternative: string): Html {
  return drawSvg({
    id: page.anchor(`${id}-svg`),
    widthPx,
    heightPx,
    alternative,
    stamp: page.stamp,
    option: {
      grid: [upper, lower],
      xAxis: lambdaAxes(page, path),
      yAxis: countAxes(page, path),
      series: [
        verticalRule(chosenLambda, (path[0] as PathPoint).deviance),
        verticalRule(chosenLambda, 0, { xAxisIndex: 1, yAxisIndex: 1 }),
        errorBars(path),
        devianceLine(path),
        nonZeroLine(path),
      ],
    },
  });
}

/** One log axis under each plot; the lower one is labeled, at some of the penalties themselves. */
function lambdaAxes({ t }: Page, path: readonly PathPoint[]): readonly object[] {
  const lambdas = path.map(({ lambda }) => lambda);
  const step = Math.max(1, Math.ceil(lambdas.length / ticks));
  const customValues = lambdas.filter((_, i) => i % step === 0);
  const axis = {
    type: 'log',
    inverse: true,
    min: Math.min(...lambdas) * 0.94,
    max: Math.max(...lambdas) * 1.06,
    axisLine: { onZero: false },
    axisTick: { show: true, customValues },
    minorTick: { show: false },
    splitLine: { show: false },
  };
  const axisLabel = { ...axisText, customValues, formatter: (value: number) => significant(value, 2) };
  return [
    { ...axis, gridIndex: 0, axisLabel: { show: false } },
    { ...axis, gridIndex: 1, axisLabel, ...axisName, name: t('models.pathAxis'), nameGap: 30 },
  ];
}

function countAxes({ t }: Page, path: readonly PathPoint[]): readonly object[] {
  const axis = { type: 'value', splitLine: { lineStyle: { color: '#e3e3e3' } }, ...axisName, nameGap: 58 };
  // The limits of the deviance are not round numbers, so they carry no label.
  const axisLabel = { ...axisText, showMinLabel: false, showMaxLabel: false, formatter: (value: number) => significant(value, 4) };
  return [
    { ...axis, gridIndex: 0, ...devianceLimits(path), axisLabel, name: t('models.pathDeviance') },
    { ...axis, gridIndex: 1, min: 0, minInterval: 1, splitNumber: 3, axisLabel: axisText, name: t('word.nonZero') },
  ];
}

function devianceLine(path: readonly PathPoint[]): object {
  const data = path.map(({ lambda, deviance }) => [lambda, deviance]);
  return { type: 'line', data, symbol: 'circle', symbolSize: 7, color: '#0072B2', lineStyle: { width: 1.5 }, itemStyle: { opacity: 1 } };
}

function nonZeroLine(path: readonly PathPoint[]): object {
  const data = path.map(({ lambda, nonZero }) => [lambda, nonZero]);
  const mark = { symbol: 'rect', symbolSize: 6, color: '#B34700', lineStyle: { width: 1.5, type: 'dashed' } };
  return { type: 'line', xAxisIndex: 1, yAxisIndex: 1, data, ...mark };
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
