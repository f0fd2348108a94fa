import type { StudyProgram } from '@cohortium/analysis';
import { chainHead } from '@cohortium/federation';
import type { Sha256, SiteId } from '@cohortium/kernel';
import {
  CoordinatorClient,
  TinyFederation,
  findTestBroker,
  neverMs,
  pooledFederationOf,
  quietHost,
  tinyCatalogue,
  tinyProgram,
  tinyProtocol,
  tinyTable,
} from '@cohortium/testkit';
import type { RunState, SiteFrame, TinySize } from '@cohortium/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Config } from '../config.js';
import { createLog } from '../log.js';
import { startCoordinator } from '../start.js';
import type { Coordinator } from '../start.js';

const hasBroker = findTestBroker() !== undefined;
if (!hasBroker) console.warn('run-engine.spec: no nats-server found; its tests are skipped');

const training = ['A', 'B', 'C'];
const size: TinySize = { smallRounds: 7, spread: 0 };
const emptySha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

describe.skipIf(!hasBroker)('run engine', () => {
  let federation: TinyFederation;
  const running: Coordinator[] = [];

  beforeAll(async () => {
    federation = await TinyFederation.start(training, ['X']);
  });
  afterEach(async () => {
    for (const coordinator of running.splice(0)) await coordinator.stop();
    await federation.stopSites();
  });
  afterAll(() => federation?.stop());

  async function start(program: StudyProgram = tinyProgram(size), reissueMs = 400): Promise<CoordinatorClient & { stop(): Promise<void> }> {
    const { dataDir, databaseUrl, broker } = federation;
    const nkeySeed = broker.keys.get('coordinator')?.seed as Uint8Array;
    const config: Config = {
      dataDir,
      databaseUrl,
      natsUrls: [broker.url],
      nkeySeed,
      httpPort: 0,
      reissueMs,
      logLevel: 'error',
      language: 'en',
    };
    const coordinator = await startCoordinator(config, program, createLog(process.env['COHORTIUM_LOG_LEVEL'] ?? 'silent'));
    running.push(coordinator);
    return Object.assign(new CoordinatorClient(dataDir), { stop: () => coordinator.stop() });
  }

  const withholds = ({ header }: SiteFrame, reason: string): SiteFrame => {
    const payload = { sha256: emptySha256, bytes: 0, chunks: 0 };
    return { header: { ...header, state: 'withheld', reason, clauseId: null, payload } as SiteFrame['header'], body: new Uint8Array(0) };
  };

  describe('a run', () => {
    it('brings what simulated sites bring, byte for byte, and what the pooled table brings up to rounding', async () => {
      const client = await start(undefined, neverMs);
      const sites = federation.sites.map((site) => federation.startSite(site));
      const run = await client.begin(await federation.submit(client, { external: ['X'] }));
      const text = await client.science(run);
      expect(text).toBe(await federation.expected(size, ['X']));
      const protocol = tinyProtocol({ study: 's', training, external: ['X'] });
      const input = { protocol, training: training as SiteId[], external: ['X' as SiteId] };
      const pooled = await tinyProgram(size)(input, pooledFederationOf(tinyTable(federation.sites)), quietHost);
      const vectors = (science: unknown): number[] => (science as { trace: number[][] }).trace.slice(1, 8).flat();
      const [ours, theirs] = [vectors(JSON.parse(text)), vectors(pooled)];
      expect(ours).toHaveLength(21);
      for (const [i, value] of ours.entries())
        expect(Math.abs(value - (theirs[i] as number))).toBeLessThan(1e-12 * Math.max(1, Math.abs(value)));
      for (const site of sites.slice(0, 3)) {
        const tasks = site.received.map(({ header }) => header);
        expect(tasks.map((task) => task.round)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
        expect(tasks.map((task) => task.committedThrough)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
        // Frozen parts cross once per site: three of them in seven rounds.
        const parts = new Set(tasks.flatMap((task) => task.frozen.map((ref) => ref.sha256)));
        expect([parts.size, site.chunks.length]).toEqual([3, 3]);
      }
      expect(sites[3]?.received.map(({ header }) => [header.operation, header.modelLock === null])).toEqual([
        ['statistics.eligibility@1', true],
        ['tiny.figures@1', false],
      ]);
      await expect.poll(() => sites.map((site) => site.closed.length)).toEqual([1, 1, 1, 1]);
    });

    it('carries large parameters and answers in chunks', async () => {
      const large = { smallRounds: 1, spread: 50_000 };
      const client = await start(tinyProgram(large), neverMs);
      const sites = training.map((site) => federation.startSite(site));
      const run = await client.begin(await federation.submit(client));
      expect(await client.science(run)).toBe(await federation.expected(large));
      // 400 kB of parameters are two chunks, besides the one of the frozen part.
      expect(sites.map((site) => site.chunks.length)).toEqual([3, 3, 3]);
      interface Transcript {
        readonly messages: readonly { readonly type: string; readonly site: string; readonly bytes: number }[];
        readonly sites: readonly object[];
      }
      const transcript = await client.read<Transcript>(`/api/runs/${run}/transcript`);
      // 800 kB of contribution are four chunks. They and their answer are stored as they are taken up, in no fixed order.
      const ofA = transcript.messages.filter(({ site }) => site === 'A');
      // Beside them, what the site witnessed: at the start of the run, at the lock, and at its end.
      const answers = ofA.filter(({ type }) => type !== 'witnessed');
      expect(ofA.length - answers.length).toBeGreaterThanOrEqual(2);
      expect(answers.map(({ type }) => type).sort()).toEqual([
        ...['answer', 'answer', 'answer', 'approval'],
        ...['chunk', 'chunk', 'chunk', 'chunk'],
      ]);
      expect(transcript.sites[0]).toEqual({ site: 'A', messages: ofA.length, bytes: ofA.reduce((sum, { bytes }) => sum + bytes, 0) });
    });

    it('is not changed by answers that come twice, late, out of order, or from nowhere', async () => {
      const held: SiteFrame[] = [];
      const disturb = (frames: readonly SiteFrame[]): readonly SiteFrame[] => {
        const isChunk = ({ header }: SiteFrame) => header.type === 'chunk';
        const stray = frames.map((frame) => ({
          ...frame,
          header: { ...frame.header, ...('run' in frame.header && { run: 'r-unknown' }) } as SiteFrame['header'],
        }));
        const backwards = [...[...frames].reverse().filter(isChunk), ...frames.filter((frame) => !isChunk(frame))];
        const out = [...stray, ...backwards, ...frames, ...held];
        held.push(...frames);
        return out;
      };
      const mixed = { smallRounds: 3, spread: 20_000 };
      const client = await start(tinyProgram(mixed));
      federation.startSite('A', { disturb });
      federation.startSite('B');
      federation.startSite('C', { disturb: (frames) => [...frames, ...frames] });
      const run = await client.begin(await federation.submit(client));
      expect(await client.science(run)).toBe(await federation.expected(mixed));
    });

    it('asks a site again that did not answer, with the same content and its frozen parts, until it does', async () => {
      const client = await start();
      federation.startSite('A');
      federation.startSite('B');
      const slow = federation.startSite('C', { disturb: (frames, task) => (task.round === 3 && task.attempt <= 2 ? [] : frames) });
      const run = await client.begin(await federation.submit(client));
      expect(await client.science(run)).toBe(await federation.expected(size));
      const third = slow.received.filter(({ header }) => header.round === 3);
      // Perhaps once more: while the third answer was on its way.
      expect(third.map(({ header }) => header.attempt).slice(0, 3)).toEqual([1, 2, 3]);
      expect(new Set(third.map(({ header }) => header.requestHash)).size).toBe(1);
      const part = third[0]?.header.frozen[0]?.sha256;
      expect(slow.chunks.filter((chunk) => chunk.sha256 === part).length).toBeGreaterThanOrEqual(third.length);
    });

    it('leaves a site alone that says it works on the round', async () => {
      const client = await start();
      federation.startSite('A');
      federation.startSite('B');
      let timer: NodeJS.Timeout | undefined;
      const busy = federation.startSite('C', {
        disturb: (frames, { run, round }) => {
          if (round === 1) {
            // Said before the round begins, so that the coordinator has heard it by then.
            const beat = () => busy.beat({ state: 'computing', run, round: 2 });
            timer = setInterval(beat, 50);
            beat();
          }
          if (round !== 2) return frames;
          // Long enough to be asked again three times.
          setTimeout(() => (clearInterval(timer), frames.forEach((frame) => void busy.send(frame))), 3000);
          return [];
        },
      });
      const run = await client.begin(await federation.submit(client));
      expect(await client.science(run)).toBe(await federation.expected(size));
      expect(busy.received.filter(({ header }) => header.round === 2)).toHaveLength(1);
    });

    it('tells each site every total once, in order, under one chain; a site that joins late all of them', async () => {
      const client = await start(undefined, neverMs);
      const sites = federation.sites.map((site) => federation.startSite(site));
      const study = await federation.submit(client, { external: ['X'] });
      const run = await client.begin(study);
      await client.science(run);
      const hash = sites[0]?.received[0]?.header.protocolHash as string;
      for (const site of sites) {
        // The total of the last round leads to no other request.
        const rounds = site === sites[3] ? 8 : 7;
        expect(site.totals.map(({ round }) => round)).toEqual(Array.from({ length: rounds }, (_, k) => k + 1));
        const told = site.totals.map(({ round, requestHash, body }) => ({ round, requestHash: requestHash as Sha256, result: body }));
        for (const { header } of site.received) expect(header.prevRoundHash).toBe(chainHead(run, hash, told.slice(0, header.round - 1)));
      }
    });

    it('aborts when a site answers under other totals', async () => {
      const client = await start();
      federation.startSite('A');
      federation.startSite('B', {
        disturb: (frames, { round }) =>
          frames.map((frame) =>
            round === 2 ? { ...frame, header: { ...frame.header, prevRoundHash: emptySha256 } as SiteFrame['header'] } : frame,
          ),
      });
      federation.startSite('C', { disturb: (frames, task) => (task.round === 2 ? [] : frames) });
      const run = await client.begin(await federation.submit(client));
      const error = { code: 'RUN.OTHER_TOTALS', params: { site: 'B', round: 2 }, exit: 6 };
      expect(await client.ended(run)).toMatchObject({ state: 'aborted', error });
    });

    it('aborts when a site contradicts itself while the round is open', async () => {
      const client = await start();
      federation.startSite('A');
      federation.startSite('B', {
        disturb: (frames, task) => (task.round === 2 ? [...frames, ...frames.map((f) => withholds(f, 'ruleFailed'))] : frames),
      });
      federation.startSite('C', { disturb: (frames, task) => (task.round === 2 ? [] : frames) });
      const run = await client.begin(await federation.submit(client));
      const ended = await client.ended(run);
      expect(ended).toMatchObject({ state: 'aborted', error: { code: 'RUN.EQUIVOCATION', params: { site: 'B', round: 2 }, exit: 6 } });
    });

    it('aborts with the reason of a site that withholds', async () => {
      const client = await start();
      federation.startSite('A');
      federation.startSite('B');
      const c = federation.startSite('C', { disturb: (frames) => frames.map((frame) => withholds(frame, 'belowMinCount')) });
      const run = await client.begin(await federation.submit(client));
      const params = { site: 'C', reason: 'belowMinCount', round: 1 };
      expect(await client.ended(run)).toMatchObject({ state: 'aborted', error: { code: 'FEDERATION.WITHHELD', params } });
      await expect.poll(() => c.closed).toEqual([run]);
    });

    it('aborts at the deadline of the clause and names the late site', async () => {
      const client = await start();
      federation.startSite('A');
      federation.startSite('B');
      federation.startSite('C', { disturb: () => [] });
      let ended: RunState | undefined;
      // Where the machine is so busy that others are late too, they get more time.
      for (const seconds of [1.5, 10, 60]) {
        const run = await client.begin(await federation.submit(client, { deadlineHours: seconds / 3600 }));
        ended = await client.ended(run);
        if (ended.error?.params?.['sites'] === 'C') break;
      }
      expect(ended).toMatchObject({ state: 'aborted', error: { code: 'RUN.SITE_LATE', params: { sites: 'C', round: 1 } } });
    });

    it('asks nothing of external sites before the lock, and nothing without a clause', async () => {
      const figures = tinyCatalogue.get('tiny.figures@1') as never;
      const asking =
        (name: 'external' | 'training'): StudyProgram =>
        async (input, port) => {
          await port.summaries(figures, {}, { name, sites: input[name] });
          return {} as never;
        };
      const sites = federation.sites.map((site) => federation.startSite(site));
      for (const [name, code] of [
        ['external', 'RUN.MODEL_NOT_LOCKED'],
        ['training', 'RUN.NO_CLAUSE'],
      ] as const) {
        const client = await start(asking(name));
        const run = await client.begin(await federation.submit(client, { external: ['X'] }));
        expect(await client.ended(run)).toMatchObject({ state: 'aborted', error: { code } });
        await client.stop();
      }
      expect(sites.flatMap((site) => site.received)).toEqual([]);
    });

    it('refuses another model under the same run', async () => {
      const client = await start(async (_input, _port, host) => {
        await host.lockModel({ a: 1 } as never, 'a'.repeat(64) as never, new Uint8Array([1]));
        await host.lockModel({ a: 1 } as never, 'a'.repeat(64) as never, new Uint8Array([1]));
        await host.lockModel({ a: 2 } as never, 'b'.repeat(64) as never, new Uint8Array([1]));
        return {} as never;
      });
      training.map((site) => federation.startSite(site));
      const run = await client.begin(await federation.submit(client));
      expect(await client.ended(run)).toMatchObject({ error: { code: 'RUN.LOCK_DIFFERS' } });
    });

    it('offers the protocol again to a site that is there and does not answer, not to one that says it works', async () => {
      const client = await start();
      const untilOfferedTwice = () => expect.poll(() => idle.offers.length).toBeGreaterThan(1);
      federation.startSite('A');
      // Handles one offer after the other, so the second waits for the first.
      const idle = federation.startSite('B', {
        review: () => new Promise((resolve) => setTimeout(resolve, idle.offers.length > 1 ? 0 : 1500)),
      });
      const busy = federation.startSite('C', { review: untilOfferedTwice });
      const timer = setInterval(() => (idle.beat(), busy.beat({ state: 'computing' })), 50);
      try {
        const run = await client.begin(await federation.submit(client));
        expect(await client.science(run)).toBe(await federation.expected(size));
      } finally {
        clearInterval(timer);
      }
      expect(busy.offers).toHaveLength(1);
      expect(new Set(idle.offers).size).toBe(1);
    });

    it('waits for approvals, ends when a site refuses, and may begin again', async () => {
      const client = await start();
      federation.startSite('A');
      federation.startSite('B');
      const c = federation.startSite('C', { decision: 'waiting' });
      const study = await federation.submit(client);
      const run = await client.begin(study);
      await client.until(run, ({ awaiting }) => awaiting.length === 1 && awaiting[0]?.site === 'C');
      expect((await client.view(run)).state).toBe('waitingForApproval');
      await c.decide(study, c.offers[0] as string, 'refused');
      expect(await client.ended(run)).toMatchObject({ state: 'aborted', error: { code: 'RUN.REFUSED', params: { site: 'C' } } });
      await c.decide(study, c.offers[0] as string, 'approved');
      const decided = async () => (await client.read<{ sites: { decision: string }[] }>(`/api/studies/${study}`)).sites[2]?.decision;
      await expect.poll(decided).toBe('approved');
      expect(await client.science(await client.begin(study))).toBe(await federation.expected(size));
    });
  });

  describe('recovery', () => {
    it('continues a run between two rounds with the same bytes, and asks nothing that was committed', async () => {
      let reached: () => void = () => undefined;
      const there = new Promise<void>((resolve) => (reached = resolve));
      const first = await start(
        tinyProgram(size, (k) => (k === 4 ? (reached(), new Promise<void>(() => undefined)) : undefined)),
        neverMs,
      );
      const sites = training.map((site) => federation.startSite(site));
      const run = await first.begin(await federation.submit(first));
      await there;
      await first.stop();
      const second = await start(undefined, neverMs);
      expect(await second.science(run)).toBe(await federation.expected(size));
      expect(sites[0]?.received.map(({ header }) => header.round)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
      const told = await second.events(run);
      expect(told.map(({ id }) => id)).toEqual([...told.keys()].map((i) => i + 1));
      const field = (type: string, name: string) => told.filter((event) => event.type === type).map(({ data }) => data[name]);
      expect(field('stepBegins', 'step')).toEqual(['eligibility', 'preparation', 'lock', 'close']);
      expect(field('roundCommitted', 'round')).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    });

    it('continues an open round: stored answers stand, the other sites are asked again at once', async () => {
      const first = await start(undefined, neverMs);
      federation.startSite('A');
      federation.startSite('B');
      let deaf = true;
      const c = federation.startSite('C', { disturb: (frames, task) => (task.round === 3 && deaf ? [] : frames) });
      const run = await first.begin(await federation.submit(first));
      await first.until(run, ({ round, awaiting }) => round === 3 && awaiting.length === 1 && awaiting[0]?.site === 'C');
      await first.stop();
      deaf = false;
      const second = await start(undefined, neverMs);
      expect(await second.science(run)).toBe(await federation.expected(size));
      expect(c.received.filter(({ header }) => header.round === 3).map(({ header }) => header.attempt)).toEqual([1, 2]);
    });

    it('outlives a database and a broker that are killed in the middle of a run', async () => {
      const { postgres, broker } = federation;
      const kills = new Map([
        [3, async () => (await postgres.kill(), postgres.restart())],
        [5, async () => (await broker.kill(), broker.restart())],
      ]);
      const program = tinyProgram(size, async (k) => {
        const kill = kills.get(k);
        kills.delete(k);
        // Not awaited to the end: the run goes into the failure.
        if (kill) await Promise.race([kill(), new Promise((resolve) => setTimeout(resolve, 30))]);
      });
      const client = await start(program);
      training.map((site) => federation.startSite(site));
      const run = await client.begin(await federation.submit(client));
      expect(await client.science(run)).toBe(await federation.expected(size));
      expect(kills.size).toBe(0);
    });
  });
});
