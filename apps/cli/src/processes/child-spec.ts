/** Order in which processes are stopped: those that use others first. */
export const stopOrder = ['site', 'coordinator', 'broker', 'database'] as const;
/** One of {@link stopOrder}. */
export type ProcessKind = (typeof stopOrder)[number];

/** A process that the supervisor keeps alive. */
export interface ChildSpec {
  /** Unique; names its log and pid file. */
  readonly name: string;
  readonly kind: ProcessKind;
  readonly file: string;
  readonly args: readonly string[];
  /** Its whole environment: children inherit nothing. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Runs as this user where given (root only). */
  readonly user?: { readonly uid: number; readonly gid: number };
  /** How it is asked to end: PostgreSQL calls its prompt shutdown SIGINT. */
  readonly stopSignal: NodeJS.Signals;
  /** Time between asking it to end and ending it. Default 5 s. */
  readonly graceMs?: number;
}

/** The little of our environment that every child gets. */
export function minimalEnvironment(folder: string): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '/usr/bin:/bin', HOME: folder, TMPDIR: folder, LANG: 'C.UTF-8', TZ: 'UTC', NODE_ENV: 'production' };
}
