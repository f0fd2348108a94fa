import { readFile, stat } from 'node:fs/promises';
import type { SiteLog } from '../log.js';
import { errorFields } from '../own-errors.js';
import { paths, systemCode } from '../own-files.js';
import { parsePolicy } from './policy.js';
import type { LoadedPolicy } from './policy.js';

const watchEveryMs = 2000;

/**
 * The operator's `policy.yaml`, read again when it changes. A file that becomes invalid while the site node runs is reported and
 * changes nothing: the last valid policy stays in force.
 */
export class PolicyFile {
  private current: { readonly stamp: string; readonly loaded: LoadedPolicy } | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly dataDir: string,
    private readonly log: SiteLog,
  ) {}

  /** The policy in force. @throws `SITE.BAD_POLICY` when the file has not been valid since this process started */
  async read(): Promise<LoadedPolicy> {
    const file = paths.policy(this.dataDir);
    const stamp = await stampOf(file);
    if (this.current?.stamp === stamp) return this.current.loaded;
    try {
      this.current = { stamp, loaded: parsePolicy(stamp === 'absent' ? undefined : await readFile(file, 'utf8')) };
    } catch (error) {
      if (this.current === undefined) throw error;
      this.log.error({ event: 'policy-invalid', ...errorFields(error) });
      this.current = { stamp, loaded: this.current.loaded };
    }
    return this.current.loaded;
  }

  /**
   * Calls back when decisions rest on something else than before. What the callback throws is logged, and it is called again.
   * @param basis what they rest on
   */
  watch(changed: () => Promise<void>, basis: () => Promise<string>): void {
    let seen: string | undefined;
    const look = async (): Promise<void> => {
      try {
        const now = await basis();
        if (now !== seen) await changed();
        seen = now;
      } catch (error) {
        this.log.warn({ event: 'policy-watch-failed', ...errorFields(error) });
      }
      if (this.timer !== undefined) this.timer = setTimeout(() => void look(), watchEveryMs);
    };
    this.timer = setTimeout(() => void look(), watchEveryMs);
  }

  /** Ends {@link watch}. */
  close(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}

async function stampOf(file: string): Promise<string> {
  try {
    const { mtimeMs, size, ino } = await stat(file);
    return `${mtimeMs} ${size} ${ino}`;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return 'absent';
    throw error;
  }
}
