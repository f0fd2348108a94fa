import type { Language } from '@cohortium/kernel';
import type { FigureReason, figureSchema } from '@cohortium/validation';
import { figureReasonTexts } from '@cohortium/validation';
import type { z } from 'zod';
import { decimal, percent, wholeNumber } from './format.js';
import { Html, markup, nothing, printable } from './html.js';
import type { MessageKey } from './messages.js';
import { translate } from './messages.js';

/** A number of a results file that may be absent. */
export type Figure = z.output<typeof figureSchema>;
/** States of a {@link Figure} without a value. */
export type AbsentState = Exclude<Figure['state'], 'ok'>;
/** A figure that is there. */
export type PresentFigure = Extract<Figure, { state: 'ok' }>;

/** How the value of a figure is written. */
export type FigureStyle = 'decimal' | 'percent' | 'count' | 'probability';

/** Glyph of each absent state; a measured zero is the digit 0. Each stands beside its word, never alone. */
export const stateGlyphs: Readonly<Record<AbsentState, string>> = {
  'none-yet': '\u2026',
  withheld: '\u25a0',
  'not-done': '\u2014',
  error: '\u2715',
};

const stateWords: Readonly<Record<AbsentState, MessageKey>> = {
  'none-yet': 'state.none-yet',
  withheld: 'state.withheld',
  'not-done': 'state.not-done',
  error: 'state.error',
};

/** Reasons of the gate and of the study program; those of the estimators come from libs/validation. */
const ownReasons: Readonly<Record<string, MessageKey>> = {
  noClause: 'reason.noClause',
  wrongKind: 'reason.wrongKind',
  wrongScope: 'reason.wrongScope',
  tooFewSites: 'reason.tooFewSites',
  belowMinCount: 'reason.belowMinCount',
  tooManyParameters: 'reason.tooManyParameters',
  tooLarge: 'reason.tooLarge',
  tooManyFeatures: 'reason.tooManyFeatures',
  tooMany: 'reason.tooMany',
  contradictsEarlierRelease: 'reason.contradictsEarlierRelease',
  notApproved: 'reason.notApproved',
  expired: 'reason.expired',
  notComputable: 'reason.notComputable',
  ruleFailed: 'reason.ruleFailed',
  undeclaredCohort: 'reason.undeclaredCohort',
  cohortTooSimilar: 'reason.cohortTooSimilar',
  dominated: 'reason.dominated',
  notSmoothed: 'reason.notSmoothed',
  notEvaluable: 'reason.notEvaluable',
  noiseMissing: 'reason.noiseMissing',
  budgetSpent: 'reason.budgetSpent',
  smallCell: 'reason.smallCell',
  noExternalSite: 'reason.noExternalSite',
  fewerThanThreeSites: 'reason.fewerThanThreeSites',
  notInProtocol: 'reason.notInProtocol',
};

/** A reason code in words; a code nobody declared is shown as it is. */
export function reasonText(reason: string, language: Language): string {
  const key = Object.hasOwn(ownReasons, reason) ? ownReasons[reason] : undefined;
  if (key !== undefined) return translate(language)(key);
  if (!Object.hasOwn(figureReasonTexts[language], reason)) return printable(reason);
  const text = figureReasonTexts[language][reason as FigureReason];
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** Word of an absent state. */
export function stateWord(state: AbsentState, language: Language): string {
  return translate(language)(stateWords[state]);
}

/** Glyph, word and reason of something absent: `■ withheld (too few sites)`. */
export function absenceText(absent: { readonly state: AbsentState; readonly reason?: string | undefined }, language: Language): string {
  const state = `${stateGlyphs[absent.state]} ${stateWord(absent.state, language)}`;
  return absent.reason === undefined || absent.reason === ''
    ? state
    : translate(language)('state.reason', { state, reason: reasonText(absent.reason, language) });
}

/** A value in a style: three decimals, a percentage, a whole number, or a p value (never 0.000). */
export function valueText(value: number, style: FigureStyle = 'decimal'): string {
  if (style === 'percent') return percent(value);
  if (style === 'probability' && value < 0.001) return '< 0.001';
  return style === 'count' ? wholeNumber(value) : decimal(value, 3);
}

/** True when both limits of the interval are there. */
export function hasInterval(figure: Figure): figure is PresentFigure & { readonly low: number; readonly high: number } {
  return figure.state === 'ok' && figure.low !== undefined && figure.high !== undefined;
}

/** A figure as plain text: `0.612 (95% CI 0.520 to 0.704)`, `0`, or glyph, word and reason of its absence. */
export function figureText(figure: Figure, language: Language, style: FigureStyle = 'decimal'): string {
  if (figure.state !== 'ok') return absenceText(figure, language);
  const value = valueText(figure.value, style);
  if (!hasInterval(figure)) return value;
  return translate(language)('figure.interval', { value, low: valueText(figure.low, style), high: valueText(figure.high, style) });
}

/** Something absent as table content: the glyph is decoration, the word is read. */
export function absenceHtml(absent: { readonly state: AbsentState; readonly reason?: string | undefined }, language: Language): Html {
  const reason =
    absent.reason === undefined || absent.reason === ''
      ? nothing
      : markup`<span class="reason">${reasonText(absent.reason, language)}</span>`;
  const word = markup`<span class="state state-${absent.state}"><span aria-hidden="true">${stateGlyphs[absent.state]}</span> ${stateWord(absent.state, language)}</span>${reason}`;
  return new Html(word.text, absent);
}

/** A figure as table content: the value, its interval on a line of its own, or {@link absenceHtml}. */
export function figureHtml(figure: Figure, language: Language, style: FigureStyle = 'decimal'): Html {
  if (figure.state !== 'ok') return absenceHtml(figure, language);
  const interval = hasInterval(figure)
    ? markup`<span class="interval">${translate(language)('figure.range', { low: valueText(figure.low, style), high: valueText(figure.high, style) })}</span>`
    : nothing;
  return new Html(markup`<span class="value">${valueText(figure.value, style)}</span>${interval}`.text, figure);
}
