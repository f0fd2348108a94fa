import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Results } from '@cohortium/analysis';
import { formatMessage } from '@cohortium/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderReport, reportTables, resultsSummary } from './index.js';
import { sourcesOf } from './ledger-sources.js';
import type { MessageKey } from './messages.js';
import { reportingMessages } from './messages.js';
import { fixtureResults } from './results.fixture.js';

const report = renderReport(fixtureResults());
const article = (html: string, language: 'en' | 'zh'): string => {
  const start = html.indexOf(`<article id="${language}"`);
  return html.slice(start, html.indexOf('</article>', start));
};
/** What a person can read: no markup, attributes or data addresses. */
const visible = (html: string): string => html.replace(/<(script|style)[\s\S]*?<\/\1>/g, '').replace(/<[^>]*>/g, ' ');
const all = (html: string, pattern: RegExp): string[] => [...html.matchAll(pattern)].map((match) => match[1] as string);

/** The elements of a document; throws where tags do not nest or an attribute is not quoted. */
function parseElements(html: string): Set<string> {
  const voids = new Set(['meta', 'br', 'link', 'img']);
  const open: string[] = [];
  const seen = new Set<string>();
  const body = html.replace(/^<!doctype html>/, '').replace(/<(script|style)>[\s\S]*?<\/\1>/g, '');
  for (const [tag, close, name, attributes, selfClosed] of body.matchAll(
    /<(\/?)([a-zA-Z][\w-]*)((?:\s+[\w:-]+(?:="[^"<]*")?)*)\s*(\/?)>|</g,
  )) {
    if (name === undefined) throw new Error(`stray "<" at ${body.slice(body.indexOf(tag), 40)}`);
    if (close === '/') {
      if (open.pop() !== name) throw new Error(`</${name}> closes another element`);
    } else {
      seen.add(name);
      for (const attribute of all(attributes ?? '', /\s([\w:-]+)(?:="[^"]*")?/g))
        if (/^on/i.test(attribute)) throw new Error(`handler ${attribute}`);
      if (!voids.has(name) && selfClosed !== '/') open.push(name);
    }
  }
  if (open.length > 0) throw new Error(`unclosed ${open.join(' ')}`);
  return seen;
}

describe('renderReport', () => {
  it('holds both languages, each marked and in its own words', () => {
    expect(article(report, 'en')).toContain('lang="en"');
    expect(article(report, 'zh')).toContain('lang="zh-CN"');
    expect(article(report, 'en')).toContain('HER-2 status from breast MRI radiomics');
    expect(article(report, 'zh')).toContain('乳腺 MRI 影像组学预测 HER-2 状态');
    const english = visible(article(report, 'en'))
      .replaceAll('小波-HLL_灰度共生矩阵_对比度（瘤周 5 mm）', '')
      .replace(/小波\S*/g, '');
    expect(english.match(/[\u4e00-\u9fff]/g)).toBeNull();
    expect(report).toMatch(/<a id="switch-zh" href="#zh" lang="zh-CN" hreflang="zh-CN">中文<\/a>/);
  });

  it('needs nothing from outside: no address but its own fragments and data', () => {
    expect(all(report, /(?:href|src|action|poster)="([^"]*)"/g).filter((address) => !/^#|^data:text\/csv/.test(address))).toEqual([]);
    expect(report).not.toMatch(/url\((?!#)|@import|@font-face/);
    expect(all(report, /(https?:\/\/[^"\s<]*)/g).filter((address) => !address.startsWith('http://www.w3.org/'))).toEqual([]);
    expect(report.match(/<script/g)).toHaveLength(1);
  });

  it('nests its elements, uses no handler attribute, gives every element its own id and every fragment a target', () => {
    expect(() => parseElements(report)).not.toThrow();
    const ids = all(report, /\sid="([^"]*)"/g);
    expect(new Set(ids).size).toBe(ids.length);
    const referenced = [
      ...all(report, /href="#([^"]*)"/g),
      ...all(report, /aria-labelledby="([^"]*)"/g),
      ...all(report, /url\(#([^)]*)\)/g),
    ];
    expect(referenced.filter((id) => !ids.includes(id))).toEqual([]);
  });

  it('shows neither undefined, NaN nor an object', () => {
    expect(visible(report)).not.toMatch(/undefined|NaN|\[object|null/);
    expect(all(report, /<svg([\s\S]*?)<\/svg>/g).join('')).not.toMatch(/undefined|NaN/);
  });

  it('gives every chart a sentence, its stamp, its table and its CSV', () => {
    for (const language of ['en', 'zh'] as const) {
      const figures = all(article(report, language), /<figure([\s\S]*?)<\/figure>/g);
      // Flow, missing cells, differences of sites, ellipses, path, coefficients, their paths and frequencies, two forests, strip, decision
      // curve and ROC outside, and ROC, precision, calibration, decision curve inside.
      expect(figures).toHaveLength(17);
      for (const figure of figures) {
        const label = /<svg [^>]*role="img" aria-label="([^"]+)"/.exec(figure)?.[1] ?? '';
        expect(label).toMatch(/[.。]$/);
        expect(figure).toMatch(/<figcaption>/);
        expect(figure).toMatch(/run-7f3a · \S+ b{12} · \S+ her2-radiomics 1\.0\.0<\/text>/);
        const tableId = /<a href="#([^"]+)"/.exec(figure)?.[1] ?? '';
        expect(article(report, language)).toContain(`<table id="${tableId}">`);
        expect(figure).toMatch(/download="[\w-]+\.csv" aria-label="[^"]+" href="data:text\/csv;charset=utf-8,%EF%BB%BF/);
      }
    }
  });

  it('names the leaves of the log under every figure and table that shows a number of the study', () => {
    for (const language of ['en', 'zh'] as const) {
      const html = article(report, language);
      const names = [...all(html, /<table id="(?:en|zh)-([^"]+)"/g), ...all(html, /<figure id="(?:en|zh)-([^"]+)"/g)];
      expect(names.filter((name) => sourcesOf(name) === undefined)).toEqual([]);
      const cited = html.match(/<p class="ledger links">/g) ?? [];
      expect(cited).toHaveLength(names.filter((name) => sourcesOf(name) !== null).length);
      const external = html.split(`<figure id="${language}-external-auc"`)[1]?.split('</figure>')[0] ?? '';
      const leaf = (at: string) => `<a href="#${language}-leaf-${/^\d+/.exec(at)?.[0]}">${at}</a>`;
      for (const at of ['10–12']) expect(external).toContain(leaf(at));
      expect(html).toContain(`<span id="${language}-leaf-10">10</span>`);
    }
    const simulated = renderReport(fixtureResults((results) => void delete results.run.ledger));
    expect(simulated).not.toContain('<p class="ledger links">');
  });

  it('gives every table a caption and every header a scope, and keeps headings in order', () => {
    const tables = all(report, /<table([\s\S]*?)<\/table>/g);
    expect(tables.length).toBeGreaterThan(20);
    for (const table of tables) {
      expect(table).toMatch(/<caption id="[^"]+">[^<]+<\/caption>/);
      expect(table).not.toMatch(/<th(?! scope="(?:col|row)")[ >]/);
      const widths = all(table, /<tr>([\s\S]*?)<\/tr>/g).map((row) => (row.match(/<t[hd]/g) ?? []).length);
      expect(new Set(widths).size).toBe(1);
    }
    expect(article(report, 'en').match(/<h1>/g)).toHaveLength(1);
    expect(article(report, 'en').match(/<h2 /g)).toHaveLength(18);
    expect(report).not.toMatch(/<h[3-6]/);
  });

  it('keeps the five states of a cell apart by glyph and word', () => {
    const cell = (glyph: string, word: string) => `<span aria-hidden="true">${glyph}</span> ${word}</span>`;
    const external = article(report, 'en').split('id="en-external-table"')[1]?.split('</table>')[0] ?? '';
    for (const [glyph, word] of [
      ['■', 'withheld'],
      ['…', 'none yet'],
      ['✕', 'error'],
      ['—', 'not done'],
    ] as const)
      expect(external).toContain(cell(glyph, word));
    expect(external).toContain('<span class="value">0.000</span>');
    const participants = article(report, 'en').split('id="en-participants-table"')[1]?.split('</table>')[0] ?? '';
    expect(participants).toMatch(/S6[\s\S]*withheld/);
  });

  it('says in the summary whether the release rule is met', () => {
    const summary = (language: 'en' | 'zh') => visible(report.split(`id="${language}-summary"`)[1]?.split('</section>')[0] ?? '');
    expect(summary('en')).toContain('does not meet');
    expect(summary('zh')).toContain('不符合本研究的发布规则');
  });

  it('gives every table and figure as CSV, figures in full precision, the states of a cell apart', () => {
    const files = reportTables(fixtureResults(), 'en');
    const linked = all(article(report, 'en'), /download="([^"]+)"/g);
    expect([...files.keys()].sort()).toEqual([...linked].sort());
    expect(new Set(linked).size).toBe(linked.length);
    const lines = (files.get('external-table.csv') as string).split('\r\n');
    expect(lines[0]).toContain('AUC,"AUC [low]","AUC [high]","AUC [state]"');
    expect(lines[0]).toContain('"Brier score","Brier score [low]"');
    expect(lines[1]).toMatch(/^H8,"elastic-net primary",0\.561,0\.49/);
    const hidden = lines.find((line) => line.startsWith('H9'));
    expect(hidden).toContain(',,,"withheld: belowMinCount",');
    expect(hidden).toContain(',none-yet,');
    expect(hidden).toContain('"error: notConverged"');
    expect(hidden).toContain('0,0,0.01,ok');
    expect(hidden).toContain('"not-done: notComputable"');
  });

  it('shows differences of sites before and after, and says why there are none', () => {
    const part = (results: Results) => visible(renderReport(results).split('id="en-harmonization"')[1]?.split('</section>')[0] ?? '');
    expect(part(fixtureResults())).toContain('Means differ between sites in 31 of 47 features before and 0 after');
    const none = part(fixtureResults((results) => void (results.science.siteDifferences = { state: 'not-done', reason: 'notInProtocol' })));
    expect(none).toContain('Differences between sites before and after: — not done (not in the protocol).');
    const unharmonized = fixtureResults(({ science: { siteDifferences: found, siteEllipses: ellipses } }) => {
      if (found.state !== 'ok' || ellipses.state !== 'ok') return;
      found.value.counts.after = null;
      for (const feature of found.value.features) feature.after = null;
      for (const site of ellipses.value.sites) site.after = null;
    });
    expect(part(unharmonized)).toContain('no harmonization');
    expect(part(unharmonized)).not.toContain('after ComBat');
  });

  it('draws sites along principal axes before and after, without the one that is withheld', () => {
    const figure = (results: Results) =>
      article(renderReport(results), 'en').split('<figure id="en-ellipses"')[1]?.split('</figure>')[0] ?? '';
    const drawn = figure(fixtureResults());
    // Four sites, a panel each before and after, an edge and an outline each.
    expect(all(drawn, /(fill-opacity="0\.07")/g)).toHaveLength(8);
    expect(visible(drawn)).toContain('carry 31.0% and 12.0% of the variance before ComBat');
    const part = visible(article(report, 'en').split('id="en-ellipses-table"')[1]?.split('</table>')[0] ?? '');
    expect(part).toMatch(/S5\s+before\s+■\s+withheld/);
    const none = fixtureResults((results) => void (results.science.siteEllipses = { state: 'not-done', reason: 'tooManyFeatures' }));
    expect(figure(none)).toBe('');
    expect(visible(article(renderReport(none), 'en'))).toContain('Sites along principal axes: — not done (too many features for one sum).');
  });

  it('draws coefficients along the path and how often features are chosen, of the primary model', () => {
    const english = article(report, 'en');
    const part = (id: string) => visible(english.split(`<figure id="en-${id}"`)[1]?.split('</figure>')[0] ?? '');
    expect(part('coefficient-paths')).toContain('32 features of model elastic-net get a coefficient');
    expect(part('coefficient-paths')).toContain('other features');
    expect(part('selection-frequency')).toContain('Of 10 fits of model elastic-net');
    const rows = visible(english.split('id="en-selection-frequency-table"')[1]?.split('</table>')[0] ?? '');
    expect(rows).toMatch(/F1_DT_POSTCON \(T11=0\.05,T12=0\.5\)\s+\+0\.31\s+5 \/ 5\s+5 \/ 5/);
    // A fixed penalty has neither path nor folds.
    const fixed = fixtureResults((results) => void (results.science.lock.primaryModel = 'lasso'));
    const html = article(renderReport(fixed), 'en');
    expect(html).not.toContain('<figure id="en-coefficient-paths"');
    expect(html).not.toContain('<figure id="en-selection-frequency"');
  });

  it('does not show the end of a search as a limit of the variance between sites', () => {
    const rows = (language: 'en' | 'zh') =>
      visible(article(report, language).split(`id="${language}-loso-meta"`)[1]?.split('</table>')[0] ?? '');
    expect(rows('en')).toContain('0.001 to no upper limit found up to 100');
    expect(rows('zh')).toContain('0.001 起，至 100 仍未找到上限');
    expect(rows('en')).not.toContain('100.000');
  });

  it('is the same text whatever was rendered before', () => {
    renderReport(fixtureResults((results) => void (results.science.study.synthetic = false)));
    expect(renderReport(fixtureResults())).toBe(report);
  });

  it('says synthetic, simulated and pooled in a banner, and only then', () => {
    const banners = (results: Results) =>
      all(article(renderReport(results), 'en'), /class="banner" role="note">([\s\S]*?)<\/p>/g).map(visible);
    expect(banners(fixtureResults())).toHaveLength(1);
    expect(banners(fixtureResults())[0]).toContain('Synthetic data');
    expect(banners(fixtureResults((results) => void (results.science.study.synthetic = false)))).toEqual([]);
    expect(banners(fixtureResults((results) => void (results.run.mode = 'simulated')))[1]).toContain('Simulated run');
    expect(banners(fixtureResults((results) => void (results.run.mode = 'pooled')))[1]).toContain('Pooled run');
  });

  it('tells who could see the contributions', () => {
    const privacy = (results: Results) => visible(renderReport(results).split('id="en-privacy"')[1]?.split('</section>')[0] ?? '');
    expect(privacy(fixtureResults())).toContain('visible to the coordinator');
    expect(privacy(fixtureResults((results) => void (results.run.contributionsVisibleToCoordinator = false)))).not.toContain(
      'visible to the coordinator',
    );
    expect(privacy(fixtureResults((results) => void (results.run.mode = 'pooled')))).toContain('nothing was protected');
  });

  it('renders the smallest results: nothing external, no harmonization, an empty model', () => {
    const smallest = fixtureResults((results) => {
      const { science, run } = results;
      const absent = { state: 'not-done' as const, reason: 'noExternalSite' };
      science.external = { sites: [], evaluation: { sites: absent, pooled: absent, comparisons: absent, meta: absent }, pooled: absent };
      science.flow = absent;
      science.characteristics = absent;
      science.leaveOneSiteOut = { state: 'not-done', reason: 'notInProtocol' };
      science.harmonization = { method: 'none' };
      science.siteDifferences = absent;
      science.siteEllipses = absent;
      const shape = { path: [], coefficientPaths: [], foldCount: 0, terms: [], rounds: 1, converged: true };
      science.models = [{ id: 'elastic-net', alpha: 1, lambda: 0.1, penaltyRule: 'fixed', intercept: -1, ...shape }];
      science.features.leftOut = [];
      science.features.missingness = [];
      science.preparation.clip = null;
      run.sites = [];
      run.software = {};
      run.startedAt = 'unknown';
    });
    const html = renderReport(smallest);
    expect(() => parseElements(html)).not.toThrow();
    expect(visible(html)).not.toMatch(/undefined|NaN|\[object|null/);
    expect(article(html, 'en')).not.toContain('<figure');
    expect(visible(html)).toContain('no external validation');
  });

  it('refuses results whose primary model is not among the models', () => {
    expect(() => renderReport(fixtureResults((results) => void (results.science.lock.primaryModel = 'absent')))).toThrow(
      /REPORTING\.NO_PRIMARY_MODEL/,
    );
  });
});

describe('names from outside', () => {
  /** Every free text of a results file replaced by one hostile text, or made of it where names must differ. */
  const infested = (text: string): Results =>
    fixtureResults(({ science, run }) => {
      science.study.title = { en: text, zh: text };
      science.study.endpointLabel = { en: text, zh: text };
      science.study.id = science.study.version = science.study.endpoint = text;
      science.preparation.features[1] = `${text}1`;
      for (const model of science.models) for (const term of model.terms.slice(1, 2)) term.feature = `${text}1`;
      science.features.leftOut = [{ feature: text, reason: 'missing' }];
      science.features.missingness = [{ feature: text, band: '<5%' }];
      for (const [i, entry] of science.eligibility.entries()) if (i === 0 || entry.site === 'H8') entry.site = `${text}${i}`;
      science.trainingSites[0] = `${text}0`;
      for (const site of science.external.sites)
        site.performance['lasso'] = { ...site.performance['elastic-net']!, auc: { state: 'error', reason: text } };
      science.external.sites[0]!.site = `${text}6`;
      science.external.pooled = { state: 'withheld', reason: text };
      if (science.harmonization.method === 'combat') science.harmonization.covariates = science.harmonization.passedThrough = [text];
      run.run = run.host.arch = run.host.platform = run.startedAt = text;
      run.sites[0]!.site = text;
      Object.defineProperty(run.software, text === '__proto__' ? 'proto' : text, { value: text, enumerable: true, configurable: true });
    });

  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc
      .array(
        fc.constantFrom(
          '<',
          '>',
          '&',
          '"',
          "'",
          '</script>',
          '<img src=x onerror=alert(1)>',
          '{0}',
          '{a|b}',
          '\u0000',
          '\u202e',
          '\ud800',
          '\n',
          '`',
          '${',
          ']]>',
          '-->',
          '=1+1',
          'url(#zr0-c1)',
        ),
        { minLength: 1, maxLength: 8 },
      )
      .map((parts) => parts.join('')),
  );
  const elements = parseElements(report);

  it('never become markup', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const html = renderReport(infested(text));
        expect([...parseElements(html)].filter((name) => !elements.has(name))).toEqual([]);
        expect(html).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
        expect(Buffer.from(html).toString() === html).toBe(true);
      }),
      { numRuns: 12 },
    );
  });

  it('never steer a terminal', () => {
    fc.assert(
      fc.property(hostile, fc.constantFrom('en' as const, 'zh' as const), (text, language) => {
        const lines = resultsSummary(infested(`\u001b[2J${text}`), language);
        expect(lines.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
        expect(lines.split('\n').length).toBeLessThanOrEqual(16);
      }),
      { numRuns: 60 },
    );
  });
});

describe('catalogs', () => {
  const keys = Object.keys(reportingMessages.en) as MessageKey[];
  const argumentNames = (pattern: string) => [...new Set(all(pattern, /\{(\w+)(?=[,}])/g))].sort();

  it('have the same keys, and no text is empty', () => {
    expect(Object.keys(reportingMessages.zh)).toEqual(keys);
    for (const key of keys) for (const language of ['en', 'zh'] as const) expect(reportingMessages[language][key].trim(), key).not.toBe('');
  });

  it('take the same values in both languages, and format', () => {
    for (const key of keys) {
      const names = argumentNames(reportingMessages.en[key]).filter((name) => !/^(of|it|them|the|one|lies|holds|none)$/i.test(name));
      const values = Object.fromEntries(names.map((name) => [name, 1]));
      expect(
        argumentNames(reportingMessages.zh[key]).filter((name) => !names.includes(name)),
        key,
      ).toEqual([]);
      expect(() => formatMessage(reportingMessages.en[key], 'en', values), key).not.toThrow();
      expect(() => formatMessage(reportingMessages.zh[key], 'zh', values), key).not.toThrow();
    }
  });

  it('hold no key that the source does not name', () => {
    const root = fileURLToPath(new URL('.', import.meta.url));
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
      (file) => file.endsWith('.ts') && !/\.spec\.ts$|messages\.(en|zh)\.ts$/.test(file),
    );
    const source = files.map((file) => readFileSync(`${root}${file}`, 'utf8')).join('\n');
    expect(keys.filter((key) => !source.includes(`'${key}'`))).toEqual([]);
  });
});
