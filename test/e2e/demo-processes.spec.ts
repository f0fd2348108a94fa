import { existsSync, readdirSync } from 'node:fs';
import { startTestBroker, wholeRunMs } from '@cohortium/testkit';
import type { TestBroker } from '@cohortium/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { identityOf, isAlive } from '../../apps/cli/src/processes/identity.js';
import { smallStudyFiles } from '../fixtures/small-study.js';
import { CommandLine } from './command-line.js';

const files = smallStudyFiles({ study: 'process-test', trainingCount: 3, leaveOneSiteOut: false });

let cli: CommandLine;
let bystander: TestBroker;
let demo: readonly string[];

beforeEach(async () => {
  cli = new CommandLine();
  bystander = await startTestBroker({ sites: ['H1'] });
  const protocol = cli.path('protocol.json', JSON.stringify(files.protocol));
  demo = [
    'demo',
    '--cohort',
    cli.cohort('cohort', files),
    '--protocol',
    protocol,
    '--external',
    files.external,
    '--out',
    cli.path('results/demo'),
  ];
});
afterEach(async () => {
  await cli.remove();
  await bystander.stop();
});

/** Nothing is left of a demo, and what was not its own goes on. */
async function expectNothingLeft(): Promise<void> {
  expect(cli.processes()).toEqual([]);
  expect(cli.leftInTemporary()).toEqual([]);
  // Not even the draft of an output folder.
  expect(existsSync(cli.path('results')) ? readdirSync(cli.path('results')) : []).toEqual([]);
  const link = await bystander.link('H1');
  expect(link.isConnected()).toBe(true);
  await link.close();
}

describe('Ctrl-C', () => {
  it.each([
    ['during the set-up', /Each site makes its own keys/, 1],
    ['in the middle of the run', /Step: models/, 6],
  ])(
    '%s stops everything that was started and nothing else, and leaves no output',
    async (_, moment, least) => {
      const command = cli.start([...demo, '--json']);
      await command.until(moment);
      // The command itself and what it is just starting.
      await expect.poll(() => cli.processes().length).toBeGreaterThan(least);
      const identities = cli.processes().flatMap((line) => identityOf(Number.parseInt(line, 10)) ?? []);
      command.interrupt();
      const ended = await command.ended;
      expect(ended.code, ended.stderr).toBe(130);
      expect(JSON.parse(ended.stdout)).toMatchObject({ schemaVersion: 1, error: { code: 'CLI.INTERRUPTED' } });
      expect(identities.filter(isAlive)).toEqual([]);
      await expectNothingLeft();
    },
    wholeRunMs,
  );

  it(
    'twice ends at once, also when a process does not want to',
    async () => {
      const command = cli.start(demo);
      await command.until(/Set-up took/);
      const [site] = cli.processes().filter((line) => line.includes('site-node'));
      // A stopped process cannot hear that it is asked to end; the first Ctrl-C would wait for it for five seconds.
      process.kill(Number.parseInt(site as string, 10), 'SIGSTOP');
      const identities = cli.processes().flatMap((line) => identityOf(Number.parseInt(line, 10)) ?? []);
      command.interrupt();
      await command.until(/Stopping everything/);
      command.interrupt();
      const ended = await command.ended;
      expect(ended.code).toBe(130);
      // The orderly end, which waits for every process, tells this as its last word.
      expect(ended.stderr).not.toContain('CLI.INTERRUPTED');
      await expect.poll(() => identities.filter(isAlive)).toEqual([]);
      expect(existsSync(cli.path('results/demo'))).toBe(false);
    },
    wholeRunMs,
  );
});

describe('a demo that was killed', () => {
  it(
    'is cleared up by the next one: processes, databases and folders',
    async () => {
      const killed = cli.start(demo);
      await killed.until(/Set-up took/);
      await killed.kill();
      expect(cli.processes().length).toBeGreaterThan(4);
      const next = cli.start(demo);
      await next.until(/Removed what an earlier demo had left behind/);
      await next.until(/Starting the coordinator/);
      next.interrupt();
      expect((await next.ended).code).toBe(130);
      expect(cli.processes()).toEqual([]);
      expect(cli.leftInTemporary()).toEqual([]);
    },
    wholeRunMs,
  );
});
