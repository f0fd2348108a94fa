import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import type { CommandOptions } from './command-line.js';

/** A folder that is soon full: a disk of its own where we may mount one, else a limit on the size of files. */
export class TinyDisk {
  private constructor(
    readonly path: string,
    /** To be given to commands that shall feel it. */
    readonly limit: CommandOptions,
    private readonly mounted: boolean,
  ) {}

  /** @param path made here */
  static mount(path: string, sizeKib: number): TinyDisk {
    mkdirSync(path, { recursive: true });
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeKib}k,mode=0711`, 'tmpfs', path], { stdio: 'ignore' });
      return new TinyDisk(path, {}, true);
    } catch {
      console.warn(`full disk: no right to mount one here, files are limited to ${sizeKib} KiB instead`);
      return new TinyDisk(path, { fileLimitKib: sizeKib }, false);
    }
  }

  /** Takes the disk away. Idempotent. */
  unmount(): void {
    if (!this.mounted) return;
    try {
      execFileSync('umount', [this.path], { stdio: 'ignore' });
    } catch {
      // Unmounted before.
    }
  }
}
