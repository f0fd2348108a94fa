import type { Html } from '../html.js';
import { markup, nothing, printable } from '../html.js';
import { leafAnchor } from '../ledger-sources.js';
import type { Page } from '../page.js';
import { paragraph } from '../page.js';
import { disclosure, table } from '../table.js';
import { code } from './lock.js';

/** The leaves of the coordinator's log that the figures of the report cite, with what a board needs to find each in its bundle. */
export function ledgerLeaves(page: Page): Html {
  const { run, t } = page;
  if (run.ledger === undefined) return run.mode === 'federated' ? nothing : paragraph(t('ledger.none'));
  const rows = run.ledger.leaves.map(({ index, type, round, operation, leafSha256 }) => [
    markup`<span id="${page.anchor(leafAnchor(index))}">${index}</span>`,
    t(type === 'modelCommit' ? 'ledger.modelCommit' : 'ledger.roundCommit'),
    round === null ? '' : String(round),
    operation === null ? '' : printable(operation),
    code(leafSha256),
  ]);
  const columns = [
    { label: t('ledger.index'), numeric: true },
    { label: t('ledger.holds') },
    { label: t('ledger.round'), numeric: true },
    { label: t('ledger.operation') },
    { label: t('ledger.hash') },
  ];
  const caption = t('ledger.caption', { log: printable(run.ledger.log) });
  return markup`${paragraph(t('ledger.text'))}${disclosure(page, caption, table(page, { id: 'ledger-table', caption, columns, rows }))}`;
}
