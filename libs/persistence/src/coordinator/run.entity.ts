import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** One execution of a study's program. At most one per study is active. */
@Entity({ name: 'run' })
@Index('run_active_once', ['study'], { unique: true, where: `"state" in ('waitingForApproval', 'running')` })
export class RunEntity {
  @PrimaryColumn({ type: 'varchar', length: 32 })
  id!: string;

  @Column({ type: 'varchar', length: 32 })
  study!: string;

  @Column({ name: 'protocol_hash', type: 'char', length: 64 })
  protocolHash!: string;

  @Column({ type: 'varchar', length: 24 })
  state!: 'waitingForApproval' | 'running' | 'finished' | 'aborted';

  /** Step of the study that began last. */
  @Column({ type: 'varchar', length: 40, nullable: true })
  step!: string | null;

  /** Round that was opened last; 0 before the first one. */
  @Column({ type: 'int', default: 0 })
  round!: number;

  /** Sequence number of the last event; the lock on this row keeps events of a run in the order of their commits. */
  @Column({ name: 'event_count', type: 'int', default: 0 })
  eventCount!: number;

  /** Why it was aborted: code, parameters and message as JSON. */
  @Column({ name: 'error_json', type: 'text', nullable: true })
  errorJson!: string | null;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column({ name: 'started_at', type: 'timestamptz', nullable: true })
  startedAt!: Date | null;

  @Column({ name: 'finished_at', type: 'timestamptz', nullable: true })
  finishedAt!: Date | null;

  /** results.json as canonical JSON; null until the run has finished. */
  @Column({ name: 'results_json', type: 'text', nullable: true })
  resultsJson!: string | null;
}

/** One line of a run's progress. */
@Entity({ name: 'run_event' })
export class RunEventEntity {
  @PrimaryColumn({ type: 'varchar', length: 32 })
  run!: string;

  /** From 1, ascending; gaps mean nothing. */
  @PrimaryColumn({ type: 'int' })
  seq!: number;

  @Column({ type: 'timestamptz' })
  at!: Date;

  @Column({ type: 'varchar', length: 24 })
  type!: string;

  /** Further fields as JSON. */
  @Column({ name: 'data_json', type: 'text' })
  dataJson!: string;
}
