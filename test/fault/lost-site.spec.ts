import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseBundle, verifyBundle } from '@cohortium/ledger';
import type { Leaf } from '@cohortium/ledger';
import { checkProtocol } from '@cohortium/protocol';
import { patienceMs, wholeRunMs } from '@cohortium/testkit';
import { describe, expect, it } from 'vitest';
import { fetchBundle } from '../../apps/cli/src/commands/bundle.command.js';
import { CoordinatorApi } from '../../apps/cli/src/demo/coordinator-api.js';
import { Deployment } from '../../apps/cli/src/demo/deployment.js';
import { driveStudy } from '../../apps/cli/src/demo/drive-study.js';
import { pause } from '../../apps/cli/src/processes/pause.js';
import { smallStudy } from '../fixtures/small-study.js';

/*
 * A hospital disappears between its masked vector and the leg that opens the sum. With four sites, the shares of the other three would be
 * enough to open the sum over those three; no operation of this release is allowed to, so the sum stays closed and the run ends at the
 * deadline of the clause, naming the hospital.
 */

const lost = 'S4';
const slow = 'S2';
/** Long enough for every other round on a busy machine. */
const deadlineMs = 45_000;

const prepared = smallStudy({ study: 'lost-site', trainingCount: 4, leaveOneSiteOut: false });
const clauses = prepared.protocol.clauses.map((clause) => ({ ...clause, deadlineHours: deadlineMs / 3_600_000 }));
const study = { ...prepared, protocol: checkProtocol({ ...prepared.protocol, clauses }) };

describe('a site that is lost after its masked vector has left', () => {
  it(
    'ends the run; its sum is opened neither with nor without it',
    async () => {
      const signal = AbortSignal.timeout(wholeRunMs - 30_000);
      const deployment = await Deployment.plan({ study, keep: false, language: 'en', say: () => undefined, signal });
      const signalTo = (site: string, name: 'SIGSTOP' | 'SIGCONT'): void =>
        void process.kill(deployment.supervisor.pidOf(`site-${site}`) as number, name);
      try {
        await deployment.start();
        const api = new CoordinatorApi(deployment.coordinatorDir, signal);
        let run = '';
        const listener = {
          started: (id: string) => void (run = id),
          decided: () => undefined,
          viewed: () => undefined,
          happened: () => undefined,
        };
        const ended = driveStudy(api, study.protocol, deployment.sites, listener, signal).then(
          () => undefined,
          (error: unknown) => error,
        );
        const round = await stopBetween(deployment, signalTo);
        const error = await ended;
        expect(String(error)).toContain('RUN.SITE_LATE');
        const params = { operation: 'masking.unmask', round, sites: lost, hours: deadlineMs / 3_600_000 };
        expect(await api.getJson(`/api/runs/${run}`)).toMatchObject({ state: 'aborted', error: { code: 'RUN.SITE_LATE', params } });
        const bundle = async () => Buffer.from(await fetchBundle(api, study.protocol.study, false)).toString('utf8');
        const { logs } = parseBundle(await bundle()).bundle;
        const leaves = logs.map((log) => log.leaves as Leaf[]);
        const committed = leaves[0]?.flatMap((leaf) => (leaf.type === 'roundCommit' ? [leaf] : [])) ?? [];
        expect(committed.map((leaf) => leaf.round)).toEqual(Array.from({ length: round - 1 }, (_, i) => i + 1));
        const unmasks = leaves.flat().flatMap((leaf) => (leaf.type === 'unmask' ? [leaf] : []));
        expect(unmasks.length).toBeGreaterThan(0);
        for (const unmask of unmasks) expect(unmask).toMatchObject({ dropped: [], survivors: ['S1', 'S2', 'S3', 'S4'] });
        // Without the log of the lost site, nobody confirms what the coordinator says that it received from there. It comes with the site.
        const rules = async () => [...new Set(verifyBundle(await bundle()).findings.map(({ rule }) => rule))];
        expect(await rules()).toContain('contributionMissing');
        signalTo(lost, 'SIGCONT');
        await expect.poll(rules, { timeout: patienceMs, interval: 1000 }).toEqual([]);
      } finally {
        signalTo(lost, 'SIGCONT');
        await deployment.supervisor.stop();
        await deployment.clean();
      }
    },
    wholeRunMs,
  );
});

/** Holds the slow site back until the lost one has answered a masked round before it, stops the lost one there, and lets the slow one go on. */
async function stopBetween(deployment: Deployment, signalTo: (site: string, name: 'SIGSTOP' | 'SIGCONT') => void): Promise<number> {
  const until = performance.now() + patienceMs;
  const answered = (site: string): number => {
    const dataDir = deployment.sites.find((folder) => (folder.site as string) === site)?.dataDir as string;
    const file = join(dataDir, 'egress.jsonl');
    const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
    // The last line may be half written.
    const rounds = lines.slice(0, -1).map((line) => JSON.parse(line) as { type: string; round: number | null });
    return Math.max(0, ...rounds.flatMap(({ type, round }) => (type === 'answer' && round !== null ? [round] : [])));
  };
  while (answered(slow) < 6 && performance.now() < until) await pause(20);
  while (performance.now() < until) {
    signalTo(slow, 'SIGSTOP');
    // Whatever was under way has come through by then.
    await pause(1500);
    const round = answered(lost);
    if (round > answered(slow)) {
      signalTo(lost, 'SIGSTOP');
      signalTo(slow, 'SIGCONT');
      return round;
    }
    signalTo(slow, 'SIGCONT');
    await pause(37);
  }
  throw new Error('no round found the lost site ahead of the slow one');
}
