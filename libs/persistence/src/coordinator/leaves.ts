import { sha256 } from '@cohortium/kernel';
import type { LeafOf } from '@cohortium/ledger';
import type { DataSource } from 'typeorm';
import type { ModelLockEntity } from './model-lock.entity.js';
import { RunEntity } from './run.entity.js';

/** What a round has learned. */
interface CommittedRound {
  readonly run: string;
  readonly round: number;
  readonly requestHash: string;
  readonly resultSha256: string;
  readonly at: Date;
}

/** The leaf of a committed round: the request, the result, and what each site sent, by hash; undefined for a round that is not known. */
export async function commitLeaf(
  source: DataSource,
  { run, round, requestHash, resultSha256, at }: CommittedRound,
): Promise<LeafOf<'roundCommit'> | undefined> {
  const [row]: {
    study: string;
    protocol_hash: string;
    operation: string;
    kind: 'sum' | 'siteSummary';
    contributions: LeafOf<'roundCommit'>['contributions'];
  }[] = await source.query(
    `select u.study, u.protocol_hash, r.operation, r.kind, (
       select coalesce(json_agg(json_build_object('site', c.site, 'state', c.state, 'contentSha256', c.content_sha256) order by c.site), '[]'::json)
       from contribution c where c.run = r.run and c.round = r.round) as contributions
     from round r join run u on u.id = r.run where r.run = $1 and r.round = $2`,
    [run, round],
  );
  if (row === undefined) return undefined;
  const { study, protocol_hash: protocolHash, operation, kind, contributions } = row;
  const base = { v: 1 as const, at: at.getTime(), study, type: 'roundCommit' as const, protocolHash, run, round };
  return { ...base, requestHash, operation, kind, resultSha256, contributions };
}

/** The leaf of a locked model. */
export async function lockLeaf(source: DataSource, lock: Readonly<ModelLockEntity>): Promise<LeafOf<'modelCommit'>> {
  const { study } = await source.getRepository(RunEntity).findOneByOrFail({ id: lock.run });
  const { run, hash: modelSha256, onnxSha256, lockedAt } = lock;
  return { v: 1, at: lockedAt.getTime(), study, type: 'modelCommit', run, modelSha256, onnxSha256 };
}

/** How a run ends, as its leaf tells it. */
interface Closing {
  readonly run: string;
  readonly state: 'finished' | 'aborted';
  readonly resultsJson: string | null;
  readonly at: Date;
}

/** The leaf of the end of a run: its results by hash, and what arrived from each site in committed rounds. */
export async function closingLeaf(source: DataSource, { run, state, resultsJson, at }: Closing): Promise<LeafOf<'runClosed'>> {
  const { study } = await source.getRepository(RunEntity).findOneByOrFail({ id: run });
  const bytes: { site: string; answers: number; bytes: number }[] = await source.query(
    `select c.site, count(*)::int as answers, sum(c.byte_count)::float8 as bytes
     from contribution c join round r on r.run = c.run and r.round = c.round
     where c.run = $1 and r.state = 'committed' and c.state = 'released' group by c.site order by c.site`,
    [run],
  );
  const resultsSha256 = resultsJson === null ? null : sha256(resultsJson);
  return { v: 1, at: at.getTime(), study, type: 'runClosed', run, state, resultsSha256, bytes };
}
