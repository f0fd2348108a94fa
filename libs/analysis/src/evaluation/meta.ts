import { exp, ln, logistic, logit } from '@cohortium/numerics';
import { fewSites, heterogeneityInterval, metaAnalysis } from '@cohortium/validation';
import type { HeterogeneityInterval, Interval } from '@cohortium/validation';
import { figureOf, withheldFigure } from './figures.js';
import type { ShownFigure } from './figures.js';
import type { EvaluationScience, MetaMeasure, MetaResult, SiteModelEvaluation } from './schema.js';
import { metaMeasures } from './schema.js';

/** Half the width of a 95 % interval in standard errors. */
const half = 1.959963984540054;

interface Scale {
  readonly name: MetaResult['scale'];
  readonly to: (x: number) => number;
  readonly from: (x: number) => number;
}

const identity: Scale = { name: 'identity', to: (x) => x, from: (x) => x };
/** On which scale sites are close to normal. Source: Snell et al. 2018, doi 10.1177/0962280217705678. */
const scales: Readonly<Record<MetaMeasure, Scale>> = {
  auc: { name: 'logit', to: logit, from: logistic },
  observedExpected: { name: 'log', to: ln, from: exp },
  inTheLarge: identity,
  slope: identity,
};

const figureAt: Readonly<Record<MetaMeasure, (model: SiteModelEvaluation) => ShownFigure>> = {
  auc: ({ auc }) => auc,
  inTheLarge: ({ calibration }) => calibration.inTheLarge,
  slope: ({ calibration }) => calibration.slope,
  observedExpected: ({ calibration }) => calibration.observedExpected,
};

/** Random-effects meta-analysis of the site figures of every model: a pure function of what the sites showed. */
export function combineSites(sites: EvaluationScience['sites'], models: readonly string[]): EvaluationScience['meta'] {
  if (sites.state !== 'ok') return sites;
  const value = models.map((id): [string, MetaResult[]] => [
    id,
    metaMeasures.map((measure) =>
      combine(
        measure,
        sites.value.flatMap(({ site, models: byModel }) => {
          const model = byModel[id];
          return model ? [{ site, figure: figureAt[measure](model) }] : [];
        }),
      ),
    ),
  ]);
  return { state: 'ok', value: Object.fromEntries(value) };
}

function combine(measure: MetaMeasure, found: readonly { readonly site: string; readonly figure: ShownFigure }[]): MetaResult {
  const scale = scales[measure];
  const usable = found.flatMap(({ site, figure }) => {
    const estimate = onScale(measure, figure, scale);
    return estimate ? [{ site, ...estimate }] : [];
  });
  const sites = usable.map(({ site }) => site);
  if (usable.length < 2) {
    const few = withheldFigure('tooFewSites');
    return { measure, scale: scale.name, sites, estimate: few, prediction: few, tau2: few, tau2Beyond: null, i2: few, weights: [] };
  }
  const data = { yi: Float64Array.from(usable, ({ yi }) => yi), vi: Float64Array.from(usable, ({ vi }) => vi) };
  const fit = metaAnalysis(data, 'REML', 'hksj-floor');
  const back = (interval: Interval | null) => interval && { low: scale.from(interval.low), high: scale.from(interval.high) };
  const prediction = back(fit.predictionKMinus2);
  const heterogeneity = heterogeneityInterval(data, fit);
  return {
    measure,
    scale: scale.name,
    sites,
    estimate: figureOf(scale.from(fit.estimate), back(fit.interval)),
    prediction:
      usable.length < fewSites.noPrediction || !prediction ? withheldFigure('tooFewSites') : figureOf(scale.from(fit.estimate), prediction),
    ...betweenSites(fit.tau2, heterogeneity),
    i2: figureOf(fit.i2),
    weights: [...fit.weights],
  };
}

/** The variance between sites. Where the search for its upper limit ended without one, the limit is not shown as if it were found. */
function betweenSites(tau2: number, found: HeterogeneityInterval | null): Pick<MetaResult, 'tau2' | 'tau2Beyond'> {
  const figure = figureOf(tau2, found && { low: found.tau2[0], high: found.tau2[1] });
  if (!found?.upperIsAtLeast || figure.state !== 'ok') return { tau2: figure, tau2Beyond: null };
  return { tau2: { state: 'ok', value: figure.value, low: found.tau2[0] }, tau2Beyond: found.tau2[1] };
}

/** A site's figure and its variance on the scale; the standard error is read from the interval on the scale that it was made on. */
function onScale(measure: MetaMeasure, figure: ShownFigure, { to }: Scale): { yi: number; vi: number } | undefined {
  if (figure.state !== 'ok' || figure.low === undefined || figure.high === undefined) return undefined;
  const yi = to(figure.value);
  const se =
    measure === 'observedExpected'
      ? (ln(figure.high) - ln(figure.low)) / (2 * half)
      : measure === 'auc'
        ? standardErrorOfAuc(figure.value, figure.low, figure.high) / (figure.value * (1 - figure.value))
        : (figure.high - figure.low) / (2 * half);
  return Number.isFinite(yi) && se > 0 && Number.isFinite(se) ? { yi, vi: se * se } : undefined;
}

/** DeLong intervals are cut at 0 and 1: the side that was not cut holds the standard error. */
function standardErrorOfAuc(auc: number, low: number, high: number): number {
  return Math.max(auc - low, high - auc) / half;
}
