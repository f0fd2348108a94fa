import { FeatureVectorRepository } from '@cohortium/persistence';
import type { DataSource } from 'typeorm';
import { Extraction } from './extraction/extraction.js';
import type { ImagesConfig } from './images-config.js';
import { Intake } from './intake/intake.js';
import type { SiteLog } from './log.js';
import { errorFields } from './own-errors.js';
import { paths, writePrivateFile } from './own-files.js';

/** What the steps `intake` and `extraction` work with. */
export interface ImagesParts {
  readonly config: ImagesConfig;
  readonly dataDir: string;
  readonly source: DataSource;
  readonly busy: () => boolean;
  readonly log: SiteLog;
}

/** Steps `intake` and `extraction` of a site that has them, and the file in which its operator sees what they are at. */
export class Images {
  private readonly intake: Intake;
  private readonly extraction: Extraction | undefined;
  private writing: Promise<void> = Promise.resolve();
  private isStale = false;

  constructor(private readonly parts: ImagesParts) {
    const { config, source, busy, log } = parts;
    const changed = () => this.tell();
    this.intake = new Intake(config.intake, log, changed);
    if (config.extraction !== undefined)
      this.extraction = new Extraction({ config: config.extraction, vectors: new FeatureVectorRepository(source), busy, log, changed });
  }

  /** Starts both. */
  start(): void {
    this.intake.start();
    this.extraction?.start();
    this.tell();
  }

  /** Ends both: first what comes in, then what is computed from it. */
  async stop(): Promise<void> {
    await this.intake.stop();
    await this.extraction?.stop();
    await this.writing;
  }

  /** Writes the counts; changes that come meanwhile are written once, together. */
  private tell(): void {
    if (this.isStale) return;
    this.isStale = true;
    this.writing = this.writing.then(async () => {
      this.isStale = false;
      const now = { schemaVersion: 1, at: new Date().toISOString(), intake: this.intake.now(), extraction: this.extraction?.now() ?? null };
      try {
        await writePrivateFile(paths.imagesStatus(this.parts.dataDir), `${JSON.stringify(now, null, 1)}\n`);
      } catch (error) {
        this.parts.log.warn({ event: 'images-status-failed', ...errorFields(error) });
      }
    });
  }
}
