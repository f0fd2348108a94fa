import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/**
 * A message that leaves this site, from the decision to send it until long after it was sent: the transcript is made from these
 * rows. The body of an answer is a slice of a release, not a copy.
 */
@Entity({ name: 'site_outbox' })
export class SiteOutboxEntity {
  @PrimaryGeneratedColumn('identity', { type: 'bigint' })
  id!: string;

  /** Names the message at the broker, together with {@link attempt}. */
  @Column({ name: 'message_id', type: 'varchar', length: 160, unique: true })
  messageId!: string;

  /** Names the answer that this message is a part of, or the decision that it tells: what is sent again as a whole. Null for a greeting. */
  @Column({ name: 'answer_id', type: 'varchar', length: 120, nullable: true })
  answerId!: string | null;

  @Column({ type: 'varchar', length: 120 })
  subject!: string;

  @Column({ type: 'varchar', length: 16 })
  type!: string;

  /** Header as canonical JSON. */
  @Column({ type: 'text' })
  header!: string;

  /** Release that the body is a slice of; null for a message without a body. */
  @Column({ name: 'release_key', type: 'char', length: 64, nullable: true })
  releaseKey!: string | null;

  /** First byte of the body in the release's content. */
  @Column({ name: 'body_from', type: 'int' })
  bodyFrom!: number;

  @Column({ name: 'body_bytes', type: 'int' })
  bodyBytes!: number;

  /** Length of the whole message. */
  @Column({ name: 'frame_bytes', type: 'int' })
  frameBytes!: number;

  /** SHA-256 of the whole message. */
  @Column({ name: 'frame_sha256', type: 'char', length: 64 })
  frameSha256!: string;

  @Column({ type: 'varchar', length: 32, nullable: true })
  run!: string | null;

  @Column({ type: 'int', nullable: true })
  round!: number | null;

  @Column({ type: 'varchar', length: 80, nullable: true })
  operation!: string | null;

  @Column({ name: 'clause_id', type: 'varchar', length: 64, nullable: true })
  clauseId!: string | null;

  /** Attempt of the request that last asked for it: a later attempt sends the same bytes under a fresh broker id. */
  @Column({ type: 'int' })
  attempt!: number;

  /** Number of times the broker has acknowledged it. */
  @Column({ type: 'int', default: 0 })
  sends!: number;

  /** Last acknowledgment of the broker; null while it waits to be sent. */
  @Column({ name: 'sent_at', type: 'timestamptz', nullable: true })
  sentAt!: Date | null;
}
