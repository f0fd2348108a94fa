import type { Figure, PresentFigure } from './figures.js';
import { hasInterval, valueText } from './figures.js';
import type { Page } from './page.js';
import { nonZeroTerms } from './page.js';

/** One external AUC of the primary model; `site` is left out for the one over all external sites. */
export interface ExternalAuc {
  readonly site?: string;
  readonly figure: Figure;
}

/** The AUCs the verdict rests on: the one over all external sites where it was opened, else one per site. */
export function externalAucs({ science, primary }: Page): readonly ExternalAuc[] {
  const { pooled, sites } = science.external;
  const together = pooled.state === 'ok' ? pooled.value[primary.id]?.auc : undefined;
  if (together?.state === 'ok') return [{ figure: together }];
  return sites.flatMap(({ site, performance }) => {
    const figure = performance[primary.id]?.auc;
    return figure ? [{ site, figure }] : [];
  });
}

/** Where the interval of an AUC lies against 0.5, the AUC of a coin. A limit equal to 0.5 does not exclude it. */
export function intervalPosition(figure: PresentFigure & { readonly low: number; readonly high: number }): 'above' | 'below' | 'around' {
  if (figure.low > 0.5) return 'above';
  return figure.high < 0.5 ? 'below' : 'around';
}

/**
 * What the external AUC allows to say about discrimination, in a sentence: shown only where the whole 95% interval lies above 0.5.
 * Never a statement about use in care.
 */
export function verdictSentence(page: Page): string {
  const { t, primary } = page;
  if (nonZeroTerms(primary) === 0) return t('verdict.emptyModel');
  const all = externalAucs(page);
  const present = all.filter(({ figure }) => figure.state === 'ok');
  if (present.length === 0) return t('verdict.notMeasured');
  const positions = present.flatMap(({ figure }) => (hasInterval(figure) ? [intervalPosition(figure)] : []));
  if (positions.length === 0) return t('verdict.noInterval');
  const rest = all.length - positions.length;
  return rest === 0
    ? discrimination(page, positions)
    : t('verdict.partly', { verdict: discrimination(page, positions), sites: all.length, rest });
}

function discrimination({ t }: Page, positions: readonly ('above' | 'below' | 'around')[]): string {
  const [only] = positions;
  if (positions.length === 1) return t(only === 'above' ? 'verdict.shown' : only === 'below' ? 'verdict.reversed' : 'verdict.notShown');
  const counts = { shown: positions.filter((position) => position === 'above').length, judged: positions.length };
  if (counts.shown === counts.judged) return t('verdict.shownAll', counts);
  return t(counts.shown === 0 ? 'verdict.notShownAll' : 'verdict.mixed', counts);
}

/** Smallest and largest AUC of the primary model over the sites left out, where any may be shown. */
export function leaveOneSiteOutRange({ science, primary }: Page): { readonly low: string; readonly high: string } | undefined {
  const loso = science.leaveOneSiteOut;
  if (loso.state !== 'ok') return undefined;
  const aucs = loso.value.sites.flatMap(({ performance }) => {
    const auc = performance[primary.id]?.auc;
    return auc?.state === 'ok' ? [auc.value] : [];
  });
  return aucs.length === 0 ? undefined : { low: valueText(Math.min(...aucs)), high: valueText(Math.max(...aucs)) };
}

/** What the recalibration of the primary model at the external sites allows to say. */
export function calibrationSentence(page: Page): string {
  const { t, science, primary } = page;
  const fits = science.external.sites.map(({ site, performance }) => {
    const { calibrationSlope: slope, calibrationInTheLarge: inTheLarge } = performance[primary.id] ?? {};
    if (!slope || !inTheLarge || !hasInterval(slope) || !hasInterval(inTheLarge)) return { site, fit: 'unknown' };
    return { site, fit: holds(slope, 1) && holds(inTheLarge, 0) ? 'holds' : 'off' };
  });
  const off = fits.filter(({ fit }) => fit === 'off').map(({ site }) => site);
  if (off.length > 0) return t('summary.calibrationOff', { sites: page.list(off) });
  return t(fits.length > 0 && fits.every(({ fit }) => fit === 'holds') ? 'summary.calibrationOk' : 'summary.calibrationUnknown');
}

function holds({ low, high }: { readonly low: number; readonly high: number }, ideal: number): boolean {
  return low <= ideal && ideal <= high;
}
