import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { resultsSchema } from '@cohortium/analysis';
import { canonicalJson, sha256 } from '@cohortium/kernel';
import { startTestPostgres } from '@cohortium/testkit';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { smallCohort, smallProtocol } from '../fault/small-study.js';

const bin = fileURLToPath(new URL('../../apps/cli/bin/cohortium.mjs', import.meta.url));
const timeoutMs = 240_000;

/** Every test has a folder of its own for temporary files, so what is left behind can be seen. */
let folder: string;
let temporary: string;
let children: ChildProcess[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'demo-spec-'));
  temporary = join(folder, 'tmp');
  // As with /tmp, others may pass: as root, the database runs as another user.
  chmodSync(folder, 0o711);
  mkdirSync(temporary, { mode: 0o711 });
  children = [];
  const cohort = smallCohort();
  mkdirSync(join(folder, 'cohort'));
  writeFileSync(join(folder, 'cohort', 'features.csv'), cohort.features);
  writeFileSync(join(folder, 'cohort', 'clinical.csv'), cohort.clinical);
  writeFileSync(join(folder, 'protocol.json'), JSON.stringify(smallProtocol(cohort)));
});

afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

interface Demo {
  readonly child: ChildProcess;
  stdout: string;
  stderr: string;
  readonly ended: Promise<number | null>;
}

function demo(env: Record<string, string> = {}, ...more: string[]): Demo {
  const args = [
    bin,
    'demo',
    '--cohort',
    join(folder, 'cohort'),
    '--protocol',
    join(folder, 'protocol.json'),
    '--out',
    join(folder, 'out'),
    '--json',
    ...more,
  ];
  const { DATABASE_URL: _, ...inherited } = process.env;
  const child = spawn(process.execPath, args, { env: { ...inherited, TMPDIR: temporary, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  const running: Demo = { child, stdout: '', stderr: '', ended: new Promise((resolve) => child.once('close', resolve)) };
  child.stdout?.on('data', (data) => (running.stdout += data));
  child.stderr?.on('data', (data) => (running.stderr += data));
  return running;
}

async function until(demo: Demo, words: string): Promise<void> {
  while (!demo.stderr.includes(words)) {
    if (demo.child.exitCode !== null) throw new Error(`ended before it said "${words}":\n${demo.stderr}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Processes whose command line or environment names our folder for temporary files. */
function survivors(): string[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid)
    .filter((pid) => {
      try {
        return (
          readFileSync(`/proc/${pid}/environ`, 'utf8').includes(temporary) ||
          readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(temporary)
        );
      } catch {
        return false;
      }
    });
}

describe('cohortium demo', () => {
  it(
    'ends with results, a report, the model and a transcript, and leaves nothing else behind',
    async () => {
      const run = demo();
      expect(await run.ended, run.stderr).toBe(0);
      const out = join(folder, 'out');
      const told = JSON.parse(run.stdout) as { scienceSha256: string; sites: { site: string }[] };
      const text = readFileSync(join(out, 'results.json'), 'utf8');
      const { science } = resultsSchema.parse(JSON.parse(text));
      expect(text).toContain(`"science":${canonicalJson(science)}`);
      expect(told.scienceSha256).toBe(sha256(canonicalJson(science)));
      expect(sha256(readFileSync(join(out, 'model.json'), 'utf8'))).toBe(science.lock.modelSha256);
      expect(sha256(readFileSync(join(out, 'model.onnx')))).toBe(science.lock.onnxSha256);
      expect(told.sites.map(({ site }) => site)).toEqual(['S1', 'S2', 'S3', 'S4']);
      expect(readdirSync(out).sort()).toEqual([
        'model.json',
        'model.onnx',
        'protocol.json',
        'report.html',
        'results.json',
        'sites',
        'transcript.jsonl',
      ]);
      expect(statSync(join(out, 'sites/S4/predictions-external.csv')).mode & 0o777).toBe(0o600);

      // No participant is named by anything that others may read.
      const participants = readFileSync(join(folder, 'cohort', 'clinical.csv'), 'utf8')
        .split('\n')
        .slice(1)
        .map((row) => row.split(',')[0] as string)
        .filter(Boolean);
      for (const file of ['results.json', 'report.html', 'model.json', 'model.onnx', 'transcript.jsonl', 'protocol.json']) {
        const content = readFileSync(join(out, file), 'latin1');
        expect(
          participants.filter((id) => content.includes(id)),
          file,
        ).toEqual([]);
      }
      expect(readdirSync(temporary)).toEqual([]);
      expect(survivors()).toEqual([]);
    },
    timeoutMs,
  );

  it(
    'stops everything that it started on Ctrl-C, and writes nothing',
    async () => {
      const run = demo();
      await until(run, 'Step: models');
      expect(survivors().length).toBeGreaterThan(6);
      run.child.kill('SIGINT');
      expect(await run.ended).toBe(130);
      expect(JSON.parse(run.stdout)).toMatchObject({ error: { code: 'CLI.INTERRUPTED' } });
      expect(survivors()).toEqual([]);
      expect(readdirSync(temporary)).toEqual([]);
      expect(readdirSync(folder).sort()).toEqual(['cohort', 'protocol.json', 'tmp']);
    },
    timeoutMs,
  );

  it(
    'clears up what a killed demo left behind',
    async () => {
      const killed = demo();
      await until(killed, 'Set-up took');
      killed.child.kill('SIGKILL');
      await killed.ended;
      expect(survivors().length).toBeGreaterThan(4);
      const next = demo();
      await until(next, 'Removed what an earlier demo had left behind');
      await until(next, 'Starting the coordinator');
      next.child.kill('SIGTERM');
      expect(await next.ended).toBe(130);
      expect(survivors()).toEqual([]);
      expect(readdirSync(temporary)).toEqual([]);
    },
    timeoutMs,
  );

  it(
    'uses a PostgreSQL server of yours, and removes its databases and roles there',
    async () => {
      const server = await startTestPostgres();
      try {
        const run = demo({ DATABASE_URL: server.adminUrl });
        expect(await run.ended, run.stderr).toBe(0);
        expect(existsSync(join(folder, 'out', 'results.json'))).toBe(true);
        const client = new pg.Client(server.adminUrl);
        await client.connect();
        const left = await client.query(
          `select datname from pg_database where datname like 'cohortium%' union select rolname from pg_roles where rolname like 'cohortium%'`,
        );
        await client.end();
        expect(left.rows).toEqual([]);
      } finally {
        await server.stop();
      }
    },
    timeoutMs,
  );
});
