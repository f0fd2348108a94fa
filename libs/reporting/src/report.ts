import type { Results } from '@cohortium/analysis';
import type { Language } from '@cohortium/kernel';
import { languages, sha256 } from '@cohortium/kernel';
import type { Html } from './html.js';
import { markup, printable, trusted } from './html.js';
import type { MessageKey } from './messages.js';
import type { Page } from './page.js';
import { pageOf } from './page.js';
import { shortHash } from './format.js';
import { authorsSection, limitsSection, reproducibilitySection } from './sections/closing.js';
import { egressSection, privacySection } from './sections/egress.js';
import { externalSection } from './sections/external.js';
import { harmonizationSection } from './sections/harmonization.js';
import { leaveOneSiteOutSection } from './sections/leave-one-site-out.js';
import { checklistsSection } from './sections/checklists.js';
import { modelCardSection } from './sections/model-card.js';
import { releaseSection } from './sections/release.js';
import { sampleSizeSection } from './sections/sample-size.js';
import { lockSection } from './sections/lock.js';
import { methodsSection } from './sections/methods.js';
import { missingDataSection } from './sections/missing-data.js';
import { modelsSection } from './sections/models.js';
import { participantsSection } from './sections/participants.js';
import { summarySection, titleBlock } from './sections/summary.js';
import { styleSheet } from './style.js';

/** BCP 47 tags of the two languages. */
const languageTags: Readonly<Record<Language, string>> = { en: 'en', zh: 'zh-CN' };
/** Each language under its own name. */
const languageNames: Readonly<Record<Language, string>> = { en: 'English', zh: '中文' };

/**
 * Shows one language: the one before the first "-" of the address fragment, else the browser's. Without this script both languages
 * stand one after the other, and the links of the switch lead to them.
 */
const switchScript = `(function(){
var tags={en:'en',zh:'zh-CN'};
function show(){
var parts=location.hash.slice(1).split('-'),first=parts.shift(),rest=parts.join('-');
var language=tags[first]?first:/^zh/i.test(navigator.language||'')?'zh':'en';
document.documentElement.lang=tags[language];
Object.keys(tags).forEach(function(key){
var article=document.getElementById(key),link=document.getElementById('switch-'+key);
article.hidden=key!==language;
link.href='#'+key+(rest?'-'+rest:'');
if(key===language){document.title=article.getAttribute('data-title');link.setAttribute('aria-current','true');}
else link.removeAttribute('aria-current');
});
var target=location.hash.length>1&&document.getElementById(location.hash.slice(1));
if(target&&target.tagName!=='ARTICLE'){for(var node=target;node;node=node.parentElement)if(node.tagName==='DETAILS')node.open=true;target.scrollIntoView();}
}
addEventListener('hashchange',show);
show();
})();`;

const contents: readonly (readonly [string, MessageKey])[] = [
  ['summary', 'summary.title'],
  ['methods', 'methods.title'],
  ['participants', 'participants.title'],
  ['missing', 'missing.title'],
  ['harmonization', 'harmonization.title'],
  ['models', 'models.title'],
  ['lock', 'lock.title'],
  ['external', 'external.title'],
  ['loso', 'loso.title'],
  ['release', 'release.title'],
  ['sample-size', 'sampleSize.title'],
  ['model-card', 'card.title'],
  ['egress', 'egress.title'],
  ['privacy', 'privacy.title'],
  ['limits', 'limits.title'],
  ['reproducibility', 'repro.title'],
  ['checklists', 'checklists.title'],
  ['authors', 'authors.title'],
];

function article(results: Results, language: Language): Html {
  const page = pageOf(results, language);
  const { science, run, t } = page;
  const links = contents.map(([name, title]) => markup`<li><a href="#${page.anchor(name)}">${t(title)}</a></li>`);
  const footer = {
    run: printable(run.run),
    model: shortHash(science.lock.modelSha256),
    study: printable(science.study.id),
    version: printable(science.study.version),
  };
  return markup`<article id="${language}" lang="${languageTags[language]}" data-title="${science.study.title[language]}">
${titleBlock(page)}
<nav class="contents" aria-label="${t('page.contents')}"><ul>${links}</ul></nav>
${sections(page, results.schemaVersion)}
<p class="items">${t('page.tripod')}</p>
<p class="stamp">${t('page.footer', footer)}</p>
</article>
`;
}

/** In the order of TRIPOD+AI, as far as the results hold the facts. */
function sections(page: Page, schemaVersion: number): readonly Html[] {
  return [
    summarySection(page),
    methodsSection(page),
    participantsSection(page),
    missingDataSection(page),
    harmonizationSection(page),
    modelsSection(page),
    lockSection(page),
    externalSection(page),
    leaveOneSiteOutSection(page),
    releaseSection(page),
    sampleSizeSection(page),
    modelCardSection(page),
    egressSection(page),
    privacySection(page),
    limitsSection(page),
    reproducibilitySection(page, schemaVersion),
    checklistsSection(page),
    authorsSection(page),
  ];
}

/** Every table and figure of the report in one language as CSV, by file name. @throws `REPORTING.NO_PRIMARY_MODEL` */
export function reportTables(results: Results, language: Language): ReadonlyMap<string, string> {
  const page = pageOf(results, language);
  sections(page, results.schemaVersion);
  return page.files;
}

/**
 * The study report: one HTML file that needs nothing else, in both languages, with every chart drawn as SVG beside its table.
 * Equal results give equal bytes.
 * @throws `REPORTING.NO_PRIMARY_MODEL`
 */
export function renderReport(results: Results): string {
  const articles = languages.map((language) => article(results, language));
  const scriptHash = Buffer.from(sha256(switchScript), 'hex').toString('base64');
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${scriptHash}'; img-src data:; base-uri 'none'; form-action 'none'`;
  const { en, zh } = results.science.study.title;
  const links = [...languages]
    .reverse()
    .map(
      (key) =>
        markup`<a id="switch-${key}" href="#${key}" lang="${languageTags[key]}" hreflang="${languageTags[key]}">${languageNames[key]}</a>`,
    );
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${trusted(policy)}">
<meta name="generator" content="Cohortium">
<title>${en} / ${zh}</title>
<style>${trusted(styleSheet)}</style>
</head>
<body>
<header><div class="frame"><strong>Cohortium</strong><nav aria-label="Language / 语言">${links}</nav></div></header>
<main class="frame">
${articles}</main>
<script>${trusted(switchScript)}</script>
</body>
</html>
`.text;
}
