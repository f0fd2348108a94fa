import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { patienceMs } from '@cohortium/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { minimalEnvironment } from './child-spec.js';
import type { ChildSpec, ProcessKind } from './child-spec.js';
import { poll } from './pause.js';
import { Supervisor } from './supervisor.js';

let folder: string;
let supervisor: Supervisor;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'supervisor-spec-'));
  supervisor = new Supervisor({ logs: folder, pids: folder });
});

afterEach(async () => {
  await supervisor.stop();
  rmSync(folder, { recursive: true });
});

function node(name: string, script: string, kind: ProcessKind = 'site'): ChildSpec {
  return { name, kind, file: process.execPath, args: ['-e', script], env: minimalEnvironment(folder), cwd: folder, stopSignal: 'SIGTERM' };
}

const alive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
const logged = (text: string) =>
  poll(async () => (existsSync(join(folder, 'order')) && readFileSync(join(folder, 'order'), 'utf8').includes(text) ? true : undefined), {
    everyMs: 20,
    timeoutMs: patienceMs,
  });

describe('supervisor', () => {
  it('starts a killed child again', async () => {
    supervisor.start(node('site-A', 'setInterval(() => {}, 1000)'));
    const first = supervisor.pidOf('site-A') as number;
    process.kill(first, 'SIGKILL');
    const second = await poll(async () => (supervisor.pidOf('site-A') !== first ? supervisor.pidOf('site-A') : undefined), {
      everyMs: 20,
      timeoutMs: patienceMs,
    });
    expect(second).toBeGreaterThan(0);
    expect(alive(second as number)).toBe(true);
  });

  it('gives children the environment they were given and no other', async () => {
    process.env['COHORTIUM_SECRET_OF_PARENT'] = 'x';
    supervisor.start(
      node(
        'site-A',
        `require('fs').writeFileSync('order', Object.keys(process.env).sort().join(' ') + ' end'); setInterval(() => {}, 1000)`,
      ),
    );
    await logged('end');
    delete process.env['COHORTIUM_SECRET_OF_PARENT'];
    expect(readFileSync(join(folder, 'order'), 'utf8')).toBe('HOME LANG NODE_ENV PATH TMPDIR TZ end');
  });

  it('stops sites before the coordinator, and databases last', async () => {
    const script = (name: string) =>
      `const fs = require('fs'); process.on('SIGTERM', () => { fs.appendFileSync('order', '${name} stopped\\n'); process.exit(0); }); setInterval(() => {}, 1000); fs.appendFileSync('order', '${name} up\\n')`;
    supervisor.start(node('db', script('db'), 'database'));
    supervisor.start(node('coordinator', script('coordinator'), 'coordinator'));
    supervisor.start(node('site-A', script('site-A'), 'site'));
    for (const name of ['db', 'coordinator', 'site-A']) await logged(`${name} up`);
    await supervisor.stop();
    const stops = readFileSync(join(folder, 'order'), 'utf8')
      .split('\n')
      .filter((line) => line.endsWith('stopped'));
    expect(stops).toEqual(['site-A stopped', 'coordinator stopped', 'db stopped']);
    expect(readdirSync(folder).filter((name) => name.endsWith('.json'))).toEqual([]);
  });

  it('ends a child that does not listen, and what that child had started', async () => {
    const grandchild = `const c = require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']); require('fs').writeFileSync('order', c.pid + ' end')`;
    supervisor.start(node('site-A', `process.on('SIGTERM', () => {}); ${grandchild}; setInterval(() => {}, 1000)`));
    await logged('end');
    const pid = parseInt(readFileSync(join(folder, 'order'), 'utf8'), 10);
    const own = supervisor.pidOf('site-A') as number;
    await supervisor.stop();
    expect(alive(own)).toBe(false);
    expect(await poll(async () => (alive(pid) ? undefined : 'gone'), { everyMs: 20, timeoutMs: patienceMs })).toBe('gone');
  });

  it('gives up on a child that cannot stay up, and says why', async () => {
    await supervisor.stop();
    supervisor = new Supervisor({ logs: folder, pids: folder }, 3);
    supervisor.start(node('site-A', `console.error('COHORTIUM_NATS_URL is not set'); process.exit(2)`));
    await expect(supervisor.failure).rejects.toMatchObject({ code: 'CLI.PROCESS_FAILED', params: { name: 'site-A' } });
    await expect(supervisor.failure).rejects.toThrow(/COHORTIUM_NATS_URL is not set/);
  });

  it('says so when the program does not exist', async () => {
    supervisor.start({ ...node('site-A', ''), file: join(folder, 'absent') });
    await expect(supervisor.failure).rejects.toMatchObject({ code: 'CLI.PROCESS_FAILED' });
  });
});
