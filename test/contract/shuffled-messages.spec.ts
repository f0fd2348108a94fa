import { catalogue, readCohort } from '@cohortium/analysis';
import { draftAnswer } from '@cohortium/federation';
import type { AnyQuery, RosterScope } from '@cohortium/federation';
import { Frozen, parseSiteId, sha256 } from '@cohortium/kernel';
import type { Packable } from '@cohortium/kernel';
import { SeededRandom } from '@cohortium/numerics';
import {
  CoordinatorClient,
  TestCoordinator,
  TinyFederation,
  compileProject,
  findTestBroker,
  prepareSiteProcess,
  startTestBroker,
  startTestPostgres,
  tinyProgram,
  wholeRunMs,
} from '@cohortium/testkit';
import type { AskOptions, SiteFrame, SiteProcess, TestBroker, TestPostgres, TinySize } from '@cohortium/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLog } from '../../apps/coordinator/src/log.js';
import { startCoordinator } from '../../apps/coordinator/src/start.js';
import type { Coordinator } from '../../apps/coordinator/src/start.js';
import { smallStudy } from '../fixtures/small-study.js';

const broken = findTestBroker() === undefined;
if (broken) console.warn('shuffled-messages.spec: skipped, no nats-server (set NATS_SERVER_BIN or run the set-up)');

/** Orders tried of each side; fast-check prints the seed of one that fails. */
const orders = Math.max(1, Math.round(4 * Number(process.env['COHORTIUM_TEST_SCALE'] ?? 1)));
const timeoutMs = wholeRunMs + 15_000 * orders;

/** What happens to the messages with which a site answers one task. */
interface Treatment {
  /** Of each message. */
  readonly copies: number;
  /** Messages of earlier answers that come again. */
  readonly late: number;
  /** The answer never arrives; the site has to be asked again. */
  readonly lost: boolean;
  readonly seed: number;
}

const treatment = fc.record({
  copies: fc.integer({ min: 1, max: 3 }),
  late: fc.integer({ min: 0, max: 4 }),
  lost: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  seed: fc.nat(),
});

function shuffled<T>(items: readonly T[], seed: number): T[] {
  const random = new SeededRandom(seed);
  const left = [...items];
  return items.map(() => left.splice(random.below(left.length), 1)[0] as T);
}

describe.skipIf(broken)('a coordinator', () => {
  const training = ['A', 'B', 'C'];
  // The last vector travels in two chunks and an answer.
  const size: TinySize = { smallRounds: 4, spread: 20_000 };
  let federation: TinyFederation;
  let coordinator: Coordinator;
  let expected: string;

  beforeAll(async () => {
    federation = await TinyFederation.start(training);
    expected = await federation.expected(size);
    const { dataDir, databaseUrl, broker } = federation;
    const nkeySeed = broker.keys.get('coordinator')?.seed as Uint8Array;
    const config = {
      dataDir,
      databaseUrl,
      natsUrls: [broker.url],
      nkeySeed,
      httpPort: 0,
      reissueMs: 300,
      logLevel: 'error',
      language: 'en',
    } as const;
    coordinator = await startCoordinator(config, tinyProgram(size), createLog('silent'));
  }, timeoutMs);
  afterAll(async () => {
    await coordinator?.stop();
    await federation?.stop();
  });

  it(
    'comes to the same science whatever the order in which answers arrive, however often, however late',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(treatment, { minLength: 5, maxLength: 15 }), async (treatments) => {
          const client = new CoordinatorClient(federation.dataDir);
          const earlier: SiteFrame[] = [];
          let answers = 0;
          for (const site of training) {
            federation.startSite(site, {
              disturb: (frames, { attempt }) => {
                const { copies, late, lost, seed } = treatments[answers++ % treatments.length] as Treatment;
                const own = Array.from({ length: copies }, () => frames).flat();
                // What comes late may belong to another round; a site sends only its own.
                const again = shuffled(
                  earlier.filter(({ header }) => header.site === frames[0]?.header.site),
                  seed,
                ).slice(0, late);
                earlier.push(...frames);
                return lost && attempt < 3 ? again : shuffled([...own, ...again], seed);
              },
            });
          }
          const run = await client.begin(await federation.submit(client));
          const science = await client.science(run);
          await federation.stopSites();
          expect(answers).toBeGreaterThanOrEqual(training.length * 5);
          expect(science).toBe(expected);
        }),
        { numRuns: orders, endOnFailure: true },
      );
    },
    timeoutMs,
  );
});

describe.skipIf(broken)('a site node', () => {
  const study = smallStudy({ study: 'shuffled', trainingCount: 3, leaveOneSiteOut: false, masked: false });
  const site = parseSiteId('S1');
  const scope: RosterScope = { name: 'training', sites: study.training };
  const features = study.protocol.featureList?.names ?? [];
  const recipe = new Frozen({
    features: [...features],
    medians: features.map(() => 1),
    center: features.map(() => 0),
    scale: features.map(() => 1e5),
  });
  const requests: readonly { readonly query: AnyQuery; readonly params: Packable }[] = [
    { query: operation('statistics.first-moments@1'), params: { heldOut: [null], featureCount: features.length } },
    ...[0, 1, 2].map((at) => ({
      query: operation('statistics.centered-moments@1'),
      params: { heldOut: [null], centers: [Float64Array.from(features, () => at)] },
    })),
    {
      query: operation('harmonization.combat-location@1'),
      params: { arms: [{ heldOut: null, recipe }], covariates: [], minBatch: 5, slopes: [] } as unknown as Packable,
    },
  ];
  let postgres: TestPostgres;
  let broker: TestBroker;
  let coordinator: TestCoordinator;
  let node: SiteProcess;
  let closeLink: () => Promise<void>;

  beforeAll(async () => {
    compileProject('apps/site-node');
    [postgres, broker] = await Promise.all([startTestPostgres(), startTestBroker({ sites: [site] })]);
    const link = await broker.link('coordinator');
    closeLink = () => link.close();
    coordinator = await TestCoordinator.open(link, study.protocol, site);
    const cohort = study.files.get(site) as { readonly features: string; readonly clinical: string };
    const databaseUrl = await postgres.createDatabase('site');
    const seed = broker.keys.get(site)?.seed as Uint8Array;
    // Requests here are of the test's own making.
    const program = 'test/fixtures/unprotected-site.mjs';
    node = prepareSiteProcess({
      program,
      site,
      seed,
      databaseUrl,
      brokerUrl: broker.url,
      cohort,
      policy: 'approve:\n  studies: [shuffled]\n  allowExceptions: true\n',
    });
    node.start();
    await coordinator.offer();
    await coordinator.until('the approval', () => coordinator.of('approval')[0]);
  }, timeoutMs);
  afterAll(async () => {
    await node?.remove();
    await coordinator?.close();
    await closeLink?.();
    await Promise.all([postgres?.stop(), broker?.stop()]);
  });

  /** The content that the same rows give outside of any process. */
  function contentOf(round: number): string {
    const request = requests[round - 1] as (typeof requests)[number];
    const cohort = readCohort(study.files.get(site) as never, study.protocol, site);
    return sha256(draftAnswer(site, cohort.rows, { ...request, scope }).words as Uint8Array);
  }

  const handled = (run: string) => node.log.filter((line) => line['event'] === 'task' && line['run'] === run).length;
  const ask = (run: string, round: number, options: Partial<AskOptions>) => {
    const { query, params } = requests[round - 1] as (typeof requests)[number];
    return coordinator.ask(query, params, scope, { run, round, ...options });
  };

  it(
    'answers every round with the same content whatever the order of tasks, however often, however late',
    async () => {
      const asks = requests.flatMap((_, i) => [1, 2, 3].map((attempt) => ({ round: i + 1, attempt })));
      const one = fc.record({
        order: fc.shuffledSubarray(asks, { minLength: 8 }),
        flags: fc.array(fc.boolean(), { minLength: 5 }),
        forget: fc.nat(4),
      });
      let runs = 0;
      await fc.assert(
        fc.asyncProperty(one, async ({ order, flags, forget }) => {
          const run = `p${++runs}`;
          for (const [k, { round, attempt }] of order.entries()) {
            const withoutParts = flags[k % flags.length] as boolean;
            // Some tasks say that rounds are committed which others still ask for.
            await ask(run, round, { attempt, withoutParts, committedThrough: k > order.length / 2 ? forget : 0 });
          }
          for (let round = 1; round <= requests.length; round++) await ask(run, round, { attempt: 4 });
          await coordinator.until('every task', () => handled(run) >= order.length + requests.length);
          await coordinator.until('every round', () => requests.every((_, i) => coordinator.answers(run, i + 1).length > 0));
          await coordinator.closeRun(run);
          for (let round = 1; round <= requests.length; round++) {
            const answers = coordinator.answers(run, round);
            expect(
              answers.map(({ header }) => header.state),
              `round ${round}`,
            ).not.toContain('withheld');
            expect([...new Set(answers.map((answer) => sha256(coordinator.contentOf(answer))))], `round ${round}`).toEqual([
              contentOf(round),
            ]);
          }
        }),
        { numRuns: orders, endOnFailure: true },
      );
    },
    timeoutMs,
  );
});

function operation(name: string): AnyQuery {
  return catalogue.get(name) as AnyQuery;
}
