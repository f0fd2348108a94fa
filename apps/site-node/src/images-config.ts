import { ibsiCertificateSchema } from '@cohortium/analysis';
import type { IbsiCertificate } from '@cohortium/analysis';
import { acceptableRisks, deidentificationOptions, defaultDeidentification, parseAcquisitionRules } from '@cohortium/imaging';
import type { AcquisitionRules, DeidentificationOption } from '@cohortium/imaging';
import { parseSiteKey } from '@cohortium/intake';
import { isAppError } from '@cohortium/kernel';
import { resolveCasePlan } from '@cohortium/radiomics';
import type { ResolvedPlan } from '@cohortium/radiomics';
import { isAbsolute } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { siteErrors } from './errors.js';
import { readPrivateFile, readText } from './own-files.js';

const absolutePath = z.string().refine(isAbsolute, 'notAbsolute');
const title = z.string().regex(/^[\x21-\x5b\x5d-\x7e]{1,16}$/);

const receiver = z.strictObject({
  title: title.default('COHORTIUM').describe('Application entity title; other called titles are refused'),
  port: z.int().min(0).max(65_535).default(11_112),
  host: z.string().min(1).optional().describe('Address to listen on; every interface where left out'),
  callers: z.array(title).min(1).optional().describe('Titles that may send; any where left out'),
  maxAssociations: z.int().min(1).max(256).default(8),
  tls: z
    .strictObject({ cert: absolutePath, key: absolutePath, ca: absolutePath.optional() })
    .optional()
    .describe('PEM files; with `ca` senders must show a certificate of it'),
});

const extraction = z.strictObject({
  plan: absolutePath.describe('Extraction plan of the study'),
  key: absolutePath.describe('Key of the site, from which pseudonyms follow ("cohortium intake key")'),
  rules: absolutePath.optional().describe('Acquisition rules; a case that they refuse is left out'),
  certificate: absolutePath.optional().describe('Certificate of "cohortium ibsi-selftest", for the record of the extraction'),
  deidentification: z
    .array(z.enum(Object.keys(deidentificationOptions) as [DeidentificationOption, ...DeidentificationOption[]]))
    .default([...defaultDeidentification])
    .describe('Options of PS3.15, as the protocol says'),
  accept: z
    .array(z.enum(acceptableRisks as [string, ...string[]]))
    .default([])
    .describe('Risks in pixels that a person has accepted'),
  quietSeconds: z.number().min(0).max(86_400).default(60).describe('A case is looked at when nothing has come for it for so long'),
});

const schema = z.strictObject({
  schemaVersion: z.literal(1),
  tray: absolutePath,
  watch: z.array(absolutePath).default([]).describe('Folders into which scanners or people put files'),
  settleSeconds: z.number().min(0).max(3600).default(5).describe('A file counts when it was still for so long'),
  receiver: receiver.optional(),
  maxObjectMib: z.int().min(1).max(4096).default(512),
  release: z
    .enum(['person', 'automatic'])
    .default('person')
    .describe('Who releases series without open conflicts: a person ("cohortium intake tray release"), or nobody needs to'),
  extraction: extraction.optional(),
});

type ImagesFile = z.output<typeof schema>;

/** How objects come in. Plain data: it goes to a thread. */
export interface IntakeConfig extends Pick<ImagesFile, 'tray' | 'watch'> {
  readonly settleMs: number;
  readonly maxObjectBytes: number;
  readonly receiver?: (Omit<z.output<typeof receiver>, 'tls'> & { readonly tls?: { cert: string; key: string; ca?: string } }) | undefined;
}

/** How features are extracted. Plain data: it goes to a thread. */
export interface ExtractionConfig extends Pick<ImagesFile, 'tray' | 'release'> {
  readonly plan: ResolvedPlan;
  readonly rules?: AcquisitionRules | undefined;
  readonly certificate: IbsiCertificate | null;
  /** Path and text of the site's key. */
  readonly key: { readonly path: string; readonly text: string };
  readonly deidentification: readonly DeidentificationOption[];
  readonly accept: readonly string[];
  readonly quietMs: number;
}

/** What a site does with images. */
export interface ImagesConfig {
  readonly intake: IntakeConfig;
  readonly extraction?: ExtractionConfig | undefined;
}

/**
 * Reads the file that `COHORTIUM_IMAGES_FILE` names and all files that it names, once.
 * @throws `SITE.BAD_IMAGES_FILE`, `SITE.FILE_MISSING`, `SITE.TOO_OPEN`, `INTAKE.BAD_KEY`, `RADIOMICS.*`, `IMAGING.BAD_RULES`
 */
export async function readImagesConfig(file: string): Promise<ImagesConfig> {
  const parsed = schema.safeParse(yamlOf(await readText(file), '$'));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw bad(['$', ...(issue?.path ?? [])].join('.'), issue?.code === 'custom' ? issue.message : (issue?.code ?? 'unknown'));
  }
  const { tray, watch, settleSeconds, receiver: asked, maxObjectMib, release, extraction: wanted } = parsed.data;
  const { tls, ...listening } = asked ?? {};
  return {
    intake: {
      tray,
      watch,
      settleMs: settleSeconds * 1000,
      maxObjectBytes: maxObjectMib * 2 ** 20,
      ...(asked === undefined
        ? {}
        : { receiver: { ...(listening as Omit<typeof asked, 'tls'>), ...(tls === undefined ? {} : { tls: await readTls(tls) }) } }),
    },
    ...(wanted === undefined ? {} : { extraction: { tray, release, ...(await readExtraction(wanted)) } }),
  };
}

async function readTls({ cert, key, ca }: { cert: string; key: string; ca?: string | undefined }) {
  const own = { cert: await readText(cert), key: await readPrivateFile(key) };
  return ca === undefined ? own : { ...own, ca: await readText(ca) };
}

async function readExtraction(wanted: z.output<typeof extraction>): Promise<Omit<ExtractionConfig, 'tray' | 'release'>> {
  const key = { path: wanted.key, text: await readPrivateFile(wanted.key) };
  parseSiteKey(key.text, key.path);
  const { rules, certificate, deidentification, accept, quietSeconds } = wanted;
  return {
    plan: resolveCasePlan(yamlOf(await readText(wanted.plan), '$.extraction.plan')),
    rules: rules === undefined ? undefined : parseAcquisitionRules(yamlOf(await readText(rules), '$.extraction.rules')),
    certificate: certificate === undefined ? null : certificateOf(await readText(certificate)),
    key,
    deidentification,
    accept,
    quietMs: quietSeconds * 1000,
  };
}

function certificateOf(text: string): IbsiCertificate {
  const parsed = ibsiCertificateSchema.safeParse(yamlOf(text, '$.extraction.certificate'));
  if (!parsed.success) throw bad('$.extraction.certificate', 'certificate');
  return parsed.data;
}

function yamlOf(text: string, path: string): unknown {
  try {
    return parseYaml(text, { maxAliasCount: 100 });
  } catch (error) {
    if (isAppError(error)) throw error;
    throw bad(path, 'notYaml');
  }
}

function bad(path: string, reason: string): Error {
  return siteErrors.error('SITE.BAD_IMAGES_FILE', { path, reason });
}
