import { Column, Entity, PrimaryGeneratedColumn, Unique } from 'typeorm';

/** A message that arrived from a site; the transcript is made from these rows. Never content. */
@Entity({ name: 'received_message' })
@Unique('received_message_once', ['streamSequence', 'sha256'])
export class ReceivedMessageEntity {
  @PrimaryGeneratedColumn('identity', { type: 'bigint' })
  id!: string;

  /** Place in the broker's stream: a message that the broker delivers twice was sent once. */
  @Column({ name: 'stream_sequence', type: 'bigint' })
  streamSequence!: string;

  @Column({ type: 'varchar', length: 32 })
  site!: string;

  @Column({ type: 'varchar', length: 32 })
  study!: string;

  @Column({ type: 'varchar', length: 16 })
  type!: string;

  @Column({ type: 'varchar', length: 32, nullable: true })
  run!: string | null;

  @Column({ type: 'int', nullable: true })
  round!: number | null;

  @Column({ type: 'varchar', length: 80, nullable: true })
  operation!: string | null;

  /** Content that a chunk belongs to, or that an answer names. */
  @Column({ name: 'payload_sha256', type: 'char', length: 64, nullable: true })
  payloadSha256!: string | null;

  /** Length of the whole message. */
  @Column({ name: 'byte_count', type: 'int' })
  byteCount!: number;

  /** SHA-256 of the whole message. */
  @Column({ type: 'char', length: 64 })
  sha256!: string;

  @Column({ name: 'received_at', type: 'timestamptz' })
  receivedAt!: Date;
}
