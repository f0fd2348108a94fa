// Where a benchmark ran.
import { cpus, loadavg, release, totalmem } from 'node:os';

/** @typedef {{ cpu: string, cores: number, memoryGib: number, platform: string, node: string, load: number }} Machine */

/** The machine, and how busy it is now. @returns {Machine} */
export function describeMachine() {
  const all = cpus();
  return {
    cpu: all[0]?.model.trim() || process.arch,
    cores: all.length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${release()}`,
    node: process.versions.node,
    load: loadavg()[0] ?? 0,
  };
}
