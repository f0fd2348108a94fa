import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { identityOf, isAlive } from './identity.js';
import { poll } from './pause.js';
import { clearStaleWork, keepWorkFolder, makeWorkFolder, othersMayTraverse, workParent } from './work-folder.js';

let parent: string;
beforeEach(() => (parent = mkdtempSync(join(tmpdir(), 'work-spec-'))));
afterEach(() => rmSync(parent, { recursive: true, force: true }));

const dead = { pid: process.pid, startedAt: 'another life of this number' };

describe('work folder', () => {
  it('can be traversed, its parts cannot', () => {
    const work = makeWorkFolder(parent);
    expect(statSync(work.path).mode & 0o777).toBe(0o711);
    expect(statSync(work.folder('sites', 'H1')).mode & 0o777).toBe(0o700);
    work.remove();
    expect(existsSync(work.path)).toBe(false);
  });

  it('lies where the database’s user can reach it', () => {
    chmodSync(parent, 0o700);
    expect(othersMayTraverse(parent)).toBe(false);
    vi.stubEnv('TMPDIR', parent);
    const root = process.getuid?.() === 0;
    expect(workParent()).toBe(root ? '/tmp' : parent);
    chmodSync(parent, 0o711);
    expect(workParent()).toBe(parent);
    vi.unstubAllEnvs();
  });

  it('leaves running and kept work alone', () => {
    const running = makeWorkFolder(parent);
    const kept = makeWorkFolder(parent);
    keepWorkFolder(kept);
    expect(clearStaleWork(parent)).toBe(0);
    expect(existsSync(running.path) && existsSync(kept.path)).toBe(true);
  });

  it('ends what a killed demo left behind, and removes its folder', async () => {
    const work = makeWorkFolder(parent);
    writeFileSync(join(work.path, 'owner.json'), JSON.stringify(dead));
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    const identity = identityOf(child.pid as number);
    writeFileSync(join(work.pids, 'broker.json'), JSON.stringify(identity));
    // A number that now belongs to another process must not be touched: this is ours.
    writeFileSync(join(work.pids, 'database.json'), JSON.stringify(dead));
    expect(clearStaleWork(parent)).toBe(1);
    expect(await poll(async () => (identity && isAlive(identity) ? undefined : 'gone'), { everyMs: 20, timeoutMs: 5000 })).toBe('gone');
    expect(existsSync(work.path)).toBe(false);
  });
});
