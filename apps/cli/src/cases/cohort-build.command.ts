import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { extractionRecordOf, ibsiCertificateSchema, importClinical, parseClinicalMapping, parseTable } from '@cohortium/analysis';
import type { IbsiCertificate, ImportedClinical } from '@cohortium/analysis';
import { canonicalJson, isAppError } from '@cohortium/kernel';
import type { AppError, Sha256 } from '@cohortium/kernel';
import { plannedFeatures, resolveCasePlan } from '@cohortium/radiomics';
import type { CaseDocument, PlannedFeature } from '@cohortium/radiomics';
import { parse as parseYaml } from 'yaml';
import { cliErrors } from '../errors.js';
import { readSiteKey } from '../intake/ways/site-key.js';
import { readText } from '../outputs/files.js';
import { OutputFolder } from '../outputs/output-folder.js';
import { ThreadRunner } from '../radiomics/case-runner.js';
import { extractorSha256 } from '@cohortium/intake';
import type { Terminal } from '../terminal.js';
import { defaultCacheFolder } from './case-cache.js';
import type { CaseFolder } from './build-case.js';
import { clinicalCsv, dictionaryCsv, featuresCsv, lineageOf } from './cohort-files.js';
import type { BuiltSite } from './cohort-files.js';
import { casesErrors } from './errors.js';
import { findCases } from './find-cases.js';
import type { SiteImages } from './find-cases.js';
import { casesWords } from './messages.js';
import { standardMapping } from './standard-mapping.js';
import { storeVectors } from './store-vectors.js';

/** Options of `cohortium cohort build`. */
export interface CohortBuildOptions {
  readonly out: string;
  readonly plan?: string;
  readonly site?: string;
  readonly mapping?: string;
  readonly key?: string;
  /** Issuer of the identifiers in the clinical table, where the images state one. */
  readonly issuer?: string;
  readonly certificate?: string;
  readonly workers?: number;
  readonly cache?: string;
  /** File with the URL of the site's database, into which vectors are written with their lineage. */
  readonly databaseUrlFile?: string;
}

/** The plan that is taken when none is named. */
export const defaultPlanFile = join(
  dirname(fileURLToPath(import.meta.url)),
  ...['..', '..', '..', '..', 'protocols', 'her2-radiomics', 'extraction-plan.yaml'],
);

/** What this command writes into its folder. */
const ownEntries = new Set(['features.csv', 'clinical.csv', 'feature_dictionary.csv', 'sites']);

/** A case that gave nothing, and why; its place in the list, since names of folders may identify somebody. */
interface FailedCase {
  readonly site: string;
  readonly case: number;
  readonly error: ReturnType<AppError['toJSON']>;
}

/** What a build wrote, and what it did not take. */
export interface Built {
  readonly path: string;
  readonly counts: { readonly sites: number; readonly cases: number; readonly features: number };
  readonly kept: number;
  readonly failed: readonly FailedCase[];
  readonly sites: readonly BuiltSite[];
  readonly planSha256: Sha256;
  readonly extractorSha256: Sha256;
}

/**
 * From folders of DICOM to the tables of a cohort. A case that fails is told and the rest goes on; results of cases are kept by their content,
 * so that a second run computes only what is new.
 * @throws `RADIOMICS.BAD_PLAN`, `CASES.*`, `COHORT.*`, `CLI.*`
 */
export async function buildCohort(terminal: Terminal, folder: string, options: CohortBuildOptions): Promise<Built> {
  const plan = resolveCasePlan(parseYaml(readText(options.plan ?? defaultPlanFile)));
  const certificate = options.certificate === undefined ? null : readCertificate(options.certificate);
  const found = findCases(folder, options.site);
  const out = new OutputFolder(options.out, undefined, (entry) => ownEntries.has(entry));
  try {
    const made = { extractorSha256: extractorSha256(), planSha256: plan.hash };
    const cacheFolder = resolve(options.cache ?? defaultCacheFolder());
    mkdirSync(cacheFolder, { recursive: true, mode: 0o700 });
    const context = { plan, extractorSha256: made.extractorSha256, cacheFolder };
    const { documents, failed, kept } = await runCases(terminal, found, context, options.workers ?? availableParallelism());
    const sites = found.map((one): BuiltSite => {
      const own = documents.get(one.site) ?? [];
      if (own.length === 0) throw casesErrors.error('CASES.ALL_FAILED', { site: one.site, count: one.cases.length });
      const clinical = takeClinical(one, options);
      assertMatched(one.site, own, clinical);
      return { site: one.site, documents: own, clinical };
    });
    assertReplaceable(out.path, sites);
    const columns = plannedFeatures(plan);
    writeTables(out, sites, columns, made, certificate);
    if (options.databaseUrlFile !== undefined) await storeVectors(readText(options.databaseUrlFile).trim(), sites);
    out.commit();
    const counts = { sites: sites.length, cases: sites.reduce((n, site) => n + site.documents.length, 0), features: columns.length };
    return { path: out.path, counts, kept, failed, sites, ...made };
  } finally {
    out.abandon();
  }
}

/** Images and table must speak of the same people. @throws `CASES.NO_CLINICAL_ROW` */
function assertMatched(site: string, documents: readonly CaseDocument[], clinical: ImportedClinical | undefined): void {
  if (clinical === undefined || clinical.accepted === 0) return;
  const table = parseTable(clinical.csv, 'clinical.csv');
  const people = new Set(table.rows.map(([participant]) => participant));
  if (!documents.some(({ participant }) => people.has(participant)))
    throw casesErrors.error('CASES.NO_CLINICAL_ROW', { site, count: documents.length });
}

/** An earlier cohort is replaced by one of the same hospitals or more; a clinical table that this build does not write is left alone. @throws `CLI.OUT_NOT_OURS` */
function assertReplaceable(path: string, sites: readonly BuiltSite[]): void {
  const notOurs = (example: string) => cliErrors.error('CLI.OUT_NOT_OURS', { path, example });
  if (existsSync(join(path, 'clinical.csv')) && !sites.some(({ clinical }) => clinical !== undefined)) throw notOurs('clinical.csv');
  if (!existsSync(join(path, 'sites'))) return;
  const own = new Set(sites.map(({ site }) => site));
  const other = readdirSync(join(path, 'sites')).find((site) => !own.has(site));
  if (other !== undefined) throw notOurs(`sites/${other}`);
}

/** `cohortium cohort build DIR --out DIR`: see {@link buildCohort}. */
export async function cohortBuild(terminal: Terminal, folder: string, options: CohortBuildOptions): Promise<number> {
  const words = casesWords(terminal.language);
  const startedMs = Date.now();
  const { path, counts, kept, failed, sites, planSha256, extractorSha256: digest } = await buildCohort(terminal, folder, options);
  terminal.data(words('built', { ...counts, failed: failed.length, kept, seconds: ((Date.now() - startedMs) / 1000).toFixed(1) }));
  for (const { site, clinical } of sites) if (clinical !== undefined) tellClinical(terminal, site, clinical);
  terminal.data(words('where', { path }));
  terminal.jsonObject({
    schemaVersion: 1,
    out: path,
    ...counts,
    keptFromCache: kept,
    planSha256,
    extractorSha256: digest,
    failed,
    clinical: sites.flatMap(({ site, clinical }) => (clinical === undefined ? [] : [{ site, ...summaryOf(clinical) }])),
  });
  return 0;
}

/** Places of cases whose person has another case, each with the place of that one. */
function repeated(list: readonly (CaseDocument | undefined)[]): readonly (readonly [number, number])[] {
  const places = new Map<string, number[]>();
  list.forEach((document, at) => {
    if (document !== undefined) places.set(document.participant, [...(places.get(document.participant) ?? []), at]);
  });
  return [...places.values()].flatMap((all) =>
    all.length < 2 ? [] : all.map((at) => [at, all.find((other) => other !== at) as number] as const),
  );
}

/** What a thread answers beside the document. */
export interface BuiltCase {
  readonly document: CaseDocument;
  readonly fromCache: boolean;
}

async function runCases(terminal: Terminal, sites: readonly SiteImages[], context: object, workers: number) {
  const words = casesWords(terminal.language);
  const waiting = sites.flatMap(({ site, cases }) => cases.map((folder, at) => ({ site, folder, at })));
  const all = waiting.length;
  const results = new Map<string, (CaseDocument | undefined)[]>(
    sites.map(({ site, cases }) => [site, new Array(cases.length).fill(undefined)]),
  );
  const failed: FailedCase[] = [];
  let [done, kept] = [0, 0];
  const runners = Array.from(
    { length: Math.min(workers, Math.max(1, all)) },
    () => new ThreadRunner<CaseFolder, BuiltCase>(context, new URL('./build-worker.js', import.meta.url)),
  );
  try {
    await Promise.all(
      runners.map(async (runner) => {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
          const { site, folder, at } = next;
          try {
            const { document, fromCache } = await runner.run({ site, folder });
            (results.get(site) as (CaseDocument | undefined)[])[at] = document;
            kept += Number(fromCache);
          } catch (error) {
            if (!isAppError(error)) throw error;
            failed.push({ site, case: at + 1, error: error.toJSON() });
            terminal.say(words('caseFailed', { site, number: at + 1, reason: error.render(terminal.language) }));
          }
          terminal.status(words('progress', { done: ++done, all }));
        }
      }),
    );
  } finally {
    for (const runner of runners) await runner.close();
  }
  terminal.clearStatus();
  for (const [site, list] of results)
    for (const [at, other] of repeated(list)) {
      failed.push({ site, case: at + 1, error: casesErrors.error('CASES.SAME_PERSON', { other: other + 1 }).toJSON() });
      list[at] = undefined;
    }
  const documents = new Map([...results].map(([site, list]) => [site, list.filter((document) => document !== undefined)]));
  return { documents, failed, kept };
}

function takeClinical({ site, clinical }: SiteImages, options: CohortBuildOptions): ImportedClinical | undefined {
  return clinical === undefined ? undefined : takeTable(readText(clinical), site, 'clinical.csv', options);
}

/**
 * A clinical table by its mapping, with the pseudonyms that de-identification writes into the images where a key is named.
 * @throws `COHORT.*`, `INTAKE.BAD_KEY`, `CLI.KEY_TOO_OPEN`, `CLI.CANNOT_READ`
 */
export function takeTable(
  csv: string,
  site: string,
  file: string,
  { mapping, key, issuer = '' }: Pick<CohortBuildOptions, 'mapping' | 'key' | 'issuer'>,
): ImportedClinical {
  const asked = mapping === undefined ? standardMapping(csv, file) : parseClinicalMapping(parseYaml(readText(mapping)));
  const secret = key === undefined ? undefined : readSiteKey(key);
  const pseudonymOf = (identifier: string) => secret?.pseudonym({ patientId: identifier, issuer }).code ?? identifier;
  return importClinical(csv, asked, { site, file, pseudonymOf });
}

function readCertificate(path: string): IbsiCertificate {
  const parsed = ibsiCertificateSchema.safeParse(JSON.parse(readText(path)));
  if (!parsed.success) throw cliErrors.error('CLI.CANNOT_READ', { path, reason: 'not a certificate of ibsi-selftest' });
  return parsed.data;
}

function writeTables(
  out: OutputFolder,
  sites: readonly BuiltSite[],
  columns: readonly PlannedFeature[],
  made: Parameters<typeof extractionRecordOf>[1],
  certificate: IbsiCertificate | null,
): void {
  out.add('features.csv', featuresCsv(sites, columns), true);
  const clinical = clinicalCsv(sites);
  if (clinical !== undefined) out.add('clinical.csv', clinical, true);
  out.add('feature_dictionary.csv', dictionaryCsv(columns));
  for (const site of sites) {
    const features = featuresCsv([site], columns);
    out.add(join('sites', site.site, 'features.csv'), features, true);
    if (site.clinical !== undefined) out.add(join('sites', site.site, 'clinical.csv'), site.clinical.csv, true);
    out.add(join('sites', site.site, 'extraction.json'), `${canonicalJson(extractionRecordOf(features, made, certificate))}\n`);
    out.add(join('sites', site.site, 'lineage.json'), `${JSON.stringify(lineageOf(site), null, 1)}\n`, true);
  }
}

function summaryOf({ accepted, rejected, her2, crossTable, discordant }: ImportedClinical) {
  return { accepted, rejected, her2, crossTable, discordant };
}

/** What was taken of a clinical table, and every row that was not. */
export function tellClinical(terminal: Terminal, site: string, { accepted, rejected, her2, discordant }: ImportedClinical): void {
  const words = casesWords(terminal.language);
  terminal.data(words('clinical', { site, accepted, rejected: rejected.length, ...her2, discordant }));
  for (const { line, reason, column } of rejected) terminal.say(words('rejected', { site, line, reason, column: column ?? '' }));
}
