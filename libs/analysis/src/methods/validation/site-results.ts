import type { Json } from '@cohortium/kernel';
import { reasonOf, siteThresholdFigures, valueOf } from '@cohortium/validation';
import type { SiteFigures } from '@cohortium/validation';
import type { Figure } from '@cohortium/federation';
import { because, num } from './json.js';

/** Summaries of entries by site, ascending by site code. */
export type SiteSummaries = ReadonlyMap<string, readonly SiteFigures[]>;

/** The summaries that a federation returns, as they are read here. */
export function siteSummaries(answers: ReadonlyMap<string, Json>): SiteSummaries {
  return new Map([...answers].map(([site, value]) => [site, value as unknown as readonly SiteFigures[]]));
}

/** The same of counts at cut-offs. */
export function siteThresholdSummaries(answers: ReadonlyMap<string, Json>): SiteSummaries {
  return new Map([...answers].map(([site, value]) => [site, siteThresholdFigures(value)]));
}

/** `{ site: result }` of one entry. */
export function bySite(summaries: SiteSummaries, entry: number, read: (figures: SiteFigures, site: string) => Json): Record<string, Json> {
  return Object.fromEntries([...summaries].map(([site, entries]) => [site, read(entries[entry] as SiteFigures, site)]));
}

/** The value of a figure of a site, null where it is not shown. */
export function shown(figures: SiteFigures, name: string): number | null {
  return num(valueOf(figures[name]));
}

/** The bounds of a figure of a site, null where there are none. */
export function shownBounds(figure: Figure | undefined): Json {
  return figure?.state === 'ok' && figure.low !== undefined && figure.high !== undefined ? [figure.low, figure.high] : null;
}

/** AUC of one site as results name it. */
export function siteAucResult(figures: SiteFigures): Json {
  const variance = valueOf(figures['variance']);
  return {
    n: shown(figures, 'participants'),
    n_pos: shown(figures, 'events'),
    auc: shown(figures, 'auc'),
    delong_se: num(Math.sqrt(variance)),
    ci95: shownBounds(figures['auc']),
    ...because(reasonOf(figures['auc']) ?? (variance > 0 ? undefined : 'noVariance')),
  };
}
