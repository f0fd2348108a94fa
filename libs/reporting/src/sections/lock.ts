import { significant } from '../format.js';
import type { Html } from '../html.js';
import { markup, nothing, printable } from '../html.js';
import type { Page } from '../page.js';
import { modelsInOrder, paragraph, section } from '../page.js';
import { table } from '../table.js';

/** What was frozen before the external sites opened, by hash. */
export function lockSection(page: Page): Html {
  const { science, t } = page;
  const { lock } = science;
  const rows = [
    [t('lock.primary'), lock.primaryModel],
    [t('lock.threshold'), significant(lock.threshold, 17)],
    [t('lock.model'), code(lock.modelSha256)],
    [t('lock.onnx'), code(lock.onnxSha256)],
  ];
  return section(
    page,
    'lock',
    'lock.title',
    '12g, 15, 22',
    paragraph(t('lock.text')),
    table(page, { id: 'lock-table', caption: t('lock.caption'), columns: [{ label: t('word.item') }, { label: t('word.value') }], rows }),
    commitments(page),
  );
}

/** A hash, set in a face in which its digits can be compared. */
export function code(hash: string): Html {
  return markup`<code>${hash}</code>`;
}

function commitments(page: Page): Html {
  const { science, t } = page;
  if (science.external.sites.length === 0) return nothing;
  const rows = science.external.sites.flatMap(({ site, harmonizationSha256, predictionsSha256 }) => [
    [site, t('lock.harmonization'), harmonizationSha256 === null ? t('lock.noHarmonization') : code(harmonizationSha256)],
    ...modelsInOrder(page).flatMap(({ id }) => {
      const hash = predictionsSha256[id];
      return hash === undefined ? [] : [[site, t('lock.predictions', { model: printable(id) }), code(hash)]];
    }),
  ]);
  const columns = [{ label: t('word.site') }, { label: t('word.item') }, { label: 'SHA-256' }];
  return table(page, { id: 'commitments-table', caption: t('lock.commitCaption'), columns, rows });
}
