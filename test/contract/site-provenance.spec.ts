import { equalBytes, parseSiteId, sha256 } from '@cohortium/kernel';
import type { Packable, Sha256, SiteId } from '@cohortium/kernel';
import type { PublishedTotal } from '@cohortium/federation';
import { operationName } from '@cohortium/federation';
import {
  TestCoordinator,
  compileProject,
  findTestBroker,
  prepareSiteProcess,
  startTestBroker,
  startTestPostgres,
  wholeRunMs,
} from '@cohortium/testkit';
import type { AskOptions, SiteProcess, TestBroker, TestPostgres } from '@cohortium/testkit';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { headBefore, recordRun } from '../fixtures/recorded-run.js';
import type { RecordedRound } from '../fixtures/recorded-run.js';
import { smallStudy } from '../fixtures/small-study.js';

const broken = findTestBroker() === undefined;
if (broken) console.warn('site-provenance.spec: skipped, no nats-server (set NATS_SERVER_BIN or run the set-up)');

const study = smallStudy({ study: 'told', trainingCount: 3, leaveOneSiteOut: false, masked: false });
const gradient = 'statistics.logistic-gradient@1';

/** A real site node and the coordinator's side of its wire, on which a recorded run can be played, or anything else. */
class Played {
  private constructor(
    private readonly around: readonly [TestPostgres, TestBroker],
    readonly site: SiteId,
    readonly rounds: readonly RecordedRound[],
    readonly coordinator: TestCoordinator,
    readonly node: SiteProcess,
    readonly database: pg.Pool,
    private readonly closeLink: () => Promise<void>,
  ) {}

  /** Starts a site of the study beside a broker and a database of its own. */
  static async start(code: string): Promise<Played> {
    compileProject('apps/site-node');
    const rounds = await recordRun(study);
    const [postgres, broker] = await Promise.all([startTestPostgres(), startTestBroker({ sites: [code] })]);
    const site = parseSiteId(code);
    const databaseUrl = await postgres.createDatabase(`site-${code}`);
    const database = new pg.Pool({ connectionString: databaseUrl, max: 1 });
    database.on('error', () => undefined);
    const link = await broker.link('coordinator');
    const coordinator = await TestCoordinator.open(link, study.protocol, code);
    const seed = broker.keys.get(code)?.seed as Uint8Array;
    const { features, clinical } = study.files.get(site) as { readonly features: string; readonly clinical: string };
    const cohort = { features, clinical };
    const node = prepareSiteProcess({
      site: code,
      seed,
      databaseUrl,
      brokerUrl: broker.url,
      cohort,
      policy: 'approve: {studies: any, allowExceptions: true}',
    });
    node.start();
    await coordinator.offer();
    await coordinator.until('approval', () => coordinator.of('approval').find(({ header }) => header.decision === 'approved'));
    return new Played([postgres, broker], site, rounds, coordinator, node, database, () => link.close());
  }

  round(round: number): RecordedRound {
    return this.rounds[round - 1] as RecordedRound;
  }

  /** Numbers of the rounds that this site takes part in. */
  get own(): readonly number[] {
    return this.rounds.flatMap(({ request }) => (request.scope.sites.includes(this.site) ? [request.round] : []));
  }

  async tell(run: string, from: number, through: number, change: (total: PublishedTotal) => PublishedTotal = (t) => t): Promise<void> {
    for (let k = from; k <= through; k++) await this.coordinator.tell(run, change(this.round(k).total));
  }

  /** Asks what the program asked in a round, or what `options` make of it. */
  async ask(run: string, round: number, options: Partial<AskOptions> & { readonly params?: unknown } = {}): Promise<void> {
    const { request, modelLock } = this.round(round);
    const { params = request.params, ...others } = options;
    await this.coordinator.ask(request.query, params as Packable, request.scope, {
      run,
      round,
      prevRoundHash: headBefore(study, run, this.rounds, round),
      ...(modelLock === null ? {} : { modelLock }),
      ...others,
    });
  }

  /** Shows the site a model lock in the coordinator's log, and waits until the site has opened its labels for it. */
  async open(run: string, modelSha256: Sha256): Promise<void> {
    await this.coordinator.witness({ lock: { run, modelSha256 } });
    const opened = `select 1 from ledger_leaf where leaf like '%"validationOpening"%' and leaf like '%"' || $1 || '"%'`;
    for (const from = Date.now(); (await this.database.query(opened, [run])).rows.length === 0; await new Promise((r) => setTimeout(r, 50)))
      if (Date.now() - from > 60_000) throw new Error(`labels were not opened for ${run}`);
  }

  answered(run: string, round: number, count = 1) {
    return this.coordinator.until(`answer ${count} to ${run}/${round}`, () => this.coordinator.answers(run, round)[count - 1]);
  }

  /** The answer holds what the simulated site released in that round, under the head of the chain. */
  async expectRecorded(run: string, round: number, count = 1): Promise<void> {
    const answer = await this.answered(run, round, count);
    expect(answer.header, `${run}/${round}`).toMatchObject({
      state: 'released',
      prevRoundHash: headBefore(study, run, this.rounds, round),
    });
    const expected = this.round(round).answers.get(this.site) as { readonly bytes: Uint8Array };
    expect(equalBytes(this.coordinator.contentOf(answer), expected.bytes), `${run}/${round}`).toBe(true);
  }

  async expectNotDerived(run: string, round: number, detail: string, count = 1): Promise<void> {
    const { header } = await this.answered(run, round, count);
    expect(header).toMatchObject({ state: 'withheld', reason: 'notDerived', prevRoundHash: null, payload: { bytes: 0 } });
    const { rows } = await this.database.query('select detail from site_egress where run = $1 and round = $2 order by id desc limit 1', [
      run,
      round,
    ]);
    expect(rows).toEqual([{ detail }]);
  }

  outcomes(run: string, round: number, outcome: string): number {
    return this.node.log.filter((line) => line['run'] === run && line['round'] === round && line['outcome'] === outcome).length;
  }

  async close(): Promise<void> {
    await this.node.remove();
    await this.coordinator.close();
    await this.closeLink();
    await this.database.end();
    await Promise.all(this.around.map((server) => server.stop()));
  }
}

describe.skipIf(broken)('a site node that replays', () => {
  let training: Played;
  let asked: number;

  beforeAll(async () => {
    training = await Played.start('S1');
    // The first one asks about the null model, which has nothing to bend.
    const isBendable = ({ request: { query, params } }: RecordedRound) =>
      operationName(query) === gradient && (params as { values: Float64Array }).values.length > 0;
    asked = training.rounds.findIndex(isBendable) + 1;
  }, wholeRunMs);
  afterAll(() => training?.close());

  it('answers every round of an honest run with the bytes of the simulated site, killed between rounds or not', async () => {
    let told = 0;
    for (const [k, round] of training.own.entries()) {
      await training.tell('honest', told + 1, round - 1);
      told = round - 1;
      await training.ask('honest', round, { committedThrough: round - 1 });
      if (k % 9 === 4) {
        await training.node.kill();
        training.node.start();
        // Chunks of frozen parts may be lost with the process; a coordinator that waits sends all of it again.
        await training.ask('honest', round, { committedThrough: round - 1, attempt: 2 });
      }
      await training.expectRecorded('honest', round);
    }
    expect(training.own.length).toBeGreaterThan(15);
    const heads = await training.database.query("select count(*)::int as n from site_total where run = 'honest' and flaw is null");
    expect(heads.rows).toEqual([{ n: told }]);
  }, 180_000);

  it('answers nothing of its own making in place of a derived request, whatever the clause allows', async () => {
    await training.tell('bent', 1, asked - 1);
    const { request } = training.round(asked);
    const bent = {
      ...(request.params as { values: Float64Array }),
      values: Float64Array.from((request.params as { values: Float64Array }).values, (v) => v * 1.5 + 1),
    };
    await training.ask('bent', asked, { params: bent });
    await training.expectNotDerived('bent', asked, 'SITE.NOT_DERIVED');
    // A round has one request: the refused one stands, and not even the right one takes its place.
    await training.ask('bent', asked, { attempt: 2 });
    expect((await training.answered('bent', asked, 2)).header).toMatchObject({ state: 'withheld', reason: 'contradictsEarlierRelease' });
  });

  it('waits for totals that are missing, and learns them when they are told again', async () => {
    await training.tell('lossy', 1, asked - 3);
    await training.tell('lossy', asked - 1, asked - 1);
    await training.ask('lossy', asked);
    await training.coordinator.until('the node to miss totals', () => training.outcomes('lossy', asked, 'totals-missing') > 0);
    expect(training.coordinator.answers('lossy', asked)).toHaveLength(0);
    await training.tell('lossy', 1, asked - 1);
    await training.ask('lossy', asked, { attempt: 2 });
    await training.expectRecorded('lossy', asked);
  });

  it('answers under no other chain than the one that it was told', async () => {
    await training.tell('split', 1, asked - 1);
    await training.ask('split', asked, { prevRoundHash: sha256('another story') });
    await training.expectNotDerived('split', asked, 'SITE.TOTALS_DIFFER');
    // A total that was told stands: the other story comes too late.
    const other = (total: PublishedTotal) => ({ ...total, result: total.result.map((byte, i) => (i === 0 ? byte ^ 1 : byte)) });
    await training.tell('split', asked - 1, asked - 1, other);
    await training.coordinator.until('the node to notice', () =>
      training.node.log.some((line) => line['event'] === 'total-differs' && line['run'] === 'split'),
    );
    await training.ask('split', asked, { attempt: 2 });
    await training.expectRecorded('split', asked, 2);
  });

  it('answers nothing any more after a total that cannot be, also after a restart', async () => {
    // A total of participants below those of this site alone, in round 2 (first moments), in which the site took part.
    await training.tell('invented', 1, 1);
    await training.ask('invented', 2);
    await training.expectRecorded('invented', 2);
    const nobody = (total: PublishedTotal) => ({ ...total, result: total.result.map((byte, i) => (i < 32 ? 0 : byte)) });
    await training.tell('invented', 2, 2, nobody);
    const head = await training.coordinator.until('the verdict', () =>
      training.node.log.find((line) => line['event'] === 'replay-failed' && line['run'] === 'invented'),
    );
    expect(head).toMatchObject({ round: 2, code: 'FEDERATION.IMPOSSIBLE_TOTAL' });
    await training.node.kill();
    training.node.start();
    const { rows } = await training.database.query("select head from site_total where run = 'invented' and round = 2");
    const prevRoundHash = (rows[0] as { head: Sha256 }).head;
    await training.ask('invented', 3, { prevRoundHash });
    await training.expectNotDerived('invented', 3, 'FEDERATION.IMPOSSIBLE_TOTAL');
  });
});

describe.skipIf(broken)('an external site that replays', () => {
  let external: Played;
  beforeAll(async () => {
    external = await Played.start('S4');
  }, wholeRunMs);
  afterAll(() => external?.close());

  it('opens its labels under the model that its own replay has locked, and no other', async () => {
    const [first, opening] = external.own as [number, number];
    expect(first).toBe(1);
    await external.ask('far', 1);
    await external.expectRecorded('far', 1);
    await external.tell('far', 1, opening - 1);
    // Without a lock that the coordinator's log proves, nothing opens.
    await external.ask('far', opening);
    expect((await external.answered('far', opening)).header).toMatchObject({ state: 'withheld', reason: 'notApproved' });
    await external.open('far', external.round(opening).modelLock as Sha256);
    await external.ask('far', opening, { attempt: 2 });
    await external.expectRecorded('far', opening, 2);

    // A lock that is proven, but of a model that the replay did not lock.
    const other = sha256('another model');
    await external.ask('near', 1);
    await external.expectRecorded('near', 1);
    await external.tell('near', 1, opening - 1);
    await external.open('near', other);
    await external.ask('near', opening, { modelLock: other });
    expect((await external.answered('near', opening)).header).toMatchObject({ state: 'withheld', reason: 'notDerived' });

    // Killed, it takes up the replay of all rounds where it was.
    await external.node.kill();
    external.node.start();
    const next = external.own[2] as number;
    await external.tell('far', opening, next - 1);
    await external.ask('far', next);
    await external.expectRecorded('far', next);
  });
});
