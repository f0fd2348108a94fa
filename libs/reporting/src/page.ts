import type { Results } from '@cohortium/analysis';
import type { Language } from '@cohortium/kernel';
import { reportingErrors } from './errors.js';
import { shortHash } from './format.js';
import type { Html, HtmlValue } from './html.js';
import { markup, printable } from './html.js';
import type { MessageKey, Translate } from './messages.js';
import { translate } from './messages.js';

/** One fitted model of a results file. */
export type ModelResult = Results['science']['models'][number];

/** What a section needs: the results, one language, and names that are unique in the document. */
export interface Page {
  readonly language: Language;
  readonly t: Translate;
  readonly science: Results['science'];
  readonly run: Results['run'];
  readonly primary: ModelResult;
  /** Run, model and protocol, as every figure carries them. */
  readonly stamp: string;
  /** Every table and figure of the page as CSV, by file name; filled while the page is made. */
  readonly files: Map<string, string>;
  /** The `id` of an element: unique although both languages stand in one document. */
  anchor(name: string): string;
  /** Position of a site in the order of the study, which fixes its color, dash and marker everywhere. */
  siteIndex(site: string): number;
  /** Sentences one after the other. */
  text(...sentences: readonly string[]): string;
  /** Names joined as the language joins them. */
  list(names: readonly string[]): string;
}

/**
 * The results as one language sees them.
 * @throws `REPORTING.NO_PRIMARY_MODEL`
 */
export function pageOf({ science, run }: Results, language: Language): Page {
  const t = translate(language);
  const primary = science.models.find((model) => model.id === science.lock.primaryModel);
  if (!primary) throw reportingErrors.error('REPORTING.NO_PRIMARY_MODEL', { model: printable(science.lock.primaryModel) });
  const sites = [
    ...new Set([
      ...science.eligibility.map(({ site }) => site),
      ...science.trainingSites,
      ...science.external.sites.map(({ site }) => site),
    ]),
  ];
  return {
    language,
    t,
    science,
    run,
    primary,
    stamp: t('page.stamp', {
      run: printable(run.run),
      model: shortHash(science.lock.modelSha256),
      study: printable(science.study.id),
      version: printable(science.study.version),
    }),
    files: new Map(),
    anchor: (name) => `${language}-${name}`,
    siteIndex: (site) => Math.max(0, sites.indexOf(site)),
    text: (...sentences) => sentences.join(language === 'zh' ? '' : ' '),
    list: (names) => names.map(printable).join(t('list.separator')),
  };
}

/** Number of terms of a model whose coefficient is not 0. */
export function nonZeroTerms(model: ModelResult): number {
  return model.terms.filter(({ coefficient }) => coefficient !== 0).length;
}

/** The primary model first, the others in their order. */
export function modelsInOrder(page: Page): readonly ModelResult[] {
  return [page.primary, ...page.science.models.filter((model) => model !== page.primary)];
}

/** A section with its heading and the TRIPOD+AI items it serves. */
export function section(page: Page, name: string, title: MessageKey, items: string, ...body: readonly HtmlValue[]): Html {
  const id = page.anchor(name);
  const served = items === '' ? [] : [markup`<p class="items">${page.t('page.items', { items })}</p>`];
  return markup`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${page.t(title)}</h2>
${served}
${body}
</section>
`;
}

/** A paragraph. */
export function paragraph(...content: readonly HtmlValue[]): Html {
  return markup`<p>${content}</p>
`;
}
