import { In, MoreThan } from 'typeorm';
import { coordinatorLog } from '@cohortium/ledger';
import type { DataSource } from 'typeorm';
import { appendCall } from '../ledger/ledger-book.js';
import type { LedgerBook } from '../ledger/ledger-book.js';
import { closingLeaf, lockLeaf } from './leaves.js';
import { ModelLockEntity } from './model-lock.entity.js';
import { RunEntity, RunEventEntity } from './run.entity.js';
import { appendEvent, bufferOf, enqueue, outboxParams, withIds } from './statements.js';
import type { EventData, NewDownMessage, RunEventType, StoredDownMessage } from './statements.js';

/** A run without its results. */
export type RunRow = Readonly<Omit<RunEntity, 'resultsJson'>>;
/** A locked model. */
export type ModelLock = Readonly<ModelLockEntity>;

/** A progress event. */
export interface RunEvent {
  readonly seq: number;
  readonly at: Date;
  readonly type: RunEventType;
  readonly data: EventData;
}

/** How a run ends. */
export type RunEnd =
  | { readonly state: 'finished'; readonly resultsJson: string }
  | {
      readonly state: 'aborted';
      readonly error: { readonly code: string; readonly params: EventData; readonly message: string; readonly exit: number };
    };

const active = In(['waitingForApproval', 'running'] satisfies RunEntity['state'][]);
const withoutResults = {
  id: true,
  study: true,
  protocolHash: true,
  state: true,
  step: true,
  round: true,
  eventCount: true,
  errorJson: true,
  createdAt: true,
  startedAt: true,
  finishedAt: true,
} as const;

/** Six values of the end, six of the messages from $7, seven of the leaf from $13, and whether frames are kept. */
const endSql = `with ended as (
     update run set state = $4::text, error_json = $5::text, results_json = $6::text, finished_at = $2::timestamptz, event_count = event_count + 1
     where id = $1::text and state in ('waitingForApproval', 'running') returning event_count),
   noted as (insert into run_event (run, seq, at, type, data_json) select $1::text, event_count, $2::timestamptz, $4::text, $3::text from ended),
   dropped as (update contribution set content = null
     where run = $1::text and content is not null and not $20::boolean and exists (select 1 from ended)),
   gone as (delete from payload where run = $1::text and exists (select 1 from ended)),
   cleared as (delete from outbox where run = $1::text and exists (select 1 from ended)),
   ${enqueue('ended', 7)}
   select (select json_agg(json_build_object('id', id::text, 'message_id', message_id)) from queued) as queued,
     case when exists (select 1 from ended) and not exists (select 1 from run_closing where run = $1::text) then ${appendCall(13)} end as leaf`;

/** Runs: their states, events and locked models. */
export class RunRepository {
  constructor(
    private readonly source: DataSource,
    private readonly ledger: LedgerBook,
    private readonly keepFrames: boolean,
  ) {}

  /** Creates a run that waits for approvals. @returns false when another run of the study is active */
  async create(
    run: { readonly id: string; readonly study: string; readonly protocolHash: string },
    sites: readonly string[],
    at: Date,
  ): Promise<boolean> {
    const rows: unknown[] = await this.source.query(
      `with made as (
         insert into run (id, study, protocol_hash, state, event_count, created_at) values ($1::text, $4::text, $5::text, 'waitingForApproval', 1, $2::timestamptz)
         on conflict (study) where state in ('waitingForApproval', 'running') do nothing returning id),
       noted as (insert into run_event (run, seq, at, type, data_json) select $1::text, 1, $2::timestamptz, 'waitingForApproval', $3::text from made)
       select id from made`,
      [run.id, at, JSON.stringify({ sites }), run.study, run.protocolHash],
    );
    return rows.length === 1;
  }

  /** A run by its id. */
  async find(id: string): Promise<RunRow | undefined> {
    return (await this.source.getRepository(RunEntity).findOne({ where: { id }, select: withoutResults })) ?? undefined;
  }

  /** Runs that have not ended, oldest first. */
  async active(): Promise<readonly RunRow[]> {
    return this.source.getRepository(RunEntity).find({ where: { state: active }, select: withoutResults, order: { createdAt: 'ASC' } });
  }

  /** The run of a study that has not ended. */
  async activeOf(study: string): Promise<RunRow | undefined> {
    return (await this.source.getRepository(RunEntity).findOne({ where: { study, state: active }, select: withoutResults })) ?? undefined;
  }

  /** Runs of a study, newest first. */
  async ofStudy(study: string): Promise<readonly RunRow[]> {
    return this.source.getRepository(RunEntity).find({ where: { study }, select: withoutResults, order: { createdAt: 'DESC' } });
  }

  /** Notes that every site approved: the run begins. Without effect on a run that has begun. */
  async begin(id: string, at: Date): Promise<void> {
    await this.source.query(
      `with begun as (
         update run set state = 'running', started_at = $2::timestamptz, event_count = event_count + 1
         where id = $1::text and state = 'waitingForApproval' returning event_count)
       insert into run_event (run, seq, at, type, data_json) select $1::text, event_count, $2::timestamptz, 'approved', '{}' from begun`,
      [id, at],
    );
  }

  /** Notes that a step of the study began; once per step, also when the program is replayed. */
  async stepBegins(id: string, step: string, at: Date): Promise<void> {
    await this.source.query(
      `with fresh as (
         select 1 from run where id = $1::text and state = 'running'
         and not exists (select 1 from run_event where run = $1::text and type = 'stepBegins' and data_json = $3::text)),
       ${appendEvent('fresh', 'stepBegins', 'step = $4::text')}
       select 1`,
      [id, at, JSON.stringify({ step }), step],
    );
  }

  /**
   * Locks the model of a run, with its leaf. The same model a second time changes nothing.
   * @returns the lock that stands, which holds other hashes when the run had locked another model before
   */
  async lockModel(lock: ModelLock): Promise<Pick<ModelLock, 'hash' | 'onnxSha256'>> {
    const leaf = await lockLeaf(this.source, lock);
    await this.ledger.append(coordinatorLog(leaf.study), [leaf], async ({ values }) => {
      const [row]: { leaf: string | null }[] = await this.source.query(
        `with locked as (
           insert into model_lock (run, hash, model_json, onnx, onnx_sha256, locked_at)
           select $1::text, $4::text, $5::text, $6::bytea, $7::text, $2::timestamptz from run where id = $1::text and state = 'running'
           on conflict (run) do nothing returning run),
         ${appendEvent('locked', 'modelLocked')}
         select case when exists (select 1 from locked) then ${appendCall(8)} end as leaf`,
        [
          lock.run,
          lock.lockedAt,
          JSON.stringify({ modelSha256: lock.hash, onnxSha256: lock.onnxSha256 }),
          lock.hash,
          lock.modelJson,
          bufferOf(lock.onnx),
          lock.onnxSha256,
          ...values,
        ],
      );
      return { appended: row?.leaf != null, result: undefined };
    });
    const select = { run: true, hash: true, onnxSha256: true } as const;
    return this.source.getRepository(ModelLockEntity).findOneOrFail({ where: { run: lock.run }, select });
  }

  /** The locked model of a run. */
  async modelLock(run: string): Promise<ModelLock | undefined> {
    return (await this.source.getRepository(ModelLockEntity).findOneBy({ run })) ?? undefined;
  }

  /** Hash of the locked model of a run. */
  async modelLockHash(run: string): Promise<string | undefined> {
    return (await this.source.getRepository(ModelLockEntity).findOne({ where: { run }, select: { run: true, hash: true } }))?.hash;
  }

  /**
   * Writes the closing of a run that will finish into the log, together with its results; the run ends when the witnesses have seen it.
   * @returns the results that stand: those of the first call, whatever a later one brings
   * @throws `LEDGER.*` when the log does not hold what it should
   */
  async stageEnd(id: string, resultsJson: string, at: Date): Promise<string> {
    const leaf = await closingLeaf(this.source, { run: id, state: 'finished', resultsJson, at });
    await this.ledger.append(coordinatorLog(leaf.study), [leaf], async ({ values }) => {
      const [row]: { leaf: string | null }[] = await this.source.query(
        `with staged as (
           insert into run_closing (run, results_json) select id, $2::text from run where id = $1::text and state = 'running'
           on conflict (run) do nothing returning run)
         select case when exists (select 1 from staged) then ${appendCall(3)} end as leaf`,
        [id, resultsJson, ...values],
      );
      return { appended: row?.leaf != null, result: undefined };
    });
    return (await this.stagedEnd(id)) ?? resultsJson;
  }

  /** Results of a run whose closing stands in the log. */
  async stagedEnd(id: string): Promise<string | undefined> {
    const [row]: { results_json: string }[] = await this.source.query('select results_json from run_closing where run = $1', [id]);
    return row?.results_json;
  }

  /**
   * Ends a run: state, event, leaf and the messages that tell the sites, and forgets contents that nobody will read any more. A run whose
   * closing was staged has its leaf already.
   * @returns the messages to be sent; none when the run had ended before
   * @throws `LEDGER.*` when the log does not hold what it should
   */
  async end(id: string, end: RunEnd, at: Date, messages: readonly NewDownMessage[]): Promise<readonly StoredDownMessage[]> {
    const errorJson = end.state === 'aborted' ? JSON.stringify(end.error) : null;
    const resultsJson = end.state === 'finished' ? end.resultsJson : null;
    const leaf = await closingLeaf(this.source, { run: id, state: end.state, resultsJson, at });
    const queued = await this.ledger.append(coordinatorLog(leaf.study), [leaf], async ({ values }) => {
      const [row]: { queued: { id: string; message_id: string }[] | null; leaf: string | null }[] = await this.source.query(endSql, [
        id,
        at,
        errorJson ?? '{}',
        end.state,
        errorJson,
        resultsJson,
        ...outboxParams(messages),
        ...values,
        this.keepFrames,
      ]);
      return { appended: row?.leaf != null, result: row?.queued ?? [] };
    });
    return withIds(messages, queued);
  }

  /** results.json of a finished run, as canonical JSON. */
  async resultsJson(id: string): Promise<string | undefined> {
    const found = await this.source.getRepository(RunEntity).findOne({ where: { id }, select: { id: true, resultsJson: true } });
    return found?.resultsJson ?? undefined;
  }

  /** The first `limit` events of a run with a number above `after`, in order. */
  async events(run: string, after: number, limit: number): Promise<readonly RunEvent[]> {
    const rows = await this.source
      .getRepository(RunEventEntity)
      .find({ where: { run, seq: MoreThan(after) }, order: { seq: 'ASC' }, take: limit });
    return rows.map(({ seq, at, type, dataJson }) => ({ seq, at, type: type as RunEventType, data: JSON.parse(dataJson) as EventData }));
  }
}
