import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The model of a run as it was frozen before any external site was asked. */
@Entity({ name: 'model_lock' })
export class ModelLockEntity {
  @PrimaryColumn({ type: 'varchar', length: 32 })
  run!: string;

  /** Hash that tasks carry. */
  @Column({ type: 'char', length: 64 })
  hash!: string;

  /** Canonical JSON. */
  @Column({ name: 'model_json', type: 'text' })
  modelJson!: string;

  @Column({ type: 'bytea' })
  onnx!: Uint8Array;

  @Column({ name: 'onnx_sha256', type: 'char', length: 64 })
  onnxSha256!: string;

  @Column({ name: 'locked_at', type: 'timestamptz' })
  lockedAt!: Date;
}
