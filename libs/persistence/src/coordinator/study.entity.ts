import { Column, Entity, PrimaryColumn, Unique } from 'typeorm';

/** A protocol that was submitted. A study may have several, one per version. */
@Entity({ name: 'study' })
@Unique('study_version_once', ['study', 'version'])
export class StudyEntity {
  /** SHA-256 of the protocol's canonical JSON. */
  @PrimaryColumn({ name: 'protocol_hash', type: 'char', length: 64 })
  protocolHash!: string;

  @Column({ type: 'varchar', length: 32 })
  study!: string;

  @Column({ type: 'varchar', length: 32 })
  version!: string;

  /** Canonical JSON, as text: the bytes that were hashed. */
  @Column({ name: 'protocol_json', type: 'text' })
  protocolJson!: string;

  @Column({ name: 'submitted_at', type: 'timestamptz' })
  submittedAt!: Date;
}

/** What a site decided on a protocol. No row: it has not answered. */
@Entity({ name: 'approval' })
export class ApprovalEntity {
  @PrimaryColumn({ name: 'protocol_hash', type: 'char', length: 64 })
  protocolHash!: string;

  @PrimaryColumn({ type: 'varchar', length: 32 })
  site!: string;

  @Column({ type: 'varchar', length: 16 })
  decision!: 'approved' | 'refused' | 'waiting';

  /** Reason code of the approval message. */
  @Column({ type: 'varchar', length: 40 })
  reason!: string;

  @Column({ name: 'decided_at', type: 'timestamptz' })
  decidedAt!: Date;
}
