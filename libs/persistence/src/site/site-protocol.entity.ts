import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A protocol that was offered to this site, and what the site decided. */
@Entity({ name: 'site_protocol' })
export class SiteProtocolEntity {
  /** SHA-256 of the protocol's canonical JSON. */
  @PrimaryColumn({ name: 'protocol_hash', type: 'char', length: 64 })
  protocolHash!: string;

  @Column({ type: 'varchar', length: 32 })
  study!: string;

  /** Canonical JSON, as text: the bytes that were hashed. */
  @Column({ name: 'protocol_json', type: 'text' })
  protocolJson!: string;

  @Column({ type: 'varchar', length: 16 })
  decision!: 'approved' | 'refused' | 'waiting';

  /** Reason code of the approval message. */
  @Column({ type: 'varchar', length: 40 })
  reason!: string;

  /** SHA-256 of the policy under which this was decided: the same policy decides the same protocol alike. */
  @Column({ name: 'policy_hash', type: 'char', length: 64 })
  policyHash!: string;

  /** SHA-256 of the cohort as it was read at the decision; answers come from this snapshot or not at all. */
  @Column({ type: 'char', length: 64, nullable: true })
  snapshot!: string | null;

  @Column({ name: 'decided_at', type: 'timestamptz' })
  decidedAt!: Date;
}
