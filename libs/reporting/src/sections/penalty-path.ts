import { chartFigure } from '../charts/chart-figure.js';
import type { PathPoint } from '../charts/penalty-path.js';
import { penaltyPath } from '../charts/penalty-path.js';
import { csvText } from '../csv.js';
import { significant, wholeNumber } from '../format.js';
import type { Html } from '../html.js';
import { markup, printable } from '../html.js';
import type { ModelResult, Page } from '../page.js';
import { modelsInOrder } from '../page.js';
import { disclosure, table } from '../table.js';

/** A cross-validation path for every model that has one. */
export function pathFigures(page: Page): readonly Html[] {
  return modelsInOrder(page).flatMap((model, i) => {
    const path = model.path.filter(({ lambda }) => lambda > 0).sort((a, b) => b.lambda - a.lambda);
    const chosen = nearest(path, model.lambda);
    return chosen && path.length > 1 ? [pathFigure(page, model, i, path, chosen)] : [];
  });
}

/** The point of the path whose penalty is nearest to the chosen one. */
function nearest(path: readonly PathPoint[], lambda: number): PathPoint | undefined {
  return path.reduce<PathPoint | undefined>(
    (best, point) => (best && Math.abs(best.lambda - lambda) <= Math.abs(point.lambda - lambda) ? best : point),
    undefined,
  );
}

function pathFigure(page: Page, model: ModelResult, i: number, path: readonly PathPoint[], chosen: PathPoint): Html {
  const { t } = page;
  const id = `path-${i + 1}`;
  const name = printable(model.id);
  const finding = t('models.pathFinding', {
    model: name,
    lambda: significant(chosen.lambda, 3),
    deviance: significant(chosen.deviance, 5),
    error: significant(chosen.standardError, 2),
    nonZero: chosen.nonZero,
    minimum: significant(Math.min(...path.map(({ deviance }) => deviance)), 5),
  });
  const figure = chartFigure(page, {
    id,
    title: t('models.path', { model: name }),
    finding,
    howToRead: t('models.pathHowTo'),
    svg: penaltyPath(page, id, path, chosen.lambda, finding),
    tableId: `${id}-table`,
    csv: csvText(
      ['lambda', 'deviance', 'standard_error', 'non_zero'],
      path.map((point) => [point.lambda, point.deviance, point.standardError, point.nonZero]),
    ),
  });
  return markup`${figure}${disclosure(page, t('models.pathTable', { count: path.length, model: name }), pathTable(page, `${id}-table`, name, path))}`;
}

function pathTable(page: Page, id: string, model: string, path: readonly PathPoint[]): Html {
  const { t } = page;
  const numeric = true;
  return table(page, {
    id,
    caption: t('models.pathCaption', { model }),
    columns: [
      { label: t('word.lambda'), numeric },
      { label: t('word.deviance'), numeric },
      { label: t('word.standardError'), numeric },
      { label: t('word.nonZero'), numeric },
    ],
    rows: path.map(({ lambda, deviance, standardError, nonZero }) => [
      significant(lambda, 6),
      significant(deviance, 7),
      significant(standardError, 4),
      wholeNumber(nonZero),
    ]),
  });
}
