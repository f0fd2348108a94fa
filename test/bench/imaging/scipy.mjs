// The peer: the same fit voxel by voxel with scipy.optimize.curve_fit, as published collections do it, in a throw-away environment.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { environmentOf } from '../radiomics/peers.mjs';
import { tissues } from './measure.mjs';

/** @type {import('../radiomics/peers.mjs').Peer} */
const scipy = { name: 'SciPy', pythons: ['python3.12', 'python3.11', 'python3'], least: [3, 9], installs: [['numpy', 'scipy']], tasks: [] };
const script = fileURLToPath(new URL('peers/scipy_peer.py', import.meta.url));

/** Voxels per second of CPU. @returns {Promise<{ perSecond: number } | { absent: string }>} */
export async function measureScipy(/** @type {{ voxels: number }} */ { voxels }) {
  const found = environmentOf(scipy);
  if ('absent' in found) return found;
  const folder = mkdtempSync(join(tmpdir(), 'imaging-bench-'));
  try {
    const { minutes, plasmaMm, curves } = tissues(false);
    const some = Array.from({ length: voxels }, (_, n) => [...(curves[n % curves.length]?.concentration ?? [])]);
    const file = join(folder, 'job.json');
    writeFileSync(file, JSON.stringify({ minutes: [...minutes], plasma: [...plasmaMm], curves: some }));
    const env = { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' };
    const { status, stdout, stderr } = spawnSync(found.python, [script, file], { encoding: 'utf8', env, timeout: 600_000 });
    if (status !== 0) return { absent: (stderr || '').trim().split('\n').at(-1) ?? 'failed' };
    return { perSecond: voxels / JSON.parse(stdout).cpu };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
