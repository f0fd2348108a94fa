import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What this site was told that a round came to: what its replay of the program is made of, and the chain that answers name. */
@Entity({ name: 'site_total' })
export class SiteTotalEntity {
  @PrimaryColumn({ type: 'varchar', length: 32 })
  run!: string;

  @PrimaryColumn({ type: 'int' })
  round!: number;

  /** The request that the total answers. */
  @Column({ name: 'request_hash', type: 'char', length: 64 })
  requestHash!: string;

  /** Head of the chain after this round. */
  @Column({ type: 'char', length: 64 })
  head!: string;

  /** The result; null once the run is closed. */
  @Column({ type: 'bytea', nullable: true })
  result!: Uint8Array | null;

  /** Code of the error that speaks against the total: nothing is answered in the run from then on. */
  @Column({ type: 'varchar', length: 60, nullable: true })
  flaw!: string | null;
}
