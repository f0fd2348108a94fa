import { Column, Entity, PrimaryColumn, PrimaryGeneratedColumn, Unique } from 'typeorm';

/** One round of a run: what was asked, and once it is committed what was learned. The committed rounds are the run journal. */
@Entity({ name: 'round' })
export class RoundEntity {
  @PrimaryColumn({ type: 'varchar', length: 32 })
  run!: string;

  @PrimaryColumn({ type: 'int' })
  round!: number;

  @Column({ name: 'request_hash', type: 'char', length: 64 })
  requestHash!: string;

  @Column({ type: 'varchar', length: 80 })
  operation!: string;

  @Column({ type: 'varchar', length: 16 })
  kind!: 'sum' | 'siteSummary';

  @Column({ name: 'scope_name', type: 'varchar', length: 16 })
  scopeName!: string;

  @Column({ type: 'text', array: true })
  sites!: string[];

  @Column({ name: 'params_sha256', type: 'char', length: 64 })
  paramsSha256!: string;

  @Column({ name: 'params_bytes', type: 'int' })
  paramsBytes!: number;

  @Column({ type: 'varchar', length: 16 })
  state!: 'open' | 'committed';

  /** Last attempt under which the round was asked; grows over restarts, so that broker ids are never used twice. */
  @Column({ type: 'int' })
  attempt!: number;

  @Column({ name: 'opened_at', type: 'timestamptz' })
  openedAt!: Date;

  @Column({ name: 'expires_at', type: 'timestamptz' })
  expiresAt!: Date;

  @Column({ name: 'committed_at', type: 'timestamptz', nullable: true })
  committedAt!: Date | null;

  @Column({ type: 'bytea', nullable: true })
  result!: Uint8Array | null;
}

/** What one site answered in one round. The first answer stands. */
@Entity({ name: 'contribution' })
export class ContributionEntity {
  @PrimaryColumn({ type: 'varchar', length: 32 })
  run!: string;

  @PrimaryColumn({ type: 'int' })
  round!: number;

  @PrimaryColumn({ type: 'varchar', length: 32 })
  site!: string;

  @Column({ type: 'varchar', length: 16 })
  state!: 'released' | 'withheld';

  @Column({ type: 'varchar', length: 40, nullable: true })
  reason!: string | null;

  @Column({ name: 'clause_id', type: 'varchar', length: 64, nullable: true })
  clauseId!: string | null;

  /** SHA-256 of the released content, or of the reason why nothing was released. */
  @Column({ name: 'content_sha256', type: 'char', length: 64 })
  contentSha256!: string;

  @Column({ name: 'byte_count', type: 'int' })
  byteCount!: number;

  /** Null when nothing was released, and once the round is committed. */
  @Column({ type: 'bytea', nullable: true })
  content!: Uint8Array | null;

  @Column({ name: 'received_at', type: 'timestamptz' })
  receivedAt!: Date;
}

/** Evidence that a site gave two different answers to one request. */
@Entity({ name: 'equivocation' })
@Unique('equivocation_once', ['run', 'round', 'site', 'contentSha256'])
export class EquivocationEntity {
  @PrimaryGeneratedColumn('identity', { type: 'bigint' })
  id!: string;

  @Column({ type: 'varchar', length: 32 })
  run!: string;

  @Column({ type: 'int' })
  round!: number;

  @Column({ type: 'varchar', length: 32 })
  site!: string;

  /** Hash of the answer that stands. */
  @Column({ name: 'first_sha256', type: 'char', length: 64 })
  firstSha256!: string;

  /** Hash of the other answer. */
  @Column({ name: 'content_sha256', type: 'char', length: 64 })
  contentSha256!: string;

  /** Content of the other answer; null when it withheld. */
  @Column({ type: 'bytea', nullable: true })
  content!: Uint8Array | null;

  /** The round was still open, so that the run must end. */
  @Column({ name: 'while_open', type: 'boolean' })
  whileOpen!: boolean;

  @Column({ name: 'received_at', type: 'timestamptz' })
  receivedAt!: Date;
}
