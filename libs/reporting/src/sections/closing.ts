import { duration, instant } from '../format.js';
import type { Html } from '../html.js';
import { markup, printable } from '../html.js';
import type { MessageKey } from '../messages.js';
import type { Page } from '../page.js';
import { paragraph, section } from '../page.js';
import { reversedSites, unlikeSites } from '../site-checks.js';
import { table } from '../table.js';
import { ledgerLeaves } from './ledger.js';
import { code } from './lock.js';

/** Limits that follow from the results themselves. */
export function limitsSection(page: Page): Html {
  const { science, run, t } = page;
  const external = science.external.sites.length;
  const notConverged = science.models.filter(({ converged }) => !converged).map(({ id }) => id);
  const excluded = science.eligibility.filter(({ verdict }) => verdict !== 'eligible').map(({ site }) => site);
  const transductive = science.harmonization.method === 'combat' && science.harmonization.newSite === 'frozenLocalEb' && external > 0;
  const [reversed, unlike] = [reversedSites(science), unlikeSites(science)];
  const limits: readonly (readonly [boolean, MessageKey, Readonly<Record<string, string>>?])[] = [
    [science.study.synthetic, 'limits.synthetic'],
    [run.mode !== 'federated', 'limits.notFederated'],
    [external === 0, 'limits.noExternal'],
    [external > 0 && external < 3, 'limits.fewExternal'],
    [science.trainingSites.length < 3, 'limits.fewTraining'],
    [excluded.length > 0, 'limits.excluded', { sites: page.list(excluded) }],
    [transductive, 'limits.transductive'],
    [reversed.length > 0, 'limits.reversed', { sites: page.list(reversed) }],
    [unlike.length > 0, 'limits.unlike', { sites: page.list(unlike) }],
    [notConverged.length > 0, 'limits.notConverged', { models: page.list(notConverged) }],
    [science.leaveOneSiteOut.state !== 'ok', 'limits.noLoso'],
    [run.mode !== 'pooled' && run.contributionsVisibleToCoordinator, 'limits.visible'],
    [true, 'limits.scope'],
  ];
  const items = limits
    .filter(([holds]) => holds)
    .map(
      ([, key, params]) => markup`<li>${t(key, params)}</li>
`,
    );
  return section(
    page,
    'limits',
    'limits.title',
    '26',
    paragraph(t('limits.text')),
    markup`<ul>
${items}</ul>
`,
  );
}

const modes: Readonly<Record<Page['run']['mode'], MessageKey>> = {
  federated: 'repro.modeFederated',
  simulated: 'repro.modeSimulated',
  pooled: 'repro.modePooled',
};

/** Name of the mode of the run. */
export function modeName({ run, t }: Pick<Page, 'run' | 't'>): string {
  return t(modes[run.mode]);
}

/** What another person needs to find this run again and to repeat it. */
export function reproducibilitySection(page: Page, schemaVersion: number): Html {
  const { science, run, t } = page;
  const software = Object.entries(run.software)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, version]) => markup`<li>${t('repro.softwareVersion', { name: printable(name), version: printable(version) })}</li>`);
  const rows = [
    [t('repro.study'), `${science.study.id} ${science.study.version}`],
    [t('repro.protocol'), code(science.protocolSha256)],
    [t('lock.model'), code(science.lock.modelSha256)],
    [t('lock.onnx'), code(science.lock.onnxSha256)],
    [t('repro.run'), run.run],
    [t('repro.mode'), modeName(page)],
    [t('repro.started'), instantText(page, run.startedAt)],
    [t('repro.finished'), instantText(page, run.finishedAt)],
    [t('repro.duration'), duration(run.durationMs)],
    [t('repro.host'), t('repro.hostText', { platform: printable(run.host.platform), arch: printable(run.host.arch), cpus: run.host.cpus })],
    [t('repro.schema'), String(schemaVersion)],
    [t('repro.software'), software.length === 0 ? '' : markup`<ul class="plain">${software}</ul>`],
  ];
  return section(
    page,
    'reproducibility',
    'repro.title',
    '18c, 18f',
    paragraph(t('repro.text')),
    table(page, {
      id: 'reproducibility-table',
      caption: t('repro.caption'),
      columns: [{ label: t('word.item') }, { label: t('word.value') }],
      rows,
    }),
    ledgerLeaves(page),
  );
}

function instantText({ t }: Page, iso: string): string {
  const parts = instant(iso);
  return parts ? t('repro.instant', parts) : printable(iso);
}

/** Items that a person must write. */
export function authorsSection(page: Page): Html {
  return section(page, 'authors', 'authors.title', '', paragraph(page.t('authors.text')));
}
