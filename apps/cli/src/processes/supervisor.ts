import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cliErrors } from '../errors.js';
import { stopOrder } from './child-spec.js';
import type { ChildSpec } from './child-spec.js';
import { identityOf } from './identity.js';
import { pause } from './pause.js';

/** First and longest pause before a dead child is started again; each failure in a row doubles it. */
const shortestPauseMs = 200;
const longestPauseMs = 5000;
/** A child that lived this long had a good start: the count of failures begins anew. */
const goodLifeMs = 10_000;
/** Short lives in a row after which we stop trying: some 15 s. A database that recovers takes a few. */
const mostShortLives = 8;
/** Time between asking a child to end and ending it, where the child says nothing else. */
const usualGraceMs = 5000;

/** What the supervisor tells about its children. */
export type SupervisorEvent =
  | { readonly type: 'died'; readonly name: string; readonly how: string }
  | { readonly type: 'restarted'; readonly name: string; readonly pid: number };

interface Charge {
  readonly spec: ChildSpec;
  child: ChildProcess | undefined;
  startedAtMs: number;
  shortLives: number;
  restart: NodeJS.Timeout | undefined;
  ended: boolean;
}

/**
 * Keeps a set of processes alive until told to stop. A child that dies is started again with the same data, after 200 ms at
 * first and at most 5 s; one that cannot stay up makes {@link failure} reject with `CLI.PROCESS_FAILED`. Each child leads its
 * own process group, so a Ctrl-C in the terminal reaches us alone and we decide the order.
 */
export class Supervisor {
  private readonly charges = new Map<string, Charge>();
  private readonly listeners: ((event: SupervisorEvent) => void)[] = [];
  private stopping = false;
  private fail!: (error: unknown) => void;
  /** Rejects when a child cannot be kept alive; never resolves. */
  readonly failure: Promise<never>;
  private readonly onExit = () => this.killAll();

  /**
   * @param folders where logs and pid files go; both exist
   * @param shortLifeLimit short lives in a row after which we stop trying
   */
  constructor(
    private readonly folders: { readonly logs: string; readonly pids: string },
    private readonly shortLifeLimit = mostShortLives,
  ) {
    this.failure = new Promise<never>((_, reject) => (this.fail = reject));
    this.failure.catch(() => undefined);
    process.on('exit', this.onExit);
  }

  /** Calls `listener` on every death and restart. */
  onEvent(listener: (event: SupervisorEvent) => void): void {
    this.listeners.push(listener);
  }

  /**
   * Starts a child. A program that cannot be executed rejects {@link failure}.
   * @throws `CLI.INTERRUPTED` after {@link stop}
   */
  start(spec: ChildSpec): void {
    if (this.stopping) throw cliErrors.error('CLI.INTERRUPTED');
    const charge: Charge = { spec, child: undefined, startedAtMs: 0, shortLives: 0, restart: undefined, ended: false };
    this.charges.set(spec.name, charge);
    this.launch(charge);
  }

  /** Names of the children, in the order in which they were started. */
  names(): string[] {
    return [...this.charges.keys()];
  }

  /** Process number of a child while it runs. */
  pidOf(name: string): number | undefined {
    return this.charges.get(name)?.child?.pid;
  }

  /** Path of a child's log. */
  logOf(name: string): string {
    return join(this.folders.logs, `${name}.log`);
  }

  /**
   * Asks every child to end, sites first and databases last, and ends what has not ended after its time of grace. Idempotent.
   * @param leastGraceMs time that each child gets at least, when what it does at its end is wanted
   */
  async stop(leastGraceMs = 0): Promise<void> {
    this.stopping = true;
    for (const charge of this.charges.values()) clearTimeout(charge.restart);
    for (const kind of stopOrder) {
      await Promise.all(
        [...this.charges.values()].filter(({ spec }) => spec.kind === kind).map((charge) => this.end(charge, leastGraceMs)),
      );
    }
    process.off('exit', this.onExit);
  }

  /** SIGKILL to everything that still runs; synchronous, for the last moment of our own process. */
  killAll(): void {
    this.stopping = true;
    for (const { child } of this.charges.values()) if (child) signalGroup(child, 'SIGKILL');
  }

  private launch(charge: Charge): void {
    const { spec } = charge;
    const log = openSync(this.logOf(spec.name), 'a', 0o600);
    const child = spawn(spec.file, spec.args, {
      cwd: spec.cwd,
      env: { ...spec.env },
      stdio: ['ignore', log, log],
      detached: true,
      ...spec.user,
    });
    closeSync(log);
    charge.child = child;
    charge.startedAtMs = Date.now();
    child.once('error', (cause) =>
      this.fail(cliErrors.error('CLI.PROCESS_FAILED', { name: spec.name, how: cause.message, log: this.logOf(spec.name) }, { cause })),
    );
    child.once('exit', (code, signal) => this.died(charge, child, signal ?? `exit code ${code}`));
    if (child.pid !== undefined)
      writeFileSync(this.pidFile(spec.name), JSON.stringify(identityOf(child.pid) ?? { pid: child.pid, startedAt: '' }));
  }

  private died(charge: Charge, child: ChildProcess, how: string): void {
    charge.child = undefined;
    rmSync(this.pidFile(charge.spec.name), { force: true });
    // Whatever the child itself had started goes with it.
    signalGroup(child, 'SIGKILL');
    if (this.stopping || charge.ended) return;
    this.tell({ type: 'died', name: charge.spec.name, how });
    charge.shortLives = Date.now() - charge.startedAtMs >= goodLifeMs ? 0 : charge.shortLives + 1;
    if (charge.shortLives >= this.shortLifeLimit) {
      const log = this.logOf(charge.spec.name);
      this.fail(cliErrors.error('CLI.PROCESS_FAILED', { name: charge.spec.name, how: `${how}; ${lastWords(log)}`, log }));
      return;
    }
    const pauseMs = Math.min(longestPauseMs, shortestPauseMs * 2 ** Math.max(0, charge.shortLives - 1));
    charge.restart = setTimeout(() => {
      if (this.stopping) return;
      this.launch(charge);
      const pid = this.pidOf(charge.spec.name);
      if (pid !== undefined) this.tell({ type: 'restarted', name: charge.spec.name, pid });
    }, pauseMs);
  }

  private async end(charge: Charge, leastGraceMs: number): Promise<void> {
    charge.ended = true;
    const { child } = charge;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    signalGroup(child, charge.spec.stopSignal);
    const over = new AbortController();
    const grace = pause(Math.max(charge.spec.graceMs ?? usualGraceMs, leastGraceMs), over.signal).then(
      () => false,
      () => true,
    );
    const inTime = await Promise.race([gone.then(() => true), grace]);
    // A timer that ran on would keep our own process.
    over.abort();
    if (!inTime) signalGroup(child, 'SIGKILL');
    await gone;
  }

  private tell(event: SupervisorEvent): void {
    for (const listener of this.listeners) listener(event);
  }

  private pidFile(name: string): string {
    return join(this.folders.pids, `${name}.json`);
  }
}

/** The child leads its group; PostgreSQL's backends left it and end when the server does. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // ESRCH: the whole group has ended.
  }
}

/** The last line of a log, shortened. Logs of our programs hold no participant data. */
function lastWords(log: string): string {
  try {
    return (readFileSync(log, 'utf8').trimEnd().split('\n').at(-1) ?? '').slice(0, 300) || '-';
  } catch {
    return '-';
  }
}
