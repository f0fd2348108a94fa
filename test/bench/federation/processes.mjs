// What other processes of a case use, where the system tells it.
import { readFileSync, readdirSync } from 'node:fs';

/**
 * Largest resident sets so far, in MiB, of the children of this process whose command line holds `part`. Empty where there is no
 * /proc (anything but Linux).
 * @returns {number[]}
 */
export function childPeaksMib(/** @type {string} */ part) {
  return childPids()
    .filter((pid) => readProc(pid, 'cmdline').includes(part))
    .map((pid) => Number(/^VmHWM:\s+(\d+) kB/m.exec(readProc(pid, 'status'))?.[1] ?? NaN) / 1024)
    .filter(Number.isFinite);
}

function childPids() {
  try {
    const tasks = readdirSync('/proc/self/task');
    return tasks.flatMap((task) => readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' ').filter(Boolean));
  } catch {
    return [];
  }
}

function readProc(/** @type {string} */ pid, /** @type {string} */ file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    // It has ended meanwhile.
    return '';
  }
}
