import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalJson } from '@cohortium/kernel';
import type { PreparedStudy } from '../../apps/cli/src/cohort/prepare-cohort.js';
import { CoordinatorApi } from '../../apps/cli/src/demo/coordinator-api.js';
import { Deployment } from '../../apps/cli/src/demo/deployment.js';
import { driveStudy } from '../../apps/cli/src/demo/drive-study.js';
import type { RunEvent, RunListener } from '../../apps/cli/src/demo/run-view.js';

/** A kill: which process, after which event of the run, and how much later. */
export interface Kill {
  /** Name of a process: `coordinator`, `site-S1`, `broker`, `database`. */
  readonly process: string;
  /** Events of the run before it. */
  readonly afterEvents: number;
  readonly delayMs: number;
}

/** What a run under fire left. */
export interface Survived {
  /** Canonical JSON of `science`. */
  readonly science: string;
  readonly eventTypes: readonly string[];
  /** Kills that hit a living process. */
  readonly hits: number;
  /** Hashes of what each site sent as its answer to each round: one, however often it was asked and however often it was killed. */
  readonly answers: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Sites complete their transcripts when they are asked to end. */
const endingMs = 60_000;
/** What is left of a time limit for tidying up. */
const cleaningMs = 30_000;

/** Runs a study with real processes and kills (SIGKILL) some of them on the way. @throws when the run is aborted or does not end */
export async function runUnderFire(study: PreparedStudy, kills: readonly Kill[], timeoutMs: number): Promise<Survived> {
  const timeout = AbortSignal.timeout(timeoutMs - cleaningMs);
  const deployment = await Deployment.plan({ study, keep: false, language: 'en', say: () => undefined, signal: timeout });
  const { supervisor } = deployment;
  const ending = new AbortController();
  supervisor.failure.catch((error: unknown) => ending.abort(error));
  const signal = AbortSignal.any([timeout, ending.signal]);
  const shots = new Shots(supervisor, kills);
  try {
    await deployment.start();
    const { results } = await driveStudy(
      new CoordinatorApi(deployment.coordinatorDir, signal),
      study.protocol,
      deployment.sites,
      shots,
      signal,
    );
    await shots.fired();
    await supervisor.stop(endingMs);
    return { science: canonicalJson(results.science), eventTypes: shots.seen, hits: shots.hits, answers: sentAnswers(deployment) };
  } catch (error) {
    throw new Error(`the run did not end well: ${String(error)}\n${shots.seen.length} events, the last logs:\n${lastLogs(deployment)}`, {
      cause: error,
    });
  } finally {
    await supervisor.stop();
    await deployment.clean();
  }
}

/** Listens to a run and kills at the planned moments. */
class Shots implements RunListener {
  readonly seen: string[] = [];
  hits = 0;
  private readonly pending: Promise<void>[] = [];

  constructor(
    private readonly supervisor: Deployment['supervisor'],
    private readonly kills: readonly Kill[],
  ) {}

  started(): void {}
  decided(): void {}
  viewed(): void {}

  happened(event: RunEvent): void {
    this.seen.push(event.type);
    for (const kill of this.kills) {
      if (kill.afterEvents === this.seen.length)
        this.pending.push(new Promise((resolve) => setTimeout(() => (this.fire(kill), resolve()), kill.delayMs)));
    }
  }

  /** Resolves when every shot that was due has been fired. */
  async fired(): Promise<void> {
    await Promise.all(this.pending);
  }

  private fire({ process: name }: Kill): void {
    const pid = this.supervisor.pidOf(name);
    if (pid === undefined) return;
    process.kill(pid, 'SIGKILL');
    this.hits++;
  }
}

function sentAnswers(deployment: Deployment): ReadonlyMap<string, ReadonlySet<string>> {
  const answers = new Map<string, Set<string>>();
  for (const { site, dataDir } of deployment.sites) {
    for (const text of readFileSync(join(dataDir, 'egress.jsonl'), 'utf8').split('\n').filter(Boolean)) {
      const line = JSON.parse(text) as { type: string; round: number | null; sha256: string };
      if (line.type !== 'answer') continue;
      const key = `${site} round ${line.round}`;
      answers.set(key, (answers.get(key) ?? new Set()).add(line.sha256));
    }
  }
  return answers;
}

function lastLogs({ supervisor }: Deployment): string {
  return supervisor
    .names()
    .filter((name) => existsSync(supervisor.logOf(name)))
    .map((name) => `${name}: ${readFileSync(supervisor.logOf(name), 'utf8').trimEnd().split('\n').slice(-5).join('\n  ')}`)
    .join('\n');
}
