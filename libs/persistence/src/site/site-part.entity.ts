import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Content that came in chunks, by its hash: frozen parts of parameters, kept until their run closes. */
@Entity({ name: 'site_part' })
export class SitePartEntity {
  @PrimaryColumn({ type: 'char', length: 64 })
  sha256!: string;

  @Column({ type: 'bytea' })
  content!: Uint8Array;

  /** Run that last used it; null until a task names it. */
  @Column({ type: 'varchar', length: 32, nullable: true })
  run!: string | null;

  @Column({ name: 'stored_at', type: 'timestamptz' })
  storedAt!: Date;
}
