import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The inbox: each round of each run that this site has answered, once. */
@Entity({ name: 'site_task' })
export class SiteTaskEntity {
  @PrimaryColumn({ type: 'varchar', length: 32 })
  run!: string;

  @PrimaryColumn({ type: 'int' })
  round!: number;

  /** The first request of this round; another one is refused. */
  @Column({ name: 'request_hash', type: 'char', length: 64 })
  requestHash!: string;

  /** Attempt that the stored answer belongs to. */
  @Column({ type: 'int' })
  attempt!: number;

  @Column({ type: 'varchar', length: 80 })
  operation!: string;

  @Column({ type: 'varchar', length: 16 })
  kind!: 'sum' | 'siteSummary';

  @Column({ name: 'scope_name', type: 'varchar', length: 16 })
  scopeName!: 'training' | 'external' | 'all';

  /** Sites of the request's scope. */
  @Column({ name: 'scope_sites', type: 'text', array: true })
  scopeSites!: string[];

  @Column({ name: 'protocol_hash', type: 'char', length: 64 })
  protocolHash!: string;

  /** Hash of the locked model that came with the request. */
  @Column({ name: 'model_lock', type: 'char', length: 64, nullable: true })
  modelLock!: string | null;

  @Column({ type: 'varchar', length: 16 })
  state!: 'released' | 'withheld';

  /** Key of the released content; null when it was withheld. */
  @Column({ name: 'release_key', type: 'char', length: 64, nullable: true })
  releaseKey!: string | null;

  /** Key of the masked frame that left in place of the released vector; null for answers without masks. */
  @Column({ name: 'frame_key', type: 'char', length: 64, nullable: true })
  frameKey!: string | null;

  @Column({ name: 'answered_at', type: 'timestamptz' })
  answeredAt!: Date;
}
