import type { MessageKey } from '../messages.js';
import { absenceText } from '../figures.js';
import { significant } from '../format.js';
import type { Html } from '../html.js';
import { markup, printable } from '../html.js';
import type { Page } from '../page.js';
import { section } from '../page.js';

const computation: Readonly<Record<Page['run']['mode'], MessageKey>> = {
  federated: 'methods.federated',
  simulated: 'methods.simulated',
  pooled: 'methods.pooled',
};

/** How the study was made, as far as the results tell; the rest stands in the protocol, named by its hash. */
export function methodsSection(page: Page): Html {
  const { science, t, language } = page;
  const { study } = science;
  const scaling = [
    t('methods.scalingText'),
    ...(science.preparation.clip === null ? [] : [t('methods.clip', { clip: significant(science.preparation.clip, 4) })]),
  ];
  const entries: readonly (readonly [MessageKey, readonly string[]])[] = [
    ['methods.outcome', [t('methods.outcomeText', { label: printable(study.endpointLabel[language]), name: printable(study.endpoint) })]],
    [
      'methods.eligibility',
      [t('methods.eligibilityText', { study: printable(study.id), version: printable(study.version), hash: science.protocolSha256 })],
    ],
    ['methods.missing', [t('methods.missingText')]],
    ['methods.scaling', scaling],
    ['methods.harmonization', [t(science.harmonization.method === 'combat' ? 'methods.harmonizationCombat' : 'methods.harmonizationNone')]],
    ['methods.model', [t('methods.modelText')]],
    ['methods.penalty', penalties(page)],
    ['methods.lock', [t('methods.lockText')]],
    ['methods.threshold', [t('methods.thresholdText', { threshold: significant(science.lock.threshold, 17) })]],
    ['methods.external', [t('methods.externalText')]],
    ['methods.loso', [leaveOneSiteOut(page)]],
    ['methods.computation', [t(computation[page.run.mode], { rounds: science.rounds })]],
  ];
  const list = entries.map(
    ([term, texts]) =>
      markup`<dt>${t(term)}</dt><dd>${texts.map((text) => markup`<p>${text}</p>`)}</dd>
`,
  );
  return section(
    page,
    'methods',
    'methods.title',
    '5a, 6b, 8a, 9a, 11, 12a–c, 12e, 12g, 15',
    markup`<dl class="methods">
${list}</dl>
`,
  );
}

function penalties({ science, t, list }: Page): readonly string[] {
  const of = (rule: 'crossValidation' | 'fixed') => science.models.filter(({ penaltyRule }) => penaltyRule === rule).map(({ id }) => id);
  const [chosen, fixed] = [of('crossValidation'), of('fixed')];
  return [
    ...(chosen.length === 0 ? [] : [t('methods.penaltyCrossValidation', { models: list(chosen) })]),
    ...(fixed.length === 0 ? [] : [t('methods.penaltyFixed', { models: list(fixed) })]),
  ];
}

function leaveOneSiteOut({ science, t, language }: Page): string {
  const loso = science.leaveOneSiteOut;
  if (loso.state !== 'ok') return t('methods.losoAbsent', { state: absenceText(loso, language) });
  return t(loso.value.penaltyRule === 'siteFolds' ? 'methods.losoSiteFolds' : 'methods.losoFinalModel');
}
