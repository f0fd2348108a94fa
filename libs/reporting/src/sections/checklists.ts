import { assessChecklist, metricsScore, radiomicsQualityScore } from '../checklists/assess.js';
import type { AssessedItem, ItemStatus } from '../checklists/assess.js';
import { factSections } from '../checklists/facts.js';
import type { ChecklistId } from '../checklists/items.js';
import { itemTexts } from '../checklists/items.js';
import { decimal } from '../format.js';
import type { Html, HtmlValue } from '../html.js';
import { markup } from '../html.js';
import type { MessageKey } from '../messages.js';
import type { Page } from '../page.js';
import { paragraph, section } from '../page.js';
import { disclosure, table } from '../table.js';

const names: Readonly<Record<ChecklistId, string>> = {
  tripodAi: 'TRIPOD+AI 2024',
  claim: 'CLAIM 2024',
  metrics: 'METRICS 1.0',
  clear: 'CLEAR 1.0',
  stardAi: 'STARD-AI 2025',
  rqs: 'RQS 1.0',
};

const statusTexts: Readonly<Record<ItemStatus, MessageKey>> = {
  reported: 'checklists.reported',
  partly: 'checklists.partly',
  notReported: 'checklists.notReported',
  notApplicable: 'checklists.notApplicable',
  notAssessed: 'checklists.notAssessed',
};
const statusGlyphs: Readonly<Record<ItemStatus, string>> = {
  reported: '●',
  partly: '◐',
  notReported: '○',
  notApplicable: '/',
  notAssessed: '?',
};
const personTexts: Readonly<Record<AssessedItem['person'], MessageKey>> = {
  nothing: 'checklists.personNothing',
  confirm: 'checklists.personConfirm',
  write: 'checklists.personWrite',
};

/** Six checklists filled from the facts of the run, with what a person must still write. Coverage is no quality; METRICS and RQS define scores. */
export function checklistsSection(page: Page): Html {
  const { t, science } = page;
  const ids = Object.keys(itemTexts) as ChecklistId[];
  const counts = ids.map((id) => {
    const items = assessChecklist(id, science);
    const count = (status: ItemStatus) => items.filter((item) => item.status === status).length;
    return [
      names[id],
      String(items.length),
      ...(['reported', 'partly', 'notReported', 'notAssessed', 'notApplicable'] as const).map((s) => String(count(s))),
    ];
  });
  const numeric = true;
  const overview = table(page, {
    id: 'checklists-table',
    caption: t('checklists.caption'),
    columns: [
      { label: t('checklists.list') },
      { label: t('checklists.items'), numeric },
      ...(['reported', 'partly', 'notReported', 'notAssessed', 'notApplicable'] as const).map((s) => ({
        label: t(statusTexts[s]),
        numeric,
      })),
    ],
    rows: counts,
  });
  return section(
    page,
    'checklists',
    'checklists.title',
    '',
    paragraph(t('checklists.text')),
    overview,
    paragraph(t('checklists.scores', { metrics: decimal(metricsScore(science), 1), rqs: radiomicsQualityScore(science) })),
    ids.map((id) => checklistTable(page, id)),
  );
}

function checklistTable(page: Page, id: ChecklistId): Html {
  const { t, language, science } = page;
  const items = assessChecklist(id, science);
  const rows = items.map(({ item, label, status, section: where, person }): HtmlValue[] => [
    item,
    label[language],
    markup`<span class="state"><span aria-hidden="true">${statusGlyphs[status]}</span> ${t(statusTexts[status])}</span>`,
    where === undefined ? '' : markup`<a href="#${page.anchor(where)}">${t(factSections[where])}</a>`,
    t(personTexts[person]),
  ]);
  const caption = t('checklists.of', { name: names[id] });
  const columns = ['checklists.item', 'checklists.label', 'checklists.status', 'checklists.where', 'checklists.person'] as const;
  return disclosure(
    page,
    caption,
    table(page, { id: `checklist-${id}`, caption, columns: columns.map((key) => ({ label: t(key) })), rows }),
  );
}
