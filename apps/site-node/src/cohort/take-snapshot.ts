import { extractionRecordOf, featureTable } from '@cohortium/analysis';
import { extractorSha256 } from '@cohortium/intake';
import { canonicalJson } from '@cohortium/kernel';
import type { Sha256 } from '@cohortium/kernel';
import { FeatureVectorRepository, openDatabase, siteEntities, siteMigrations } from '@cohortium/persistence';
import { plannedFeatures } from '@cohortium/radiomics';
import type { CaseDocument } from '@cohortium/radiomics';
import { dirname } from 'node:path';
import type { CohortConfig } from '../config.js';
import { siteErrors } from '../errors.js';
import { readImagesConfig } from '../images-config.js';
import { ensurePrivateFolder, paths, readPrivateFile, writePrivateFile } from '../own-files.js';

/** A table of features that was taken. */
export interface CohortSnapshot {
  readonly participants: number;
  readonly features: number;
  readonly planSha256: Sha256;
  readonly extractorSha256: Sha256;
  /** Of features.csv. */
  readonly featuresSha256: string;
}

/**
 * Step `cohort`: writes the vectors that the site's cases have at present as the table that studies read, with the record of how they were made.
 * A study that has been answered from an earlier table stays with that one: it is refused from then on until the earlier table is back or its
 * protocol is amended.
 * @throws `SITE.NO_IMAGES`, `SITE.NO_VECTORS`, `SITE.SAME_PERSON`, `PERSISTENCE.*`, and what reading the file of images throws
 */
export async function takeSnapshot({ site, dataDir, databaseUrlFile, imagesFile }: CohortConfig): Promise<CohortSnapshot> {
  const extraction = imagesFile === undefined ? undefined : (await readImagesConfig(imagesFile)).extraction;
  if (extraction === undefined) throw siteErrors.error('SITE.NO_IMAGES', { variable: 'COHORTIUM_IMAGES_FILE' });
  const made = { extractorSha256: extractorSha256(), planSha256: extraction.plan.hash };
  const url = await readPrivateFile(databaseUrlFile);
  const applicationName = `cohortium-site-${site}-cohort`;
  const source = await openDatabase({ url, applicationName, entities: siteEntities, migrations: siteMigrations });
  try {
    const repository = new FeatureVectorRepository(source);
    const found = await repository.ofCases(made.planSha256, made.extractorSha256);
    // By code units, not by the collation of this database: the same people give the same bytes everywhere.
    const vectors = [...found].sort((a, b) => (a.participant < b.participant ? -1 : Number(a.participant > b.participant)));
    if (vectors.length === 0) throw siteErrors.error('SITE.NO_VECTORS', { cases: (await repository.cases()).length });
    const repeated = vectors.filter(({ participant }, at) => vectors[at - 1]?.participant === participant);
    if (repeated.length > 0) throw siteErrors.error('SITE.SAME_PERSON', { count: repeated.length });
    const columns = plannedFeatures(extraction.plan).map(({ name }) => name);
    const rows = vectors.map(({ participant, document }) => ({
      participant,
      site,
      features: (JSON.parse(document) as CaseDocument).features,
    }));
    const features = featureTable(columns, rows);
    const record = extractionRecordOf(features, made, extraction.certificate);
    await ensurePrivateFolder(dirname(paths.features(dataDir)));
    // A crash between the two leaves a record of another table, which a protocol that asks for it refuses.
    await writePrivateFile(paths.features(dataDir), features);
    await writePrivateFile(paths.extraction(dataDir), `${canonicalJson(record)}\n`);
    return { participants: rows.length, features: columns.length, ...made, featuresSha256: record.featuresSha256 };
  } finally {
    await source.destroy();
  }
}
