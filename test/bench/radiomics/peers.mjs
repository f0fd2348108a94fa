// Other extractors, each in a throw-away virtual environment under .cache: made where Python and a package index are there, else told
// as absent with the reason. They run one thread, in a process of their own, in turn with ours.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { summary } from './timing.mjs';

/**
 * @typedef {import('./tasks.mjs').Task} Task
 * @typedef {{ name: string, pythons: readonly string[], least: readonly [number, number], installs: readonly (readonly string[])[], tasks: readonly Task[] }} Peer
 * @typedef {import('./timing.mjs').Times & { version: string, features: number }} PeerTimes
 */

const here = dirname(fileURLToPath(import.meta.url));
const cache = join(here, '..', '..', '..', '.cache', 'bench-peers');
const minutes = 60_000;

/** @type {readonly Peer[]} */
export const peers = [
  {
    name: 'PyRadiomics',
    // 3.0.1 is built from source against NumPy 1, which has no wheels for Python 3.13; 3.1.0 on the index names another version inside.
    pythons: ['python3.11', 'python3.12', 'python3.10', 'python3'],
    least: [3, 9],
    installs: [
      ['numpy<2', 'setuptools<81', 'wheel', 'cython', 'versioneer', 'SimpleITK', 'PyWavelets', 'pykwalify', 'six'],
      ['--no-build-isolation', 'pyradiomics==3.0.1'],
    ],
    tasks: ['default', 'filtered', 'all'],
  },
  {
    name: 'MIRP',
    pythons: ['python3.11', 'python3.12', 'python3.13', 'python3'],
    least: [3, 11],
    installs: [['mirp']],
    tasks: ['default', 'filtered', 'all'],
  },
  {
    name: 'Nyxus',
    pythons: ['python3.11', 'python3.12', 'python3.10', 'python3'],
    least: [3, 9],
    installs: [['nyxus']],
    tasks: ['default', 'all'],
  },
  {
    name: 'Pictologics',
    pythons: ['python3.13', 'python3.12', 'python3'],
    least: [3, 12],
    installs: [['pictologics']],
    tasks: ['default', 'all'],
  },
];

/** One thread everywhere. */
const environment = Object.fromEntries(
  ['OMP', 'OPENBLAS', 'MKL', 'NUMEXPR', 'NUMBA', 'ITK_GLOBAL_DEFAULT'].map((name) => [
    name === 'ITK_GLOBAL_DEFAULT' ? 'ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS' : `${name}_NUM_THREADS`,
    '1',
  ]),
);

/** Runs a program to its end. @returns {{ ok: boolean, out: string, reason: string }} */
function run(/** @type {string} */ program, /** @type {readonly string[]} */ args, /** @type {number} */ timeoutMs) {
  const { error, status, signal, stdout, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    env: { ...process.env, ...environment },
    timeout: timeoutMs,
    maxBuffer: 2 ** 28,
  });
  const last = (stderr || stdout || '').trim().split('\n').at(-1) ?? '';
  const reason = signal ? `no end within ${timeoutMs / minutes} min` : (error?.message ?? last);
  return { ok: status === 0, out: stdout ?? '', reason: reason.slice(0, 200) };
}

/** The first Python that is there and new enough; COHORTIUM_BENCH_PYTHON goes first. */
function pythonFor(/** @type {Peer} */ { pythons, least: [major, minor] }) {
  const check = `import sys, venv; sys.exit(sys.version_info < (${major}, ${minor}))`;
  const own = process.env.COHORTIUM_BENCH_PYTHON;
  return [...(own ? [own] : []), ...pythons].find((python) => run(python, ['-c', check], minutes).ok);
}

/**
 * The Python of a peer's environment, which is made when it is first asked for.
 * @returns {{ python: string } | { absent: string }}
 */
export function environmentOf(/** @type {Peer} */ peer) {
  const folder = join(cache, peer.name.toLowerCase());
  const python = join(folder, process.platform === 'win32' ? 'Scripts' : 'bin', 'python');
  const ready = join(folder, 'ready');
  if (existsSync(ready)) return { python };
  const base = pythonFor(peer);
  if (base === undefined) return { absent: `no Python ${peer.least.join('.')} or newer` };
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  const steps = [[base, '-m', 'venv', folder], ...peer.installs.map((packages) => [python, '-m', 'pip', 'install', '-q', ...packages])];
  for (const [program = '', ...args] of steps) {
    const { ok, reason } = run(program, args, 15 * minutes);
    if (!ok) return { absent: reason };
  }
  writeFileSync(ready, '');
  return { python };
}

/** Times of a peer on a region. @returns {PeerTimes | { absent: string }} */
export function measurePeer(
  /** @type {Peer} */ peer,
  /** @type {{ image: string, mask: string, task: Task, seconds: number, atLeast: number, timeoutMs: number }} */ { timeoutMs, ...job },
) {
  const environmentFound = environmentOf(peer);
  if ('absent' in environmentFound) return environmentFound;
  const folder = mkdtempSync(join(tmpdir(), 'radiomics-bench-'));
  try {
    const file = join(folder, 'job.json');
    writeFileSync(file, JSON.stringify(job));
    const script = join(here, 'peers', `${peer.name.toLowerCase()}_peer.py`);
    const { ok, out, reason } = run(environmentFound.python, [script, file], timeoutMs);
    if (!ok) return { absent: reason };
    const { version, features, wall, cpu } = JSON.parse(out.trim().split('\n').at(-1) ?? '');
    return { version, features, ...summary(wall, cpu) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
