import { absenceText } from '../../figures.js';
import type { Html } from '../../html.js';
import { markup } from '../../html.js';
import type { Page } from '../../page.js';
import { paragraph } from '../../page.js';
import { calibrationFigure, decisionFigure, precisionFigure, rocFigure } from './curves.js';
import type { Evaluation, ScopeView } from './scope.js';
import { calibrationTable, comparisonTable, cutsTable, histogramTable, metaTable } from './tables.js';

/** Curves, cut-offs, calibration, comparisons and the sites combined, as far as a scope has them. */
export function evaluationPart(page: Page, name: ScopeView['name'], evaluation: Evaluation): Html {
  if (evaluation.sites.state === 'not-done' && evaluation.pooled.state === 'not-done')
    return paragraph(page.t('curves.absent', { state: absenceText(evaluation.sites, page.language) }));
  const view: ScopeView = { page, name, evaluation };
  return markup`${rocFigure(view)}${precisionFigure(view)}${calibrationFigure(view)}${histogramTable(view)}${calibrationTable(view)}${decisionFigure(view)}${cutsTable(view)}${comparisonTable(view)}${metaTable(view)}`;
}
