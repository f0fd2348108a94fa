import type { DataSource } from 'typeorm';
import { SiteCaseEntity } from './site-case.entity.js';
import { SiteFeatureVectorEntity } from './site-feature-vector.entity.js';

/** Features of one case as the site keeps them. */
export type FeatureVectorRecord = Readonly<SiteFeatureVectorEntity>;
/** What became of a case of the tray. */
export type CaseRecord = Readonly<SiteCaseEntity>;

/** Features of cases with their lineage, in the site's own database. */
export class FeatureVectorRepository {
  constructor(private readonly source: DataSource) {}

  /** Keeps a vector. The same case with the same plan and program has one vector: the first stands. @returns the one that is kept */
  async add(record: FeatureVectorRecord): Promise<FeatureVectorRecord> {
    await this.source.query(
      `insert into site_feature_vector
         (case_key, participant, input_sha256, plan_sha256, extractor_sha256, vector_sha256, document, extracted_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (case_key) do nothing`,
      [
        record.caseKey,
        record.participant,
        record.inputSha256,
        record.planSha256,
        record.extractorSha256,
        record.vectorSha256,
        record.document,
        record.extractedAt,
      ],
    );
    return (await this.find(record.caseKey)) as FeatureVectorRecord;
  }

  /** The vector of a case, if it was extracted. */
  async find(caseKey: string): Promise<FeatureVectorRecord | undefined> {
    return (await this.source.getRepository(SiteFeatureVectorEntity).findOneBy({ caseKey })) ?? undefined;
  }

  /** All vectors of a plan and a program, by participant. */
  ofPlan(planSha256: string, extractorSha256: string): Promise<readonly FeatureVectorRecord[]> {
    return this.source
      .getRepository(SiteFeatureVectorEntity)
      .find({ where: { planSha256, extractorSha256 }, order: { participant: 'ASC', caseKey: 'ASC' } });
  }

  /** Notes what became of a case; what was noted of it before is replaced. The vector it names must be kept already. */
  async note(record: CaseRecord): Promise<void> {
    await this.source.getRepository(SiteCaseEntity).save({ ...record });
  }

  /** What is noted of all cases. */
  cases(): Promise<readonly CaseRecord[]> {
    return this.source.getRepository(SiteCaseEntity).find({ order: { caseId: 'ASC' } });
  }

  /** Vectors of a plan and a program that a case has at present, by participant; those of images that have changed since are not among them. */
  ofCases(planSha256: string, extractorSha256: string): Promise<readonly FeatureVectorRecord[]> {
    return this.source
      .getRepository(SiteFeatureVectorEntity)
      .createQueryBuilder('vector')
      .innerJoin(SiteCaseEntity, 'one', 'one.caseKey = vector.caseKey')
      .where('vector.planSha256 = :planSha256 and vector.extractorSha256 = :extractorSha256', { planSha256, extractorSha256 })
      .orderBy('vector.participant', 'ASC')
      .addOrderBy('vector.caseKey', 'ASC')
      .getMany();
  }
}
