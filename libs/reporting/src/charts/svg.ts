import { BarChart, CustomChart, LineChart, ScatterChart } from 'echarts/charts';
import { GridComponent, LegendComponent } from 'echarts/components';
import type { EChartsCoreOption } from 'echarts/core';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { Html } from '../html.js';
import { escapeHtml, trusted } from '../html.js';

use([BarChart, CustomChart, LineChart, ScatterChart, GridComponent, LegendComponent, SVGRenderer]);

/** A drawing to be made. */
export interface Drawing {
  /** Unique in the document; prefixes every id inside the drawing. */
  readonly id: string;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly option: EChartsCoreOption;
  /** One sentence: what the drawing shows, read in place of it. */
  readonly alternative: string;
  /** Run, model and protocol, drawn under the figure so that a copied figure keeps them. */
  readonly stamp: string;
}

/** Fonts that a reader's machine has; unquoted, since they stand inside attributes. */
export const chartFont = 'system-ui,Segoe UI,Noto Sans,Noto Sans SC,Noto Sans CJK SC,PingFang SC,Microsoft YaHei,sans-serif';
/** Ink of text and axes: 15:1 on white. */
export const ink = '#222222';

const stampHeightPx = 22;

/**
 * Draws with ECharts on the server: no DOM, no animation, nothing that reacts. The counters that ECharts puts into class names and
 * ids depend on what was drawn before, so they are removed or replaced; equal input gives equal text.
 */
export function drawSvg(drawing: Drawing): Html {
  const { widthPx, heightPx, stamp } = drawing;
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: widthPx, height: heightPx });
  try {
    chart.setOption({
      animation: false,
      silent: true,
      backgroundColor: '#ffffff',
      textStyle: { fontFamily: chartFont, color: ink },
      ...drawing.option,
    });
    const body = innerMarkup(chart.renderToSVGString(), drawing.id);
    const height = heightPx + stampHeightPx;
    const label = `<text x="${widthPx - 12}" y="${heightPx + 12}" text-anchor="end" font-size="11" font-family="${chartFont}" fill="#555555">${escapeHtml(stamp)}</text>`;
    return trusted(
      `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="${escapeHtml(drawing.alternative)}" viewBox="0 0 ${widthPx} ${height}" width="${widthPx}" height="${height}" class="chart"><rect width="${widthPx}" height="${height}" fill="#ffffff"/>${body}${label}</svg>`,
    );
  } finally {
    chart.dispose();
  }
}

function innerMarkup(svg: string, id: string): string {
  return svg
    .replace(/^[\s\S]*?<svg[^>]*>/, '')
    .replace(/<\/svg>\s*$/, '')
    .replace(/<style[\s\S]*?<\/style>/g, '')
    .replace(/ (?:class|pointer-events|ecmeta_[a-z_]+)="[^"]*"/g, '')
    .replace(/(id="|href="#|url\(#)zr\d+-/g, `$1${id}-`)
    .replace(/\n+/g, '\n');
}
