import { Column, Entity, PrimaryColumn, Unique } from 'typeorm';

/** A hospital that may take part in studies. */
@Entity({ name: 'enrolled_site' })
@Unique('enrolled_site_nkey_once', ['nkey'])
export class EnrolledSiteEntity {
  @PrimaryColumn({ type: 'varchar', length: 32 })
  site!: string;

  /** Free text; shown to people. */
  @Column({ name: 'display_name', type: 'varchar', length: 200 })
  displayName!: string;

  /** Public key of the site's broker user. */
  @Column({ type: 'varchar', length: 80 })
  nkey!: string;

  @Column({ name: 'enrolled_at', type: 'timestamptz' })
  enrolledAt!: Date;

  /** Release that the site node said it runs; null until its first hello. */
  @Column({ type: 'varchar', length: 40, nullable: true })
  release!: string | null;

  /** Operations that this release can answer. */
  @Column({ type: 'text', array: true, default: () => "'{}'" })
  operations!: string[];

  @Column({ name: 'hello_at', type: 'timestamptz', nullable: true })
  helloAt!: Date | null;
}
