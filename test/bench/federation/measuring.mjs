// Clocks and order statistics.

/** Milliseconds of each of `count` calls, after `warmUp` calls that are not counted. */
export async function timeEach(
  /** @type {{ warmUp: number, count: number }} */ { warmUp, count },
  /** @type {(k: number) => unknown} */ call,
) {
  for (let k = 0; k < warmUp; k++) await call(k);
  const times = [];
  for (let k = 0; k < count; k++) {
    const begun = performance.now();
    await call(warmUp + k);
    times.push(performance.now() - begun);
  }
  return times;
}

/** The smallest value with at least the share `q` of all values at or below it. */
export function quantile(/** @type {readonly number[]} */ values, /** @type {number} */ q) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))] ?? NaN;
}

export const median = (/** @type {readonly number[]} */ values) => quantile(values, 0.5);

/** Largest resident set of this process so far, in MiB. */
export const peakRssMib = () => process.resourceUsage().maxRSS / 1024;

/** CPU of this process since `from` (of `process.cpuUsage()`), in milliseconds. */
export function cpuMsSince(/** @type {NodeJS.CpuUsage} */ from) {
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1000;
}
