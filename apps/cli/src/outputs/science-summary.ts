import type { Science } from '@cohortium/analysis';
import type { MessageKey, Translate } from '../messages.js';
import { table } from '../terminal.js';

type ExternalSite = Science['external']['sites'][number];
type Performance = ExternalSite['performance'][string];
type Figure = Performance['auc'];

const measures: readonly (readonly [keyof Performance, MessageKey])[] = [
  ['auc', 'measureAuc'],
  ['calibrationInTheLarge', 'measureCalibrationInTheLarge'],
  ['calibrationSlope', 'measureCalibrationSlope'],
  ['brier', 'measureBrier'],
  ['sensitivity', 'measureSensitivity'],
  ['specificity', 'measureSpecificity'],
];

/** Sites that were left out, with the reason, and external validation as a table; undefined when there is nothing of either. */
export function scienceSummary(science: Science, t: Translate): string | undefined {
  const parts = [exclusions(science, t), externalTable(science, t)].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join('\n\n');
}

function exclusions({ eligibility }: Science, t: Translate): string | undefined {
  const out = eligibility.flatMap(({ site, verdict }) =>
    verdict === 'eligible' ? [] : [t(verdict === 'tooFew' ? 'excludedTooFew' : 'excludedOneClass', { site })],
  );
  return out.length === 0 ? undefined : t('excludedLine', { sites: out.join(t('listSeparator')) });
}

function externalTable(science: Science, t: Translate): string | undefined {
  const rows = science.external.sites.flatMap(({ site, performance }) =>
    Object.entries(performance).flatMap(([model, own]) =>
      measures.map(([measure, key]) => [site, model, t(key), shownFigure(own[measure])]),
    ),
  );
  if (rows.length === 0) return undefined;
  return `${t('rowsTitle')}\n${table([t('leftSite'), t('rowModel'), t('rowMeasure'), t('rowValue')], rows)}`;
}

/** Three decimals; an absent figure shows its state and reason, never a number. */
function shownFigure(figure: Figure): string {
  if (figure.state !== 'ok') return figure.reason === undefined ? figure.state : `${figure.state} (${figure.reason})`;
  const shown = (value: number) => value.toFixed(3);
  return figure.low === undefined || figure.high === undefined
    ? shown(figure.value)
    : `${shown(figure.value)} (${shown(figure.low)}, ${shown(figure.high)})`;
}
