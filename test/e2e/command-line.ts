import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findTestBroker } from '@cohortium/testkit';
import { TinyDisk } from './tiny-disk.js';

/** How a command ended and what it said. */
export interface Ended {
  /** null: ended by a signal. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a command is started. */
export interface CommandOptions {
  /** Added to an environment that holds nothing of ours. */
  readonly env?: Readonly<Record<string, string>>;
  /** Largest file that it may write, in KiB: the system refuses the rest as it does on a full disk. */
  readonly fileLimitKib?: number;
}

const bin = join(import.meta.dirname, '..', '..', 'apps', 'cli', 'bin', 'cohortium.mjs');

/** The command `cohortium` as a process of its own, in a folder of its own below the system's temporary folder. */
export class CommandLine {
  readonly folder = mkdtempSync(join(tmpdir(), 'e2e-'));
  /** What the command takes for the system's temporary folder. */
  readonly temporary = join(this.folder, 'tmp');
  private readonly running = new Set<RunningCommand>();
  private readonly disk: TinyDisk | undefined;

  /** @param options.temporaryKib the temporary folder is a disk of this size; see {@link limit} */
  constructor(options: { readonly temporaryKib?: number } = {}) {
    // PostgreSQL runs as another user than root and must get through.
    chmodSync(this.folder, 0o711);
    if (options.temporaryKib === undefined) mkdirSync(this.temporary);
    else this.disk = TinyDisk.mount(this.temporary, options.temporaryKib);
    chmodSync(this.temporary, 0o711);
  }

  /** To be given to commands that shall feel the size of the temporary folder. */
  get limit(): CommandOptions {
    return this.disk?.limit ?? {};
  }

  /** Path of a file in the folder, written when `content` is given. */
  path(name: string, content?: string): string {
    const path = join(this.folder, name);
    if (content !== undefined) {
      mkdirSync(join(path, '..'), { recursive: true });
      writeFileSync(path, content);
    }
    return path;
  }

  /** Writes a cohort folder and answers its path. */
  cohort(name: string, { features, clinical }: { readonly features: string; readonly clinical: string }): string {
    this.path(`${name}/features.csv`, features);
    this.path(`${name}/clinical.csv`, clinical);
    return this.path(name);
  }

  /** Starts the command. */
  start(args: readonly string[], options: CommandOptions = {}): RunningCommand {
    const command = new RunningCommand(args, this.environment(options.env), this.folder, options.fileLimitKib);
    this.running.add(command);
    return command;
  }

  /** Runs the command to its end. */
  run(args: readonly string[], options: CommandOptions = {}): Promise<Ended> {
    return this.start(args, options).ended;
  }

  /** Names of what lies in the temporary folder of the command. */
  leftInTemporary(): string[] {
    return readdirSync(this.temporary);
  }

  /** Processes that were started in this folder or know its path, and still live. Those of a finished command must be none. */
  processes(): string[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => {
        const command = told(() => readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' '));
        const place = told(() => readlinkSync(`/proc/${pid}/cwd`));
        const environment = told(() => readFileSync(`/proc/${pid}/environ`, 'latin1'));
        return `${command} ${place} ${environment}`.includes(this.folder) ? [`${pid} ${command}`] : [];
      });
  }

  /** Ends what still runs and removes the folder. */
  async remove(): Promise<void> {
    await Promise.all([...this.running].map((command) => command.kill()));
    this.disk?.unmount();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private environment(env: Readonly<Record<string, string>> = {}): Record<string, string> {
    const broker = findTestBroker();
    return {
      PATH: process.env['PATH'] ?? '/usr/bin:/bin',
      HOME: this.folder,
      TMPDIR: this.temporary,
      LANG: 'C.UTF-8',
      ...(broker === undefined ? {} : { NATS_SERVER_BIN: broker }),
      ...env,
    };
  }
}

/** One started command. It leads its own process group, as a command typed in a terminal does. */
export class RunningCommand {
  readonly ended: Promise<Ended>;
  private readonly child: ChildProcess;
  private out = '';
  private said = '';
  private readonly listeners = new Set<() => void>();

  constructor(args: readonly string[], env: Record<string, string>, cwd: string, fileLimitKib: number | undefined) {
    const limited = ['-c', `ulimit -f ${fileLimitKib}; exec "$0" "$@"`, process.execPath, bin, ...args];
    const [file, given] = fileLimitKib === undefined ? [process.execPath, [bin, ...args]] : ['bash', limited];
    this.child = spawn(file, given, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.out += text));
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.said += text;
      this.listeners.forEach((listener) => listener());
    });
    this.ended = new Promise((resolve, reject) => {
      this.child.once('error', reject);
      this.child.once('close', (code) => resolve({ code, stdout: this.out, stderr: this.said }));
    });
  }

  /** Resolves when the command has said something. @throws Error when it ends without */
  async until(pattern: RegExp): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const look = () => {
        if (!pattern.test(this.said)) return;
        this.listeners.delete(look);
        resolve();
      };
      this.listeners.add(look);
      void this.ended.then(({ code }) => reject(new Error(`ended (${code}) without ${pattern}:\n${this.said}`)));
      look();
    });
  }

  /** Ctrl-C: what a terminal does, a signal to the whole group. */
  interrupt(): void {
    process.kill(-(this.child.pid as number), 'SIGINT');
  }

  /** SIGKILL to the group, if it still runs. */
  async kill(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null && this.child.pid !== undefined)
      process.kill(-this.child.pid, 'SIGKILL');
    await this.ended;
  }
}

/** Empty where a process has ended, or is not ours to look at. */
function told(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
