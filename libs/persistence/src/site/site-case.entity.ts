import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What became of a case of the tray: a vector, or the code of the error that kept it away. */
@Entity({ name: 'site_case' })
export class SiteCaseEntity {
  /** Digest of the participant, keyed by the tray. */
  @PrimaryColumn({ name: 'case_id', type: 'char', length: 32 })
  caseId!: string;

  /** Hash of what was looked at: objects, plan, program, rules, options. Something else is looked at again. */
  @Column({ type: 'char', length: 64 })
  fingerprint!: string;

  /** The vector; null where there is none. */
  @Column({ name: 'case_key', type: 'char', length: 64, nullable: true })
  caseKey!: string | null;

  /** Code of an error; null where there is a vector. */
  @Column({ type: 'varchar', length: 64, nullable: true })
  reason!: string | null;

  @Column({ name: 'decided_at', type: 'timestamptz' })
  decidedAt!: Date;
}
