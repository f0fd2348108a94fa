import { wilsonInterval } from '@cohortium/validation';
import { chartFigure } from '../../charts/chart-figure.js';
import type { Curve } from '../../charts/line-chart.js';
import { lineChart } from '../../charts/line-chart.js';
import { okabeIto, siteMark } from '../../charts/site-marks.js';
import type { CsvCell } from '../../csv.js';
import { csvText } from '../../csv.js';
import type { Figure } from '../../figures.js';
import { figureText, hasInterval, valueText } from '../../figures.js';
import { wholeNumber } from '../../format.js';
import type { Html } from '../../html.js';
import { nothing, printable } from '../../html.js';
import { modelsInOrder } from '../../page.js';
import type { Cut, PooledModel, ScopeView } from './scope.js';
import { pooledModels, primarySites } from './scope.js';

const unit = { min: 0, max: 1 };
const pooledColor = '#222222';

const valueOf = (figure: Figure): number | undefined => (figure.state === 'ok' ? figure.value : undefined);

/** ROC curves of the primary model: each site thin, all together thick. */
export function rocFigure(view: ScopeView): Html {
  const { page, name } = view;
  const { t, primary } = page;
  const sites = primarySites(view).flatMap(({ site, model }): Curve[] => {
    const points = model.roc.flatMap(({ falsePositiveRate, sensitivity }): [number, number][] => {
      const value = valueOf(sensitivity);
      return value === undefined ? [] : [[falsePositiveRate, value]];
    });
    return points.length < 2
      ? []
      : [
          {
            ...siteCurve(view, site),
            name: t('curves.siteAuc', { site: printable(site), auc: figureText(model.auc, page.language) }),
            points,
          },
        ];
  });
  const pooled = pooledModels(view)[primary.id];
  const together = pooled && pooled.roc.length > 1 ? pooled : undefined;
  const curves: Curve[] = [...sites, ...(together ? [pooledRoc(page, together)] : [])];
  if (curves.length === 0) return nothing;
  const finding = t('curves.rocFinding', { model: printable(primary.id), sites: sites.length });
  const certificate = together && hasInterval(together.aucCertificate) ? together.aucCertificate : undefined;
  const bounds = certificate && t('curves.certificate', { low: valueText(certificate.low), high: valueText(certificate.high) });
  return chartFigure(page, {
    id: `${name}-roc`,
    title: t('curves.roc', { model: printable(primary.id) }),
    finding: bounds ? page.text(finding, bounds) : finding,
    howToRead: together ? page.text(t('curves.rocHowTo'), t('curves.rocBand')) : t('curves.rocHowTo'),
    svg: lineChart(page, {
      id: `${name}-roc`,
      xName: t('curves.falsePositiveRate'),
      yName: t('word.sensitivity'),
      x: unit,
      y: unit,
      square: true,
      curves: [
        ...curves,
        greyLine(
          t('curves.chance'),
          [
            [0, 0],
            [1, 1],
          ],
          [4, 4],
        ),
      ],
      alternative: finding,
    }),
    tableId: `${name}-cuts-table`,
    csv: curveCsv(curves, ['falsePositiveRate', 'sensitivity']),
  });
}

function pooledRoc({ t, language }: ScopeView['page'], { auc, participants, events, roc }: PooledModel): Curve {
  return {
    name: t('curves.pooledAuc', { auc: figureText(auc, language), n: participants, events }),
    points: roc.map(({ falsePositiveRate, sensitivity }) => [falsePositiveRate, sensitivity] as const),
    color: pooledColor,
    widthPx: 3.5,
    band: roc.map(({ sensitivity }) => {
      const { low, high } = wilsonInterval(sensitivity * events, events) ?? { low: sensitivity, high: sensitivity };
      return [low, high] as const;
    }),
  };
}

/** Precision and recall over all participants, by model. */
export function precisionFigure(view: ScopeView): Html {
  const { page, name } = view;
  const { t, language } = page;
  const curves = modelsInOrder(page).flatMap(({ id }, k): Curve[] => {
    const model = pooledModels(view)[id];
    if (!model || model.precisionRecall.length < 2) return [];
    const label = t('curves.averagePrecision', { model: printable(id), value: figureText(model.averagePrecision, language) });
    return [{ ...modelCurve(k), name: label, points: model.precisionRecall.map(({ recall, precision }) => [recall, precision] as const) }];
  });
  const primary = pooledModels(view)[page.primary.id];
  if (curves.length === 0 || !primary) return nothing;
  const prevalence = primary.events / primary.participants;
  const finding = t('curves.precisionFinding', {
    model: printable(page.primary.id),
    value: figureText(primary.averagePrecision, language),
  });
  return chartFigure(page, {
    id: `${name}-pr`,
    title: t('curves.precision'),
    finding,
    howToRead: t('curves.precisionHowTo'),
    svg: lineChart(page, {
      id: `${name}-pr`,
      xName: t('curves.recall'),
      yName: t('curves.precisionAxis'),
      x: unit,
      y: unit,
      square: true,
      curves: [
        ...curves,
        {
          name: t('curves.prevalence'),
          points: [
            [0, prevalence],
            [1, prevalence],
          ],
          color: '#777777',
          dash: [4, 4],
          widthPx: 1.5,
        },
      ],
      alternative: finding,
    }),
    tableId: `${name}-cuts-table`,
    csv: curveCsv(curves, ['recall', 'precision']),
  });
}

/** Observed against predicted over all participants, with its band. */
export function calibrationFigure(view: ScopeView): Html {
  const { page, name } = view;
  const { t, language, primary } = page;
  const model = pooledModels(view)[primary.id];
  if (!model || model.calibration.curve.length < 2) return nothing;
  const { curve, ici, slope } = model.calibration;
  const { histogram } = model;
  const counts = histogram.map(({ participants }) => valueOf(participants) ?? null);
  const most = wholeNumber(Math.max(0, ...counts.map((count) => count ?? 0)));
  const finding = t('curves.calibrationFinding', {
    model: printable(primary.id),
    slope: figureText(slope, language),
    ici: figureText(ici, language),
  });
  const drawn: Curve = {
    name: t('curves.spline'),
    points: curve.map(({ probability, observed }) => [probability, observed] as const),
    band: curve.map(({ low, high }) => [low, high] as const),
    color: okabeIto[0],
    widthPx: 3,
  };
  return chartFigure(page, {
    id: `${name}-calibration`,
    title: t('curves.calibration', { model: printable(primary.id) }),
    finding,
    howToRead:
      counts.length === 0 ? t('curves.calibrationHowTo') : page.text(t('curves.calibrationHowTo'), t('curves.histogramHowTo', { most })),
    svg: lineChart(page, {
      id: `${name}-calibration`,
      xName: t('curves.predicted'),
      yName: t('curves.observed'),
      x: unit,
      y: unit,
      square: true,
      ...(counts.length > 0 && { bars: { edges: [0, ...histogram.map(({ to }) => to)], counts } }),
      curves: [
        drawn,
        {
          name: t('curves.ideal'),
          points: [
            [0, 0],
            [1, 1],
          ],
          color: '#777777',
          dash: [4, 4],
          widthPx: 1.5,
        },
      ],
      alternative: finding,
    }),
    tableId: `${name}-calibration-table`,
    csv: csvText(
      ['predicted', 'observed', 'low', 'high'],
      curve.map(({ probability, observed, low, high }) => [probability, observed, low, high]),
    ),
  });
}

const benefit = (cuts: readonly { readonly threshold: number; readonly netBenefit: Figure }[]) =>
  cuts.flatMap(({ threshold, netBenefit }): [number, number][] => {
    const value = valueOf(netBenefit);
    return value === undefined ? [] : [[threshold, value]];
  });

const benefitOfAll = (cuts: readonly Cut[]) =>
  benefit(cuts.map(({ threshold, netBenefitAll }) => ({ threshold, netBenefit: netBenefitAll })));

/** What the decision figure shows: curves of models, else of sites, and that of treating everyone. */
function decisionCurves(view: ScopeView): { curves: readonly Curve[]; ofModels: boolean; treatAll: [number, number][] } {
  const pooled = pooledModels(view);
  const models = modelsInOrder(view.page).flatMap(({ id }, k): Curve[] => {
    const points = benefit(pooled[id]?.cuts ?? []);
    return points.length < 2 ? [] : [{ ...modelCurve(k), name: printable(id), points }];
  });
  const sites = primarySites(view).flatMap(({ site, model }): (Curve & { readonly all: [number, number][] })[] => {
    const points = benefit(model.cuts);
    return points.length < 2 ? [] : [{ ...siteCurve(view, site), name: printable(site), points, all: benefitOfAll(model.cuts) }];
  });
  const cuts = pooled[view.page.primary.id]?.cuts;
  const ofOneSite = sites.length === 1 ? (sites[0]?.all ?? []) : [];
  return { curves: models.length > 0 ? models : sites, ofModels: models.length > 0, treatAll: cuts ? benefitOfAll(cuts) : ofOneSite };
}

/** Net benefit of every model over all participants, else of the primary model at the sites that show it, with both defaults. */
export function decisionFigure(view: ScopeView): Html {
  const { page, name } = view;
  const { t } = page;
  const { curves, ofModels, treatAll } = decisionCurves(view);
  if (curves.length === 0) return nothing;
  const shown = curves.flatMap(({ points }) => points.map(([, y]) => y));
  const xs = curves.flatMap(({ points }) => points.map(([x]) => x));
  const top = Math.max(0.01, ...shown);
  const low = -Math.max(0.02, top / 4);
  const finding = t('curves.decisionFinding', { curves: curves.length, low: Math.min(...xs), high: Math.max(...xs) });
  return chartFigure(page, {
    id: `${name}-decision`,
    title: ofModels ? t('curves.decision') : t('curves.decisionSites', { model: printable(page.primary.id) }),
    finding,
    howToRead: t('curves.decisionHowTo'),
    svg: lineChart(page, {
      id: `${name}-decision`,
      xName: t('curves.threshold'),
      yName: t('curves.netBenefit'),
      x: { min: 0, max: Math.ceil(Math.max(...xs) * 20) / 20 },
      y: { min: Math.floor(low * 50) / 50, max: Math.ceil(top * 50) / 50 },
      square: false,
      curves: [
        ...curves,
        ...(treatAll.length > 1
          ? [
              greyLine(
                t('curves.treatAll'),
                treatAll.filter(([, y]) => y >= low),
                [6, 4],
              ),
            ]
          : []),
        greyLine(
          t('curves.treatNone'),
          [
            [0, 0],
            [1, 0],
          ],
          [2, 3],
        ),
      ],
      alternative: finding,
    }),
    tableId: `${name}-cuts-table`,
    csv: curveCsv(curves, ['threshold', 'netBenefit']),
  });
}

/** A line to compare with. */
function greyLine(name: string, points: readonly (readonly [number, number])[], dash: readonly [number, number]): Curve {
  return { name, points, color: '#777777', dash, widthPx: 1.5 };
}

function siteCurve({ page }: ScopeView, site: string): Pick<Curve, 'color' | 'dash' | 'widthPx'> {
  const { color, dash } = siteMark(page.siteIndex(site));
  return { color, dash, widthPx: 1.6 };
}

/** Models differ by color and dash, the primary one is solid. */
function modelCurve(k: number): Pick<Curve, 'color' | 'dash' | 'widthPx'> {
  const { color, dash } = siteMark(k);
  return { color, dash, widthPx: k === 0 ? 3 : 2 };
}

function curveCsv(curves: readonly Curve[], axes: readonly [string, string]): string {
  return csvText(
    ['curve', ...axes],
    curves.flatMap(({ name, points }) => points.map(([x, y]): CsvCell[] => [name, x, y])),
  );
}
