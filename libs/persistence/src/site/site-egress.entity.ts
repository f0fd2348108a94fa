import { Column, Entity, PrimaryGeneratedColumn, Unique } from 'typeorm';

/** The site's record of every answer it decided on: released or withheld, and why. Never content. */
@Entity({ name: 'site_egress' })
@Unique('site_egress_once', ['run', 'round', 'attempt', 'requestHash'])
export class SiteEgressEntity {
  @PrimaryGeneratedColumn('identity', { type: 'bigint' })
  id!: string;

  @Column({ type: 'varchar', length: 32 })
  run!: string;

  @Column({ type: 'int' })
  round!: number;

  @Column({ type: 'int' })
  attempt!: number;

  @Column({ name: 'request_hash', type: 'char', length: 64 })
  requestHash!: string;

  @Column({ type: 'varchar', length: 80 })
  operation!: string;

  @Column({ name: 'clause_id', type: 'varchar', length: 64, nullable: true })
  clauseId!: string | null;

  @Column({ type: 'varchar', length: 16 })
  state!: 'released' | 'withheld';

  /** Reason code of the answer; null when it was released. */
  @Column({ type: 'varchar', length: 40, nullable: true })
  reason!: string | null;

  /** Code of the error behind the reason; stays at the site. */
  @Column({ type: 'varchar', length: 60, nullable: true })
  detail!: string | null;

  @Column({ name: 'byte_count', type: 'int' })
  byteCount!: number;

  @Column({ type: 'char', length: 64, nullable: true })
  sha256!: string | null;

  @Column({ type: 'timestamptz' })
  at!: Date;
}
