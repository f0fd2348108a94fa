import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a site node process needs. */
export interface SiteProcessOptions {
  readonly site: string;
  /** Seed of the site's broker key. */
  readonly seed: Uint8Array;
  readonly databaseUrl: string;
  readonly brokerUrl: string;
  /** Text of features.csv and clinical.csv. */
  readonly cohort: { readonly features: string; readonly clinical: string };
  /** Text of policy.yaml. */
  readonly policy: string;
  /** Program that runs it, relative to the repository; the site node's own unless set. */
  readonly program?: string;
  /** Further variables of its environment. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A compiled site node as a process of its own, with a folder of its own. */
export interface SiteProcess {
  readonly dataDir: string;
  /** What it is started with; another command of the same site needs the same. */
  readonly environment: NodeJS.ProcessEnv;
  /** Lines of its log that were parsed so far. */
  readonly log: readonly Readonly<Record<string, unknown>>[];
  /** Everything it wrote to stderr since it was started. */
  stderr(): string;
  start(): void;
  /** Resolves with the exit code (null after a signal) once the process has ended. */
  ended(): Promise<number | null>;
  /** SIGKILL, as a crash. */
  kill(): Promise<void>;
  /** SIGTERM; answers the exit code. */
  terminate(): Promise<number | null>;
  /** Kills what still runs and removes the folder. */
  remove(): Promise<void>;
}

const root = join(import.meta.dirname, '..', '..', '..');

/** Compiles a project and what it depends on; does nothing where that is up to date. @throws Error with the compiler's output */
export function compileProject(project: string): void {
  const made = spawnSync(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-b', join(root, project)], {
    encoding: 'utf8',
  });
  if (made.status !== 0) throw new Error(`tsc -b ${project} failed:\n${made.stdout}${made.stderr}`);
}

/** Prepares the folder of a site node as provisioning would, without starting it. `compileProject('apps/site-node')` must have run. */
export function prepareSiteProcess(options: SiteProcessOptions): SiteProcess {
  const folder = mkdtempSync(join(tmpdir(), `cohortium-site-${options.site}-`));
  const dataDir = join(folder, 'data');
  for (const path of [dataDir, join(dataDir, 'identity'), join(dataDir, 'cohort')]) mkdirSync(path, { mode: 0o700 });
  const write = (path: string, content: string | Uint8Array): void => writeFileSync(path, content, { mode: 0o600 });
  write(join(dataDir, 'identity', 'nkey.seed'), options.seed);
  write(join(dataDir, 'cohort', 'features.csv'), options.cohort.features);
  write(join(dataDir, 'cohort', 'clinical.csv'), options.cohort.clinical);
  // Tests of signatures say so in their policy; the others are about something else.
  const signatures = /^signatures:/m.test(options.policy) ? '' : '\nsignatures: notRequired\n';
  write(join(dataDir, 'policy.yaml'), `${options.policy}${signatures}`);
  const urlFile = join(folder, 'database-url');
  write(urlFile, options.databaseUrl);
  const environment = {
    PATH: process.env['PATH'] ?? '',
    COHORTIUM_SITE: options.site,
    COHORTIUM_DATA_DIR: dataDir,
    COHORTIUM_DATABASE_URL_FILE: urlFile,
    COHORTIUM_NATS_URL: options.brokerUrl,
    ...options.environment,
  };
  return new Running(folder, dataDir, environment, join(root, options.program ?? 'apps/site-node/dist/main.js'));
}

class Running implements SiteProcess {
  readonly log: Readonly<Record<string, unknown>>[] = [];
  private child: ChildProcess | undefined;
  private gone: Promise<number | null> = Promise.resolve(null);
  private text = '';
  private unread = '';
  private readonly onExit = () => this.child?.kill('SIGKILL');

  constructor(
    private readonly folder: string,
    readonly dataDir: string,
    readonly environment: NodeJS.ProcessEnv,
    private readonly program: string,
  ) {}

  start(): void {
    this.text = '';
    const child = spawn(process.execPath, [this.program, 'run'], {
      cwd: this.folder,
      env: this.environment,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child.stderr.setEncoding('utf8').on('data', (piece: string) => this.read(piece));
    this.gone = new Promise((resolve) => child.once('close', resolve));
    this.child = child;
    process.on('exit', this.onExit);
  }

  stderr(): string {
    return this.text;
  }

  ended(): Promise<number | null> {
    return this.gone;
  }

  async kill(): Promise<void> {
    this.child?.kill('SIGKILL');
    await this.gone;
  }

  terminate(): Promise<number | null> {
    this.child?.kill('SIGTERM');
    return this.gone;
  }

  async remove(): Promise<void> {
    await this.kill();
    process.off('exit', this.onExit);
    rmSync(this.folder, { recursive: true, force: true });
  }

  private read(piece: string): void {
    this.text += piece;
    const lines = (this.unread + piece).split('\n');
    this.unread = lines.pop() ?? '';
    for (const line of lines) if (line.startsWith('{')) this.log.push(JSON.parse(line) as Record<string, unknown>);
  }
}
