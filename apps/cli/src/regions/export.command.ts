import { writeSegmentation } from '@cohortium/imaging';
import type { CodedConcept, SegmentToWrite } from '@cohortium/imaging';
import { cliErrors } from '../errors.js';
import type { Terminal } from '../terminal.js';
import { imageSource, loadImageGrid, loadRegion } from './load-region.js';
import { regionWords } from './messages.js';
import { regionQuestion } from './options.js';
import type { RegionOptions } from './options.js';
import { tellRegion } from './tell.js';
import { softwareFacts } from '../radiomics/software-facts.js';
import { replaceFile } from '../outputs/files.js';

/** Options of `cohortium region export-seg`. */
export interface ExportOptions extends RegionOptions {
  readonly mask: readonly string[];
  readonly name?: readonly string[];
  readonly image: string;
  readonly type?: string;
  readonly algorithm: 'AUTOMATIC' | 'SEMIAUTOMATIC' | 'MANUAL';
  readonly fractional?: true;
  readonly out: string;
}

/** What a segment is unless told otherwise, and the category of all. */
const mass: CodedConcept = { value: '4147007', scheme: 'SCT', meaning: 'Mass' };
const category: CodedConcept = { value: '49755003', scheme: 'SCT', meaning: 'Morphologically Abnormal Structure' };

/** `cohortium region export-seg`: regions as a DICOM segmentation. */
export async function exportSegmentation(terminal: Terminal, options: ExportOptions, now = new Date()): Promise<number> {
  const usage = (subject: string) => cliErrors.error('CLI.USAGE', { problem: terminal.t('usageInvalidArgument', { subject }) });
  if (options.name !== undefined && options.name.length !== options.mask.length) throw usage('--name');
  const type = options.type === undefined ? mass : conceptOf(options.type);
  if (type === undefined) throw usage('--type');
  const source = imageSource(options.image);
  if (source === undefined) throw usage('--image');
  const { geometry } = loadImageGrid(options.image);
  const algorithm = { type: options.algorithm, name: softwareFacts().name };
  const loaded = options.mask.map((file) => loadRegion(file, { path: options.image, geometry }, regionQuestion(options)));
  for (const { facts } of loaded) tellRegion(terminal, facts);
  const segments = loaded.map(({ mask, facts }, at): SegmentToWrite => {
    const label = options.name?.[at] ?? facts.name ?? `Region ${at + 1}`;
    return { label, mask, category, type, algorithm };
  });
  const digits = now.toISOString().replace(/[-:]/g, '');
  const bytes = writeSegmentation(segments, source, {
    kind: options.fractional ? 'fractional' : 'binary',
    fractionalType: 'OCCUPANCY',
    contentDate: digits.slice(0, 8),
    contentTime: digits.slice(9, 15),
    software: { name: 'Cohortium', version: softwareFacts().version },
    seriesDescription: segments.length === 1 ? (segments[0] as SegmentToWrite).label.slice(0, 64) : 'Segmentation',
  });
  const out = replaceFile(options.out, bytes);
  terminal.data(regionWords(terminal.language)('exported', { segments: segments.length, path: out }));
  terminal.jsonObject({
    schemaVersion: 1,
    out,
    kind: options.fractional ? 'fractional' : 'binary',
    segments: loaded.map(({ hash, facts }, at) => ({ number: at + 1, label: segments[at]?.label, source: hash, region: facts })),
  });
  return 0;
}

function conceptOf(text: string): CodedConcept | undefined {
  const [, scheme, value, meaning] = /^([^:]{1,16}):([^:]{1,16}):(.{1,64})$/.exec(text) ?? [];
  return scheme === undefined || value === undefined || meaning === undefined ? undefined : { scheme, value, meaning };
}
