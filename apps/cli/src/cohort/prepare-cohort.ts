import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { joinSiteTables, parseTable, readCohort, resolveProtocol, splitCohortBySite } from '@cohortium/analysis';
import type { CohortFiles, SiteCohort, SiteTable } from '@cohortium/analysis';
import type { SiteId } from '@cohortium/kernel';
import { parseSiteId } from '@cohortium/kernel';
import { parseProtocol } from '@cohortium/protocol';
import type { Protocol } from '@cohortium/protocol';
import { namesIn, readText } from '../outputs/files.js';

/** The root of the checkout, seen from apps/cli/{src,dist}/cohort. */
const repository = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', '..');

/** The protocol that demo and simulate take when none is named. */
export const defaultProtocolFile = join(repository, 'protocols', 'her2-radiomics', 'protocol.yaml');

/** A cohort's tables as text. */
export interface CohortTables extends CohortFiles {
  /** Text of the feature dictionary, where there is one. */
  readonly dictionary?: string | undefined;
  /** Of each site that has one, the text of the record of its extraction. */
  readonly extractionRecords?: ReadonlyMap<string, string> | undefined;
}

/** A whole study in hand: checked, split by site, nothing written or started yet. */
export interface PreparedStudy {
  /** Features listed and hashed, sites named. */
  readonly protocol: Protocol;
  readonly training: readonly SiteId[];
  readonly external: readonly SiteId[];
  /** The tables of each site, every site of the cohort that the protocol names. */
  readonly files: ReadonlyMap<SiteId, CohortFiles>;
  /** How the features of a site were made, as text, where that was recorded. */
  readonly extractionRecords: ReadonlyMap<string, string>;
  /** The same as each site will read them. */
  readonly cohorts: ReadonlyMap<SiteId, SiteCohort>;
}

/** Tables of a cohort folder that hold no participants. */
const besideCohort = new Set(['feature_dictionary.csv', 'sites.csv']);

/**
 * Reads a cohort folder: features.csv and clinical.csv, or one CSV per site; and the feature dictionary, which must be there where the
 * protocol selects by it.
 * @throws `CLI.CANNOT_READ`, `COHORT.*`
 */
export function readCohortFolder(folder: string, protocol: Protocol): CohortTables {
  const named = 'dictionary' in protocol.features ? protocol.features.dictionary : undefined;
  const file = named ?? 'feature_dictionary.csv';
  const dictionary = named !== undefined || existsSync(join(folder, file)) ? readText(join(folder, file)) : undefined;
  const perSite = siteTables(folder, new Set([...besideCohort, file]));
  if (perSite.length > 0) {
    return { ...joinSiteTables(perSite, protocol, dictionary === undefined ? undefined : { file, csv: dictionary }), dictionary };
  }
  const tables = { features: readText(join(folder, 'features.csv')), clinical: readText(join(folder, 'clinical.csv')) };
  return { ...tables, dictionary, extractionRecords: recordsIn(join(folder, 'sites')) };
}

/** What `cohort build` wrote beside the tables of each hospital. */
function recordsIn(folder: string): ReadonlyMap<string, string> {
  const sites = existsSync(folder) ? namesIn(folder) : [];
  const paths = sites.map((site) => [site, join(folder, site, 'extraction.json')] as const).filter(([, path]) => existsSync(path));
  return new Map(paths.map(([site, path]) => [site, readText(path)]));
}

/** One CSV per site, in ascending order of site code; none where the folder has one of the two tables of the other layout. */
function siteTables(folder: string, others: ReadonlySet<string>): SiteTable[] {
  if (['features.csv', 'clinical.csv'].some((file) => existsSync(join(folder, file)))) return [];
  return namesIn(folder)
    .filter((name) => name.endsWith('.csv') && !others.has(name))
    .sort()
    .map((name) => ({ site: parseSiteId(name.slice(0, -'.csv'.length)), csv: readText(join(folder, name)) }));
}

/** Reads a protocol file. @throws `CLI.CANNOT_READ`, `PROTOCOL.*` */
export function readProtocolFile(file: string): Protocol {
  return parseProtocol(readText(file), file);
}

/**
 * Checks everything that can be checked before a process starts: the tables, the protocol against them, and every site's cohort
 * as the site itself will read it.
 * @throws `COHORT.*`, `PROTOCOL.*`
 */
export function prepareStudy(
  base: Protocol,
  tables: CohortTables,
  options: { readonly external?: readonly string[] | undefined; readonly synthetic: boolean },
): PreparedStudy {
  const bySite = splitCohortBySite(tables);
  const protocol = resolveProtocol(base, {
    featureColumns: parseTable(tables.features, 'features.csv').columns,
    clinicalColumns: parseTable(tables.clinical, 'clinical.csv').columns,
    dictionary: tables.dictionary,
    sites: [...bySite.keys()],
    external: options.external,
    ...(options.synthetic ? { synthetic: true } : {}),
  });
  const training = (protocol.sites.training ?? []).map(parseSiteId);
  const external = protocol.sites.external.map(parseSiteId);
  const files = new Map<SiteId, CohortFiles>();
  const cohorts = new Map<SiteId, SiteCohort>();
  for (const site of [...training, ...external].sort()) {
    const own = bySite.get(site) as CohortFiles;
    files.set(site, own);
    cohorts.set(site, readCohort(own, protocol, site));
  }
  return { protocol, training, external, files, extractionRecords: tables.extractionRecords ?? new Map(), cohorts };
}
