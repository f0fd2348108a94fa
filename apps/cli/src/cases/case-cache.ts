import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isAppError } from '@cohortium/kernel';
import type { Sha256 } from '@cohortium/kernel';
import type { CaseDocument } from '@cohortium/radiomics';
import { replaceFile } from '../outputs/files.js';

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

  /** Keeps a result where there is room; without, the case is computed again the next time, and nothing is lost now. */
  keep(key: Sha256, document: CaseDocument): void {
    try {
      replaceFile(this.path(key), JSON.stringify({ key, document }));
    } catch (error) {
      if (!isAppError(error)) throw error;
    }
  }

  private path(key: Sha256): string {
    return join(this.folder, key.slice(0, 2), `${key}.json`);
  }
}
