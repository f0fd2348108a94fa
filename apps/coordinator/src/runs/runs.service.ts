import type { StudyStep } from '@cohortium/analysis';
import type { CoordinatorDatabase, RunRow } from '@cohortium/persistence';
import { Inject, Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { coordinatorErrors } from '../errors.js';
import { PresenceBoard } from '../sites/presence.js';
import { StudiesService } from '../studies/studies.service.js';
import { readSubmitted } from '../studies/submitted-protocol.js';
import { DATABASE } from '../tokens.js';
import type { RunRef, RunView } from './run.schema.js';
import { RunSupervisor } from './run-supervisor.js';

/** Runs as people see them. */
@Injectable()
export class RunsService {
  constructor(
    @Inject(DATABASE) private readonly database: CoordinatorDatabase,
    @Inject(StudiesService) private readonly studies: StudiesService,
    @Inject(PresenceBoard) private readonly presence: PresenceBoard,
    @Inject(RunSupervisor) private readonly supervisor: RunSupervisor,
  ) {}

  /** Begins a run of the protocol that was submitted last. @throws `COORDINATOR.NOT_FOUND`, `RUN.ALREADY_ACTIVE` */
  async create(study: string): Promise<RunRef> {
    const stored = await this.studies.latest(study);
    const run = `r${Date.now().toString(36)}-${randomBytes(5).toString('hex')}`;
    const row = { id: run, study, protocolHash: stored.protocolHash };
    if (!(await this.database.runs.create(row, readSubmitted(stored).sites, new Date()))) {
      const active = await this.database.runs.activeOf(study);
      throw coordinatorErrors.error('RUN.ALREADY_ACTIVE', { study, run: active?.id ?? 'just ended' });
    }
    this.supervisor.start(run);
    return { run };
  }

  /** A run by its id. @throws `COORDINATOR.NOT_FOUND` */
  async find(id: string): Promise<RunRow> {
    const run = await this.database.runs.find(id);
    if (run === undefined) throw coordinatorErrors.error('COORDINATOR.NOT_FOUND', { what: 'run' });
    return run;
  }

  /** Where a run stands. @throws `COORDINATOR.NOT_FOUND` */
  async view(id: string): Promise<RunView> {
    return this.viewOf(await this.find(id));
  }

  /** Runs of a study, newest first. */
  async ofStudy(study: string): Promise<readonly RunView[]> {
    return Promise.all((await this.database.runs.ofStudy(study)).map((run) => this.viewOf(run)));
  }

  private async viewOf(run: RunRow): Promise<RunView> {
    return {
      run: run.id,
      study: run.study,
      protocolHash: run.protocolHash,
      state: run.state,
      step: run.step as StudyStep | null,
      round: run.round,
      awaiting: await this.awaiting(run),
      error: run.errorJson === null ? null : (JSON.parse(run.errorJson) as RunView['error']),
      createdAt: run.createdAt.toISOString(),
      startedAt: run.startedAt?.toISOString() ?? null,
      finishedAt: run.finishedAt?.toISOString() ?? null,
    };
  }

  /** Sites that the run waits for: for their approval, or for their answer in the open round. */
  private async awaiting(run: RunRow): Promise<RunView['awaiting']> {
    if (run.state === 'running') {
      const awaited = await this.database.rounds.awaited(run.id);
      return (awaited?.sites ?? []).map((site) => this.awaited(site, awaited?.openedAt ?? run.createdAt));
    }
    if (run.state !== 'waitingForApproval') return [];
    const stored = await this.database.studies.byHash(run.protocolHash);
    if (stored === undefined) return [];
    const approvals = await this.database.studies.approvals(run.protocolHash);
    const approved = new Set(approvals.filter((approval) => approval.decision === 'approved').map((approval) => approval.site));
    return readSubmitted(stored)
      .sites.filter((site) => !approved.has(site))
      .map((site) => this.awaited(site, run.createdAt));
  }

  private awaited(site: string, since: Date): RunView['awaiting'][number] {
    const seen = this.presence.of(site);
    const heartbeatAgeMs = seen === undefined ? null : Math.max(0, Math.round(Date.now() - seen.atMs));
    return { site, since: since.toISOString(), heartbeatAgeMs, siteState: seen?.state ?? null };
  }
}
