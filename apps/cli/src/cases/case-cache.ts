import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Sha256 } from '@cohortium/kernel';
import { replaceFile } from '../radiomics/write-output.js';
import type { CaseDocument } from './case-document.js';

/** Where results are kept when nobody names another place (XDG Base Directory). */
export function defaultCacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'cohortium', 'cases');
}

/** Results of cases by what they were computed from. A file that is not whole is computed again. */
export class CaseCache {
  constructor(private readonly folder: string) {}

  find(key: Sha256): CaseDocument | undefined {
    const path = this.path(key);
    if (!existsSync(path)) return undefined;
    try {
      const { key: kept, document } = JSON.parse(readFileSync(path, 'utf8')) as { key: string; document: CaseDocument };
      return kept === key && document.schemaVersion === 1 ? document : undefined;
    } catch {
      return undefined;
    }
  }

  /** @throws `CLI.DISK_FULL`, `CLI.CANNOT_WRITE` */
  keep(key: Sha256, document: CaseDocument): void {
    replaceFile(this.path(key), JSON.stringify({ key, document }));
  }

  private path(key: Sha256): string {
    return join(this.folder, key.slice(0, 2), `${key}.json`);
  }
}
