import type { Results } from '@cohortium/analysis';
import type { Language } from '@cohortium/kernel';
import { absenceText, figureText } from './figures.js';
import { byteSize, significant } from './format.js';
import { printable } from './html.js';
import type { Page } from './page.js';
import { nonZeroTerms, pageOf } from './page.js';
import { modeName } from './sections/closing.js';
import { externalAucs, leaveOneSiteOutRange, verdictSentence } from './verdict.js';

/**
 * The results in about a dozen lines of plain text for a terminal: sites, participants, primary model, AUCs with intervals, verdict.
 * Names are printed without control characters.
 * @throws `REPORTING.NO_PRIMARY_MODEL`
 */
export function resultsSummary(results: Results, language: Language): string {
  const page = pageOf(results, language);
  return [
    ...identityLines(page),
    ...siteLines(page),
    ...modelLines(page),
    ...validationLines(page),
    ...egressLines(page),
    page.t('line.verdict', { verdict: verdictSentence(page) }),
  ].join('\n');
}

function identityLines(page: Page): readonly string[] {
  const { science, run, t, language } = page;
  const { study } = science;
  const names = {
    title: printable(study.title[language]),
    study: printable(study.id),
    version: printable(study.version),
    run: printable(run.run),
  };
  return [
    ...(study.synthetic ? [t('line.synthetic')] : []),
    t('line.study', { ...names, mode: modeName(page) }),
    t('line.outcome', { label: printable(study.endpointLabel[language]) }),
  ];
}

function siteLines(page: Page): readonly string[] {
  const { science, t, language } = page;
  const withCount = (site: string): string => {
    const n = science.eligibility.find((entry) => entry.site === site)?.n;
    return n ? t('line.siteCount', { site: printable(site), n: figureText(n, language, 'count') }) : printable(site);
  };
  const names = (sites: readonly string[]) => page.list(sites.map(withCount));
  const external = science.external.sites.map(({ site }) => site);
  const excluded = science.eligibility.filter(({ verdict }) => verdict !== 'eligible').map(({ site }) => site);
  return [
    t('line.training', {
      sites: science.trainingSites.length,
      names: names(science.trainingSites),
      participants: science.trainingParticipants,
    }),
    external.length === 0 ? t('line.noExternal') : t('line.external', { sites: external.length, names: names(external) }),
    ...(excluded.length === 0 ? [] : [t('line.excluded', { sites: page.list(excluded) })]),
  ];
}

function modelLines({ science, primary, t }: Page): readonly string[] {
  const method = science.harmonization.method === 'combat' ? 'ComBat' : t('harmonization.noCovariates');
  return [
    t('line.features', { kept: science.features.kept, candidates: science.features.candidates, method }),
    t('line.model', {
      model: printable(primary.id),
      alpha: significant(primary.alpha, 4),
      lambda: significant(primary.lambda, 4),
      nonZero: nonZeroTerms(primary),
      total: primary.terms.length,
      converged: primary.converged ? 'yes' : 'no',
    }),
  ];
}

function validationLines(page: Page): readonly string[] {
  const { science, primary, t, language } = page;
  const external = externalAucs(page).map(({ site, figure }) => {
    const auc = figureText(figure, language);
    return site === undefined ? t('line.aucPooled', { auc }) : t('line.aucSite', { site: printable(site), auc });
  });
  const loso = science.leaveOneSiteOut;
  if (loso.state !== 'ok') return [...external, t('line.losoAbsent', { state: absenceText(loso, page.language) })];
  const { pooled } = loso.value;
  const range = leaveOneSiteOutRange(page);
  if (pooled.state !== 'ok')
    return [...external, ...(range ? [t('line.losoSites', { ...range, state: absenceText(pooled, page.language) })] : [])];
  const found = pooled.value[primary.id];
  if (!found) return external;
  return [...external, t('line.loso', { pooled: figureText(found.auc, language), within: figureText(found.withinSiteAuc, language) })];
}

function egressLines({ run, t }: Page): readonly string[] {
  if (run.mode === 'pooled') return [];
  const messages = run.sites.reduce((total, site) => total + site.messages, 0);
  const bytes = run.sites.reduce((total, site) => total + site.bytes, 0);
  return [t('line.egress', { messages, bytes: byteSize(bytes) }), ...(run.contributionsVisibleToCoordinator ? [t('line.visible')] : [])];
}
