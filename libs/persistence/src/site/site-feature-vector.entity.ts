import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Features of one case with their lineage. They stay at the site. */
@Entity({ name: 'site_feature_vector' })
export class SiteFeatureVectorEntity {
  /** Hash of what the vector follows from: images, plan, program. */
  @PrimaryColumn({ name: 'case_key', type: 'char', length: 64 })
  caseKey!: string;

  /** Study pseudonym. */
  @Column({ type: 'varchar', length: 128 })
  participant!: string;

  @Column({ name: 'input_sha256', type: 'char', length: 64 })
  inputSha256!: string;

  @Column({ name: 'plan_sha256', type: 'char', length: 64 })
  planSha256!: string;

  @Column({ name: 'extractor_sha256', type: 'char', length: 64 })
  extractorSha256!: string;

  @Column({ name: 'vector_sha256', type: 'char', length: 64 })
  vectorSha256!: string;

  /** Features, series, placements and gaps as JSON text, every digit as it was computed. */
  @Column({ type: 'text' })
  document!: string;

  @Column({ name: 'extracted_at', type: 'timestamptz' })
  extractedAt!: Date;
}
