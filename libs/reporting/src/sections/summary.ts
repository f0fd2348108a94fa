import type { Html } from '../html.js';
import { markup, nothing, printable } from '../html.js';
import { figureText, stateGlyphs, stateWord } from '../figures.js';
import type { AbsentState } from '../figures.js';
import type { Page } from '../page.js';
import { paragraph, section } from '../page.js';
import { releaseVerdict } from './release.js';
import { calibrationSentence, externalAucs, leaveOneSiteOutRange, verdictSentence } from '../verdict.js';

/** Title, kind of study, banners for what is not a measurement at real hospitals. */
export function titleBlock(page: Page): Html {
  const { science, run, t, language } = page;
  const kind = science.external.sites.length === 0 ? 'page.kindDevelopment' : 'page.kind';
  const hospitals = science.trainingSites.length + science.external.sites.length;
  const banners = [
    ...(science.study.synthetic ? [t('banner.synthetic')] : []),
    ...(run.mode === 'simulated' ? [t('banner.simulated')] : []),
    ...(run.mode === 'pooled' ? [t('banner.pooled')] : []),
  ];
  return markup`<h1>${science.study.title[language]}</h1>
<p class="kind">${t(kind, { sites: hospitals })}</p>
${banners.map(
  (text) => markup`<p class="banner" role="note"><span aria-hidden="true">△ </span>${text}</p>
`,
)}`;
}

/** What was asked, where, and the primary result with a verdict that follows its interval. */
export function summarySection(page: Page): Html {
  const { science, t, language } = page;
  const externalSites = science.external.sites.map(({ site }) => site);
  const lines = [
    t('summary.question', { features: science.features.candidates, endpoint: printable(science.study.endpointLabel[language]) }),
    t('summary.training', { participants: science.trainingParticipants, sites: science.trainingSites.length }),
    externalSites.length === 0
      ? t('summary.noExternal')
      : t('summary.external', { sites: externalSites.length, names: page.list(externalSites) }),
    ...primaryResult(page),
  ];
  const validity = externalSites.length === 0 ? [] : [paragraph(calibrationSentence(page))];
  return section(
    page,
    'summary',
    'summary.title',
    '1, 2, 4',
    lines.map((text) => paragraph(text)),
    markup`<p class="verdict"><strong>${t('summary.verdict')}</strong> ${verdictSentence(page)}<br>${t('summary.release', { verdict: releaseVerdict(page) })}</p>
`,
    validity,
    losoLine(page),
    markup`<p><strong>${t('summary.use')}</strong></p>
`,
    stateLegend(page),
  );
}

function primaryResult(page: Page): readonly string[] {
  const model = printable(page.primary.id);
  return externalAucs(page).map(({ site, figure }) => {
    const auc = figureText(figure, page.language);
    return site === undefined
      ? page.t('summary.aucPooled', { model, auc })
      : page.t('summary.aucSite', { model, site: printable(site), auc });
  });
}

function losoLine(page: Page): Html {
  const { science, primary, language, t } = page;
  const loso = science.leaveOneSiteOut;
  if (loso.state !== 'ok') return nothing;
  const together = loso.value.pooled.state === 'ok' ? loso.value.pooled.value[primary.id] : undefined;
  if (together)
    return paragraph(
      t('summary.loso', { pooled: figureText(together.auc, language), within: figureText(together.withinSiteAuc, language) }),
    );
  const range = leaveOneSiteOutRange(page);
  return range ? paragraph(t('summary.losoSites', range)) : nothing;
}

/** The five states of a cell, each with glyph and word. */
function stateLegend({ t, language }: Page): Html {
  const states: readonly AbsentState[] = ['none-yet', 'withheld', 'not-done', 'error'];
  const entries = states.map(
    (state) =>
      markup`<li><span class="state"><span aria-hidden="true">${stateGlyphs[state]}</span> ${stateWord(state, language)}</span></li>`,
  );
  return markup`<div class="legend"><strong>${t('states.title')}</strong>
<ul><li><span class="state">0</span> ${t('states.zero')}</li>${entries}</ul></div>
`;
}
