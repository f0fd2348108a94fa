import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What has left under a release key: frozen, so that the same request always gets the same content. */
@Entity({ name: 'site_release' })
export class SiteReleaseEntity {
  /** H(operation@version, params, data snapshot, scope). */
  @PrimaryColumn({ name: 'release_key', type: 'char', length: 64 })
  releaseKey!: string;

  @Column({ type: 'varchar', length: 80 })
  operation!: string;

  @Column({ name: 'clause_id', type: 'varchar', length: 64 })
  clauseId!: string;

  /** SHA-256 of the content; kept after the content itself is forgotten. */
  @Column({ type: 'char', length: 64 })
  sha256!: string;

  @Column({ name: 'byte_count', type: 'int' })
  byteCount!: number;

  /** The content; null once the coordinator has committed the rounds that it served. */
  @Column({ type: 'bytea', nullable: true })
  content!: Uint8Array | null;

  @Column({ name: 'released_at', type: 'timestamptz' })
  releasedAt!: Date;
}
