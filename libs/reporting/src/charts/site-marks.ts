/**
 * Okabe-Ito colors. Some reach less than 3:1 on white, so every mark that uses them has a dark outline.
 * Okabe M, Ito K: Color universal design (2008).
 */
export const okabeIto = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9', '#F0E442'] as const;

const markers = [
  { symbol: 'circle', rotate: 0 },
  { symbol: 'rect', rotate: 0 },
  { symbol: 'triangle', rotate: 0 },
  { symbol: 'diamond', rotate: 0 },
  { symbol: 'triangle', rotate: 180 },
] as const;
const dashes: readonly (readonly number[])[] = [[], [6, 3], [2, 2], [8, 3, 2, 3]];

/** Color, marker and dash of a site, the same in every chart; they differ together, so that none carries the meaning alone. */
export interface SiteMark {
  readonly color: string;
  readonly symbol: string;
  /** Degrees. */
  readonly rotate: number;
  readonly dash: readonly number[];
}

/** The mark of the site at a position of the study's order; the combination repeats after 140 sites. */
export function siteMark(index: number): SiteMark {
  const marker = markers[index % markers.length] as (typeof markers)[number];
  return { color: okabeIto[index % okabeIto.length] as string, ...marker, dash: dashes[index % dashes.length] as readonly number[] };
}
