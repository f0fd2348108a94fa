import type { DataSource } from 'typeorm';
import { openDatabase } from '../data-source.js';
import type { DatabaseOptions } from '../data-source.js';
import { CheckpointRepository } from '../ledger/checkpoint.repository.js';
import { LedgerBook } from '../ledger/ledger-book.js';
import { BundleRepository } from './bundle.repository.js';
import { EnrolledSiteRepository } from './enrolled-site.repository.js';
import { MaskingRepository } from './masking.repository.js';
import { OutboxRepository } from './outbox.repository.js';
import { RoundRepository } from './round.repository.js';
import { RunRepository } from './run.repository.js';
import { StudyRepository } from './study.repository.js';
import { coordinatorEntities, coordinatorMigrations } from './tables.js';
import { TranscriptRepository } from './transcript.repository.js';

/** What the coordinator keeps for its ledger. */
export interface LedgerOptions {
  /** Keep what sites sent after its round is committed, so that anyone can recompute every total from a full bundle. Default false. */
  readonly keepFrames?: boolean;
}

/** Everything the coordinator keeps. */
export class CoordinatorDatabase {
  readonly sites: EnrolledSiteRepository;
  readonly studies: StudyRepository;
  readonly runs: RunRepository;
  readonly rounds: RoundRepository;
  readonly outbox: OutboxRepository;
  readonly transcript: TranscriptRepository;
  readonly ledger: LedgerBook;
  readonly checkpoints: CheckpointRepository;
  readonly bundles: BundleRepository;
  readonly masking: MaskingRepository;

  constructor(
    private readonly source: DataSource,
    { keepFrames = false }: LedgerOptions = {},
  ) {
    this.ledger = new LedgerBook(source);
    this.checkpoints = new CheckpointRepository(source);
    this.bundles = new BundleRepository(source);
    this.sites = new EnrolledSiteRepository(source);
    this.studies = new StudyRepository(source, this.ledger);
    this.runs = new RunRepository(source, this.ledger, keepFrames);
    this.rounds = new RoundRepository(source, this.ledger, keepFrames);
    this.outbox = new OutboxRepository(source);
    this.transcript = new TranscriptRepository(source);
    this.masking = new MaskingRepository(source, keepFrames);
  }

  /** Resolves when the database answers. */
  async ping(): Promise<void> {
    await this.source.query('select 1');
  }

  /** Ends all connections. Idempotent. */
  async close(): Promise<void> {
    if (this.source.isInitialized) await this.source.destroy();
  }
}

/** Opens the coordinator's database and brings its tables to this release; see {@link openDatabase} for waiting and errors. */
export async function openCoordinatorDatabase(
  options: Omit<DatabaseOptions, 'entities' | 'migrations'> & LedgerOptions,
): Promise<CoordinatorDatabase> {
  const source = await openDatabase({ ...options, entities: coordinatorEntities, migrations: coordinatorMigrations });
  return new CoordinatorDatabase(source, options);
}
