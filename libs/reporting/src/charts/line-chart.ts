import type { Html } from '../html.js';
import { significant, wrapText } from '../format.js';
import { printable } from '../html.js';
import type { Page } from '../page.js';
import type { CustomApi } from './custom.js';
import { verticalRule } from './custom.js';
import { drawSvg, ink } from './svg.js';

/** One curve of a {@link lineChart}. */
export interface Curve {
  readonly name: string;
  readonly points: readonly (readonly [number, number])[];
  readonly color: string;
  readonly dash?: readonly number[];
  readonly widthPx?: number;
  /** Marker at each point; none where it is left out. */
  readonly symbol?: string;
  readonly symbolRotate?: number;
  /** Pointwise band around the curve: low and high at the points. */
  readonly band?: readonly (readonly [number, number])[];
}

/** What a {@link lineChart} is made from. */
export interface LineChart {
  /** Unique within one language. */
  readonly id: string;
  readonly xName: string;
  readonly yName: string;
  readonly x: { readonly min: number; readonly max: number; readonly inverse?: boolean };
  readonly y: { readonly min: number; readonly max: number };
  readonly curves: readonly Curve[];
  /** Same scale on both axes. */
  readonly square: boolean;
  /** Bars at the foot, from the lower axis up to a fifth of its height; null leaves a gap. */
  readonly bars?: { readonly edges: readonly number[]; readonly counts: readonly (number | null)[] };
  /** The limits are no round numbers and carry no label. */
  readonly hasRoughLimits?: boolean;
  /** A dashed vertical rule at one value of the x axis. */
  readonly rule?: number;
  readonly alternative: string;
}

const plotPx = 380;
const legend = { widthPx: 250, fontSizePx: 12.5, linePx: 16, gapPx: 9 };

/** Curves on two value axes, named in a legend beside them; every curve differs from the others by color, dash and marker together. */
export function lineChart(page: Page, chart: LineChart): Html {
  const { id, xName, yName, x, y, curves, square, bars, rule, alternative } = chart;
  const limitLabels = chart.hasRoughLimits ? { showMinLabel: false, showMaxLabel: false } : {};
  const grid = { left: 78, top: 24, width: square ? plotPx : 480, height: plotPx };
  const axis = {
    type: 'value',
    nameLocation: 'middle',
    nameTextStyle: { color: ink, fontSize: 13 },
    axisLabel: { color: ink, fontSize: 12, hideOverlap: true, ...limitLabels, formatter: (value: number) => significant(value, 6) },
    axisLine: { show: true, onZero: false, lineStyle: { color: '#555555' } },
    axisTick: { show: true },
    splitLine: { lineStyle: { color: '#e3e3e3' } },
  };
  const left = grid.left + grid.width + 28;
  const names = curves.map(({ name }) => wrapText(printable(name), legend.fontSizePx, legend.widthPx).join('\n'));
  // Curves of one name share their line of the legend.
  const listed = curves.flatMap((curve, k) => (names.indexOf(names[k] as string) === k ? [{ ...curve, name: names[k] as string }] : []));
  const legendPx = listed.reduce((sum, { name }) => sum + name.split('\n').length * legend.linePx + legend.gapPx, 0);
  return drawSvg({
    id: page.anchor(`${id}-svg`),
    widthPx: left + legend.widthPx + 50,
    heightPx: Math.max(grid.top + grid.height + 56, grid.top + 16 + legendPx),
    alternative,
    stamp: page.stamp,
    option: {
      grid,
      legend: {
        orient: 'vertical',
        left,
        top: grid.top,
        itemWidth: 34,
        itemGap: legend.gapPx,
        selectedMode: false,
        // Without markers the legend would still show one.
        data: listed.map(({ symbol, name }) => ({ name, ...(symbol === undefined && { itemStyle: { opacity: 0 } }) })),
        textStyle: { color: ink, fontSize: legend.fontSizePx, lineHeight: legend.linePx },
      },
      xAxis: { ...axis, ...x, name: xName, nameGap: 30 },
      yAxis: { ...axis, ...y, name: yName, nameGap: 52 },
      series: [
        ...(bars ? [footBars(bars, y)] : []),
        ...(rule === undefined ? [] : [verticalRule(rule, y.min)]),
        ...curves.flatMap((curve, k) => seriesOf(curve, names[k] as string)),
      ],
    },
  });
}

function seriesOf(curve: Curve, name: string): object[] {
  const { points, color, dash = [], widthPx = 2, symbol, symbolRotate = 0, band } = curve;
  const line = {
    type: 'line',
    name,
    data: points.map((point) => [...point]),
    color,
    lineStyle: { width: widthPx, type: dash.length > 0 ? [...dash] : 'solid' },
    symbol: symbol ?? 'none',
    symbolRotate,
    symbolSize: 9,
    itemStyle: { color, borderColor: ink, borderWidth: symbol ? 1 : 0, opacity: 1 },
    z: 3,
  };
  return band ? [bandOf(points, band, color), line] : [line];
}

/** A filled area between two curves. */
function bandOf(points: Curve['points'], band: readonly (readonly [number, number])[], color: string): object {
  const outline = [
    ...points.map(([x], k) => [x, band[k]?.[0] as number]),
    ...[...points.keys()].reverse().map((k) => [points[k]?.[0] as number, band[k]?.[1] as number]),
  ];
  return {
    type: 'custom',
    data: [outline[0]],
    silent: true,
    z: 1,
    renderItem: (_: unknown, api: { coord(point: readonly number[]): readonly [number, number] }) => ({
      type: 'polygon',
      shape: { points: outline.map((point) => api.coord(point as number[])) },
      style: { fill: color, opacity: 0.18 },
    }),
  };
}

function footBars({ edges, counts }: NonNullable<LineChart['bars']>, y: LineChart['y']): object {
  const most = Math.max(1, ...counts.map((count) => count ?? 0));
  const height = (count: number) => y.min + ((y.max - y.min) / 5) * (count / most);
  const data = counts.flatMap((count, k) => (count ? [[edges[k] as number, edges[k + 1] as number, height(count)]] : []));
  return {
    type: 'custom',
    data,
    silent: true,
    z: 1,
    renderItem: (_: unknown, api: CustomApi) => {
      const [left, top] = api.coord([api.value(0), api.value(2)]);
      const [right, foot] = api.coord([api.value(1), y.min]);
      const shape = { x: left + 1, y: top, width: Math.max(1, right - left - 2), height: foot - top };
      return { type: 'rect', shape, style: { fill: '#c9ced3', stroke: '#777777', lineWidth: 1 } };
    },
  };
}
