import { FeatureVectorRepository, openDatabase, siteEntities, siteMigrations } from '@cohortium/persistence';
import { caseKey } from '@cohortium/radiomics';
import type { BuiltSite } from './cohort-files.js';

/**
 * Writes the vectors of cases with their lineage into the database of a site; those that are there stay.
 * @param url `postgres://ROLE:PASSWORD@HOST:PORT/DATABASE`
 * @throws `PERSISTENCE.*`
 */
export async function storeVectors(url: string, sites: readonly BuiltSite[]): Promise<void> {
  const source = await openDatabase({ url, applicationName: 'cohortium cohort build', entities: siteEntities, migrations: siteMigrations });
  try {
    const vectors = new FeatureVectorRepository(source);
    for (const { documents } of sites)
      for (const document of documents) {
        const { participant, inputSha256, planSha256, extractorSha256, vectorSha256 } = document;
        await vectors.add({
          caseKey: caseKey(document),
          ...{ participant, inputSha256, planSha256, extractorSha256, vectorSha256 },
          document: JSON.stringify(document),
          extractedAt: new Date(),
        });
      }
  } finally {
    await source.destroy();
  }
}
