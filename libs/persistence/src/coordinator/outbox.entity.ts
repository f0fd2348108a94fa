import { Column, Entity, PrimaryColumn, PrimaryGeneratedColumn, Unique } from 'typeorm';

/** A message to a site, from the transaction that decided to send it until its run is closed. */
@Entity({ name: 'outbox' })
@Unique('outbox_message_id_once', ['messageId'])
export class OutboxEntity {
  @PrimaryGeneratedColumn('identity', { type: 'bigint' })
  id!: string;

  /** Names the message at the broker. */
  @Column({ name: 'message_id', type: 'varchar', length: 160 })
  messageId!: string;

  @Column({ type: 'varchar', length: 120 })
  subject!: string;

  @Column({ type: 'varchar', length: 32, nullable: true })
  run!: string | null;

  /** The message, or all of it before the body when the body is a slice of a payload; null once it was sent. */
  @Column({ type: 'bytea', nullable: true })
  head!: Uint8Array | null;

  /** Payload of the same run that the body is a slice of. */
  @Column({ name: 'payload_sha256', type: 'char', length: 64, nullable: true })
  payloadSha256!: string | null;

  @Column({ name: 'payload_from', type: 'int' })
  payloadFrom!: number;

  @Column({ name: 'payload_bytes', type: 'int' })
  payloadBytes!: number;

  @Column({ name: 'sent_at', type: 'timestamptz', nullable: true })
  sentAt!: Date | null;
}

/** Content that travels in chunks, stored once for all sites until its round is committed. */
@Entity({ name: 'payload' })
export class PayloadEntity {
  @PrimaryColumn({ type: 'varchar', length: 32 })
  run!: string;

  @PrimaryColumn({ type: 'char', length: 64 })
  sha256!: string;

  /** Round that first needed it. */
  @Column({ type: 'int' })
  round!: number;

  @Column({ type: 'bytea' })
  content!: Uint8Array;
}
