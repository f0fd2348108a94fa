import { cos, sin } from '@cohortium/numerics';
import type { Html } from '../html.js';
import { fitWidth, significant } from '../format.js';
import { printable } from '../html.js';
import type { Page } from '../page.js';
import type { CustomApi } from './custom.js';
import { siteMark } from './site-marks.js';
import { drawSvg, ink } from './svg.js';

/** Mean and covariance of a site along two axes: what an ellipse is drawn from. */
export interface Ellipse {
  readonly site: string;
  readonly mean: readonly [number, number];
  /** Variance along the first axis, covariance, variance along the second. */
  readonly covariance: readonly [number, number, number];
}

/** One panel of an {@link ellipsePlot}. */
export interface EllipsePanel {
  readonly title: string;
  readonly ellipses: readonly Ellipse[];
}

/** What an {@link ellipsePlot} is made from. */
export interface EllipsePlot {
  /** Unique within one language. */
  readonly id: string;
  readonly panels: readonly EllipsePanel[];
  readonly xName: string;
  readonly yName: string;
  readonly alternative: string;
}

/** Squared radius, in standard deviations, within which 95 % of a normal distribution in two dimensions lie: -2 ln 0.05. */
const squaredRadius = 5.991464547107979;
const outlinePoints = 72;
const panelPx = 330;
const gapPx = 70;
const leftPx = 72;
const topPx = 34;
const legendPx = 170;

/** Ellipses of sites on the same two axes, one panel per stage, both panels on one scale. */
export function ellipsePlot(page: Page, { id, panels, xName, yName, alternative }: EllipsePlot): Html {
  const [x, y] = [0, 1].map((axis) => limits(panels, axis)) as [Limits, Limits];
  const grids = panels.map((_, k) => ({ left: leftPx + k * (panelPx + gapPx), top: topPx, width: panelPx, height: panelPx }));
  const legendLeft = leftPx + panels.length * (panelPx + gapPx) - gapPx + 26;
  const sites = [...new Set(panels.flatMap(({ ellipses }) => ellipses.map(({ site }) => site)))];
  const names = new Map(sites.map((site) => [site, fitWidth(printable(site), 12.5, legendPx - 40)]));
  const axis = {
    type: 'value',
    nameLocation: 'middle',
    nameTextStyle: { color: ink, fontSize: 13 },
    axisLabel: { color: ink, fontSize: 12, hideOverlap: true, formatter: (value: number) => significant(value, 4) },
    axisLine: { show: true, onZero: false, lineStyle: { color: '#555555' } },
    axisTick: { show: true },
    splitLine: { lineStyle: { color: '#e3e3e3' } },
  };
  return drawSvg({
    id: page.anchor(`${id}-svg`),
    widthPx: legendLeft + legendPx,
    heightPx: Math.max(topPx + panelPx + 54, topPx + 22 * sites.length + 20),
    alternative,
    stamp: page.stamp,
    option: {
      grid: grids,
      legend: {
        orient: 'vertical',
        left: legendLeft,
        top: topPx,
        itemGap: 6,
        itemWidth: 14,
        itemHeight: 14,
        selectedMode: false,
        textStyle: { color: ink, fontSize: 12.5, lineHeight: 16 },
        data: sites.map((site) => ({ name: names.get(site), symbolRotate: siteMark(page.siteIndex(site)).rotate })),
      },
      xAxis: panels.map(({ title }, k) => ({ ...axis, ...x, gridIndex: k, name: `${title}: ${xName}`, nameGap: 30 })),
      yAxis: panels.map((_, k) => ({ ...axis, ...y, gridIndex: k, name: k === 0 ? yName : '', nameGap: 46 })),
      series: panels.flatMap(({ ellipses }, k) =>
        ellipses.flatMap((ellipse) => seriesOf(page, ellipse, names.get(ellipse.site) as string, { xAxisIndex: k, yAxisIndex: k })),
      ),
    },
  });
}

interface Limits {
  readonly min: number;
  readonly max: number;
}

/** Round limits around every ellipse of every panel. */
function limits(panels: readonly EllipsePanel[], axis: number): Limits {
  const ends = panels.flatMap(({ ellipses }) =>
    ellipses.flatMap(({ mean, covariance }) => {
      const reach = Math.sqrt(squaredRadius * Math.max(0, covariance[axis === 0 ? 0 : 2]));
      return [(mean[axis] as number) - reach, (mean[axis] as number) + reach];
    }),
  );
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const step = roundStep((high - low) / 8);
  return { min: Math.floor(low / step) * step, max: Math.ceil(high / step) * step };
}

/** The next larger of 1, 2, 5 times a power of ten. */
function roundStep(width: number): number {
  let step = 1e-6;
  for (let k = 0; step < width; k++) step *= k % 3 === 1 ? 2.5 : 2;
  return step;
}

/** Outline through the Cholesky factor of the covariance, and the mean as the site's marker. */
function seriesOf(page: Page, { site, mean, covariance }: Ellipse, name: string, axes: object): object[] {
  const { color, symbol, rotate, dash } = siteMark(page.siteIndex(site));
  const [xx, xy, yy] = covariance;
  const a = Math.sqrt(Math.max(0, xx));
  const b = a > 0 ? xy / a : 0;
  const c = Math.sqrt(Math.max(0, yy - b * b));
  const radius = Math.sqrt(squaredRadius);
  const outline = Array.from({ length: outlinePoints }, (_, k) => {
    const angle = (2 * Math.PI * k) / outlinePoints;
    const [u, v] = [radius * cos(angle), radius * sin(angle)];
    return [mean[0] + a * u, mean[1] + b * u + c * v];
  });
  const ellipse = {
    type: 'custom',
    ...axes,
    data: [outline[0]],
    silent: true,
    z: 2,
    renderItem: (_: unknown, api: CustomApi) => {
      const points = outline.map((point) => [...api.coord(point)]);
      const style = { fill: color, fillOpacity: 0.07, stroke: color, lineWidth: 2.2, lineDash: dash.length > 0 ? [...dash] : null };
      // A light color needs a dark edge to be seen; the color lies on it.
      const edge = { type: 'polygon', shape: { points }, style: { fill: null, stroke: ink, lineWidth: 3.2, lineDash: style.lineDash } };
      return { type: 'group', children: [edge, { type: 'polygon', shape: { points }, style }] };
    },
  };
  const center = {
    type: 'scatter',
    ...axes,
    name,
    data: [[...mean]],
    symbol,
    symbolRotate: rotate,
    symbolSize: symbol === 'rect' ? 11 : 13,
    itemStyle: { color, borderColor: ink, borderWidth: 1.5, opacity: 1 },
    z: 4,
  };
  return [ellipse, center];
}
