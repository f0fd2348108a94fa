import { closeSync, existsSync, fsyncSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import { writeError } from '../outputs/files.js';
import type { ExtractionDocument } from './extract-case.js';

/** A finished case as the journal keeps it. */
interface Entry {
  /** Says which computation this is the result of: case, files and their state, settings, software. */
  readonly key: string;
  readonly document: ExtractionDocument;
}

/**
 * Results of finished cases, one JSON line each, on disk before the next case is reported. A line torn by a crash is cut off when the
 * journal is opened, so a case is either whole or computed again. Mode 0600: features belong to participants.
 */
export class BatchJournal {
  private readonly documents = new Map<string, ExtractionDocument>();
  private readonly handle: number;

  /** @throws `CLI.CANNOT_WRITE` */
  constructor(readonly path: string) {
    try {
      if (existsSync(path)) this.load();
      this.handle = openSync(path, 'a', 0o600);
    } catch (cause) {
      throw writeError(path, cause);
    }
  }

  /** The result of a computation that an earlier run has finished. */
  find(key: string): ExtractionDocument | undefined {
    return this.documents.get(key);
  }

  /** Keeps a result. @throws `CLI.DISK_FULL`, `CLI.CANNOT_WRITE` */
  add(key: string, document: ExtractionDocument): void {
    const bytes = Buffer.from(`${JSON.stringify({ key, document } satisfies Entry)}\n`, 'utf8');
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(this.handle, bytes, at);
      fsyncSync(this.handle);
    } catch (cause) {
      throw writeError(this.path, cause);
    }
    this.documents.set(key, document);
  }

  /** Releases the file. */
  close(): void {
    closeSync(this.handle);
  }

  private load(): void {
    const text = readFileSync(this.path, 'utf8');
    const whole = text.lastIndexOf('\n') + 1;
    if (whole < text.length) truncateSync(this.path, Buffer.byteLength(text.slice(0, whole)));
    for (const line of text.slice(0, whole).split('\n')) {
      if (line === '') continue;
      const { key, document } = JSON.parse(line) as Entry;
      this.documents.set(key, document);
    }
  }
}
