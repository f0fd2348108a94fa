import { chartFont, ink } from './svg.js';

/** The part of ECharts' custom-series interface that the charts here use. */
export interface CustomApi {
  value(dimension: number): number;
  coord(point: readonly number[]): readonly [number, number];
}

/** Where a custom series draws, in pixels. */
export interface CustomParams {
  readonly dataIndex: number;
  readonly coordSys: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
}

/** A straight line of a custom series. */
export function line(x1: number, y1: number, x2: number, y2: number, style: Readonly<Record<string, unknown>>): object {
  return { type: 'line', shape: { x1, y1, x2, y2 }, style: { fill: null, ...style } };
}

/** Axes of a rule, and a word over it. */
export interface RuleOptions {
  readonly xAxisIndex?: number;
  readonly yAxisIndex?: number;
  readonly label?: string;
}

/** A vertical dashed rule over the whole plot at one value of the x axis. */
export function verticalRule(x: number, anyY: number, { label = '', ...axes }: RuleOptions = {}): object {
  return {
    type: 'custom',
    ...axes,
    data: [[x, anyY]],
    renderItem: ({ coordSys }: CustomParams, api: CustomApi) => {
      const [px] = api.coord([api.value(0), api.value(1)]);
      const rule = line(px, coordSys.y, px, coordSys.y + coordSys.height, { stroke: '#555555', lineWidth: 1.5, lineDash: [5, 4] });
      const text = {
        type: 'text',
        style: {
          text: label,
          x: px,
          y: coordSys.y - 6,
          textAlign: 'center',
          textVerticalAlign: 'bottom',
          fontSize: 12,
          fontFamily: chartFont,
          fill: ink,
        },
      };
      return label === '' ? rule : { type: 'group', children: [rule, text] };
    },
  };
}
