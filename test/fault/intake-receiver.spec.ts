import { IntakeTray } from '@cohortium/intake';
import { compileProject, findProgram, testSlice } from '@cohortium/testkit';
import { SeededRandom } from '@cohortium/numerics';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const storescu = findProgram('storescu');
if (storescu === undefined) console.warn('skipped: a receiver that is killed: storescu is not installed (apt-get install dcmtk)');
const scratch = mkdtempSync(join(tmpdir(), 'cohortium-killed-'));
const children = new Set<ChildProcess>();
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(scratch, { recursive: true, force: true });
});

const scale = Number(process.env['COHORTIUM_TEST_SCALE'] ?? 1);
const seed = Number(process.env['COHORTIUM_TEST_SEED'] ?? 20_260_731);
const bin = join(import.meta.dirname, '..', '..', 'apps', 'cli', 'bin', 'cohortium.mjs');

/** The receiver as a process of its own, once it listens. */
function startReceiver(tray: string): Promise<{ child: ChildProcess; port: string }> {
  const child = spawn(process.execPath, [bin, 'intake', 'receive', '--tray', tray, '--port', '0', '--host', '127.0.0.1', '--lang', 'en'], { stdio: ['ignore', 'ignore', 'pipe'] }); // prettier-ignore
  children.add(child);
  return new Promise((resolve, reject) => {
    let said = '';
    child.stderr?.on('data', (data) => {
      said += String(data);
      const port = /on port (\d+) as/.exec(said)?.[1];
      if (port !== undefined) resolve({ child, port });
    });
    child.once('exit', () => reject(new Error(`the receiver ended: ${said}`)));
  });
}

function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  return new Promise((resolve) => {
    child.once('exit', (code) => {
      children.delete(child);
      resolve(code);
    });
    child.kill(signal);
  });
}

/** Sends a folder and counts the answers of success as they come. */
function send(port: string, folder: string, onAnswer: (count: number) => void): Promise<{ code: number | null; answered: number }> {
  const child = spawn(storescu ?? '', ['-v', '-aec', 'COHORTIUM', '+sd', '127.0.0.1', port, folder], { stdio: ['ignore', 'pipe', 'pipe'] });
  children.add(child);
  let text = '';
  let answered = 0;
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data) => {
      text += String(data);
      const now = text.split('Received Store Response (Success)').length - 1;
      if (now > answered) onAnswer((answered = now));
    });
  return new Promise((resolve) =>
    child.once('close', (code) => {
      children.delete(child);
      resolve({ code, answered });
    }),
  );
}

describe.skipIf(storescu === undefined)(`a receiver that is killed in mid-association (seed ${seed})`, () => {
  const count = 40;
  const made = mkdtempSync(join(scratch, 'made-'));
  beforeAll(() => {
    compileProject('apps/cli');
    for (let at = 1; at <= count; at++) writeFileSync(join(made, `${String(at).padStart(3, '0')}.dcm`), testSlice({ sopInstanceUid: `1.2.276.6.${at}`, instanceNumber: at, zMm: at, gray: at })); // prettier-ignore
  });

  it('has on the disk whatever it answered for, nothing half-written, and takes the rest after a restart', async () => {
    const random = new SeededRandom(seed);
    for (let round = 0; round < Math.ceil(scale); round++) {
      const tray = mkdtempSync(join(scratch, 'tray-'));
      const killAfter = 1 + Math.floor(random.uniform() * (count - 5));
      const first = await startReceiver(tray);
      let killed: Promise<unknown> | undefined;
      const { code, answered } = await send(first.port, made, (now) => {
        if (now >= killAfter) killed ??= end(first.child, 'SIGKILL');
      });
      await killed;
      expect(code).not.toBe(0);
      expect(answered).toBeGreaterThanOrEqual(killAfter);
      const left = IntakeTray.open(tray, { nowMs: () => Date.now() });
      const entries = left.entries();
      expect(entries.length).toBeGreaterThanOrEqual(answered);
      expect(entries.length).toBeLessThan(count);
      for (const { sha256 } of entries) expect(createHash('sha256').update(left.read(sha256)).digest('hex')).toBe(sha256);
      expect(readdirSync(join(tray, 'incoming'))).toEqual([]);
      expect(left.rejected()).toEqual([]);
      const second = await startReceiver(tray);
      expect(await send(second.port, made, () => undefined)).toEqual({ code: 0, answered: count });
      expect(await end(second.child, 'SIGTERM')).toBe(0);
      left.refresh();
      expect(new Set(left.entries().map(({ sopInstanceUid }) => sopInstanceUid)).size).toBe(count);
      expect(left.entries()).toHaveLength(count);
      expect(left.conflicts()).toEqual([]);
    }
  });
});
