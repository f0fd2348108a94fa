import type { Results } from '@cohortium/analysis';
import type { Html } from './html.js';
import { markup, nothing } from './html.js';
import type { Page } from './page.js';

type CitedLeaf = NonNullable<Results['run']['ledger']>['leaves'][number];

/** What a figure or table is computed from: operations by the start of their name, or the lock of the model. */
interface Sources {
  readonly operations: readonly string[];
  readonly lock?: true;
}

const fit = [
  'statistics.first-moments',
  'statistics.centered-moments',
  'statistics.grid-counts',
  'statistics.rank-counts',
  'harmonization.combat',
  'statistics.design-moments',
  'statistics.selection',
  'statistics.gram',
  'statistics.logistic',
];
const harmonization = ['statistics.first-moments', 'statistics.centered-moments', 'statistics.grid-counts', 'harmonization.combat'];

/** By the name of a figure or table of the report; the first that fits counts. */
const sourcesByName: readonly (readonly [RegExp, Sources])[] = [
  [/^(participants-table|flow|flow-table)$/, { operations: ['statistics.eligibility', 'statistics.flow'] }],
  [/^sample-size-table$/, { operations: ['statistics.eligibility', 'statistics.flow', 'validation.'] }],
  [/^characteristics-table$/, { operations: ['statistics.characteristic'] }],
  [/^(missing-|left-out-table)/, { operations: ['statistics.first-moments', 'statistics.centered-moments'] }],
  [/^harmonization-table$/, { operations: harmonization }],
  [/^differences/, { operations: ['harmonization.site-differences', ...harmonization] }],
  [/^ellipses/, { operations: ['harmonization.component-products', 'harmonization.site-ellipses'] }],
  [/^(models-table|coefficients|terms-table|coefficient-paths|selection-frequency|path)/, { operations: fit, lock: true }],
  [/^(lock-table|model-card-table)$/, { operations: [], lock: true }],
  [/^commitments-table$/, { operations: ['validation.commit'], lock: true }],
  [/^external/, { operations: ['validation.'], lock: true }],
  [/^loso/, { operations: ['loso.'] }],
  [/^release-table$/, { operations: ['validation.', 'loso.'], lock: true }],
];

/** Names of tables that show no number of the study: identity of the run, what left, checklists, the leaves themselves. */
const withoutSources = /^(reproducibility-table|egress-table|ledger-table|checklists-table|checklist-)/;

/** What a figure or table is computed from; null for one that shows no number of the study, undefined for a name that nobody declared. */
export function sourcesOf(name: string): Sources | null | undefined {
  return withoutSources.test(name) ? null : sourcesByName.find(([pattern]) => pattern.test(name))?.[1];
}

/** The leaves of the coordinator's log behind a figure or table, in their order. */
export function leavesBehind({ run }: Pick<Page, 'run'>, name: string): readonly CitedLeaf[] {
  const sources = sourcesOf(name);
  if (!sources || run.ledger === undefined) return [];
  const { operations, lock } = sources;
  return run.ledger.leaves.filter(({ type, operation }) =>
    type === 'modelCommit' ? lock === true : operation !== null && operations.some((start) => operation.startsWith(start)),
  );
}

/** Name of the place where the report lists a leaf. */
export function leafAnchor(index: number): string {
  return `leaf-${index}`;
}

/** `Ledger: leaves 37-40, 46`, each range linked to the first of its leaves; nothing where no log was kept. */
export function ledgerLine(page: Page, name: string): Html {
  const leaves = leavesBehind(page, name);
  if (leaves.length === 0) return nothing;
  const links = ranges(leaves.map(({ index }) => index)).map(([from, to], i) => {
    const text = from === to ? String(from) : `${from}–${to}`;
    return markup`${i === 0 ? '' : page.t('list.separator')}<a href="#${page.anchor(leafAnchor(from))}">${text}</a>`;
  });
  return markup`<p class="ledger links">${page.t('ledger.line', { count: leaves.length })} ${links}</p>
`;
}

/** Runs of consecutive numbers in ascending order, each with its first and last. */
function ranges(ascending: readonly number[]): readonly (readonly [number, number])[] {
  const found: [number, number][] = [];
  for (const value of ascending) {
    const last = found.at(-1);
    if (last !== undefined && value === last[1] + 1) last[1] = value;
    else found.push([value, value]);
  }
  return found;
}
